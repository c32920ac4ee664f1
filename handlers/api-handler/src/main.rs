//! The API's function.

use api_handler::dead_letters::DeadLetters;
use api_handler::executions::Executions;
use api_handler::links::Links;
use api_handler::outbox::Sender;
use api_handler::service::{self, Service};
use drydock_contract::env::ApiHandlerEnv;
use drydock_contract::hosts::AllowedHosts;
use drydock_store::Store;
use lambda_runtime::{Diagnostic, Error, LambdaEvent, service_fn};
use serde_json::Value;

#[tokio::main]
async fn main() -> Result<(), Error> {
    drydock_runtime::init_telemetry();
    let env = ApiHandlerEnv::from_process()?;
    let config = drydock_aws::in_lambda()?;
    let sqs = aws_sdk_sqs::Client::new(&config);
    let executions = Executions::new(aws_sdk_sfn::Client::new(&config), &env.sdlc_state_machine_arn);
    let credentials = config.credentials_provider().ok_or("no AWS credentials")?;
    let region = config.region().ok_or("AWS_REGION is not set")?.as_ref();
    let service = Service {
        links: Links::new(credentials, region, &env.artifacts_bucket, config.endpoint_url()),
        store: Store::new(aws_sdk_dynamodb::Client::new(&config), &env.deployments_table),
        sender: Sender::new(sqs.clone(), executions, &env),
        dead_letters: DeadLetters::new(sqs, &env),
        hosts: AllowedHosts::parse(&env.allowed_git_hosts)?,
        base_url: env.api_base_url.trim_end_matches('/').to_owned(),
    };
    let service = &service;
    lambda_runtime::run(service_fn(|event: LambdaEvent<Value>| async move {
        service::handle(service, event.payload, &event.context.request_id)
            .await
            .map_err(|error| Diagnostic { error_type: "UnknownEvent".to_owned(), error_message: error.to_string() })
    }))
    .await
}
