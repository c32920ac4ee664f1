//! The function itself: made if it is not there, else brought to the wanted code and configuration.

use super::plan::Plan;
use crate::deployer::Turn;
use crate::failure::{failed, refused};
use crate::names;
use aws_sdk_lambda::Client;
use aws_sdk_lambda::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_lambda::operation::get_function::GetFunctionOutput;
use aws_sdk_lambda::types::{Architecture, FunctionCode, FunctionConfiguration, Runtime};
use drydock_aws::explain;
use drydock_contract::Session;
use drydock_runtime::WorkError;
use std::time::Duration;

/// Between two tries or looks.
const PAUSE: Duration = Duration::from_secs(2);

/// Seconds a call may take; Lambda's default of 3 is too short for a first call that starts anything.
const TIMEOUT: i32 = 30;

/// In MB.
const MEMORY: i32 = 256;

/// Brings the function up and waits until it is ready to be configured further. Returns its ARN.
///
/// A crashed run is followed by one that compares: what has the wanted digest and configuration is left alone. A
/// function that appeared since the look (a run at the same time) is found by the next look.
pub(super) async fn ensure(turn: &Turn<'_>, plan: &Plan, role_arn: &str) -> Result<String, WorkError> {
    loop {
        let Some(found) = get(&turn.deployer.lambda, &plan.name).await? else {
            match create(turn, plan, role_arn).await? {
                Some(arn) => {
                    turn.log(&format!("function {} is made", plan.name)).await;
                    settled(turn, &plan.name).await?;
                    return Ok(arn);
                }
                // Made by another run since the look.
                None => {
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
            }
        };
        refuse_foreign(turn.session, &plan.name, found)?;
        let standing = settled(turn, &plan.name).await?;
        let wanted = differences(plan, role_arn, &standing);
        if wanted.code {
            update_code(turn, plan).await?;
            settled(turn, &plan.name).await?;
        }
        if wanted.configuration {
            update_configuration(turn, plan, role_arn).await?;
            settled(turn, &plan.name).await?;
        }
        let what = if wanted.code || wanted.configuration { "is updated" } else { "is what the repository says" };
        turn.log(&format!("function {} {what}", plan.name)).await;
        return Ok(standing.function_arn.unwrap_or_default());
    }
}

/// Refuses a function of another repository before anything is done to it.
pub(crate) async fn check_owner(lambda: &Client, session: &Session, name: &str) -> Result<(), WorkError> {
    match get(lambda, name).await? {
        Some(found) => refuse_foreign(session, name, found),
        None => Ok(()),
    }
}

fn refuse_foreign(session: &Session, name: &str, found: GetFunctionOutput) -> Result<(), WorkError> {
    if let Some(why) = found.tags_error() {
        return Err(unread_tags(name, why.error_code(), why.message()));
    }
    let tags = found.tags.unwrap_or_default().into_iter().collect();
    names::foreign(session, "function", name, &tags).map_or(Ok(()), Err)
}

/// Lambda answers without the tags, and with a reason, when it may give the function but not them. That does not make
/// the function somebody else's.
fn unread_tags(name: &str, code: &str, message: &str) -> WorkError {
    let said = format!("cannot read the tags of function {name}: {code}: {message}");
    if code.starts_with("AccessDenied") {
        let remedy = "Drydock's deploy function lacks the permission lambda:ListTags: the operator must update the installation.";
        return failed("not-allowed", said, remedy, name);
    }
    WorkError::Retry(said)
}

/// What must change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Differences {
    code: bool,
    configuration: bool,
}

/// Memory and timeout are not compared: who has tuned them keeps them.
fn differences(plan: &Plan, role_arn: &str, standing: &FunctionConfiguration) -> Differences {
    let architecture = standing.architectures().first().map_or("x86_64", Architecture::as_str);
    let runtime = standing.runtime().map_or("", Runtime::as_str);
    Differences {
        code: standing.code_sha256() != Some(plan.code_sha256.as_str()) || architecture != plan.architecture.as_str(),
        configuration: runtime != plan.runtime
            || standing.handler() != Some(plan.handler.as_str())
            || standing.role() != Some(role_arn),
    }
}

async fn get(lambda: &Client, name: &str) -> Result<Option<GetFunctionOutput>, WorkError> {
    match lambda.get_function().function_name(name).send().await {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.code() == Some("ResourceNotFoundException") => Ok(None),
        Err(error) => Err(refused(&format!("cannot look at function {name}"), &error)),
    }
}

/// Makes the function; `None` if there is one by now.
async fn create(turn: &Turn<'_>, plan: &Plan, role_arn: &str) -> Result<Option<String>, WorkError> {
    let request = || {
        let code = FunctionCode::builder().s3_bucket(&turn.deployer.settings.bucket).s3_key(&plan.code_key);
        turn.deployer
            .lambda
            .create_function()
            .function_name(&plan.name)
            .role(role_arn)
            .runtime(Runtime::from(plan.runtime.as_str()))
            .handler(&plan.handler)
            .architectures(Architecture::from(plan.architecture.as_str()))
            .code(code.build())
            .description("Made by Drydock")
            .timeout(TIMEOUT)
            .memory_size(MEMORY)
            .set_tags(Some(plan.tags.clone().into_iter().collect()))
    };
    loop {
        match turn.change(request().send()).await? {
            Ok(created) => return Ok(Some(created.function_arn.unwrap_or_default())),
            Err(error) if error.code() == Some("ResourceConflictException") => return Ok(None),
            Err(error) => wait_for_role(turn, &format!("cannot make function {}", plan.name), &error).await?,
        }
    }
}

