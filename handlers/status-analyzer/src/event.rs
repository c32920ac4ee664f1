//! What the function is invoked with: a request of the HTTP API (payload format 2.0), or a session's id alone.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use drydock_contract::SessionId;
use drydock_contract::api::{AnalyzeRequest, MAX_BODY_BYTES};
use serde_json::Value;

/// One invocation's input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// From the HTTP API; the answer is an HTTP response.
    Http(Result<SessionId, Refused>),
    /// From the workflow or a rule; the answer is the analysis itself.
    Direct(SessionId),
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
#[error("the event is neither a request of an HTTP API (payload format 2.0) nor {{\"sessionId\": …}}: {0}")]
pub(crate) struct UnknownEvent(String);

impl Event {
    pub(crate) fn read(payload: Value) -> Result<Self, UnknownEvent> {
        if payload.get("requestContext").is_some() {
            let request = serde_json::from_value(payload).map_err(|error| UnknownEvent(error.to_string()))?;
            return Ok(Self::Http(session_of(&request)));
        }
        let id = payload.get("sessionId").and_then(Value::as_str).unwrap_or_default();
        SessionId::parse(id).map(Self::Direct).map_err(|error| UnknownEvent(error.to_string()))
    }
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
            Event::Direct(_) => panic!("an HTTP request was taken for a direct call"),
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
}
