//! Routes of API Gateway itself: resources and methods of REST APIs, routes of HTTP APIs, addresses of functions.

use super::{Resource, Template, referred};
use crate::endpoint::OriginKind;
use crate::evidence::found::{Api, Found, Verb};
use crate::evidence::{deployed, document, path};
use serde_json::Value;

pub(super) fn endpoints(template: &Template<'_>, notes: &mut Vec<String>) -> Vec<Found> {
    let mut found: Vec<Found> =
        template.of_kind("AWS::ApiGateway::Method").filter_map(|m| method(template, m)).collect();
    found.extend(template.of_kind("AWS::ApiGatewayV2::Route").filter_map(|r| route(template, r)));
    found.extend(template.of_kind("AWS::Lambda::Url").filter_map(|url| address(template, url)));
    for kind in ["AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api"] {
        for api in template.of_kind(kind) {
            found.extend(quick(template, api));
            if let Some(body) = api.properties.get("Body") {
                let place = template.origin(api.id, "Body").place;
                let api_of = Api::Logical(api.id.to_owned());
                match body.pointer("/Fn::Transform/Parameters/Location").and_then(Value::as_str) {
                    Some(file) => {
                        found.extend(document::of_api(template.repository, template.file, file, api.id, notes));
                    }
                    None => {
                        found.extend(document::found(template.repository, body, &place, OriginKind::Template, &api_of));
                    }
                }
            }
        }
    }
    found
}

fn method(template: &Template<'_>, method: Resource<'_>) -> Option<Found> {
    let property = |name: &str| method.properties.get(name);
    let text = |name: &str| property(name).and_then(Value::as_str).unwrap_or_default();
    let integration = property("Integration").and_then(|integration| integration.get("Uri"));
    let function = integration.and_then(|uri| template.function_behind(uri));
    Some(Found {
        auth: Some(deployed::auth(
            text("AuthorizationType"),
            property("ApiKeyRequired").is_some_and(|key| key == true),
        )),
        file: function.and_then(|function| template.file_of(function)),
        function: function.map(str::to_owned),
        ..Found::new(
            property("RestApiId").and_then(referred).map_or(Api::Unknown, |id| Api::Logical(id.to_owned())),
            Verb::parse(text("HttpMethod"))?,
            path::normal(&resource_path(template, property("ResourceId")?)?),
            template.origin(method.id, ""),
        )
    })
}

/// Longest chain of resources.
const MAX_PARTS: usize = 30;

/// The path of a REST API's resource: its own part behind those of its parents.
fn resource_path(template: &Template<'_>, id: &Value) -> Option<String> {
    let mut parts = Vec::new();
    let mut at = id;
    for _ in 0..MAX_PARTS {
        let resource = template.resource(referred(at)?)?;
        if resource.kind != "AWS::ApiGateway::Resource" {
            // The API's own root.
            parts.reverse();
            return Some(format!("/{}", parts.join("/")));
        }
        parts.push(resource.properties.get("PathPart")?.as_str()?.to_owned());
        at = resource.properties.get("ParentId")?;
    }
    None
}

fn route(template: &Template<'_>, route: Resource<'_>) -> Option<Found> {
    let property = |name: &str| route.properties.get(name);
    let key = property("RouteKey")?.as_str()?;
    let (verb, path) = key.split_once(' ').unwrap_or(("", key));
    let api = property("ApiId").and_then(referred);
    if path.starts_with('$') && path != "$default" || api.is_some_and(|api| is_web_socket(template, api)) {
        return None;
    }
    let target = property("Target");
    let integration = target.and_then(integration_of).and_then(|name| template.resource(name));
    let function = integration.and_then(|integration| integration.properties.get("IntegrationUri"));
    let function = function.and_then(|uri| template.function_behind(uri));
    let authorization = property("AuthorizationType").and_then(Value::as_str).unwrap_or("NONE");
    Some(Found {
        auth: Some(deployed::auth(authorization, false)),
        file: function.and_then(|function| template.file_of(function)),
        function: function.map(str::to_owned),
        ..Found::new(
            api.map_or(Api::Unknown, |id| Api::Logical(id.to_owned())),
            Verb::parse(verb)?,
            path::normal(path),
            template.origin(route.id, ""),
        )
    })
}

fn is_web_socket(template: &Template<'_>, api: &str) -> bool {
    let protocol = template.resource(api).and_then(|api| api.properties.get("ProtocolType"));
    protocol.and_then(Value::as_str) == Some("WEBSOCKET")
}

