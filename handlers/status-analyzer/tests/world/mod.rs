//! A table and a secret in memory, behind the SDK's own clients: conditions hold, transactions are whole, and a test may
//! say which answers are lost.

#![allow(dead_code, reason = "each test needs another part of it")]

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use drydock_aws::Roots;
use drydock_model::Settings;
use drydock_secret::Secret;
use drydock_store::Store;
use serde_json::{Map, Value, json};
use status_analyzer::{Analyzer, Explainer};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

pub const ID: &str = "0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11";
pub const SDLC: &str = "sdlc-0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11";

/// What comes between a request and its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It does not arrive.
    Unreachable,
    /// It is done, but nobody hears of it.
    AnswerLost,
    /// Somebody else writes the head first.
    Race,
}

#[derive(Debug, Default)]
struct State {
    /// By session and entry, as DynamoDB writes items.
    items: BTreeMap<(String, String), Map<String, Value>>,
    /// What happens to the next writes of a head, or to every request.
    next_writes: Vec<Trouble>,
    always: Option<Trouble>,
    secret: Option<String>,
}

/// The outside of one function.
#[derive(Clone, Debug, Default)]
pub struct World(Arc<Mutex<State>>);

impl World {
    /// With one session, its log, and no model key.
    pub fn with(session: &Value, log: &[&str]) -> Self {
        let world = Self::default();
        let id = session["sessionId"].as_str().unwrap().to_owned();
        let mut item = attribute(session)["M"].as_object().unwrap().clone();
        item.insert("entry".to_owned(), json!({"S": "session"}));
        let mut state = world.state();
        state.items.insert((id.clone(), "session".to_owned()), item);
        for (at, text) in log.iter().enumerate() {
            let moment = format!("2026-11-23T16:00:{at:02}.000Z");
            let entry = format!("log#{moment}#{at}");
            let line = json!({"sessionId": id, "entry": entry, "at": moment, "stage": "monitor", "text": text});
            state.items.insert((id.clone(), entry), attribute(&line)["M"].as_object().unwrap().clone());
        }
        drop(state);
        world
    }

    pub fn key(self, key: &str) -> Self {
        self.state().secret = Some(key.to_owned());
        self
    }

    pub fn always(self, trouble: Trouble) -> Self {
        self.state().always = Some(trouble);
        self
    }

    pub fn next_writes(self, troubles: &[Trouble]) -> Self {
        self.state().next_writes = troubles.to_vec();
        self
    }

    /// The head of a session as JSON.
    pub fn head(&self, id: &str) -> Value {
        let state = self.state();
        plain(&Value::Object(Map::from_iter([(
            "M".to_owned(),
            state.items[&(id.to_owned(), "session".to_owned())].clone().into(),
        )])))
    }

    /// Changes a field of a head, as another function would.
    pub fn set(&self, id: &str, field: &str, value: &Value) {
        let mut state = self.state();
        let head = state.items.get_mut(&(id.to_owned(), "session".to_owned())).unwrap();
        head.insert(field.to_owned(), attribute(value));
    }

    /// The log's texts.
    pub fn log(&self, id: &str) -> Vec<String> {
        let state = self.state();
        let lines = state.items.iter().filter(|((of, entry), _)| of == id && entry.starts_with("log#"));
        lines.map(|(_, item)| item["text"]["S"].as_str().unwrap().to_owned()).collect()
    }

    /// A function whose model is at `model_url`.
    pub fn analyzer(&self, model_url: &str) -> Analyzer {
        let client = || {
            let world = self.clone();
            http_client_fn(move |_, _| SharedHttpConnector::new(world.clone()))
        };
        let config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::for_tests())
            .retry_config(RetryConfig::disabled())
            .http_client(client())
            .build();
        let secrets = aws_sdk_secretsmanager::Config::builder()
            .behavior_version(aws_sdk_secretsmanager::config::BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::for_tests())
            .retry_config(RetryConfig::disabled())
            .http_client(client())
            .build();
        let http = drydock_aws::reqwest_client(Roots::Bundled).unwrap();
        let settings = Settings::new(model_url, "", "").unwrap();
        let key = Secret::new(aws_sdk_secretsmanager::Client::from_conf(secrets), "arn:secret");
        Analyzer {
            store: Store::new(aws_sdk_dynamodb::Client::from_conf(config), "table"),
            explainer: Explainer::new(key, None, http, settings),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }
}

