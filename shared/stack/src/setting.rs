//! What is set on a stack beside its template: protection from deletion, and the policy that says what an update may
//! not touch.

use crate::engine::Engine;
use crate::error::StackError;

impl Engine {
    /// Switches protection from deletion on or off.
    ///
    /// # Errors
    /// [`StackError::NotFound`], or whatever keeps CloudFormation from answering.
    pub async fn protect(&self, stack: &str, on: bool) -> Result<(), StackError> {
        let request = self.client.update_termination_protection().stack_name(stack).enable_termination_protection(on);
        request.send().await.map(|_| ()).map_err(StackError::from_sdk)
    }

    /// The stack policy, if one is set.
    ///
    /// # Errors
    /// [`StackError::NotFound`], or whatever keeps CloudFormation from answering.
    pub async fn policy(&self, stack: &str) -> Result<Option<String>, StackError> {
        let answer = self.client.get_stack_policy().stack_name(stack).send().await.map_err(StackError::from_sdk)?;
        Ok(answer.stack_policy_body.filter(|body| !body.is_empty()))
    }

    /// Sets the stack policy. It cannot be taken away any more, only replaced.
    ///
    /// # Errors
    /// [`StackError::Validation`] for a policy that CloudFormation does not understand; [`StackError::NotFound`];
    /// whatever keeps it from answering.
    pub async fn set_policy(&self, stack: &str, policy: &str) -> Result<(), StackError> {
        let request = self.client.set_stack_policy().stack_name(stack).stack_policy_body(policy);
        request.send().await.map(|_| ()).map_err(StackError::from_sdk)
    }
}
