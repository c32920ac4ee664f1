//! What the operator's stack tells this handler.

use drydock_contract::env::DeployEnv;

/// Configuration that does not change while the process lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Bucket of source archives and packages.
    pub bucket: String,
    /// Where the bucket's region answers, without a slash at the end.
    pub s3_url: String,
    /// ARN of the role that CloudFormation takes on.
    pub service_role_arn: String,
    /// What every stack, function and role is named with first.
    pub prefix: String,
    /// ARN of the permissions boundary of roles made here, if there is one.
    pub permissions_boundary_arn: Option<String>,
    /// `aws`, `aws-cn` or `aws-us-gov`.
    pub partition: String,
}

impl Settings {
    /// Reads the environment in `region`.
    pub fn new(env: DeployEnv, region: &str) -> Self {
        let partition = env.cloudformation_role_arn.split(':').nth(1).unwrap_or("aws").to_owned();
        let suffix = if partition == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" };
        Self {
            bucket: env.artifacts_bucket,
            s3_url: format!("https://s3.{region}.{suffix}"),
            service_role_arn: env.cloudformation_role_arn,
            prefix: env.resource_prefix,
            permissions_boundary_arn: Some(env.permissions_boundary_arn).filter(|arn| !arn.is_empty()),
            partition,
        }
    }

    /// Where packages go.
    pub(crate) fn packages(&self) -> drydock_package::Settings {
        drydock_package::Settings {
            bucket: self.bucket.clone(),
            key_prefix: "packages/".to_owned(),
            s3_url: self.s3_url.clone(),
        }
    }
}
