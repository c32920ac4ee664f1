//! A CloudFormation that answers from a list.

use aws_sdk_cloudformation::config::retry::RetryConfig;
use aws_sdk_cloudformation::config::{BehaviorVersion, Credentials, Region};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use drydock_stack::{Engine, Pace};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// One answer of the service; `None` for a connection that is lost.
#[derive(Clone, Debug)]
pub struct Answer(Option<(u16, String)>);

impl Answer {
    pub fn of(action: &str, result: &str) -> Self {
        let body = format!(
            r#"<{action}Response xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><{action}Result>{result}</{action}Result><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></{action}Response>"#
        );
        Self(Some((200, body)))
    }

    pub fn empty(action: &str) -> Self {
        Self::of(action, "")
    }

    pub fn lost() -> Self {
        Self(None)
    }
}

pub fn error(status: u16, code: &str, message: &str) -> Answer {
    let body = format!(
        r#"<ErrorResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error><RequestId>r</RequestId></ErrorResponse>"#
    );
    Answer(Some((status, body)))
}

pub fn stack_id(name: &str) -> String {
    format!("arn:aws:cloudformation:us-east-1:123456789012:stack/{name}/1")
}

pub fn stack(name: &str, status: &str) -> Answer {
    let id = stack_id(name);
    Answer::of(
        "DescribeStacks",
        &format!(
            "<Stacks><member><StackId>{id}</StackId><StackName>{name}</StackName><CreationTime>2026-11-23T16:00:00.000Z</CreationTime><StackStatus>{status}</StackStatus></member></Stacks>"
        ),
    )
}

pub fn change_set(status: &str, execution: &str, reason: &str, next: &str) -> Answer {
    let id = stack_id("demo");
    let next = if next.is_empty() { String::new() } else { format!("<NextToken>{next}</NextToken>") };
    let change = "<member><Type>Resource</Type><ResourceChange><Action>Modify</Action><LogicalResourceId>Queue</LogicalResourceId>\
        <PhysicalResourceId>https://sqs/demo</PhysicalResourceId><ResourceType>AWS::SQS::Queue</ResourceType>\
        <Replacement>False</Replacement><Details><member><Target><Attribute>Properties</Attribute><Name>VisibilityTimeout</Name>\
        <Path>/Properties/VisibilityTimeout</Path><RequiresRecreation>Never</RequiresRecreation><BeforeValue>30</BeforeValue>\
        <AfterValue>45</AfterValue></Target><Evaluation>Static</Evaluation></member></Details></ResourceChange></member>";
    Answer::of(
        "DescribeChangeSet",
        &format!(
            "<ChangeSetName>change-1</ChangeSetName><ChangeSetId>arn:change</ChangeSetId><StackId>{id}</StackId><StackName>demo</StackName>\
            <Status>{status}</Status><ExecutionStatus>{execution}</ExecutionStatus><StatusReason>{reason}</StatusReason>\
            <Changes>{change}</Changes>{next}"
        ),
    )
}

pub fn change_sets(names: &[&str]) -> Answer {
    let members: String =
        names.iter().map(|name| format!("<member><ChangeSetName>{name}</ChangeSetName></member>")).collect();
    Answer::of("ListChangeSets", &format!("<Summaries>{members}</Summaries>"))
}

/// One event, newest first in [`events`]. Without a token it is left out, as for nested stacks.
pub fn event(stack: &str, second: u32, id: &str, kind: &str, status: &str, token: &str, reason: &str) -> String {
    let stack_id = stack_id(stack);
    let physical = if id == stack { stack_id.clone() } else { format!("physical-{id}") };
    let token =
        if token.is_empty() { String::new() } else { format!("<ClientRequestToken>{token}</ClientRequestToken>") };
    format!(
        "<member><StackId>{stack_id}</StackId><EventId>{stack}-{id}-{status}-{second}</EventId><StackName>{stack}</StackName>\
        <LogicalResourceId>{id}</LogicalResourceId><PhysicalResourceId>{physical}</PhysicalResourceId><ResourceType>{kind}</ResourceType>\
        <Timestamp>2026-11-23T16:00:{second:02}.000Z</Timestamp><ResourceStatus>{status}</ResourceStatus>\
        <ResourceStatusReason>{reason}</ResourceStatusReason>{token}</member>"
    )
}

pub fn events(events: &[String], next: &str) -> Answer {
    let next = if next.is_empty() { String::new() } else { format!("<NextToken>{next}</NextToken>") };
    Answer::of("DescribeStackEvents", &format!("<StackEvents>{}</StackEvents>{next}", events.concat()))
}

/// Answers each request with the next of the list, and fails on any other request than the one expected.
#[derive(Clone, Debug)]
pub struct Recorded {
    answers: Arc<Mutex<VecDeque<(&'static str, Answer)>>>,
    bodies: Arc<Mutex<Vec<String>>>,
}

impl Recorded {
    pub fn new(answers: impl IntoIterator<Item = (&'static str, Answer)>) -> Self {
        Self { answers: Arc::new(Mutex::new(answers.into_iter().collect())), bodies: Arc::default() }
    }

    /// An engine that hardly waits and leaves retries to itself.
    pub fn engine(&self) -> Engine {
        let recorded = self.clone();
        let config = aws_sdk_cloudformation::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::for_tests())
            .retry_config(RetryConfig::disabled())
            .http_client(http_client_fn(move |_, _| SharedHttpConnector::new(recorded.clone())))
            .build();
        let soon = Duration::from_millis(1);
        let pace = Pace { first: soon, longest: soon, look: soon, limit: Duration::from_secs(5) };
        Engine::new(aws_sdk_cloudformation::Client::from_conf(config)).with_pace(pace)
    }

    /// The requests that came, as they were sent.
    pub fn asked(&self) -> Vec<String> {
        self.bodies.lock().unwrap().clone()
    }

    pub fn assert_all_asked(&self) {
        let left: Vec<_> = self.answers.lock().unwrap().iter().map(|(action, _)| *action).collect();
        assert_eq!(left, Vec::<&str>::new(), "never asked for");
    }
}

impl HttpConnector for Recorded {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let body = String::from_utf8_lossy(request.body().bytes().unwrap_or_default()).into_owned();
        self.bodies.lock().unwrap().push(body.clone());
        let asked = body.strip_prefix("Action=").and_then(|rest| rest.split('&').next()).unwrap_or_default().to_owned();
        let (expected, Answer(answer)) =
            self.answers.lock().unwrap().pop_front().unwrap_or_else(|| panic!("nothing is recorded for {asked}"));
        assert_eq!(asked, expected, "{body}");
        HttpConnectorFuture::ready(match answer {
            Some((status, body)) => Ok(HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body))),
            None => Err(ConnectorError::io("connection reset by peer".into())),
        })
    }
}