impl HttpConnector for World {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let operation = request.headers().get("x-amz-target").unwrap_or_default().to_owned();
        let body: Value = serde_json::from_slice(request.body().bytes().unwrap_or_default()).unwrap();
        HttpConnectorFuture::ready(self.state().answer(&operation, &body))
    }
}

impl State {
    fn answer(&mut self, operation: &str, body: &Value) -> Result<HttpResponse, ConnectorError> {
        let lost = || Err(ConnectorError::io("connection reset by peer".into()));
        let operation = operation.rsplit('.').next().unwrap();
        if operation == "GetSecretValue" {
            return match &self.secret {
                Some(key) => Ok(response(200, &json!({"SecretString": key}))),
                None => Ok(response(400, &json!({"__type": "ResourceNotFoundException"}))),
            };
        }
        let is_write = matches!(operation, "UpdateItem" | "TransactWriteItems");
        let next = if is_write && !self.next_writes.is_empty() { Some(self.next_writes.remove(0)) } else { None };
        match self.always.or(next) {
            Some(Trouble::Unreachable) => return lost(),
            Some(Trouble::Race) => self.somebody_writes(body),
            Some(Trouble::AnswerLost) => {
                self.done(operation, body);
                return lost();
            }
            None => {}
        }
        Ok(self.done(operation, body))
    }

    fn done(&mut self, operation: &str, body: &Value) -> HttpResponse {
        match operation {
            "GetItem" => {
                let found = self.items.get(&key(&body["Key"]));
                response(200, &found.map_or_else(|| json!({}), |item| json!({"Item": item})))
            }
            "Query" => {
                let id = body["ExpressionAttributeValues"][":id"]["S"].as_str().unwrap();
                let prefix = body["ExpressionAttributeValues"][":log"]["S"].as_str().unwrap();
                let lines = self.items.iter().rev().filter(|((of, entry), _)| of == id && entry.starts_with(prefix));
                let limit = usize::try_from(body["Limit"].as_u64().unwrap()).unwrap();
                let items: Vec<_> = lines.take(limit).map(|(_, item)| item.clone()).collect();
                response(200, &json!({"Items": items}))
            }
            "PutItem" => {
                self.put(&body["Item"]);
                response(200, &json!({}))
            }
            "UpdateItem" if self.update(body) => response(200, &json!({})),
            "UpdateItem" => response(400, &json!({"__type": "ConditionalCheckFailedException"})),
            "TransactWriteItems" => {
                let items = body["TransactItems"].as_array().unwrap();
                if !self.update(&items[0]["Update"]) {
                    let message = "Transaction cancelled, please refer cancellation reasons for specific reasons [ConditionalCheckFailed, None]";
                    return response(400, &json!({"__type": "TransactionCanceledException", "message": message}));
                }
                self.put(&items[1]["Put"]["Item"]);
                response(200, &json!({}))
            }
            other => panic!("nobody asked for {other} before"),
        }
    }

    fn put(&mut self, item: &Value) {
        self.items.insert(key(item), item.as_object().unwrap().clone());
    }

