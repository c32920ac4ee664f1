//! How every part of Drydock reaches AWS, Git hosts and models: one TLS configuration without a C compiler
//! (rustls with graviola), one HTTP client for the SDK and one for everything else.

pub mod address;
mod connector;
mod explain;
pub mod sign;
mod tls;

pub use explain::explain;
pub use tls::{AwsSetupError, Roots};

use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};
use std::time::Duration;

/// How long a connection may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The SDK's configuration in a Lambda function: the runtime says everything in the environment, so no file and no role
/// is looked for. What would look is a part of every cold start and of every zip.
///
/// # Errors
/// As [`config`].
pub fn in_lambda() -> Result<SdkConfig, AwsSetupError> {
    let roots = Roots::Bundled;
    let credentials = SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new());
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(variable("AWS_REGION").map(Region::new))
        .credentials_provider(credentials)
        .http_client(connector::http_client(tls::config(roots)?))
        .service_config(OfOneService)
        .timeout_config(timeouts(roots));
    config.set_endpoint_url(variable("AWS_ENDPOINT_URL"));
    Ok(config.build())
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// What the environment says of one service alone, such as `AWS_ENDPOINT_URL_DYNAMODB`.
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html>
#[derive(Debug)]
struct OfOneService;

impl LoadServiceConfig for OfOneService {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        variable(&name_of_one(key.env(), key.service_id()))
    }
}

/// Service ids are written as in `Secrets Manager`.
fn name_of_one(variable: &str, service_id: &str) -> String {
    format!("{variable}_{}", service_id.replace(' ', "_").to_uppercase())
}

/// The SDK's configuration from the environment, profiles and roles, with our HTTP client.
///
/// # Errors
/// If this CPU lacks what the TLS implementation needs, or no root certificates are found.
pub async fn config(roots: Roots) -> Result<SdkConfig, AwsSetupError> {
    Ok(loader(roots)?.load().await)
}

/// The same before it is loaded, for callers that add a profile or a region.
///
/// # Errors
/// As [`config`].
pub fn loader(roots: Roots) -> Result<aws_config::ConfigLoader, AwsSetupError> {
    Ok(aws_config::defaults(BehaviorVersion::latest())
        .http_client(connector::http_client(tls::config(roots)?))
        .timeout_config(timeouts(roots)))
}

/// A connection that died while Lambda had the process frozen answers nothing; without a limit the call would hang
/// until the function's own time-out. An operator's upload over a slow line may take long.
fn timeouts(roots: Roots) -> TimeoutConfig {
    let (answer, attempt) = match roots {
        Roots::Bundled => (Duration::from_secs(20), Duration::from_secs(60)),
        Roots::Native => (Duration::from_secs(300), Duration::from_secs(600)),
    };
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(answer)
        .operation_attempt_timeout(attempt)
        .build()
}

/// A client for everything that is not an AWS API. It follows no redirects and uses no proxy, so that whoever
/// sends a secret decides where it goes.
///
/// # Errors
/// As [`config`].
pub fn reqwest_client(roots: Roots) -> Result<reqwest::Client, AwsSetupError> {
    reqwest_builder(roots)?.build().map_err(|error| AwsSetupError::Client(error.to_string()))
}

/// The same before it is built, for callers that add a resolver or time-outs.
///
/// # Errors
/// As [`config`].
pub fn reqwest_builder(roots: Roots) -> Result<reqwest::ClientBuilder, AwsSetupError> {
    Ok(reqwest::Client::builder()
        .tls_backend_preconfigured(tls::config(roots)?)
        .connect_timeout(CONNECT_TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy())
}

/// True if requests go to an address of the operator's own (`AWS_ENDPOINT_URL`), such as the embedded engine.
/// Its buckets are addressed by path, not by host name.
pub fn is_custom_endpoint(config: &SdkConfig) -> bool {
    config.endpoint_url().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_can_be_about_one_service() {
        assert_eq!(name_of_one("AWS_ENDPOINT_URL", "DynamoDB"), "AWS_ENDPOINT_URL_DYNAMODB");
        assert_eq!(name_of_one("AWS_ENDPOINT_URL", "Secrets Manager"), "AWS_ENDPOINT_URL_SECRETS_MANAGER");
    }
}
