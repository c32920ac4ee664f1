//! Getting a stack out of an operation that hangs or failed: cancel it, undo it, or go on undoing it.

use crate::engine::Engine;
use crate::error::StackError;

impl Engine {
    /// Stops an update that is going on; CloudFormation undoes what it has done so far.
    ///
    /// # Errors
    /// [`StackError::Validation`] if no update is going on; whatever keeps CloudFormation from answering.
    pub async fn cancel_update(&self, stack: &str, token: &str) -> Result<(), StackError> {
        let request = self.client.cancel_update_stack().stack_name(stack).client_request_token(token);
        request.send().await.map(|_| ()).map_err(StackError::from_sdk)
    }

    /// Takes a stack whose last operation failed and was not undone (`CREATE_FAILED`, `UPDATE_FAILED`) back to where it
    /// was before.
    ///
    /// # Errors
    /// [`StackError::Validation`] in another state; whatever keeps CloudFormation from answering.
    pub async fn roll_back(&self, stack: &str, token: &str, role: Option<&str>) -> Result<(), StackError> {
        let request = self.client.rollback_stack().stack_name(stack).client_request_token(token);
        request.set_role_arn(role.map(str::to_owned)).send().await.map(|_| ()).map_err(StackError::from_sdk)
    }

    /// Goes on with a rollback that got stuck (`UPDATE_ROLLBACK_FAILED`). The resources in `skip`, by logical id, are
    /// taken to be rolled back whatever they really are.
    ///
    /// # Errors
    /// [`StackError::Validation`] in another state or for a resource that did not fail; whatever keeps CloudFormation
    /// from answering.
    pub async fn continue_rollback(
        &self,
        stack: &str,
        skip: &[String],
        token: &str,
        role: Option<&str>,
    ) -> Result<(), StackError> {
        let skip = (!skip.is_empty()).then(|| skip.to_vec());
        let request = self.client.continue_update_rollback().stack_name(stack).client_request_token(token);
        let request = request.set_resources_to_skip(skip).set_role_arn(role.map(str::to_owned));
        request.send().await.map(|_| ()).map_err(StackError::from_sdk)
    }
}
