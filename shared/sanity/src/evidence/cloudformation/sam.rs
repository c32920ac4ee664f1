//! Events of SAM functions: `Api`, `HttpApi`, `FunctionUrlConfig`, and the documents of SAM's own APIs.

use super::{Resource, Template, referred};
use crate::evidence::deployed;
use crate::evidence::document;
use crate::evidence::found::{Api, Found, Verb};
use crate::evidence::path;
use crate::plan::Auth;
use serde_json::Value;

pub(super) fn endpoints(template: &Template<'_>, notes: &mut Vec<String>) -> Vec<Found> {
    let mut found = Vec::new();
    for function in template.of_kind("AWS::Serverless::Function") {
        let events = function.properties.get("Events").and_then(Value::as_object);
        for (name, event) in events.into_iter().flatten() {
            found.extend(of_event(template, function, name, event));
        }
        if let Some(url) = function.properties.get("FunctionUrlConfig") {
            let auth = url.get("AuthType").and_then(Value::as_str).unwrap_or("NONE");
            found.push(Found {
                auth: Some(deployed::auth(auth, false)),
                file: template.file_of(function.id),
                function: Some(function.id.to_owned()),
                ..Found::new(
                    Api::Logical(function.id.to_owned()),
                    Verb::Any,
                    "/{proxy+}".to_owned(),
                    template.origin(function.id, "FunctionUrlConfig"),
                )
            });
        }
    }
    for kind in ["AWS::Serverless::Api", "AWS::Serverless::HttpApi"] {
        for api in template.of_kind(kind) {
            found.extend(of_document(template, api, notes));
        }
    }
    found
}

fn of_event(template: &Template<'_>, function: Resource<'_>, name: &str, event: &Value) -> Option<Found> {
    let none = Value::Null;
    let properties = event.get("Properties").unwrap_or(&none);
    let (implicit, api_field) = match event.get("Type")?.as_str()? {
        "Api" => ("ServerlessRestApi", "RestApiId"),
        "HttpApi" => ("ServerlessHttpApi", "ApiId"),
        _ => return None,
    };
    let api = properties.get(api_field).and_then(referred).unwrap_or(implicit);
    let text = |name: &str| properties.get(name).and_then(Value::as_str);
    Some(Found {
        auth: Some(auth(template, api, properties.get("Auth"))),
        file: template.file_of(function.id),
        function: Some(function.id.to_owned()),
        ..Found::new(
            Api::Logical(api.to_owned()),
            Verb::parse(text("Method").unwrap_or_default())?,
            path::normal(text("Path").unwrap_or("$default")),
            template.origin(function.id, &format!("Events.{name}")),
        )
    })
}

/// An event's own words come before its API's, and those before the template's for all APIs.
fn auth(template: &Template<'_>, api: &str, event: Option<&Value>) -> Auth {
    let globals = if api == "ServerlessHttpApi" { "/Globals/HttpApi/Auth" } else { "/Globals/Api/Auth" };
    let resource = template.resource(api);
    let globals = match resource.map(|resource| resource.kind) {
        Some("AWS::Serverless::HttpApi") => "/Globals/HttpApi/Auth",
        _ => globals,
    };
    let of_api = resource.and_then(|resource| resource.properties.get("Auth"));
    let of_all = template.value.pointer(globals);
    let first = |field: &str, of_event: &str| {
        let own = event.and_then(|auth| auth.get(of_event));
        own.or_else(|| of_api?.get(field)).or_else(|| of_all?.get(field)).cloned()
    };
    let authorizer = first("DefaultAuthorizer", "Authorizer");
    let key = first("ApiKeyRequired", "ApiKeyRequired");
    let word = match authorizer.as_ref().and_then(Value::as_str) {
        None | Some("NONE") => "NONE",
        Some("AWS_IAM") => "AWS_IAM",
        Some(_) => "CUSTOM",
    };
    deployed::auth(word, key.is_some_and(|key| key == true || key == "true"))
}

