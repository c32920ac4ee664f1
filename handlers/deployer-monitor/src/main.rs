//! Lambda entry point; everything is in the library.

use anyhow::Context;
use deployer_monitor::Monitor;
use drydock_contract::Stage;
use drydock_contract::env::MonitorEnv;
use drydock_runtime::Queues;
use drydock_stack::Engine;
use drydock_store::Store;

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    drydock_runtime::init_telemetry();
    drydock_runtime::run(monitor().await?).await
}

async fn monitor() -> anyhow::Result<Monitor> {
    let env = MonitorEnv::from_process().context("cannot start deployer-monitor")?;
    let config = drydock_aws::in_lambda().context("cannot set up HTTPS")?;
    Ok(Monitor {
        store: Store::new(aws_sdk_dynamodb::Client::new(&config), env.deployments_table),
        queues: Queues::new(aws_sdk_sqs::Client::new(&config), [(Stage::Monitor, env.monitor_queue_url)]),
        engine: Engine::new(aws_sdk_cloudformation::Client::new(&config)),
        lambda: aws_sdk_lambda::Client::new(&config),
    })
}