/// `integrations/${Integration}` as `Fn::Sub`, or `Fn::Join` of `integrations/` and a `Ref`.
fn integration_of(target: &Value) -> Option<&str> {
    referred(target).or_else(|| {
        let parts = target.get("Fn::Join")?.as_array()?.get(1)?.as_array()?;
        parts.iter().find_map(referred)
    })
}

/// An HTTP API that was made in one go: a target and perhaps a key, without routes of its own.
fn quick(template: &Template<'_>, api: Resource<'_>) -> Option<Found> {
    let target = api.properties.get("Target")?;
    let key = api.properties.get("RouteKey").and_then(Value::as_str).unwrap_or("$default");
    let (verb, path) = key.split_once(' ').unwrap_or(("", key));
    let function = template.function_behind(target);
    Some(Found {
        file: function.and_then(|function| template.file_of(function)),
        function: function.map(str::to_owned),
        ..Found::new(
            Api::Logical(api.id.to_owned()),
            Verb::parse(verb)?,
            path::normal(path),
            template.origin(api.id, "Target"),
        )
    })
}

fn address(template: &Template<'_>, url: Resource<'_>) -> Option<Found> {
    let function = template.function_behind(url.properties.get("TargetFunctionArn")?)?;
    let auth = url.properties.get("AuthType").and_then(Value::as_str).unwrap_or("NONE");
    Some(Found {
        auth: Some(deployed::auth(auth, false)),
        file: template.file_of(function),
        function: Some(function.to_owned()),
        ..Found::new(Api::Logical(function.to_owned()), Verb::Any, "/{proxy+}".to_owned(), template.origin(url.id, ""))
    })
}

#[cfg(test)]
mod tests {
    use crate::evidence::cloudformation::tests::routes;

    const TEMPLATE: &str = "
Resources:
  F: {Type: AWS::Lambda::Function, Properties: {Handler: app.handler, Code: src}}
  Rest: {Type: AWS::ApiGateway::RestApi}
  Items: {Type: AWS::ApiGateway::Resource, Properties: {RestApiId: !Ref Rest, ParentId: !GetAtt Rest.RootResourceId, PathPart: items}}
  Item: {Type: AWS::ApiGateway::Resource, Properties: {RestApiId: !Ref Rest, ParentId: !Ref Items, PathPart: '{id}'}}
  Root:
    Type: AWS::ApiGateway::Method
    Properties: {RestApiId: !Ref Rest, ResourceId: !GetAtt Rest.RootResourceId, HttpMethod: GET, AuthorizationType: NONE}
  One:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Rest
      ResourceId: !Ref Item
      HttpMethod: DELETE
      AuthorizationType: COGNITO_USER_POOLS
      Integration: {Uri: !Sub 'arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${F.Arn}/invocations'}
  Http: {Type: AWS::ApiGatewayV2::Api, Properties: {ProtocolType: HTTP, Name: x}}
  I: {Type: AWS::ApiGatewayV2::Integration, Properties: {IntegrationUri: !GetAtt F.Arn}}
  R: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Http, RouteKey: 'POST /x', Target: !Sub 'integrations/${I}', AuthorizationType: AWS_IAM}}
  D: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Http, RouteKey: $default, Target: !Join ['/', [integrations, !Ref I]]}}
  Url: {Type: AWS::Lambda::Url, Properties: {TargetFunctionArn: !GetAtt F.Arn, AuthType: AWS_IAM}}
  Chat: {Type: AWS::ApiGatewayV2::Api, Properties: {ProtocolType: WEBSOCKET}}
  C: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Chat, RouteKey: $connect}}
  M: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Chat, RouteKey: message}}
  Quick: {Type: AWS::ApiGatewayV2::Api, Properties: {ProtocolType: HTTP, Target: !GetAtt F.Arn}}
";

    #[test]
    fn methods_routes_and_addresses_are_routes() {
        assert_eq!(
            routes(&[("t.yaml", TEMPLATE), ("src/app.py", "")]),
            [
                "Logical(\"Rest\") One(Get) /",
                "Logical(\"Rest\") One(Delete) /items/{id} Bearer in src/app.py",
                "Logical(\"Http\") One(Post) /x Iam in src/app.py",
                "Logical(\"Http\") Any /{proxy+} in src/app.py",
                "Logical(\"F\") Any /{proxy+} Iam in src/app.py",
                "Logical(\"Quick\") Any /{proxy+} in src/app.py",
            ]
        );
    }
}
