//! Taking a stack away, and following that to its end.

use super::follow::{Detail, Ended, Follow, Wanted};
use super::request::new_name;
use crate::printer::Printer;
use anyhow::{Context, Result};
use drydock_stack::{Deletion, Engine, StackStatus};

/// Begins to delete a stack, and gives the token that the deletion's events carry. It is empty for a deletion that goes
/// on already: CloudFormation begins no second one, so a token of ours would never be seen.
///
/// # Errors
/// If CloudFormation refuses.
pub async fn begin(engine: &Engine, stack_id: &str, retain: &[String]) -> Result<String> {
    let now = engine.describe(stack_id).await.context("cannot look at the stack")?;
    if now.is_some_and(|now| now.status == StackStatus::DeleteInProgress) {
        return Ok(String::new());
    }
    let token = new_name();
    let deletion = Deletion { token: Some(token.clone()), retain: retain.to_vec(), ..Deletion::default() };
    engine.delete_stack(stack_id, &deletion).await.context("cannot delete the stack")?;
    Ok(token)
}

/// Follows the deletion with that token. It is good only if the stack is gone in the end.
///
/// # Errors
/// If CloudFormation cannot be asked any more; the deletion goes on.
pub async fn follow(printer: &Printer, engine: &Engine, stack_id: &str, token: &str, detail: Detail) -> Result<Ended> {
    Follow { printer, engine, stack_id, token, detail, wanted: Wanted::Deletion }.run().await
}
