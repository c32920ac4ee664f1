//! What the function is invoked with: a request of the HTTP API (payload format 2.0) or the scheduled sweep.

use crate::caller::Caller;
use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// One invocation's input.
#[derive(Debug)]
pub enum Event {
    /// A client's request.
    Http(Box<Request>),
    /// The schedule's constant input, `{"drydock":"sweep"}`.
    Sweep,
}

/// A client's request, taken out of API Gateway's form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// In capitals.
    pub method: String,
    /// Without the stage and the query.
    pub path: String,
    /// Names and values, decoded.
    pub query: Vec<(String, String)>,
    /// The `Idempotency-Key` header, as it was sent.
    pub idempotency_key: Option<Vec<u8>>,
    /// Decoded from base64 where API Gateway encoded it.
    pub body: Vec<u8>,
    /// Who signed the request.
    pub caller: Caller,
}

/// Neither of the two.
#[derive(Debug, thiserror::Error)]
pub enum UnknownEvent {
    /// Not an HTTP API request and not the sweep.
    #[error("the event is neither a request of an HTTP API (payload format 2.0) nor the sweep: {0}")]
    Shape(#[from] serde_json::Error),
    /// API Gateway says base64 and it is not.
    #[error("the event's body is said to be base64 and is not: {0}")]
    Body(#[from] base64::DecodeError),
}

impl Event {
    /// Reads an invocation's input.
    ///
    /// # Errors
    /// If it is neither of the two: whoever invokes the function is set up wrongly.
    pub fn read(payload: Value) -> Result<Self, UnknownEvent> {
        if payload.get("drydock").and_then(Value::as_str) == Some("sweep") {
            return Ok(Self::Sweep);
        }
        let event: ApiGatewayV2httpRequest = serde_json::from_value(payload)?;
        let context = event.request_context;
        let body = event.body.unwrap_or_default();
        Ok(Self::Http(Box::new(Request {
            method: context.http.method.as_str().to_owned(),
            path: without_stage(&event.raw_path.unwrap_or_default(), context.stage.as_deref()),
            query: event
                .query_string_parameters
                .iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            idempotency_key: event.headers.get("idempotency-key").map(|value| value.as_bytes().to_vec()),
            body: if event.is_base64_encoded { STANDARD.decode(body)? } else { body.into_bytes() },
            caller: Caller::of(context.authorizer.as_ref()),
        })))
    }
}

impl Request {
    /// The first value of a query parameter.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// `rawPath` begins with the stage's name unless the stage is `$default`.
fn without_stage(path: &str, stage: Option<&str>) -> String {
    stage
        .filter(|stage| *stage != "$default")
        .and_then(|stage| path.strip_prefix('/')?.strip_prefix(stage))
        .filter(|rest| rest.starts_with('/'))
        .unwrap_or(path)
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn http(changes: &[(&str, Value)]) -> Request {
        let mut event = json!({
            "version": "2.0",
            "routeKey": "POST /deploy",
            "rawPath": "/deploy",
            "rawQueryString": "",
            "headers": {"content-type": "application/json", "Idempotency-Key": "k-1"},
            "requestContext": {
                "accountId": "000000000000",
                "apiId": "abc",
                "stage": "$default",
                "requestId": "r",
                "time": "23/Nov/2026:16:00:00 +0000",
                "timeEpoch": 1_795_449_600_000_u64,
                "http": {"method": "POST", "path": "/deploy", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1",
                         "userAgent": "curl"},
                "authorizer": {"iam": {"accountId": "000000000000", "userArn": "arn:aws:iam::000000000000:user/ann"}}
            },
            "pathParameters": null,
            "body": "{\"branch\":\"main\"}",
            "isBase64Encoded": false
        });
        for (pointer, value) in changes {
            *event.pointer_mut(pointer).unwrap() = value.clone();
        }
        match Event::read(event).unwrap() {
            Event::Http(request) => *request,
            Event::Sweep => panic!("a request was taken for the sweep"),
        }
    }

    #[test]
    fn a_request_is_taken_out_of_its_envelope() {
        let request = http(&[]);
        assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/deploy"));
        assert_eq!(request.idempotency_key.as_deref(), Some("k-1".as_bytes()));
        assert_eq!(request.body, br#"{"branch":"main"}"#);
        assert_eq!(request.caller.as_str(), "arn:aws:iam::000000000000:user/ann");
    }

    #[test]
    fn a_base64_body_is_decoded() {
        let request = http(&[("/body", json!("e30=")), ("/isBase64Encoded", json!(true))]);
        assert_eq!(request.body, b"{}");
    }

    #[test]
    fn a_named_stage_is_no_part_of_the_path() {
        let check = |path: &str, stage: &str, expected: &str| {
            let request = http(&[("/rawPath", json!(path)), ("/requestContext/stage", json!(stage))]);
            assert_eq!(request.path, expected);
        };
        check("/prod/deploy", "prod", "/deploy");
        check("/deploy", "$default", "/deploy");
        check("/deploy", "dep", "/deploy");
        check("/status/x", "status", "/x");
    }

    #[test]
    fn the_query_is_read() {
        let mut event = json!({
            "rawPath": "/deployments",
            "queryStringParameters": {"limit": "5", "cursor": "a_b-c"},
            "requestContext": {"http": {"method": "GET"}}
        });
        let Event::Http(request) = Event::read(event.take()).unwrap() else { panic!("no request") };
        assert_eq!(request.query("limit"), Some("5"));
        assert_eq!(request.query("cursor"), Some("a_b-c"));
        assert_eq!(request.query("status"), None);
        assert_eq!(request.caller.as_str(), "anonymous");
    }

    #[test]
    fn the_schedule_is_the_sweep_and_anything_else_is_refused() {
        assert!(matches!(Event::read(json!({"drydock": "sweep"})), Ok(Event::Sweep)));
        assert!(matches!(Event::read(json!({"Records": []})), Err(UnknownEvent::Shape(_))));
    }
}