/// The document that an API is made of: in the template, or in a file beside it.
fn of_document(template: &Template<'_>, api: Resource<'_>, notes: &mut Vec<String>) -> Vec<Found> {
    let body = api.properties.get("DefinitionBody");
    let included = body.and_then(|body| body.pointer("/Fn::Transform/Parameters/Location"));
    let uri = api.properties.get("DefinitionUri").or(included);
    if let Some(path) = uri.and_then(Value::as_str).filter(|path| !path.contains("://")) {
        return document::of_api(template.repository, template.file, path, api.id, notes);
    }
    body.map_or_else(Vec::new, |body| {
        let origin = template.origin(api.id, "DefinitionBody");
        document::found(
            template.repository,
            body,
            &origin.place,
            crate::endpoint::OriginKind::Template,
            &Api::Logical(api.id.to_owned()),
        )
    })
}

#[cfg(test)]
mod tests {
    use crate::evidence::cloudformation::tests::routes;

    const TEMPLATE: &str = "
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {Runtime: python3.13, CodeUri: src/}
  HttpApi: {Auth: {DefaultAuthorizer: Jwt}}
Resources:
  Main:
    Type: AWS::Serverless::Api
    Properties: {StageName: prod, Auth: {DefaultAuthorizer: AWS_IAM}}
  Items:
    Type: AWS::Serverless::Function
    Properties:
      Handler: items.handler
      Events:
        List: {Type: Api, Properties: {Path: /items, Method: get}}
        One: {Type: Api, Properties: {Path: '/items/{id}', Method: ANY, RestApiId: !Ref Main}}
        Open: {Type: Api, Properties: {Path: /open, Method: get, RestApiId: !Ref Main, Auth: {Authorizer: NONE}}}
        Keyed: {Type: Api, Properties: {Path: /keyed, Method: get, Auth: {ApiKeyRequired: true}}}
        Http: {Type: HttpApi, Properties: {Path: /http, Method: post}}
        All: {Type: HttpApi}
        Timer: {Type: Schedule, Properties: {Schedule: rate(1 day)}}
  Hello:
    Type: AWS::Serverless::Function
    Properties: {Handler: app.handler, CodeUri: hello, FunctionUrlConfig: {AuthType: NONE}}
";

    #[test]
    fn events_and_addresses_of_functions_are_routes() {
        assert_eq!(
            routes(&[("template.yaml", TEMPLATE), ("src/items.py", ""), ("hello/app.ts", "")]),
            [
                "Logical(\"ServerlessRestApi\") One(Get) /items in src/items.py",
                "Logical(\"Main\") Any /items/{id} Iam in src/items.py",
                "Logical(\"Main\") One(Get) /open in src/items.py",
                "Logical(\"ServerlessRestApi\") One(Get) /keyed ApiKey in src/items.py",
                "Logical(\"ServerlessHttpApi\") One(Post) /http Bearer in src/items.py",
                "Logical(\"ServerlessHttpApi\") Any /{proxy+} Bearer in src/items.py",
                "Logical(\"Hello\") Any /{proxy+} in hello/app.ts",
            ]
        );
    }

    #[test]
    fn an_apis_own_document_is_read() {
        let template = "
Resources:
  A:
    Type: AWS::Serverless::HttpApi
    Properties:
      DefinitionBody: {openapi: 3.0.1, paths: {/a: {get: {responses: {}}}}}
  B:
    Type: AWS::Serverless::Api
    Properties:
      DefinitionBody: {'Fn::Transform': {Name: AWS::Include, Parameters: {Location: api/b.yaml}}}
";
        let document = "openapi: 3.0.1\npaths: {/b: {post: {responses: {}}}}\n";
        assert_eq!(
            routes(&[("t.yaml", template), ("api/b.yaml", document)]),
            ["Logical(\"B\") One(Post) /b", "Logical(\"A\") One(Get) /a"]
        );
    }
}
