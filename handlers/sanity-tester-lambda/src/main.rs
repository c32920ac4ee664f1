//! The sanity tester's function.

use drydock_aws::Roots;
use drydock_contract::env::SanityTesterEnv;
use drydock_runtime::Queues;
use drydock_store::Store;
use sanity_tester_lambda::SanityTester;

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    drydock_runtime::init_telemetry();
    let env = SanityTesterEnv::from_process()?;
    let config = drydock_aws::config(Roots::Bundled).await?;
    let store = Store::new(aws_sdk_dynamodb::Client::new(&config), env.deployments_table);
    let queues = Queues::new(aws_sdk_sqs::Client::new(&config), []);
    drydock_runtime::run(SanityTester::new(store, queues)).await
}
