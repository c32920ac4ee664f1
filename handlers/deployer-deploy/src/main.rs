//! Lambda entry point; everything is in the library.

use anyhow::Context;
use deployer_deploy::{Deployer, Settings};
use drydock_contract::Stage;
use drydock_contract::env::DeployEnv;
use drydock_runtime::Queues;
use drydock_stack::Engine;
use drydock_store::Store;

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    drydock_runtime::init_telemetry();
    drydock_runtime::run(deployer().await?).await
}

async fn deployer() -> anyhow::Result<Deployer> {
    let env = DeployEnv::from_process().context("cannot start deployer-deploy")?;
    let config = drydock_aws::in_lambda().context("cannot set up HTTPS")?;
    let region = config.region().context("AWS_REGION is not set")?.to_string();
    let s3 = aws_sdk_s3::config::Builder::from(&config).force_path_style(drydock_aws::is_custom_endpoint(&config));
    let queues = [(Stage::Monitor, env.monitor_queue_url.clone()), (Stage::Deploy, env.deploy_queue_url.clone())];
    Ok(Deployer {
        store: Store::new(aws_sdk_dynamodb::Client::new(&config), env.deployments_table.clone()),
        queues: Queues::new(aws_sdk_sqs::Client::new(&config), queues),
        engine: Engine::new(aws_sdk_cloudformation::Client::new(&config)),
        s3: aws_sdk_s3::Client::from_conf(s3.build()),
        lambda: aws_sdk_lambda::Client::new(&config),
        iam: aws_sdk_iam::Client::new(&config),
        logs: aws_sdk_cloudwatchlogs::Client::new(&config),
        settings: Settings::new(env, &region),
    })
}
