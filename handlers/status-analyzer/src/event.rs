//! What the function is invoked with: a request of the HTTP API (payload format 2.0), a call of the workflow, an
//! event that tells of an execution's end, or a session's id alone.

use crate::conclude::Ending;
use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use drydock_contract::api::{AnalyzeRequest, MAX_BODY_BYTES};
use drydock_contract::workflow::AnalyzerCall;
use drydock_contract::{SessionId, Status};
use serde::Deserialize;
use serde_json::Value;

/// One invocation's input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// From the HTTP API; the answer is an HTTP response.
    Http(Result<SessionId, Refused>),
    /// From a rule or a person; the answer is the analysis itself.
    Direct(SessionId),
    /// The workflow asks whether a repair is worth trying.
    Decide(SessionId),
    /// The workflow has ended, as it says itself.
    Conclude(SessionId, Ending),
    /// Its execution has ended badly, as EventBridge says.
    Stopped(SessionId, Ending),
    /// Of an execution that carries no session, or one that has ended well: not ours.
    Other,
}

/// Why an HTTP request names no session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// 400: the body is at fault.
    Body(String),
    /// 404: no session can have this id.
    Path(String),
}

/// Whoever invokes the function is set up wrongly.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the event is neither a request of an HTTP API (payload format 2.0), a call of the workflow, an execution's change \
     of status nor {{\"sessionId\": …}}: {0}"
)]
pub(crate) struct UnknownEvent(String);

/// What EventBridge calls the end of an execution.
const EXECUTION: &str = "Step Functions Execution Status Change";

/// How an execution stands (<https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html>).
#[derive(Deserialize)]
struct Execution {
    name: String,
    status: String,
    error: Option<String>,
    cause: Option<String>,
}

/// What each end of an execution is called and means.
const ENDS: &[(&str, &str, &str)] = &[
    ("FAILED", "execution-failed", "the workflow's execution failed"),
    ("TIMED_OUT", "execution-timed-out", "the workflow's execution ran out of time"),
    ("ABORTED", "execution-aborted", "the workflow's execution was stopped from outside"),
];

/// Longest cause that is repeated, in characters.
const MAX_CAUSE: usize = 300;

impl Event {
    pub(crate) fn read(payload: Value) -> Result<Self, UnknownEvent> {
        let unknown = |error: serde_json::Error| UnknownEvent(error.to_string());
        if payload.get("requestContext").is_some() {
            return Ok(Self::Http(session_of(&serde_json::from_value(payload).map_err(unknown)?)));
        }
        if payload.get("drydock").is_some() {
            return called(serde_json::from_value(payload).map_err(unknown)?);
        }
        if payload.get("detail-type").and_then(Value::as_str) == Some(EXECUTION) {
            return Ok(ended(serde_json::from_value(payload["detail"].clone()).map_err(unknown)?));
        }
        let id = payload.get("sessionId").and_then(Value::as_str).unwrap_or_default();
        SessionId::parse(id).map(Self::Direct).map_err(|error| UnknownEvent(error.to_string()))
    }
}

fn called(call: AnalyzerCall) -> Result<Event, UnknownEvent> {
    match call {
        AnalyzerCall::Decide { session_id } => Ok(Event::Decide(session_id)),
        AnalyzerCall::Conclude { session_id, outcome, code, reason } => {
            let success = match outcome {
                Status::Success => true,
                Status::Failed => false,
                other => return Err(UnknownEvent(format!("a workflow ends as success or failed, not as {other}"))),
            };
            let cause = code.map(|code| {
                let reason = reason.unwrap_or_else(|| format!("the workflow ended with {code}"));
                (code, clip(&reason))
            });
            Ok(Event::Conclude(session_id, Ending { success, cause }))
        }
    }
}

/// An execution is named by its session.
fn ended(execution: Execution) -> Event {
    let (Ok(id), Some((_, code, words))) =
        (SessionId::parse(&execution.name), ENDS.iter().find(|(status, ..)| *status == execution.status))
    else {
        return Event::Other;
    };
    let told = [execution.error, execution.cause].into_iter().flatten().filter(|text| !text.is_empty());
    let told: Vec<String> = told.map(|text| clip(&text)).collect();
    let told = if told.is_empty() { String::new() } else { format!(" ({})", told.join(": ")) };
    Event::Stopped(id, Ending { success: false, cause: Some(((*code).to_owned(), format!("{words}{told}"))) })
}

fn clip(text: &str) -> String {
    crate::brief::quotable(text).chars().take(MAX_CAUSE).collect()
}

fn session_of(request: &ApiGatewayV2httpRequest) -> Result<SessionId, Refused> {
    if request.request_context.http.method.as_str() == "GET" {
        let path = request.raw_path.as_deref().unwrap_or_default();
        let last = || path.rsplit('/').next().unwrap_or_default().to_owned();
        let id = request.path_parameters.get("sessionId").cloned().unwrap_or_else(last);
        return SessionId::parse(&id).map_err(|_| Refused::Path(id.chars().take(80).collect()));
    }
    let body = body(request).map_err(Refused::Body)?;
    if body.len() > MAX_BODY_BYTES {
        return Err(Refused::Body(format!("the body has {} bytes; at most {MAX_BODY_BYTES} are accepted", body.len())));
    }
    let asked: AnalyzeRequest = serde_json::from_slice(&body).map_err(|error| {
        Refused::Body(match error.classify() {
            serde_json::error::Category::Data => format!("`sessionId` must be a text: {error}"),
            _ => format!("the body is not JSON: {error}"),
        })
    })?;
    SessionId::parse(&asked.session_id).map_err(|error| Refused::Body(error.to_string()))
}

