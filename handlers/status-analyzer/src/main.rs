//! Lambda entry point; everything is in the library.

use anyhow::{Context, anyhow};
use drydock_aws::Roots;
use drydock_contract::env::StatusAnalyzerEnv;
use drydock_model::Settings;
use drydock_secret::Secret;
use drydock_store::Store;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;
use status_analyzer::{Analyzer, Explainer};

#[tokio::main]
async fn main() -> Result<(), Error> {
    drydock_runtime::init_telemetry();
    let analyzer = analyzer().await?;
    let analyzer = &analyzer;
    lambda_runtime::run(service_fn(|event: LambdaEvent<Value>| async move {
        Ok::<_, Error>(status_analyzer::handle(analyzer, event.payload, &event.context.request_id).await?)
    }))
    .await
}

async fn analyzer() -> anyhow::Result<Analyzer> {
    let env = StatusAnalyzerEnv::from_process().context("cannot start status-analyzer")?;
    let config = drydock_aws::in_lambda().context("cannot set up HTTPS")?;
    let explainer = Explainer::new(
        Secret::new(aws_sdk_secretsmanager::Client::new(&config), env.model_key_secret_arn),
        std::env::var("ANTHROPIC_API_KEY").ok(),
        drydock_aws::reqwest_client(Roots::Bundled).context("cannot set up HTTPS")?,
        Settings::new(&env.model_base_url, &env.model_name, &env.model_price).map_err(|error| anyhow!(error))?,
    );
    Ok(Analyzer { store: Store::new(aws_sdk_dynamodb::Client::new(&config), env.deployments_table), explainer })
}
