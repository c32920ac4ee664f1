//! Lambda entry point; everything is in the library.

use anyhow::Context;
use deployer_clone_detect::{CloneDetect, GitToken, S3Archives};
use drydock_aws::Roots;
use drydock_contract::Stage;
use drydock_contract::env::CloneDetectEnv;
use drydock_contract::hosts::AllowedHosts;
use drydock_runtime::Queues;
use drydock_source::Limits;
use drydock_store::Store;

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    drydock_runtime::init_telemetry();
    drydock_runtime::run(worker().await?).await
}

async fn worker() -> anyhow::Result<CloneDetect> {
    let env = CloneDetectEnv::from_process().context("cannot start deployer-clone-detect")?;
    let config = drydock_aws::in_lambda().context("cannot set up HTTPS")?;
    let hosts = AllowedHosts::parse(&env.allowed_git_hosts).context("ALLOWED_GIT_HOSTS")?;
    let secrets = aws_sdk_secretsmanager::Client::new(&config);
    let s3 = aws_sdk_s3::config::Builder::from(&config).force_path_style(drydock_aws::is_custom_endpoint(&config));
    Ok(CloneDetect {
        store: Store::new(aws_sdk_dynamodb::Client::new(&config), env.deployments_table),
        queues: Queues::new(
            aws_sdk_sqs::Client::new(&config),
            [(Stage::Deploy, env.next_queue_url), (Stage::SanityTest, env.sanity_tester_queue_url)],
        ),
        archives: S3Archives::new(aws_sdk_s3::Client::from_conf(s3.build()), env.artifacts_bucket),
        token: GitToken::new(secrets, env.git_token_secret_arn, hosts.clone()),
        client: drydock_aws::reqwest_client(Roots::Bundled).context("cannot set up HTTPS")?,
        hosts,
        limits: Limits::default(),
    })
}