fn body(request: &ApiGatewayV2httpRequest) -> Result<Vec<u8>, String> {
    let text = request.body.as_deref().unwrap_or_default();
    if request.is_base64_encoded {
        return STANDARD.decode(text).map_err(|error| format!("the body is not base64: {error}"));
    }
    Ok(text.as_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const ID: &str = "sdlc-0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11";

    fn post(body: &str, base64: bool) -> Value {
        json!({"rawPath": "/analyze", "requestContext": {"http": {"method": "POST"}}, "body": body, "isBase64Encoded": base64})
    }

    fn session(event: Value) -> Result<SessionId, Refused> {
        match Event::read(event).unwrap() {
            Event::Http(result) => result,
            other => panic!("an HTTP request was taken for {other:?}"),
        }
    }

    #[test]
    fn each_way_of_asking_names_a_session() {
        let id = SessionId::parse(ID).unwrap();
        assert_eq!(session(post(&json!({"sessionId": ID}).to_string(), false)), Ok(id.clone()));
        assert_eq!(session(post(&STANDARD.encode(json!({"sessionId": ID}).to_string()), true)), Ok(id.clone()));
        let get = |parameters: Value| json!({"rawPath": format!("/analyze/{ID}"), "requestContext": {"http": {"method": "GET"}}, "pathParameters": parameters});
        assert_eq!(session(get(json!({"sessionId": ID}))), Ok(id.clone()));
        assert_eq!(session(get(Value::Null)), Ok(id.clone()));
        assert_eq!(Event::read(json!({"sessionId": ID})), Ok(Event::Direct(id)));
    }

    #[test]
    fn anything_else_is_refused_in_words() {
        let check = |event: Value, expected: &str| match session(event) {
            Err(Refused::Body(error)) => assert!(error.contains(expected), "{error}"),
            other => panic!("{other:?}"),
        };
        check(post("", false), "not JSON");
        check(post("{", false), "not JSON");
        check(post("{}", false), "sessionId");
        check(post(r#"{"sessionId": 7}"#, false), "must be a text");
        check(post(r#"{"sessionId": "../x"}"#, false), "is not a session id");
        check(post("§", true), "not base64");
        check(post(&" ".repeat(MAX_BODY_BYTES + 1), false), "at most");
        let get = json!({"rawPath": "/analyze/nobody", "requestContext": {"http": {"method": "GET"}}});
        assert_eq!(session(get), Err(Refused::Path("nobody".into())));
        assert!(Event::read(json!({"Records": []})).is_err());
    }
    #[test]
    fn the_workflow_asks_and_tells() {
        let id = SessionId::parse(ID).unwrap();
        let call = |fields: Value| {
            let mut call = json!({"sessionId": ID});
            call.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
            Event::read(call)
        };
        let ending = |success, cause: Option<(&str, &str)>| {
            let cause = cause.map(|(code, reason)| (code.to_owned(), reason.to_owned()));
            Ok(Event::Conclude(id.clone(), Ending { success, cause }))
        };
        assert_eq!(call(json!({"drydock": "decide"})), Ok(Event::Decide(id.clone())));
        assert_eq!(call(json!({"drydock": "conclude", "outcome": "success"})), ending(true, None));
        assert_eq!(call(json!({"drydock": "conclude", "outcome": "failed"})), ending(false, None));
        assert_eq!(
            call(json!({"drydock": "conclude", "outcome": "failed", "code": "out-of-time", "reason": "30\nminutes"})),
            ending(false, Some(("out-of-time", "30 minutes")))
        );
        assert!(call(json!({"drydock": "conclude", "outcome": "cancelled"})).is_err());
        assert!(call(json!({"drydock": "conclude"})).is_err());
        assert!(call(json!({"drydock": "sweep"})).is_err());
    }

    #[test]
    fn an_execution_that_ends_badly_ends_its_session() {
        let read = |name: &str, status: &str, more: Value| {
            let mut detail = json!({"name": name, "status": status, "executionArn": "arn:x"});
            detail.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let event = json!({"source": "aws.states", "detail-type": EXECUTION, "detail": detail});
            Event::read(event).unwrap()
        };
        let check = |status: &str, more: Value, code: &str, reason: &str| {
            let expected = Ending { success: false, cause: Some((code.to_owned(), reason.to_owned())) };
            assert_eq!(read(ID, status, more), Event::Stopped(SessionId::parse(ID).unwrap(), expected));
        };
        check("ABORTED", json!({}), "execution-aborted", "the workflow's execution was stopped from outside");
        check("TIMED_OUT", json!({"error": null}), "execution-timed-out", "the workflow's execution ran out of time");
        check(
            "FAILED",
            json!({"error": "States.Runtime", "cause": "no such state"}),
            "execution-failed",
            "the workflow's execution failed (States.Runtime: no such state)",
        );
        assert_eq!(read("somebody-elses", "FAILED", json!({})), Event::Other);
        assert_eq!(read(ID, "SUCCEEDED", json!({})), Event::Other);
        assert_eq!(read(ID, "RUNNING", json!({})), Event::Other);
    }
}
