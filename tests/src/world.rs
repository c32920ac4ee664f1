//! Everything that a test can do, as verbs.

use crate::environment::Environment;
use crate::http_api::{Answer, Http, Request};
use crate::repositories::{self, GitHost};
use crate::run::Run;
use aws_config::SdkConfig;
use drydock_contract::{Session, SessionId};
use drydock_store::Store;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use xtask::cloud::Aws;

/// The running stack, its clients and the Git host.
pub struct World {
    pub(crate) http: Http,
    pub(crate) config: SdkConfig,
    pub(crate) outputs: BTreeMap<String, String>,
    /// Name of Drydock's own stack.
    pub stack_name: String,
    /// Where sessions are kept, as the handlers see it.
    pub store: Store,
    /// The Git host that the tests publish to.
    pub git: &'static GitHost,
}

impl World {
    /// Finds the running stack.
    ///
    /// # Panics
    /// If there is none; says how to start it.
    pub async fn new() -> Self {
        let environment = Environment::read();
        let config = drydock_aws::config(drydock_aws::Roots::Native).await.expect("AWS configuration");
        let stack_name = environment.stack_name.clone();
        let outputs = outputs(&config, &stack_name).await;
        let store = Store::new(aws_sdk_dynamodb::Client::new(&config), &outputs["DeploymentsTable"]);
        let http = Http::new(&environment, &Aws::new(config.clone()).expect("a region")).await;
        Self { http, config, outputs, stack_name, store, git: repositories::host() }
    }

    /// An output of Drydock's own stack.
    ///
    /// # Panics
    /// If there is no such output.
    #[track_caller]
    pub fn output(&self, name: &str) -> &str {
        self.outputs.get(name).unwrap_or_else(|| panic!("the stack has no output {name}: {:?}", self.outputs))
    }

    /// Where the engine listens.
    pub fn endpoint(&self) -> &str {
        self.config.endpoint_url().unwrap_or_default()
    }

    /// A name for a stack or function that nothing has yet, whatever ran against this stack before.
    pub fn new_name(&self, word: &str) -> String {
        format!("{word}-{}", &uuid::Uuid::new_v4().to_string()[..8])
    }

    /// Sends a request to the API.
    pub async fn send(&self, request: Request) -> Answer {
        self.http.send(request).await
    }

    /// Signed `GET`.
    pub async fn get(&self, path: impl Into<String>) -> Answer {
        self.send(Request::get(path)).await
    }

    /// Signed `POST` of JSON.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Request::post(path, body)).await
    }

    /// Cancels a session.
    pub async fn cancel(&self, id: &SessionId) -> Answer {
        self.send(Request::post_text(&format!("/deployments/{id}/cancel"), "")).await
    }

    /// Signed `DELETE` of what a session has deployed.
    pub async fn delete(&self, id: &SessionId) -> Answer {
        self.send(Request::delete(format!("/deployments/{id}"))).await
    }

    /// Takes down what a session has deployed; the API must accept it.
    pub async fn tear_down(&self, id: &SessionId) -> Run<'_> {
        let accepted = self.delete(id).await.expect(202);
        let id = accepted["sessionId"].as_str().and_then(|id| SessionId::parse(id).ok());
        Run::new(self, id.unwrap_or_else(|| panic!("no session id in {accepted}")))
    }

    /// Opens a session with one of the four `POST` routes, which must accept it.
    pub async fn open(&self, path: &str, body: &Value) -> Run<'_> {
        let accepted = self.post(path, body).await.expect(202);
        let id = accepted["sessionId"].as_str().and_then(|id| SessionId::parse(id).ok());
        Run::new(self, id.unwrap_or_else(|| panic!("no session id in {accepted}")))
    }

    /// Deploys an example from `main`.
    pub async fn deploy(&self, example: &str) -> Run<'_> {
        self.deploy_url(&self.git.example(example), "main").await
    }

    /// Deploys any branch of any repository.
    pub async fn deploy_url(&self, repository: &str, branch: &str) -> Run<'_> {
        self.open("/deploy", &json!({"repository": repository, "branch": branch})).await
    }

    /// A session that was opened elsewhere.
    pub fn run(&self, id: SessionId) -> Run<'_> {
        Run::new(self, id)
    }

    /// A session as it stands in the table.
    ///
    /// # Panics
    /// If it does not exist.
    pub async fn head(&self, id: &SessionId) -> Session {
        self.store.get(id).await.expect("the table answers").unwrap_or_else(|| panic!("no session {id}"))
    }

    /// `GET` of something that was deployed, as anybody could ask: without a signature.
    pub async fn ask(&self, url: &str) -> Answer {
        self.http.ask("GET", url, "", false).await
    }

    /// `GET` of something that was deployed for callers with credentials.
    pub async fn ask_signed(&self, url: &str) -> Answer {
        self.http.ask("GET", url, "", true).await
    }

    /// `POST` to something that was deployed, as anybody could.
    pub async fn tell(&self, url: &str, body: &Value) -> Answer {
        self.http.ask("POST", url, &body.to_string(), false).await
    }

    pub(crate) fn cloudformation(&self) -> aws_sdk_cloudformation::Client {
        aws_sdk_cloudformation::Client::new(&self.config)
    }

    pub(crate) fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        aws_sdk_dynamodb::Client::new(&self.config)
    }

    pub(crate) fn lambda(&self) -> aws_sdk_lambda::Client {
        aws_sdk_lambda::Client::new(&self.config)
    }

    pub(crate) fn sqs(&self) -> aws_sdk_sqs::Client {
        aws_sdk_sqs::Client::new(&self.config)
    }
}

pub(crate) async fn outputs(config: &SdkConfig, stack_name: &str) -> BTreeMap<String, String> {
    let client = aws_sdk_cloudformation::Client::new(config);
    let answer = client.describe_stacks().stack_name(stack_name).send().await.expect("Drydock's own stack");
    let outputs = answer.stacks().iter().flat_map(aws_sdk_cloudformation::types::Stack::outputs);
    outputs.filter_map(|output| Some((output.output_key()?.to_owned(), output.output_value()?.to_owned()))).collect()
}
