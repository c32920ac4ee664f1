//! The function's own HTTPS address.

use super::plan::UrlAuth;
use crate::deployer::Turn;
use crate::failure::refused;
use aws_sdk_lambda::error::ProvideErrorMetadata;
use aws_sdk_lambda::types::FunctionUrlAuthType;
use drydock_runtime::WorkError;

/// What opens a URL to everybody; both are needed since October 2025
/// (<https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html>).
const PUBLIC_URL: &str = "DrydockPublicUrl";
const PUBLIC_INVOKE: &str = "DrydockPublicInvoke";

/// Makes the URL, or gives it the wanted authentication. Returns it.
///
/// Permissions are set every time: one that stands already, or one that is already gone, is no error.
pub(super) async fn ensure(turn: &Turn<'_>, name: &str, auth: UrlAuth) -> Result<String, WorkError> {
    let lambda = &turn.deployer.lambda;
    let wanted = match auth {
        UrlAuth::Iam => FunctionUrlAuthType::AwsIam,
        UrlAuth::Public => FunctionUrlAuthType::None,
    };
    // Closing comes before the URL is told to be closed, opening after it is open: never more than was asked for.
    if auth == UrlAuth::Iam {
        close(turn, name, PUBLIC_URL).await?;
        close(turn, name, PUBLIC_INVOKE).await?;
    }
    let request = lambda.create_function_url_config().function_name(name).auth_type(wanted.clone());
    let url = match turn.change(request.send()).await? {
        Ok(created) => created.function_url,
        Err(error) if error.code() == Some("ResourceConflictException") => standing(turn, name, wanted).await?,
        Err(error) => return Err(refused(&format!("cannot make a URL for function {name}"), &error)),
    };
    if auth == UrlAuth::Public {
        open(turn, name).await?;
    }
    Ok(url)
}

/// The URL that the function has, with the wanted authentication.
async fn standing(turn: &Turn<'_>, name: &str, wanted: FunctionUrlAuthType) -> Result<String, WorkError> {
    let lambda = &turn.deployer.lambda;
    let doing = format!("cannot read the URL of function {name}");
    let found = lambda.get_function_url_config().function_name(name).send().await;
    let found = found.map_err(|error| refused(&doing, &error))?;
    if found.auth_type != wanted {
        let doing = format!("cannot change the URL of function {name}");
        let request = lambda.update_function_url_config().function_name(name).auth_type(wanted);
        turn.change(request.send()).await?.map_err(|error| refused(&doing, &error))?;
    }
    Ok(found.function_url)
}

async fn open(turn: &Turn<'_>, name: &str) -> Result<(), WorkError> {
    let permission = |id: &str, action: &str| {
        turn.deployer.lambda.add_permission().function_name(name).statement_id(id).action(action).principal("*")
    };
    let url = permission(PUBLIC_URL, "lambda:InvokeFunctionUrl").function_url_auth_type(FunctionUrlAuthType::None);
    let invoke = permission(PUBLIC_INVOKE, "lambda:InvokeFunction").invoked_via_function_url(true);
    for request in [url, invoke] {
        match turn.change(request.send()).await? {
            Ok(_) => {}
            Err(error) if error.code() == Some("ResourceConflictException") => {}
            Err(error) => return Err(refused(&format!("cannot open the URL of function {name}"), &error)),
        }
    }
    Ok(())
}

async fn close(turn: &Turn<'_>, name: &str, statement: &str) -> Result<(), WorkError> {
    let request = turn.deployer.lambda.remove_permission().function_name(name).statement_id(statement);
    match turn.change(request.send()).await? {
        Ok(_) => Ok(()),
        Err(error) if error.code() == Some("ResourceNotFoundException") => Ok(()),
        Err(error) => Err(refused(&format!("cannot close the URL of function {name}"), &error)),
    }
}
