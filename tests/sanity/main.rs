//! The sanity tester against real deployments on the embedded engine: it finds what was planted and nothing else, it
//! asks nobody but the deployment, and its reports can be read.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

mod fixture;
mod malicious;
mod planted;
mod requests;
mod schemathesis;
mod table;

use drydock_contract::api::StatusBody;
use drydock_e2e::World;
use drydock_sanity::report::Report;
use serde_json::{Value, json};
use tokio::sync::{Mutex, MutexGuard};

/// One test at a time: whether there is a model is the same for all of the installation.
async fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::const_new(());
    ALONE.lock().await
}

/// Runs a test to its end.
async fn test(world: &World, repository: &str, details: &Value, more: Value) -> StatusBody {
    let mut body = json!({"repository": repository, "branch": "main", "stackDetails": details});
    body.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
    world.open("/sanity-test", &body).await.until_terminal().await.body
}

/// The report that `/status` links.
async fn report(status: &StatusBody) -> Report {
    let text = linked(status, "json").await;
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// One of the reports, read as a client does: from the address in `/status`, without any credentials.
async fn linked(status: &StatusBody, form: &str) -> String {
    let reports = status.sanity.as_ref().and_then(|sanity| sanity.reports.as_ref());
    let reports = reports.unwrap_or_else(|| panic!("no reports in {status:#?}"));
    let url = match form {
        "html" => &reports.html,
        "junit" => &reports.junit,
        _ => &reports.json,
    };
    let client = drydock_aws::reqwest_client(drydock_aws::Roots::Native).unwrap();
    let answer = client.get(url).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200, "{url}");
    answer.text().await.unwrap()
}
