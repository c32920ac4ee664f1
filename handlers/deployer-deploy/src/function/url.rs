//! The function's own HTTPS address.

use super::plan::UrlAuth;
use crate::deployer::Turn;
use crate::failure::refused;
use aws_sdk_lambda::Client;
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
        close(lambda, name, PUBLIC_URL).await?;
        close(lambda, name, PUBLIC_INVOKE).await?;
    }
    let url = match lambda.create_function_url_config().function_name(name).auth_type(wanted.clone()).send().await {
        Ok(created) => created.function_url,
        Err(error) if error.code() == Some("ResourceConflictException") => standing(lambda, name, wanted).await?,
        Err(error) => return Err(refused(&format!("cannot make a URL for function {name}"), &error)),
    };
    if auth == UrlAuth::Public {
        open(lambda, name).await?;
    }
    Ok(url)
}

/// The URL that the function has, with the wanted authentication.
async fn standing(lambda: &Client, name: &str, wanted: FunctionUrlAuthType) -> Result<String, WorkError> {
    let doing = format!("cannot read the URL of function {name}");
    let found = lambda.get_function_url_config().function_name(name).send().await;
    let found = found.map_err(|error| refused(&doing, &error))?;
    if found.auth_type != wanted {
        let doing = format!("cannot change the URL of function {name}");
        let request = lambda.update_function_url_config().function_name(name).auth_type(wanted);
        request.send().await.map_err(|error| refused(&doing, &error))?;
    }
    Ok(found.function_url)
}

async fn open(lambda: &Client, name: &str) -> Result<(), WorkError> {
    let permission = |id: &str, action: &str| {
        lambda.add_permission().function_name(name).statement_id(id).action(action).principal("*")
    };
    let url = permission(PUBLIC_URL, "lambda:InvokeFunctionUrl").function_url_auth_type(FunctionUrlAuthType::None);
    let invoke = permission(PUBLIC_INVOKE, "lambda:InvokeFunction").invoked_via_function_url(true);
    for request in [url, invoke] {
        match request.send().await {
            Ok(_) => {}
            Err(error) if error.code() == Some("ResourceConflictException") => {}
            Err(error) => return Err(refused(&format!("cannot open the URL of function {name}"), &error)),
        }
    }
    Ok(())
}

async fn close(lambda: &Client, name: &str, statement: &str) -> Result<(), WorkError> {
    match lambda.remove_permission().function_name(name).statement_id(statement).send().await {
        Ok(_) => Ok(()),
        Err(error) if error.code() == Some("ResourceNotFoundException") => Ok(()),
        Err(error) => Err(refused(&format!("cannot close the URL of function {name}"), &error)),
    }
}