async fn update_code(turn: &Turn<'_>, plan: &Plan) -> Result<(), WorkError> {
    let request = turn.deployer.lambda.update_function_code().function_name(&plan.name);
    let request = request.s3_bucket(&turn.deployer.settings.bucket).s3_key(&plan.code_key);
    let request = request.architectures(Architecture::from(plan.architecture.as_str()));
    let doing = format!("cannot update the code of function {}", plan.name);
    turn.change(request.send()).await?.map(|_| ()).map_err(|error| refused(&doing, &error))
}

async fn update_configuration(turn: &Turn<'_>, plan: &Plan, role_arn: &str) -> Result<(), WorkError> {
    loop {
        let request = turn.deployer.lambda.update_function_configuration().function_name(&plan.name);
        let request = request.role(role_arn).handler(&plan.handler).runtime(Runtime::from(plan.runtime.as_str()));
        match turn.change(request.send()).await? {
            Ok(_) => return Ok(()),
            Err(error) => wait_for_role(turn, &format!("cannot configure function {}", plan.name), &error).await?,
        }
    }
}

/// A role is known to all of AWS only some seconds after it was made; until then Lambda says that it cannot be assumed.
async fn wait_for_role<E>(turn: &Turn<'_>, doing: &str, error: &SdkError<E>) -> Result<(), WorkError>
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    if !is_about_a_new_role(error.code(), error.message()) {
        return Err(refused(doing, error));
    }
    if turn.time_left() < PAUSE {
        return Err(WorkError::Retry(format!("{doing}: {}", explain(error))));
    }
    tokio::time::sleep(PAUSE).await;
    Ok(())
}

fn is_about_a_new_role(code: Option<&str>, message: Option<&str>) -> bool {
    code == Some("InvalidParameterValueException")
        && message.is_some_and(|message| message.contains("cannot be assumed") || message.contains("role defined"))
}

/// Waits until Lambda has finished with the last change. A function that has failed is returned, too: the next code
/// may cure it, and the monitor tells why.
async fn settled(turn: &Turn<'_>, name: &str) -> Result<FunctionConfiguration, WorkError> {
    loop {
        let found = get(&turn.deployer.lambda, name).await?.and_then(|found| found.configuration);
        let Some(configuration) = found else {
            return Err(WorkError::Retry(format!("function {name} is not there yet, or not any more")));
        };
        if !is_moving(&configuration) {
            return Ok(configuration);
        }
        if turn.time_left() < PAUSE {
            return Err(WorkError::Retry(format!("function {name} is still being prepared")));
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn is_moving(configuration: &FunctionConfiguration) -> bool {
    configuration.state().is_some_and(|state| state.as_str() == "Pending")
        || configuration.last_update_status().is_some_and(|status| status.as_str() == "InProgress")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn plan() -> Plan {
        Plan {
            name: "f".to_owned(),
            runtime: "python3.13".to_owned(),
            handler: "app.handler".to_owned(),
            architecture: drydock_detect::Architecture::X86_64,
            code_key: "k".to_owned(),
            code_sha256: "digest".to_owned(),
            tags: BTreeMap::new(),
        }
    }

    #[test]
    fn only_what_differs_is_changed() {
        let standing = || {
            FunctionConfiguration::builder()
                .code_sha256("digest")
                .runtime(Runtime::from("python3.13"))
                .handler("app.handler")
                .role("role")
        };
        let check = |standing: FunctionConfiguration, code: bool, configuration: bool| {
            assert_eq!(differences(&plan(), "role", &standing), Differences { code, configuration }, "{standing:?}");
        };
        check(standing().build(), false, false);
        check(standing().code_sha256("other").build(), true, false);
        check(standing().architectures(Architecture::Arm64).build(), true, false);
        check(standing().handler("main.handler").build(), false, true);
        check(standing().runtime(Runtime::from("python3.12")).build(), false, true);
        check(standing().role("another").build(), false, true);
    }

    #[test]
    fn tags_that_cannot_be_read_are_no_sign_of_another_owner() {
        let denied = unread_tags("f", "AccessDeniedException", "not authorized to perform: lambda:ListTags");
        let WorkError::Fatal(failure) = denied else { panic!("{denied}") };
        assert_eq!(failure.code, "not-allowed");
        assert!(failure.remedy.is_some_and(|remedy| remedy.contains("lambda:ListTags")));
        assert!(matches!(unread_tags("f", "InternalError", "try again"), WorkError::Retry(_)));
    }

    #[test]
    fn a_function_moves_until_its_last_change_is_done() {
        let check = |state: &str, update: &str, expected: bool| {
            let configuration = FunctionConfiguration::builder().state(state.into()).last_update_status(update.into());
            assert_eq!(is_moving(&configuration.build()), expected, "{state} {update}");
        };
        check("Pending", "InProgress", true);
        check("Active", "InProgress", true);
        check("Active", "Successful", false);
        check("Failed", "Failed", false);
    }

    #[test]
    fn only_a_role_that_is_new_is_waited_for() {
        let check = |code: &str, message: &str, expected: bool| {
            assert_eq!(is_about_a_new_role(Some(code), Some(message)), expected, "{message}");
        };
        let invalid = "InvalidParameterValueException";
        check(invalid, "The role defined for the function cannot be assumed by Lambda.", true);
        check(invalid, "Unzipped size must be smaller than 262144000 bytes", false);
        check("ResourceConflictException", "The role defined for the function cannot be assumed by Lambda.", false);
    }
}
