//! Where authorizers read who is asking: as a rule in the header `authorization`, and otherwise in another.

use super::{Template, referred};
use crate::evidence::Token;
use crate::evidence::found::{Api, Found};
use crate::plan::Auth;
use serde_json::Value;

/// An authorizer.
struct Authorizer<'t> {
    /// Its API's name in the template, where that is said.
    api: Option<&'t str>,
    place: String,
    token: Token,
}

/// Says of each route that asks for a token where it is read. Where an API has authorizers that read different places,
/// that is not known, and said.
pub(super) fn place_tokens(template: &Template<'_>, found: &mut [Found], notes: &mut Vec<String>) {
    let all = authorizers(template);
    if all.iter().all(|authorizer| authorizer.token == Token::Usual) {
        return;
    }
    for route in found.iter_mut().filter(|route| route.auth == Some(Auth::Bearer)) {
        let is_its = |authorizer: &&Authorizer<'_>| match (&route.api, authorizer.api) {
            (Api::Logical(api), Some(of)) => api == of,
            _ => true,
        };
        let its: Vec<&Authorizer<'_>> = all.iter().filter(is_its).collect();
        let Some(first) = its.first() else { continue };
        if its.iter().all(|other| other.token.is_where(&first.token)) {
            route.token = Some(first.token.clone());
            continue;
        }
        route.token = Some(Token::Elsewhere);
        notes.extend(its.iter().filter_map(|authorizer| {
            let Token::Header(header) = &authorizer.token else { return None };
            Some(format!(
                "{} reads the header {header}, and others of its API another: what is behind it can only be seen refused.",
                authorizer.place
            ))
        }));
    }
}

fn authorizers<'t>(template: &'t Template<'_>) -> Vec<Authorizer<'t>> {
    let mut all = Vec::new();
    let mut add = |api: Option<&'t str>, place: String, sources: Vec<&str>| {
        all.push(Authorizer { api, place, token: Token::of_sources(sources).unwrap_or(Token::Usual) });
    };
    for (kind, api) in [("AWS::ApiGateway::Authorizer", "RestApiId"), ("AWS::ApiGatewayV2::Authorizer", "ApiId")] {
        for authorizer in template.of_kind(kind) {
            let sources = authorizer.properties.get("IdentitySource").map(texts).unwrap_or_default();
            let api = authorizer.properties.get(api).and_then(referred);
            add(api, template.origin(authorizer.id, "").place, sources);
        }
    }
    for kind in ["AWS::Serverless::Api", "AWS::Serverless::HttpApi"] {
        for api in template.of_kind(kind) {
            let authorizers = api.properties.pointer("/Auth/Authorizers").and_then(Value::as_object);
            for (name, authorizer) in authorizers.into_iter().flatten() {
                let places = ["/Identity/Header", "/Identity/Headers", "/IdentitySource"];
                let headers = places.iter().filter_map(|place| authorizer.pointer(place)).flat_map(texts);
                let queries = authorizer.pointer("/Identity/QueryStrings").map(texts).unwrap_or_default();
                let sources = headers.chain(queries.iter().map(|_| A_QUERY)).collect();
                add(Some(api.id), template.origin(api.id, &format!("Auth.Authorizers.{name}")).place, sources);
            }
        }
    }
    all
}

/// What SAM makes of a name in `QueryStrings`.
const A_QUERY: &str = "method.request.querystring.";

/// A text, or the texts of a list.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().into_iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use crate::evidence::Token;
    use crate::evidence::cloudformation::endpoints;
    use crate::evidence::text::tests::in_repository;

    /// Where the one route that asks for a token reads it, and what is said.
    fn token(resources: &str) -> (Option<Token>, Vec<String>) {
        let template = format!("Resources:\n{resources}");
        in_repository(&[("t.yaml", template.as_str())], |repository| {
            let mut notes = Vec::new();
            let found = endpoints(repository, &mut notes);
            let route = found.into_iter().find(|route| route.auth == Some(crate::plan::Auth::Bearer)).unwrap();
            (route.token, notes)
        })
    }

    const REST: &str = "  M: {Type: AWS::ApiGateway::Method, Properties: {RestApiId: !Ref R, HttpMethod: GET, ResourceId: !GetAtt R.RootResourceId, AuthorizationType: CUSTOM}}\n  R: {Type: AWS::ApiGateway::RestApi}\n";
    const HTTP: &str = "  M: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref H, RouteKey: GET /a, AuthorizationType: JWT}}\n";
    const SAM: &str = "  F: {Type: AWS::Serverless::Function, Properties: {Events: {E: {Type: Api, Properties: {Path: /a, Method: get, RestApiId: !Ref S}}}}}\n";

    #[test]
    fn a_token_is_shown_where_it_is_read() {
        for (route, authorizer) in [
            (
                REST,
                "{Type: AWS::ApiGateway::Authorizer, Properties: {RestApiId: !Ref R, IdentitySource: method.request.header.X-Token}}",
            ),
            (
                HTTP,
                "{Type: AWS::ApiGatewayV2::Authorizer, Properties: {ApiId: !Ref H, IdentitySource: [$request.header.X-Token]}}",
            ),
        ] {
            assert_eq!(
                token(&format!("{route}  A: {authorizer}\n")),
                (Some(Token::Header("X-Token".to_owned())), vec![]),
                "{authorizer}"
            );
        }
        let sam = "  S: {Type: AWS::Serverless::Api, Properties: {Auth: {DefaultAuthorizer: W, Authorizers: {W: {Identity: {Header: X-Token}}}}}}\n";
        assert_eq!(token(&format!("{SAM}{sam}")), (Some(Token::Header("X-Token".to_owned())), vec![]));
        let several = sam.replace("{Header: X-Token}", "{Headers: [X-Token], QueryStrings: [tenant]}");
        assert_eq!(token(&format!("{SAM}{several}")), (Some(Token::Elsewhere), vec![]));
    }

    #[test]
    fn the_usual_header_is_not_said_and_other_sources_cannot_be_shown() {
        let two = "'method.request.header.Authorization, method.request.header.X'";
        for (properties, expected) in [
            (format!("IdentitySource: {two}"), Some(Token::Elsewhere)),
            ("IdentitySource: method.request.querystring.token".to_owned(), Some(Token::Elsewhere)),
            ("RestApiId: !Ref Other, IdentitySource: method.request.header.X".to_owned(), None),
            ("IdentitySource: method.request.header.Authorization".to_owned(), None),
        ] {
            let authorizer = format!("{{Type: AWS::ApiGateway::Authorizer, Properties: {{{properties}}}}}");
            assert_eq!(token(&format!("{REST}  A: {authorizer}\n")), (expected, vec![]), "{properties}");
        }
    }

    #[test]
    fn where_it_is_not_known_it_is_said() {
        let two = "  A: {Type: AWS::ApiGateway::Authorizer, Properties: {RestApiId: !Ref R, IdentitySource: method.request.header.X}}\n  B: {Type: AWS::ApiGateway::Authorizer, Properties: {RestApiId: !Ref R}}\n";
        let (token, notes) = token(&format!("{REST}{two}"));
        assert!(
            token == Some(Token::Elsewhere) && notes.len() == 1 && notes[0].contains("reads the header X, and others"),
            "{notes:?}"
        );
    }
}
