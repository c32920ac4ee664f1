//! Answers in API Gateway's form.

use aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use aws_lambda_events::encodings::Body;
use aws_lambda_events::http::{HeaderMap, HeaderValue, header};
use drydock_contract::api::{AnalyzeRequest, BadRequest, ErrorBody, InternalError};
use serde::Serialize;

/// 400, with a body that would be accepted.
pub(crate) fn bad_request(error: String) -> ApiGatewayV2httpResponse {
    let example = AnalyzeRequest { session_id: "0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11".to_owned() };
    let example = serde_json::to_value(example).expect("a struct of one text serializes");
    json(400, &BadRequest { error, example })
}

/// 404
pub(crate) fn unknown_session(id: &str) -> ApiGatewayV2httpResponse {
    json(404, &ErrorBody { error: format!("there is no session {id}") })
}

/// 5xx: the cause goes to the log only; the request id finds it there.
pub(crate) fn our_fault(status: i64, error: &str, request_id: &str) -> ApiGatewayV2httpResponse {
    json(status, &InternalError { error: error.to_owned(), request_id: request_id.to_owned() })
}

/// Any body.
pub(crate) fn json(status: i64, body: &impl Serialize) -> ApiGatewayV2httpResponse {
    let body = serde_json::to_string(body).expect("bodies of the contract have text keys and serialize");
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let mut response = ApiGatewayV2httpResponse::default();
    response.status_code = status;
    response.headers = headers;
    response.body = Some(Body::Text(body));
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn check(response: ApiGatewayV2httpResponse, status: i64, expected: &Value) {
        let response = serde_json::to_value(response).unwrap();
        let body: Value = serde_json::from_str(response["body"].as_str().unwrap()).unwrap();
        assert_eq!((&response["statusCode"], &body), (&json!(status), expected));
        assert_eq!(response["headers"]["content-type"], "application/json");
    }

    #[test]
    fn errors_have_the_bodies_of_the_contract() {
        let example = json!({"sessionId": "0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11"});
        check(bad_request("no".into()), 400, &json!({"error": "no", "example": example}));
        check(unknown_session("x"), 404, &json!({"error": "there is no session x"}));
        check(our_fault(503, "later", "r-1"), 503, &json!({"error": "later", "requestId": "r-1"}));
    }
}
