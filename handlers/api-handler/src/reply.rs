//! What goes back to the client.

use aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use aws_lambda_events::encodings::Body;
use aws_lambda_events::http::{HeaderMap, HeaderValue, header};
use drydock_contract::api::{BadRequest, ErrorBody, InternalError};
use drydock_store::StoreError;
use serde::Serialize;
use serde_json::Value;

/// An answer before it is put into API Gateway's form.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The JSON body.
    pub body: Value,
    /// Where the client goes on, for a `location` header.
    pub location: Option<String>,
}

/// Why a request is not answered with what it asked for.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// 400: the request itself is at fault.
    #[error("{error}")]
    BadRequest {
        /// What is wrong.
        error: String,
        /// What would be accepted in its place.
        example: Value,
    },
    /// 404
    #[error("{0}")]
    NotFound(String),
    /// 409
    #[error("{0}")]
    Conflict(String),
    /// 503: the table does not answer now. The cause goes to the log only.
    #[error("the table does not answer: {0}")]
    Unavailable(String),
    /// 500: a bug or a broken record. The cause goes to the log only.
    #[error("{0}")]
    Internal(String),
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Aws(cause) => Self::Unavailable(cause),
            other => Self::Internal(other.to_string()),
        }
    }
}

impl Reply {
    /// An answer with `body` as JSON.
    pub fn json(status: u16, body: &impl Serialize) -> Self {
        let body = serde_json::to_value(body).expect("bodies of the contract have text keys and serialize");
        Self { status, body, location: None }
    }

    /// The answer to a request that failed. Inner causes stay out of it: the request id finds them in the log.
    pub fn error(error: &ApiError, request_id: &str) -> Self {
        let internal = |status, text: &str| {
            Self::json(status, &InternalError { error: text.to_owned(), request_id: request_id.to_owned() })
        };
        match error {
            ApiError::BadRequest { error, example } => {
                Self::json(400, &BadRequest { error: error.clone(), example: example.clone() })
            }
            ApiError::NotFound(error) => Self::json(404, &ErrorBody { error: error.clone() }),
            ApiError::Conflict(error) => Self::json(409, &ErrorBody { error: error.clone() }),
            ApiError::Unavailable(_) => internal(503, "the service cannot reach its storage right now; try again"),
            ApiError::Internal(_) => internal(500, "internal error; tell the operator the requestId"),
        }
    }

    /// As API Gateway takes it.
    pub fn into_response(self) -> ApiGatewayV2httpResponse {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(location) = self.location.as_deref().and_then(|url| HeaderValue::from_str(url).ok()) {
            headers.insert(header::LOCATION, location);
        }
        let mut response = ApiGatewayV2httpResponse::default();
        response.status_code = i64::from(self.status);
        response.headers = headers;
        response.body = Some(Body::Text(self.body.to_string()));
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_error_has_the_body_of_its_status() {
        let check = |error: ApiError, status: u16, body: Value| {
            let reply = Reply::error(&error, "req-1");
            assert_eq!((reply.status, reply.body), (status, body));
        };
        check(
            ApiError::BadRequest { error: "no".into(), example: json!({"a": 1}) },
            400,
            json!({"error": "no", "example": {"a": 1}}),
        );
        check(ApiError::NotFound("none".into()), 404, json!({"error": "none"}));
        check(ApiError::Conflict("other body".into()), 409, json!({"error": "other body"}));
    }

    #[test]
    fn our_own_faults_show_the_request_id_and_nothing_else() {
        for (error, status) in
            [(ApiError::Unavailable("secret cause".into()), 503), (ApiError::Internal("secret cause".into()), 500)]
        {
            let reply = Reply::error(&error, "req-1");
            assert_eq!(reply.status, status);
            assert_eq!(reply.body["requestId"], "req-1");
            assert!(!reply.body.to_string().contains("secret cause"));
        }
    }

    #[test]
    fn api_gateway_gets_a_text_body_and_headers() {
        let reply =
            Reply { location: Some("https://api/status/x".into()), ..Reply::json(202, &json!({"sessionId": "x"})) };
        let response = serde_json::to_value(reply.into_response()).unwrap();
        assert_eq!(response["statusCode"], 202);
        assert_eq!(response["body"], r#"{"sessionId":"x"}"#);
        assert_eq!(response["headers"]["content-type"], "application/json");
        assert_eq!(response["headers"]["location"], "https://api/status/x");
        assert_eq!(response["isBase64Encoded"], false);
    }
}
