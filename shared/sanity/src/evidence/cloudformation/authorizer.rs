//! Authorizers whose callers show themselves elsewhere than in the header `authorization`.

use super::Template;
use serde_json::Value;

/// Says of each such authorizer that its routes can only be seen refused.
pub(super) fn notes(template: &Template<'_>, notes: &mut Vec<String>) {
    let mut note = |place: String, sources: Vec<&str>| {
        let headers: Vec<&str> = sources.into_iter().filter_map(header).collect();
        if !headers.is_empty() && !headers.iter().any(|header| header.eq_ignore_ascii_case("authorization")) {
            notes.push(format!(
                "{place} reads the header {}: what is behind it can only be seen refused, for the tester shows bearer \
                 tokens in the header authorization.",
                headers.join(" and ")
            ));
        }
    };
    for kind in ["AWS::ApiGateway::Authorizer", "AWS::ApiGatewayV2::Authorizer"] {
        for authorizer in template.of_kind(kind) {
            let sources = authorizer.properties.get("IdentitySource").map(texts).unwrap_or_default();
            note(template.origin(authorizer.id, "").place, sources);
        }
    }
    for kind in ["AWS::Serverless::Api", "AWS::Serverless::HttpApi"] {
        for api in template.of_kind(kind) {
            let authorizers = api.properties.pointer("/Auth/Authorizers").and_then(Value::as_object);
            for (name, authorizer) in authorizers.into_iter().flatten() {
                let places = ["/Identity/Header", "/Identity/Headers", "/IdentitySource"];
                let sources = places.iter().filter_map(|place| authorizer.pointer(place)).flat_map(texts).collect();
                note(template.origin(api.id, &format!("Auth.Authorizers.{name}")).place, sources);
            }
        }
    }
}

/// A text, or the texts of a list.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        // REST APIs write several with commas between.
        one => one.as_str().into_iter().flat_map(|text| text.split(',')).collect(),
    }
}

/// `x-token` of `method.request.header.x-token`, of `$request.header.x-token` and of itself.
fn header(source: &str) -> Option<&str> {
    match source.trim().rsplit_once("request.") {
        Some((_, rest)) => rest.strip_prefix("header."),
        None => Some(source.trim()).filter(|name| !name.is_empty() && !name.contains('.')),
    }
}

#[cfg(test)]
mod tests {
    use crate::evidence::cloudformation::endpoints;
    use crate::evidence::text::tests::in_repository;

    fn notes(resource: &str) -> Vec<String> {
        let template = format!("Resources:\n  A: {resource}\n");
        in_repository(&[("t.yaml", template.as_str())], |repository| {
            let mut notes = Vec::new();
            endpoints(repository, &mut notes);
            notes
        })
    }

    #[test]
    fn an_authorizer_of_another_header_is_said() {
        for resource in [
            "{Type: AWS::ApiGateway::Authorizer, Properties: {IdentitySource: method.request.header.X-Token}}",
            "{Type: AWS::ApiGatewayV2::Authorizer, Properties: {IdentitySource: [$request.header.X-Token]}}",
            "{Type: AWS::Serverless::Api, Properties: {Auth: {Authorizers: {W: {Identity: {Header: X-Token}}}}}}",
            "{Type: AWS::Serverless::HttpApi, Properties: {Auth: {Authorizers: {W: {Identity: {Headers: [X-Token]}}}}}}",
        ] {
            let notes = notes(resource);
            assert!(notes.len() == 1 && notes[0].contains("t.yaml:2"), "{resource}: {notes:?}");
            assert!(notes[0].contains("reads the header X-Token"), "{notes:?}");
        }
    }

    #[test]
    fn the_usual_header_and_other_sources_are_not() {
        for resource in [
            "{Type: AWS::ApiGateway::Authorizer, Properties: {IdentitySource: 'method.request.header.Authorization, method.request.header.X'}}",
            "{Type: AWS::ApiGateway::Authorizer, Properties: {IdentitySource: method.request.querystring.token}}",
            "{Type: AWS::ApiGatewayV2::Authorizer, Properties: {AuthorizerType: JWT}}",
            "{Type: AWS::Serverless::Api, Properties: {Auth: {Authorizers: {W: {FunctionArn: x}}}}}",
        ] {
            assert_eq!(notes(resource), [""; 0], "{resource}");
        }
    }
}
