//! Lambda entry point; everything is in the library.

use anyhow::Context;
use drydock_aws::Roots;
use drydock_contract::env::StatusAnalyzerEnv;
use drydock_store::Store;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;

#[tokio::main]
async fn main() -> Result<(), Error> {
    drydock_runtime::init_telemetry();
    let store = store().await?;
    let store = &store;
    lambda_runtime::run(service_fn(|event: LambdaEvent<Value>| async move {
        Ok::<_, Error>(status_analyzer::handle(store, event.payload, &event.context.request_id).await?)
    }))
    .await
}

async fn store() -> anyhow::Result<Store> {
    let env = StatusAnalyzerEnv::from_process().context("cannot start status-analyzer")?;
    let config = drydock_aws::config(Roots::Bundled).await.context("cannot set up HTTPS")?;
    Ok(Store::new(aws_sdk_dynamodb::Client::new(&config), env.deployments_table))
}
