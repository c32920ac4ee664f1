//! Invocations and their answers, over a table that answers what the test says.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use drydock_store::Store;
use serde_json::{Value, json};
use status_analyzer::{ServiceError, handle};

const ID: &str = "0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11";

/// A table with one failed session, an empty one, or none that can be reached.
#[derive(Clone, Copy, Debug)]
enum Table {
    Holding,
    Empty,
    Broken,
    Unreachable,
}

impl Table {
    fn store(self) -> Store {
        let config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::for_tests())
            .retry_config(RetryConfig::disabled())
            .http_client(http_client_fn(move |_, _| SharedHttpConnector::new(self)))
            .build();
        Store::new(aws_sdk_dynamodb::Client::from_conf(config), "table")
    }

    fn answer(self, operation: &str) -> Value {
        let text = |text: &str| json!({"S": text});
        match (self, operation) {
            (Self::Holding, "DynamoDB_20120810.GetItem") => json!({"Item": {
                "sessionId": text(ID), "kind": text("deploy"), "status": text("failed"), "stage": text("done"),
                "attempt": {"N": "1"}, "look": {"N": "2"}, "version": {"N": "5"},
                "createdAt": text("2026-11-23T16:00:00.000Z"), "updatedAt": text("2026-11-23T16:00:42.000Z"),
                "repository": text("https://github.com/o/n"), "branch": text("main"), "message": text("m"),
                "request": {"M": {}},
                "error": {"M": {"code": text("unknown-branch"), "message": text("there is no branch main"), "stage": text("clone-detect")}},
            }}),
            (Self::Holding, _) => json!({"Items": [
                {"at": text("2026-11-23T16:00:01.000Z"), "stage": text("clone-detect"), "text": text("fetching main")},
            ]}),
            (Self::Broken, _) => json!({"Item": {"sessionId": text(ID)}}),
            _ => json!({}),
        }
    }
}

impl HttpConnector for Table {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let operation = request.headers().get("x-amz-target").unwrap_or_default().to_owned();
        HttpConnectorFuture::ready(match self {
            Self::Unreachable => Err(ConnectorError::io("connection reset by peer".into())),
            _ => Ok(HttpResponse::new(200.try_into().unwrap(), SdkBody::from(self.answer(&operation).to_string()))),
        })
    }
}

/// Status and body of the answer to `method path body`.
async fn ask(table: Table, method: &str, path: &str, body: &str) -> (u64, Value) {
    let event = json!({
        "version": "2.0", "rawPath": path, "body": body, "isBase64Encoded": false,
        "requestContext": {"http": {"method": method, "path": path}, "stage": "$default"},
    });
    let response = handle(&table.store(), event, "request-1").await.unwrap();
    let body = serde_json::from_str(response["body"].as_str().unwrap()).unwrap();
    (response["statusCode"].as_u64().unwrap(), body)
}

#[tokio::test]
async fn both_routes_and_the_workflow_get_the_same_analysis() {
    let (status, mut by_path) = ask(Table::Holding, "GET", &format!("/analyze/{ID}"), "").await;
    assert_eq!(status, 200);
    let (_, mut by_body) = ask(Table::Holding, "POST", "/analyze", &json!({"sessionId": ID}).to_string()).await;
    let mut direct = handle(&Table::Holding.store(), json!({"sessionId": ID}), "request-1").await.unwrap();
    for analysis in [&mut by_path, &mut by_body, &mut direct] {
        analysis.as_object_mut().unwrap().remove("analysisTimestamp").unwrap();
    }
    assert_eq!((&by_path, &by_path), (&by_body, &direct));
    assert_eq!(by_path["errors"][0]["type"], "git-access");
    assert_eq!(by_path["errors"][0]["relatedLogs"][0], "2026-11-23T16:00:01.000Z clone-detect fetching main");
    assert_eq!(
        (&by_path["rootCause"], &by_path["deploymentDuration"]),
        (&json!("there is no branch main"), &json!(42))
    );
}

#[tokio::test]
async fn errors_have_the_statuses_of_the_contract() {
    let (status, body) = ask(Table::Empty, "GET", &format!("/analyze/{ID}"), "").await;
    assert_eq!((status, body), (404, json!({"error": format!("there is no session {ID}")})));
    let (status, body) = ask(Table::Empty, "GET", "/analyze/nobody", "").await;
    assert_eq!((status, body), (404, json!({"error": "there is no session nobody"})));
    let (status, body) = ask(Table::Empty, "POST", "/analyze", "{}").await;
    assert_eq!((status, &body["example"]), (400, &json!({"sessionId": ID})));
    let (status, body) = ask(Table::Unreachable, "GET", &format!("/analyze/{ID}"), "").await;
    assert_eq!((status, &body["requestId"]), (503, &json!("request-1")));
    let (status, body) = ask(Table::Broken, "GET", &format!("/analyze/{ID}"), "").await;
    assert_eq!((status, &body["requestId"]), (500, &json!("request-1")));
    assert!(!body.to_string().contains("missing field"), "inner causes stay inside: {body}");
}

#[tokio::test]
async fn a_direct_call_fails_loudly() {
    let ask = |payload: Value| async move { handle(&Table::Empty.store(), payload, "request-1").await };
    assert!(matches!(ask(json!({"sessionId": ID})).await, Err(ServiceError::UnknownSession(_))));
    assert!(matches!(ask(json!({"sessionId": "x"})).await, Err(ServiceError::UnknownEvent(_))));
    assert!(matches!(ask(json!({"Records": []})).await, Err(ServiceError::UnknownEvent(_))));
}
