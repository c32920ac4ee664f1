//! A repository, a played model and what came of it.
#![allow(dead_code, reason = "each test file uses a part of it")]

use drydock_aws::Roots;
use drydock_fix::{Budget, FixError, Outcome, Plan, Record, Repair, Task};
use drydock_gate::Gate;
use drydock_model::{ApiKey, Client, Settings};
use drydock_model_server::{Answer, ModelServer, Request, Script, tool};
use drydock_tree::{File, Tree};
use serde_json::{Value, json};
use std::sync::LazyLock;
use std::time::Duration;
use tokio::time::Instant;

/// The template validator takes a second to set up.
pub static GATE: LazyLock<Gate> = LazyLock::new(Gate::new);

pub const TEMPLATE: &str = "\
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Resources:
  Orders:
    Type: AWS::Serverless::SimpleTable
  Api:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src/
      Handler: app.handler
      Runtime: python3.13
      Environment:
        Variables:
          TABLE: !Ref OrdersTabel
";

pub const APP: &str = "def handler(event, context):\n    return {'statusCode': 200}\n";

pub fn tree(files: &[(&str, &str)]) -> Tree {
    files.iter().map(|(path, text)| ((*path).to_owned(), File::new(*text))).collect()
}

/// A template with one slip, and its code.
pub fn broken() -> Tree {
    tree(&[("template.yaml", TEMPLATE), ("src/app.py", APP)])
}

pub struct Played {
    pub plan: Option<Plan>,
    pub outcome: Result<Outcome, FixError>,
    pub record: Record,
    pub files: Tree,
    pub requests: Vec<Request>,
}

impl Played {
    pub fn error(&self) -> &FixError {
        self.outcome.as_ref().expect_err("no repair is expected")
    }

    /// What the tools answered to call number `at`, from 0.
    pub fn answer(&self, at: usize) -> &str {
        &self.record.calls[at].answer
    }
}

pub fn task(tree: Tree) -> Task {
    Task {
        tree,
        root: String::new(),
        instructions: "CREATE_FAILED: Unresolved resource dependencies [OrdersTabel] in template.yaml".to_owned(),
        stack_details: Some(json!({"stackName": "orders"})),
        evidence: None,
    }
}

pub fn budget() -> Budget {
    Budget { turns: 30, usd: 1.0, until: Instant::now() + Duration::from_secs(30) }
}

/// Plays a script to its end.
pub async fn play(task: Task, script: Script, budget: Budget) -> Played {
    let server = ModelServer::start(script).unwrap();
    let mut settings = Settings::new(&server.url(), "played", "").unwrap();
    settings.backoff = Duration::from_millis(5);
    settings.retries = 2;
    settings.silence = Duration::from_millis(500);
    let http = drydock_aws::reqwest_client(Roots::Bundled).unwrap();
    let client = Client::new(http, ApiKey::new("sk-test"), settings).unwrap();
    let mut repair = Repair::begin(&client, &GATE, task, budget).unwrap();
    let (plan, outcome) = match repair.plan().await {
        Ok(plan) => (Some(plan), repair.edit().await),
        Err(error) => (None, Err(error)),
    };
    let record = repair.record(outcome.as_ref().err());
    Played { plan, outcome, record, files: repair.tree().clone(), requests: server.requests() }
}

pub fn plan() -> Value {
    json!({
        "diagnosis": "The table is called Orders, not OrdersTabel.",
        "summary": "Refer to the table by its name.",
        "steps": [{"file": "template.yaml", "change": "!Ref Orders", "reason": "OrdersTabel does not exist"}],
        "risk": "low",
    })
}

pub fn replace(old: &str, new: &str) -> Value {
    json!({"path": "template.yaml", "old_str": old, "new_str": new})
}

pub fn finish() -> Value {
    json!({"title": "Refer to the orders table by its name", "summary": "The name had a slip.", "risk": "low"})
}

/// The repair that is right.
pub fn good() -> Script {
    Script::new()
        .calls("view", json!({"path": "template.yaml"}))
        .calls("submit_plan", plan())
        .calls("str_replace", replace("!Ref OrdersTabel", "!Ref Orders"))
        .calls("validate", json!({}))
        .calls("finish", finish())
}

pub fn call(name: &str, input: Value) -> Answer {
    Answer::Message(vec![tool(name, input)])
}
