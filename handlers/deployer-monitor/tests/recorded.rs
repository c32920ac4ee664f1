//! Looks at what a stack that stands for real cannot be brought to in a test, on recorded answers of CloudFormation.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

#[path = "../../../shared/stack/tests/recorded/mod.rs"]
#[expect(dead_code, reason = "it serves other tests, too")]
mod recorded;

use aws_sdk_dynamodb::config::{Credentials, Region};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use deployer_monitor::Monitor;
use drydock_aws::Roots;
use drydock_contract::message::Work;
use drydock_contract::{Session, Stage};
use drydock_runtime::{Invocation, Queues, WorkError, Worker};
use drydock_store::{Change, Store};
use recorded::{Recorded, event, events, stack, stack_id};
use serde_json::json;
use std::time::{Duration, Instant};

/// A service that takes everything and has nothing.
#[derive(Clone, Debug)]
struct Empty;

impl HttpConnector for Empty {
    fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::ready(Ok(HttpResponse::new(200.try_into().unwrap(), SdkBody::from("{}"))))
    }
}

async fn monitor(recorded: &Recorded) -> Monitor {
    let config = drydock_aws::loader(Roots::Bundled)
        .unwrap()
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::for_tests())
        .http_client(http_client_fn(|_, _| SharedHttpConnector::new(Empty)))
        .load()
        .await;
    Monitor {
        store: Store::new(aws_sdk_dynamodb::Client::new(&config), "table"),
        queues: Queues::new(aws_sdk_sqs::Client::new(&config), []),
        engine: recorded.engine(),
        lambda: aws_sdk_lambda::Client::new(&config),
    }
}

/// One look of a session that has begun to create the stack `demo`.
async fn look(recorded: &Recorded, number: u32) -> Result<Change, WorkError> {
    let session: Session = serde_json::from_value(json!({
        "sessionId": "0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11", "kind": "deploy", "status": "deploying",
        "stage": "monitor", "attempt": 1, "look": number, "version": 9, "createdAt": "2026-11-23T16:00:00.000Z",
        "updatedAt": "2026-11-23T16:00:00.000Z", "repository": "r", "branch": "b", "message": "m", "request": {},
        "target": {"kind": "stack", "name": "demo", "id": stack_id("demo"), "token": "token-1"},
    }))
    .unwrap();
    let work = Work { look: number, ..Work::new(session.session_id.clone(), Stage::Monitor, 1) };
    let deadline = Instant::now() + Duration::from_secs(60);
    let invocation = Invocation { request_id: "r".to_owned(), deadline, receive_count: 1 };
    monitor(recorded).await.work(session, &work, &invocation).await
}

#[tokio::test]
async fn a_stack_that_is_deleted_while_it_is_made_ends_its_session() {
    let told = |second, status, token| event("demo", second, "demo", "AWS::CloudFormation::Stack", status, token, "");
    let history =
        [told(3, "DELETE_COMPLETE", ""), told(2, "DELETE_IN_PROGRESS", ""), told(1, "CREATE_IN_PROGRESS", "token-1")];
    let recorded = Recorded::new([
        ("DescribeStacks", stack("demo", "DELETE_IN_PROGRESS")),
        ("DescribeStackEvents", events(&history[1..], "")),
        ("DescribeStacks", stack("demo", "DELETE_COMPLETE")),
        ("DescribeStackEvents", events(&history, "")),
    ]);
    let going_on = look(&recorded, 1).await.unwrap();
    assert!(going_on.outbox.is_some_and(|outbox| outbox.work.look == 2), "it looks again");
    match look(&recorded, 2).await {
        Err(WorkError::Fatal(failure)) => assert_eq!(failure.code, "stack-gone", "{failure:?}"),
        other => panic!("{other:?}"),
    }
    recorded.assert_all_asked();
}
