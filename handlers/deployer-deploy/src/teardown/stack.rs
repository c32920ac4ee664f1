//! Deleting a stack. CloudFormation does it; the monitor watches.

use super::{Teardown, gone};
use crate::deployer::watch;
use crate::failure::{failed, refused_stack};
use crate::{names, turns};
use drydock_contract::Session;
use drydock_contract::session::Target;
use drydock_runtime::WorkError;
use drydock_stack::{Deletion, StackError, StackInfo, StackStatus};
use drydock_store::Change;

/// What to do with the stack.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    /// Nothing stands any more.
    Gone,
    Delete(Box<StackInfo>),
    /// It is being deleted already.
    Watch(Box<StackInfo>),
    /// CloudFormation does not delete what it works on; why.
    Wait(String),
}

/// Begins to delete the stack with that name; with that id, if it is known: a stack that somebody else has made under
/// the same name since is another one.
pub(super) async fn delete(teardown: &Teardown<'_>, name: &str, id: Option<&str>) -> Result<Change, WorkError> {
    let Teardown { deployer, session, work, .. } = teardown;
    let looking = format!("cannot look at stack {name}");
    let found = deployer.engine.describe(id.unwrap_or(name)).await;
    let found = found.map_err(|error| refused_stack(&looking, &error, name))?;
    let token = names::token(session);
    let watched = |stack: &StackInfo| {
        let target = Target::Stack { name: name.to_owned(), id: Some(stack.id.clone()), token: Some(token.clone()) };
        watch(session, target, format!("CloudFormation deletes stack {name}"))
    };
    match next_step(session, name, found)? {
        Step::Gone => Ok(gone(format!("stack {name} does not exist any more"))),
        Step::Wait(why) => Ok(turns::wait(deployer, session, work, why).await),
        Step::Watch(stack) => Ok(watched(&stack)),
        Step::Delete(stack) => {
            teardown.go_on().await?;
            // With our own role: the one that made the stack may have gone with an installation before this one.
            let role_arn = Some(deployer.settings.service_role_arn.clone());
            let how = Deletion { token: Some(token.clone()), role_arn, ..Deletion::default() };
            deployer.engine.delete_stack(&stack.id, &how).await.map_err(|error| refusal(name, &error))?;
            teardown.log(&format!("CloudFormation deletes stack {name}")).await;
            Ok(watched(&stack))
        }
    }
}

fn next_step(session: &Session, name: &str, stack: Option<StackInfo>) -> Result<Step, WorkError> {
    let Some(stack) = stack.filter(|stack| stack.status != StackStatus::DeleteComplete) else { return Ok(Step::Gone) };
    // A shell that waits for its first change set may carry no tags yet; it holds nothing either.
    let shell = stack.status == StackStatus::ReviewInProgress && !stack.tags.contains_key(names::REPOSITORY_TAG);
    if !shell && let Some(refusal) = names::foreign(session, "stack", name, &stack.tags) {
        return Err(refusal);
    }
    let status = &stack.status;
    if *status == StackStatus::DeleteInProgress {
        return Ok(Step::Watch(Box::new(stack)));
    }
    if stack.termination_protection {
        let message = format!("stack {name} is protected against deletion");
        return Err(failed(
            "stack-protected",
            message,
            "Switch off its termination protection, and delete again.",
            name,
        ));
    }
    // A creation can be broken off by a deletion; everything else comes to its end first.
    if status.is_in_progress() && *status != StackStatus::CreateInProgress {
        return Ok(Step::Wait(format!("waits for the operation on stack {name} to end ({status})")));
    }
    Ok(Step::Delete(Box::new(stack)))
}

/// What CloudFormation refuses at once, such as an export that another stack imports.
fn refusal(name: &str, error: &StackError) -> WorkError {
    let doing = format!("cannot delete stack {name}");
    match error {
        StackError::Validation(reason) => {
            let remedy = "Remove what still uses the stack, and delete again.";
            failed("delete-refused", format!("{doing}: {reason}"), remedy, name)
        }
        error => refused_stack(&doing, error, name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::REPOSITORY_TAG;
    use crate::names::tests::{UUID, session};
    use std::collections::BTreeMap;

    fn decide(status: &str, change: impl FnOnce(&mut StackInfo)) -> String {
        let mut stack = StackInfo {
            id: "arn:1".to_owned(),
            name: "s".to_owned(),
            status: StackStatus::parse(status),
            status_reason: None,
            created_at: None,
            updated_at: None,
            outputs: BTreeMap::new(),
            parameters: BTreeMap::new(),
            tags: BTreeMap::from([(REPOSITORY_TAG.to_owned(), "https://github.com/o/n".to_owned())]),
            change_set_id: None,
            role_arn: None,
            termination_protection: false,
            parent_id: None,
        };
        change(&mut stack);
        match next_step(&session(&format!("teardown-{UUID}"), None), "s", Some(stack)) {
            Ok(Step::Gone) => "gone".to_owned(),
            Ok(Step::Delete(_)) => "delete".to_owned(),
            Ok(Step::Watch(_)) => "watch".to_owned(),
            Ok(Step::Wait(why)) => why,
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_stack_of_ours_is_deleted_once_nothing_works_on_it() {
        let check = |status: &str, expected: &str| assert_eq!(decide(status, |_| {}), expected, "{status}");
        check("CREATE_COMPLETE", "delete");
        check("UPDATE_ROLLBACK_FAILED", "delete");
        check("DELETE_FAILED", "delete");
        check("REVIEW_IN_PROGRESS", "delete");
        check("CREATE_IN_PROGRESS", "delete");
        check("DELETE_IN_PROGRESS", "watch");
        check("DELETE_COMPLETE", "gone");
        check("UPDATE_IN_PROGRESS", "waits for the operation on stack s to end (UPDATE_IN_PROGRESS)");
        let session = session(UUID, None);
        assert_eq!(next_step(&session, "s", None).map_err(|error| error.to_string()), Ok(Step::Gone));
    }

    #[test]
    fn what_is_not_ours_or_protected_stays() {
        let theirs = |stack: &mut StackInfo| {
            stack.tags.insert(REPOSITORY_TAG.to_owned(), "https://github.com/o/m".to_owned());
        };
        assert_eq!(decide("CREATE_COMPLETE", theirs), "the stack s belongs to https://github.com/o/m");
        assert_eq!(decide("CREATE_COMPLETE", |stack| stack.tags.clear()), "the stack s was not made by Drydock");
        assert_eq!(decide("REVIEW_IN_PROGRESS", |stack| stack.tags.clear()), "delete");
        let protected = |stack: &mut StackInfo| stack.termination_protection = true;
        assert_eq!(decide("CREATE_COMPLETE", protected), "stack s is protected against deletion");
    }
}
