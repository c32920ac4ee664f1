//! Lambda entry point; everything is in the library.

use anyhow::{Context, anyhow};
use drydock_aws::Roots;
use drydock_contract::env::FixerEnv;
use drydock_contract::hosts::AllowedHosts;
use drydock_gate::Gate;
use drydock_model::Settings;
use drydock_runtime::Queues;
use drydock_secret::Secret;
use drydock_store::Store;
use fixer_lambda::Fixer;

/// USD that a repair may cost if nothing else is said.
const USUAL_BUDGET: f64 = 2.0;

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    drydock_runtime::init_telemetry();
    drydock_runtime::run(worker().await?).await
}

async fn worker() -> anyhow::Result<Fixer> {
    let env = FixerEnv::from_process().context("cannot start fixer-lambda")?;
    let config = drydock_aws::in_lambda().context("cannot set up HTTPS")?;
    let s3 = aws_sdk_s3::config::Builder::from(&config).force_path_style(drydock_aws::is_custom_endpoint(&config));
    let secrets = aws_sdk_secretsmanager::Client::new(&config);
    let usd = match env.fix_budget_usd.trim() {
        "" => USUAL_BUDGET,
        text => {
            text.parse().ok().filter(|usd: &f64| *usd > 0.0).with_context(|| format!("FIX_BUDGET_USD: `{text}`"))?
        }
    };
    Ok(Fixer {
        store: Store::new(aws_sdk_dynamodb::Client::new(&config), env.deployments_table),
        queues: Queues::new(aws_sdk_sqs::Client::new(&config), []),
        s3: aws_sdk_s3::Client::from_conf(s3.build()),
        bucket: env.artifacts_bucket,
        model_key: Secret::new(secrets.clone(), env.model_key_secret_arn),
        model_key_fallback: std::env::var("ANTHROPIC_API_KEY").ok(),
        git_token: Secret::new(secrets, env.git_token_secret_arn),
        http: drydock_aws::reqwest_client(Roots::Bundled).context("cannot set up HTTPS")?,
        hosts: AllowedHosts::parse(&env.allowed_git_hosts).context("ALLOWED_GIT_HOSTS")?,
        settings: Settings::new(&env.model_base_url, &env.model_name, &env.model_price)
            .map_err(|error| anyhow!(error))?,
        gate: Gate::new(),
        usd,
    })
}