    /// `SET #a = :a, … REMOVE #b, …` under `#version = :wasVersion AND #status = :wasStatus`.
    fn update(&mut self, update: &Value) -> bool {
        let item = self.items.get_mut(&key(&update["Key"])).unwrap();
        let values = &update["ExpressionAttributeValues"];
        if item["version"] != values[":wasVersion"] || item["status"] != values[":wasStatus"] {
            return false;
        }
        let expression = update["UpdateExpression"].as_str().unwrap();
        let (set, remove) = expression.split_once(" REMOVE ").unwrap_or((expression, ""));
        for part in set.strip_prefix("SET ").unwrap().split(", ") {
            let (name, value) = part.split_once(" = ").unwrap();
            item.insert(name.trim_start_matches('#').to_owned(), values[value].clone());
        }
        for name in remove.split(", ").filter(|name| !name.is_empty()) {
            item.remove(name.trim_start_matches('#'));
        }
        true
    }

    fn somebody_writes(&mut self, body: &Value) {
        let target = if body["Key"].is_null() { &body["TransactItems"][0]["Update"]["Key"] } else { &body["Key"] };
        let item = self.items.get_mut(&key(target)).unwrap();
        let version: u64 = item["version"]["N"].as_str().unwrap().parse().unwrap();
        item.insert("version".to_owned(), json!({"N": (version + 1).to_string()}));
    }
}

fn key(item: &Value) -> (String, String) {
    let part = |name: &str| item[name]["S"].as_str().unwrap().to_owned();
    (part("sessionId"), part("entry"))
}

fn response(status: u16, body: &Value) -> HttpResponse {
    HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body.to_string()))
}

/// JSON as DynamoDB has it.
fn attribute(value: &Value) -> Value {
    match value {
        Value::Null => json!({"NULL": true}),
        Value::Bool(value) => json!({"BOOL": value}),
        Value::Number(value) => json!({"N": value.to_string()}),
        Value::String(value) => json!({"S": value}),
        Value::Array(values) => json!({"L": values.iter().map(attribute).collect::<Vec<_>>()}),
        Value::Object(fields) => {
            let fields: Map<String, Value> =
                fields.iter().map(|(name, value)| (name.clone(), attribute(value))).collect();
            json!({"M": fields})
        }
    }
}

/// And back.
fn plain(attribute: &Value) -> Value {
    let (kind, value) = attribute.as_object().unwrap().iter().next().unwrap();
    match kind.as_str() {
        "N" => value.as_str().unwrap().parse::<serde_json::Number>().unwrap().into(),
        "L" => value.as_array().unwrap().iter().map(plain).collect(),
        "M" => {
            Value::Object(value.as_object().unwrap().iter().map(|(name, value)| (name.clone(), plain(value))).collect())
        }
        "NULL" => Value::Null,
        _ => value.clone(),
    }
}

/// A failed deployment.
pub fn failed() -> Value {
    json!({
        "sessionId": ID, "kind": "deploy", "status": "failed", "stage": "done", "attempt": 1, "look": 2, "version": 5,
        "createdAt": "2026-11-23T16:00:00.000Z", "updatedAt": "2026-11-23T16:00:42.000Z",
        "repository": "https://github.com/o/n", "branch": "main", "message": "m", "request": {},
        "error": {"code": "unknown-branch", "message": "there is no branch main", "stage": "clone-detect"},
    })
}

/// An SDLC session whose first round has failed for `message`.
pub fn waiting(checkpoint: &str, message: &str) -> Value {
    json!({
        "sessionId": SDLC, "kind": "sdlc", "status": "deploying", "stage": "workflow", "attempt": 1, "look": 4,
        "version": 9, "createdAt": "2026-11-23T16:00:00.000Z", "updatedAt": "2026-11-23T16:00:42.000Z",
        "repository": "https://github.com/o/n", "branch": "main", "message": "m", "request": {},
        "error": {"code": "stack-failed", "message": message, "stage": "monitor"},
        "workflow": {"checkpoint": checkpoint, "maxFixAttempts": 3, "fixes": 0, "rounds": [{
            "attempt": 1, "branch": "main", "startedAt": "2026-11-23T16:00:00.000Z", "endedAt": "2026-11-23T16:00:42.000Z",
            "failure": {"code": "stack-failed", "message": message, "stage": "monitor"},
        }]},
    })
}
