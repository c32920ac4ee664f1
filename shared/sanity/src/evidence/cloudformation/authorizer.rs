//! Where authorizers read who is asking: as a rule in the header `authorization`, and otherwise in another.

use super::{Template, referred};
use crate::evidence::found::{Api, Found};
use crate::plan::Auth;
use serde_json::Value;

/// An authorizer that reads a header.
struct Authorizer<'t> {
    /// Its API's name in the template, where that is said.
    api: Option<&'t str>,
    place: String,
    /// The header, if it is not `authorization`.
    header: Option<String>,
}

/// Says of each route that asks for a token in which header it is read. Where an API has authorizers that read different
/// ones, that is not known, and said.
pub(super) fn place_tokens(template: &Template<'_>, found: &mut [Found], notes: &mut Vec<String>) {
    let all = authorizers(template);
    if all.iter().all(|authorizer| authorizer.header.is_none()) {
        return;
    }
    for route in found.iter_mut().filter(|route| route.auth == Some(Auth::Bearer)) {
        let is_its = |authorizer: &&Authorizer<'_>| match (&route.api, authorizer.api) {
            (Api::Logical(api), Some(of)) => api == of,
            _ => true,
        };
        let its: Vec<&Authorizer<'_>> = all.iter().filter(is_its).collect();
        let Some(first) = its.first() else { continue };
        let same = |other: &&Authorizer<'_>| match (&first.header, &other.header) {
            (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
            (one, other) => one == other,
        };
        if its.iter().all(same) {
            route.token_header.clone_from(&first.header);
            continue;
        }
        notes.extend(its.iter().filter_map(|authorizer| {
            let (place, header) = (&authorizer.place, authorizer.header.as_ref()?);
            Some(format!(
                "{place} reads the header {header}, and others of its API another: what is behind it can only be seen refused."
            ))
        }));
    }
}

fn authorizers<'t>(template: &'t Template<'_>) -> Vec<Authorizer<'t>> {
    let mut all = Vec::new();
    let mut add = |api: Option<&'t str>, place: String, sources: Vec<&str>| {
        let headers: Vec<&str> = sources.iter().filter_map(|source| header(source)).collect();
        let is_usual = sources.is_empty() || headers.iter().any(|header| header.eq_ignore_ascii_case("authorization"));
        // What reads a query or a context only is shown nothing.
        if is_usual || !headers.is_empty() {
            let header = headers.first().filter(|_| !is_usual).map(|header| (*header).to_owned());
            all.push(Authorizer { api, place, header });
        }
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
                let sources = places.iter().filter_map(|place| authorizer.pointer(place)).flat_map(texts).collect();
                add(Some(api.id), template.origin(api.id, &format!("Auth.Authorizers.{name}")).place, sources);
            }
        }
    }
    all
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

    /// The header of the one route that asks for a token, and what is said.
    fn header(resources: &str) -> (Option<String>, Vec<String>) {
        let template = format!("Resources:\n{resources}");
        in_repository(&[("t.yaml", template.as_str())], |repository| {
            let mut notes = Vec::new();
            let found = endpoints(repository, &mut notes);
            let route = found.into_iter().find(|route| route.auth == Some(crate::plan::Auth::Bearer)).unwrap();
            (route.token_header, notes)
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
                header(&format!("{route}  A: {authorizer}\n")),
                (Some("X-Token".to_owned()), vec![]),
                "{authorizer}"
            );
        }
        let sam = "  S: {Type: AWS::Serverless::Api, Properties: {Auth: {DefaultAuthorizer: W, Authorizers: {W: {Identity: {Header: X-Token}}}}}}\n";
        assert_eq!(header(&format!("{SAM}{sam}")), (Some("X-Token".to_owned()), vec![]));
    }

    #[test]
    fn the_usual_header_and_other_sources_are_not_said() {
        for authorizer in [
            "{Type: AWS::ApiGateway::Authorizer, Properties: {IdentitySource: 'method.request.header.Authorization, method.request.header.X'}}",
            "{Type: AWS::ApiGateway::Authorizer, Properties: {IdentitySource: method.request.querystring.token}}",
            "{Type: AWS::ApiGateway::Authorizer, Properties: {RestApiId: !Ref Other, IdentitySource: method.request.header.X}}",
            "{Type: AWS::ApiGatewayV2::Authorizer, Properties: {AuthorizerType: JWT}}",
        ] {
            assert_eq!(header(&format!("{REST}  A: {authorizer}\n")), (None, vec![]), "{authorizer}");
        }
    }

    #[test]
    fn where_it_is_not_known_it_is_said() {
        let two = "  A: {Type: AWS::ApiGateway::Authorizer, Properties: {RestApiId: !Ref R, IdentitySource: method.request.header.X}}\n  B: {Type: AWS::ApiGateway::Authorizer, Properties: {RestApiId: !Ref R}}\n";
        let (header, notes) = header(&format!("{REST}{two}"));
        assert!(
            header.is_none() && notes.len() == 1 && notes[0].contains("reads the header X, and others"),
            "{notes:?}"
        );
    }
}
