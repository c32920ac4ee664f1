//! What a document says callers must show.

use crate::evidence::Token;
use crate::plan::Auth;
use serde_json::{Map, Value};

/// What callers of an operation must show, and the header of a token that does not stand in `authorization`. An empty
/// requirement, or one of several that is empty, means nothing; of several the first that can be shown is taken.
pub(super) fn auth(document: &Value, operation: &Map<String, Value>) -> (Auth, Option<String>) {
    const NOTHING: (Auth, Option<String>) = (Auth::None, None);
    let requirements = operation.get("security").or_else(|| document.get("security")).and_then(Value::as_array);
    let schemes = document.pointer("/components/securitySchemes").or_else(|| document.get("securityDefinitions"));
    let (Some(requirements), Some(schemes)) = (requirements, schemes) else { return NOTHING };
    let asked: Vec<_> = requirements.iter().map(|requirement| requirement_auth(schemes, requirement)).collect();
    if asked.iter().any(|(auth, _)| *auth == Auth::None) {
        return NOTHING;
    }
    let can_be_shown = asked.iter().find(|(auth, _)| *auth != Auth::Other);
    can_be_shown.or(asked.first()).cloned().unwrap_or(NOTHING)
}

/// What all schemes of a requirement ask for together. A key is shown besides a token or a signature.
fn requirement_auth(schemes: &Value, requirement: &Value) -> (Auth, Option<String>) {
    let named = requirement.as_object().into_iter().flatten().filter_map(|(name, _)| schemes.get(name));
    named.map(scheme_auth).fold((Auth::None, None), |all, one| match (all.0, one.0) {
        (Auth::None | Auth::ApiKey, _) => one,
        (_, Auth::None | Auth::ApiKey) => all,
        // A token and a signature, or two tokens.
        _ if all == one => all,
        _ => (Auth::Other, None),
    })
}

fn scheme_auth(scheme: &Value) -> (Auth, Option<String>) {
    let field = |name: &str| scheme.get(name).and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase();
    let token = |token: Option<Token>| match token {
        Some(Token::Header(name)) => (Auth::Bearer, Some(name)),
        Some(Token::Usual) | None => (Auth::Bearer, None),
        Some(Token::Elsewhere) => (Auth::Other, None),
    };
    // API Gateway writes IAM authorization as an API key in the header `Authorization` of its own type, and authorizers
    // that read several places as one in the header `Unused`.
    if field("x-amazon-apigateway-authtype") == "awssigv4" {
        return (Auth::Iam, None);
    }
    if let Some(authorizer) = scheme.get("x-amazon-apigateway-authorizer") {
        let sources = authorizer.get("identitySource").and_then(Value::as_str);
        let is_request = authorizer.get("type").and_then(Value::as_str) == Some("request");
        if sources.is_some() || is_request {
            return token(Token::of_sources(sources));
        }
    }
    // The names of HTTP's own schemes have no case.
    match (field("type").as_str(), field("scheme").as_str(), field("in").as_str(), field("name").as_str()) {
        ("http", "bearer", ..) | ("oauth2" | "openidconnect", ..) => (Auth::Bearer, None),
        ("apikey", _, "header", "x-api-key") => (Auth::ApiKey, None),
        ("apikey", _, "header", _) => token(scheme.get("name").and_then(Value::as_str).map(Token::of_header)),
        _ => (Auth::Other, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// What an operation asks for with one scheme.
    fn one(scheme: &Value) -> (Auth, Option<String>) {
        asked(&json!([{"s": []}]), &json!({"s": scheme}))
    }

    fn asked(security: &Value, schemes: &Value) -> (Auth, Option<String>) {
        let document = json!({"components": {"securitySchemes": schemes}});
        auth(&document, json!({"security": security}).as_object().unwrap())
    }

    #[test]
    fn what_can_be_shown_is_told_from_what_cannot() {
        let token = |header: &str| (Auth::Bearer, Some(header.to_owned()));
        for (scheme, expected) in [
            (json!({"type": "http", "scheme": "Bearer"}), (Auth::Bearer, None)),
            (json!({"type": "oauth2", "flows": {}}), (Auth::Bearer, None)),
            (json!({"type": "openIdConnect"}), (Auth::Bearer, None)),
            (json!({"type": "apiKey", "in": "header", "name": "X-API-Key"}), (Auth::ApiKey, None)),
            (json!({"type": "apiKey", "in": "header", "name": "Authorization"}), (Auth::Bearer, None)),
            (json!({"type": "apiKey", "in": "header", "name": "X-Token"}), token("X-Token")),
            (json!({"type": "apiKey", "in": "query", "name": "x-api-key"}), (Auth::Other, None)),
            (json!({"type": "apiKey", "in": "cookie", "name": "session"}), (Auth::Other, None)),
            (json!({"type": "http", "scheme": "basic"}), (Auth::Other, None)),
            (json!({"type": "basic"}), (Auth::Other, None)),
            (json!({"type": "mutualTLS"}), (Auth::Other, None)),
        ] {
            assert_eq!(one(&scheme), expected, "{scheme}");
        }
    }

    #[test]
    fn what_api_gateway_writes_is_understood() {
        let scheme = |header: &str, members: Value| {
            let mut scheme = json!({"type": "apiKey", "in": "header", "name": header});
            scheme.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
            one(&scheme)
        };
        let authorizer = |header: &str, authorizer: Value| {
            scheme(
                header,
                json!({"x-amazon-apigateway-authtype": "custom", "x-amazon-apigateway-authorizer": authorizer}),
            )
        };
        assert_eq!(scheme("Authorization", json!({"x-amazon-apigateway-authtype": "awsSigv4"})), (Auth::Iam, None));
        let x = (Auth::Bearer, Some("X".to_owned()));
        assert_eq!(authorizer("X", json!({"type": "token"})), x);
        assert_eq!(authorizer("Unused", json!({"type": "request"})), (Auth::Bearer, None));
        let sources = |sources: &str| authorizer("Unused", json!({"type": "request", "identitySource": sources}));
        assert_eq!(sources("method.request.header.X, context.identity.sourceIp"), x);
        assert_eq!(sources("method.request.header.X, method.request.querystring.y"), (Auth::Other, None));
    }

    #[test]
    fn what_can_be_shown_is_preferred_and_what_is_open_is_open() {
        let schemes = json!({"basic": {"type": "http", "scheme": "basic"}, "token": {"type": "http", "scheme": "bearer"},
                   "key": {"type": "apiKey", "in": "header", "name": "x-api-key"}});
        let auth = |security: Value| asked(&security, &schemes).0;
        assert_eq!(auth(json!([{"basic": []}, {"token": []}])), Auth::Bearer);
        assert_eq!(auth(json!([{"basic": []}, {}])), Auth::None);
        assert_eq!(auth(json!([{"basic": [], "key": []}])), Auth::Other);
        assert_eq!(auth(json!([{"basic": [], "token": []}])), Auth::Other);
        assert_eq!(auth(json!([{"key": [], "token": []}])), Auth::Bearer);
        assert_eq!(auth(json!([])), Auth::None);
        // What no scheme explains.
        assert_eq!(auth(json!([{"unknown": []}])), Auth::None);
    }
}
