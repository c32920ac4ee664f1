//! Lambda entry point; everything is in the library.

use anyhow::{Context, anyhow};
use drydock_aws::Roots;
use drydock_contract::env::SanityTesterEnv;
use drydock_model::Settings;
use drydock_runtime::Queues;
use drydock_secret::Secret;
use drydock_stack::Engine;
use drydock_store::Store;
use sanity_tester_lambda::{Account, SanityTester, Signed};

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    drydock_runtime::init_telemetry();
    drydock_runtime::run(worker().await?).await
}

async fn worker() -> anyhow::Result<SanityTester> {
    let env = SanityTesterEnv::from_process().context("cannot start sanity-tester-lambda")?;
    let config = drydock_aws::in_lambda().context("cannot set up HTTPS")?;
    let s3 = aws_sdk_s3::config::Builder::from(&config).force_path_style(drydock_aws::is_custom_endpoint(&config));
    let secrets = aws_sdk_secretsmanager::Client::new(&config);
    let http = drydock_aws::reqwest_client(Roots::Bundled).context("cannot set up HTTPS")?;
    let credentials = config.credentials_provider().context("no AWS credentials")?;
    let region = config.region().context("AWS_REGION is not set")?.to_string();
    let signed = Signed::new(http.clone(), credentials, region, config.endpoint_url().map(str::to_owned));
    Ok(SanityTester {
        store: Store::new(aws_sdk_dynamodb::Client::new(&config), env.deployments_table),
        queues: Queues::new(aws_sdk_sqs::Client::new(&config), []),
        s3: aws_sdk_s3::Client::from_conf(s3.build()),
        bucket: env.artifacts_bucket,
        secrets: secrets.clone(),
        model_key: Secret::new(secrets, env.model_key_secret_arn),
        model_key_fallback: std::env::var("ANTHROPIC_API_KEY").ok(),
        settings: Settings::new(&env.model_base_url, &env.model_name, &env.model_price)
            .map_err(|error| anyhow!(error))?,
        http,
        account: Account {
            stacks: Engine::new(aws_sdk_cloudformation::Client::new(&config)),
            lambda: aws_sdk_lambda::Client::new(&config),
            signed,
            prefix: env.resource_prefix,
        },
    })
}
