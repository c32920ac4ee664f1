//! Deleting a function without a template: its URL, itself, its role and its logs, in an order in which nothing that
//! answers requests is left without what it needs.

use super::{Teardown, gone};
use crate::failure::{failed, refused};
use crate::function::{basic_execution_policy, check_owner, is_our_role};
use aws_sdk_iam::error::ProvideErrorMetadata;
use aws_sdk_lambda::error::SdkError;
use drydock_runtime::WorkError;
use drydock_store::Change;

/// What a service says of something that is gone already.
const MISSING: [&str; 2] = ["ResourceNotFoundException", "NoSuchEntity"];

pub(super) async fn delete(teardown: &Teardown<'_>, name: &str) -> Result<Change, WorkError> {
    let (deployer, session) = (teardown.deployer, teardown.session);
    check_owner(&deployer.lambda, session, name).await?;
    let role = is_our_role(&deployer.iam, session, name).await?;
    let url = deployer.lambda.delete_function_url_config().function_name(name);
    deleted(teardown.change(url.send()).await?, &format!("cannot delete the URL of function {name}"))?;
    let function = deployer.lambda.delete_function().function_name(name);
    if deleted(teardown.change(function.send()).await?, &format!("cannot delete function {name}"))? {
        teardown.log(&format!("function {name} is deleted")).await;
    }
    if role {
        delete_role(teardown, name).await?;
    }
    let group = format!("/aws/lambda/{name}");
    let logs = deployer.logs.delete_log_group().log_group_name(&group);
    if deleted(teardown.change(logs.send()).await?, &format!("cannot delete the log group {group}"))? {
        teardown.log(&format!("log group {group} is deleted")).await;
    }
    Ok(gone(format!("function {name} is deleted, with its URL, role and logs")))
}

async fn delete_role(teardown: &Teardown<'_>, name: &str) -> Result<(), WorkError> {
    let (iam, settings) = (&teardown.deployer.iam, &teardown.deployer.settings);
    let policy = basic_execution_policy(settings);
    let detach = iam.detach_role_policy().role_name(name).policy_arn(policy);
    deleted(teardown.change(detach.send()).await?, &format!("cannot detach the policy of role {name}"))?;
    match teardown.change(iam.delete_role().role_name(name).send()).await? {
        // Somebody gave the role more than we did.
        Err(error) if error.code() == Some("DeleteConflict") => {
            let said = error.message().unwrap_or_default();
            let message = format!("the function is deleted, but its role {name} cannot be: {said}");
            Err(failed("role-in-use", message, "Remove from the role what was added to it, and delete again.", name))
        }
        result => {
            if deleted(result, &format!("cannot delete role {name}"))? {
                teardown.log(&format!("role {name} is deleted")).await;
            }
            Ok(())
        }
    }
}

/// True if it was there.
fn deleted<T, E>(result: Result<T, SdkError<E>>, doing: &str) -> Result<bool, WorkError>
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    match result {
        Ok(_) => Ok(true),
        Err(error) if error.code().is_some_and(|code| MISSING.contains(&code)) => Ok(false),
        Err(error) => Err(refused(doing, &error)),
    }
}
