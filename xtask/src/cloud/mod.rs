//! AWS as the commands use it: one configuration, clients made from it, errors in words.

pub mod applications;
pub mod apply;
pub mod bucket;
pub mod code_bucket;
pub mod deletion;
pub mod deployment;
pub mod error;
pub mod follow;
pub mod former;
pub mod history;
pub mod hotswap;
pub mod keep;
pub mod policy;
pub mod preview;
pub mod progress;
pub mod ready;
pub mod request;
pub mod sign;
pub mod stuck;
pub mod uploads;
pub mod validate;
pub mod view;

use crate::options::Global;
use anyhow::{Context, Result, bail};
use aws_config::meta::region::ProvideRegion;
use aws_config::profile::{ProfileFileCredentialsProvider, ProfileFileRegionProvider};
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::{Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use drydock_aws::Roots;
use error::Explain;

/// Requests of one call, with a wait that grows in between.
const MAX_ATTEMPTS: u32 = 8;

/// A configured way to AWS, or to what stands in for it.
#[derive(Clone, Debug)]
pub struct Aws {
    config: SdkConfig,
    region: String,
}

impl Aws {
    /// From the ordinary configuration: environment, profiles, single sign-on, roles. A profile that is named on the
    /// command line comes before the environment, with its credentials and its region.
    ///
    /// # Errors
    /// If no region is configured, or HTTPS cannot be set up.
    pub async fn connect(options: &Global) -> Result<Self> {
        // Throttling passes; a deployment is worth the patience.
        let retries = RetryConfig::standard().with_max_attempts(MAX_ATTEMPTS);
        let mut loader = drydock_aws::loader(Roots::Native)?;
        // Who has a number of their own gets that.
        if std::env::var_os("AWS_MAX_ATTEMPTS").is_none() {
            loader = loader.retry_config(retries);
        }
        if let Some(profile) = &options.profile {
            loader = loader.profile_name(profile);
        }
        let named = options.profile.as_ref().filter(|_| options.given.profile);
        let of_profile = match named.filter(|_| !options.given.region) {
            Some(profile) => ProfileFileRegionProvider::builder().profile_name(profile).build().region().await,
            None => None,
        };
        if let Some(region) = of_profile.or_else(|| options.region.clone().map(Region::new)) {
            loader = loader.region(region);
        }
        let config = loader.load().await;
        Self::new(match named {
            Some(profile) => with_credentials_of(profile, config),
            None => config,
        })
    }

    /// From a configuration.
    ///
    /// # Errors
    /// If it names no region.
    pub fn new(config: SdkConfig) -> Result<Self> {
        let Some(region) = config.region().map(ToString::to_string) else {
            bail!("no AWS region: pass --region, or set AWS_REGION, or configure one (`aws configure`)");
        };
        Ok(Self { config, region })
    }

    /// The region.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The configuration, for more clients.
    pub const fn config(&self) -> &SdkConfig {
        &self.config
    }

    /// The address that stands in for AWS, if one is configured.
    pub fn endpoint(&self) -> Option<&str> {
        self.config.endpoint_url()
    }

    /// The account that the credentials belong to; the first call to make, since it tells bad credentials.
    ///
    /// # Errors
    /// If there are no credentials, or AWS does not take them.
    pub async fn account(&self) -> Result<String> {
        let identity = aws_sdk_sts::Client::new(&self.config).get_caller_identity().send().await.map_err(|error| {
            if error.is_network() {
                return error.explain("AWS cannot be reached");
            }
            let hint = "check the credentials: `aws sts get-caller-identity`, or log in again (`aws sso login`)";
            error.explain(&format!("AWS does not know who we are; {hint}"))
        })?;
        identity.account.context("AWS named no account")
    }

    /// Who calls, as an ARN; `None` if AWS does not say.
    pub async fn caller(&self) -> Option<String> {
        let identity = aws_sdk_sts::Client::new(&self.config).get_caller_identity().send().await;
        identity.ok().and_then(|identity| identity.arn)
    }

    /// CloudFormation.
    pub fn cloudformation(&self) -> aws_sdk_cloudformation::Client {
        aws_sdk_cloudformation::Client::new(&self.config)
    }

    /// S3; buckets of a stand-in are addressed by path.
    pub fn s3(&self) -> aws_sdk_s3::Client {
        let by_path = drydock_aws::is_custom_endpoint(&self.config);
        aws_sdk_s3::Client::from_conf(aws_sdk_s3::config::Builder::from(&self.config).force_path_style(by_path).build())
    }

    /// SQS.
    pub fn sqs(&self) -> aws_sdk_sqs::Client {
        aws_sdk_sqs::Client::new(&self.config)
    }

    /// Lambda.
    pub fn lambda(&self) -> aws_sdk_lambda::Client {
        aws_sdk_lambda::Client::new(&self.config)
    }
}

/// The SDK asks the environment first, also for a profile that it was told: whoever has exported the keys of one account
/// and names the profile of another would work on the wrong one.
fn with_credentials_of(profile: &str, config: SdkConfig) -> SdkConfig {
    let mut way = ProviderConfig::without_region().with_region(config.region().cloned());
    if let Some(client) = config.http_client() {
        way = way.with_http_client(client);
    }
    let credentials = ProfileFileCredentialsProvider::builder().configure(&way).profile_name(profile).build();
    config.into_builder().credentials_provider(SharedCredentialsProvider::new(credentials)).build()
}
