//! Routes of Terraform configurations: resources and methods of REST APIs, routes of HTTP APIs, addresses of functions,
//! and the routes that the module `apigateway-v2` takes. What a program computes cannot be read; what is written down
//! can.

mod function;
mod hcl;

use super::deployed;
use super::found::{Api, Found, Verb};
use super::path;
use super::text::{Repository, folder, origin};
use crate::endpoint::OriginKind;
use crate::plan::Auth;
use hcl::Block;
use std::collections::BTreeMap;

/// Most blocks of one configuration.
const MAX_BLOCKS: usize = 5000;

/// Longest chain of resources.
const MAX_PARTS: usize = 30;

pub(super) fn endpoints(repository: &Repository<'_>) -> Vec<Found> {
    let mut modules: BTreeMap<&str, Vec<(&str, Block<'_>)>> = BTreeMap::new();
    for file in repository.files(&["tf"]) {
        let Some(text) = repository.text(file) else { continue };
        modules.entry(folder(file)).or_default().extend(hcl::blocks(text).into_iter().map(|block| (file, block)));
    }
    modules.values_mut().for_each(|blocks| blocks.truncate(MAX_BLOCKS));
    // All files of a folder are one configuration.
    modules.into_iter().flat_map(|(folder, blocks)| Module { repository, folder, blocks }.endpoints()).collect()
}

struct Module<'a> {
    repository: &'a Repository<'a>,
    folder: &'a str,
    /// With the file of each.
    blocks: Vec<(&'a str, Block<'a>)>,
}

/// A route, before it is known where it stands.
struct Route {
    verb: Verb,
    path: String,
    auth: Auth,
    function: Option<String>,
}

impl Module<'_> {
    fn endpoints(&self) -> Vec<Found> {
        let mut found = Vec::new();
        for (file, block) in &self.blocks {
            let routes = match (block.kind, block.labels.as_slice()) {
                ("resource", ["aws_apigatewayv2_route", _]) => self.routes(block),
                ("resource", ["aws_apigatewayv2_api", _]) => self.quick(block).into_iter().collect(),
                ("resource", ["aws_api_gateway_method", _]) => self.method(block).into_iter().collect(),
                ("resource", ["aws_lambda_function_url", _]) => vec![self.address(block)],
                ("module", [_]) => of_module(block),
                _ => continue,
            };
            let what = block.labels.join(".");
            found.extend(routes.into_iter().map(|route| Found {
                // Modules and computed values may make others.
                partial: true,
                auth: Some(route.auth),
                file: route.function.as_deref().and_then(|function| self.file_of(function)),
                ..Found::new(
                    Api::Unknown,
                    route.verb,
                    path::normal(&route.path),
                    origin(OriginKind::Template, file, Some(block.line), &what),
                )
            }));
        }
        found
    }

    fn resource(&self, kind: &str, name: &str) -> Option<&Block<'_>> {
        let is_it = |block: &Block<'_>| matches!(block.kind, "resource" | "data") && block.labels == [kind, name];
        self.blocks.iter().map(|(_, block)| block).find(|block| is_it(block))
    }

    /// The routes of `route_key`, or of the list that `for_each` goes through.
    fn routes(&self, block: &Block<'_>) -> Vec<Route> {
        let api = block.reference("api_id").and_then(|(kind, name)| self.resource(kind, name));
        if api.is_some_and(|api| api.text("protocol_type") == Some("WEBSOCKET")) {
            return Vec::new();
        }
        let auth = deployed::auth(block.text("authorization_type").unwrap_or("NONE"), false);
        let integration = block.reference("target").and_then(|(kind, name)| self.resource(kind, name));
        let function = integration.and_then(|integration| function_behind(integration, "integration_uri"));
        let keys: Vec<&str> = match (block.text("route_key"), block.value("for_each")) {
            (Some(key), _) => vec![key],
            (None, Some(list)) => hcl::texts(list).collect(),
            (None, None) => Vec::new(),
        };
        let key = |key: &&str| of_key(key, auth, function.clone());
        keys.iter().filter_map(key).collect()
    }

    /// An HTTP API that was made in one go.
    fn quick(&self, block: &Block<'_>) -> Option<Route> {
        let function = function_behind(block, "target")?;
        of_key(block.text("route_key").unwrap_or("$default"), Auth::None, Some(function))
    }

    fn method(&self, block: &Block<'_>) -> Option<Route> {
        let path = self.path(block)?;
        let own = block.labels.get(1)?;
        // An integration names the method that it is for.
        let integrations = self.blocks.iter().map(|(_, block)| block);
        let integration = integrations
            .filter(|block| block.labels.first() == Some(&"aws_api_gateway_integration"))
            .find(|integration| {
                let of = |name: &str| integration.value(name).is_some_and(|value| same(value, block.value(name)));
                integration.reference("http_method") == Some(("aws_api_gateway_method", own))
                    || of("resource_id") && of("http_method")
            });
        let key = block.value("api_key_required") == Some("true");
        Some(Route {
            verb: Verb::parse(block.text("http_method")?)?,
            path,
            auth: deployed::auth(block.text("authorization").unwrap_or("NONE"), key),
            function: integration.and_then(|integration| function_behind(integration, "uri")),
        })
    }

    /// The path of a method's resource: its own part behind those of its parents.
    fn path(&self, method: &Block<'_>) -> Option<String> {
        let mut parts = Vec::new();
        let (mut kind, mut name) = method.reference("resource_id")?;
        for _ in 0..MAX_PARTS {
            if kind != "aws_api_gateway_resource" {
                // The API's own root.
                parts.reverse();
                return Some(format!("/{}", parts.join("/")));
            }
            let resource = self.resource(kind, name)?;
            parts.push(resource.text("path_part")?.to_owned());
            (kind, name) = resource.reference("parent_id")?;
        }
        None
    }

    fn address(&self, block: &Block<'_>) -> Route {
        Route {
            verb: Verb::Any,
            path: "/{proxy+}".to_owned(),
            auth: deployed::auth(block.text("authorization_type").unwrap_or("NONE"), false),
            function: function_behind(block, "function_name"),
        }
    }
}

/// The same expression, whatever stands between its parts.
fn same(one: &str, other: Option<&str>) -> bool {
    other.is_some_and(|other| one.split_whitespace().eq(other.split_whitespace()))
}

/// The function that an expression refers to, in whatever form.
fn function_behind(block: &Block<'_>, name: &str) -> Option<String> {
    let (_, function) = hcl::references(block.value(name)?).find(|(kind, _)| *kind == "aws_lambda_function")?;
    Some(function.to_owned())
}

fn of_key(key: &str, auth: Auth, function: Option<String>) -> Option<Route> {
    let (verb, path) = key.split_once(' ').unwrap_or(("", key));
    let is_path = path == "$default" || path.starts_with('/') && !verb.is_empty();
    Some(Route { verb: Verb::parse(verb).filter(|_| is_path)?, path: path.to_owned(), auth, function })
}

/// The keys of the routes that a module for HTTP APIs takes: `routes = { "GET /items" = { … } }`.
fn of_module(block: &Block<'_>) -> Vec<Route> {
    let is_one = block.text("source").is_some_and(|source| source.contains("apigateway"));
    let given = ["routes", "integrations"].into_iter().filter(|_| is_one).filter_map(|name| block.value(name));
    given.flat_map(hcl::texts).filter_map(|key| of_key(key, Auth::None, None)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::text::tests::in_repository;

    /// Verb, path, what callers must show, place and file of each route.
    fn routes(files: &[(&str, &str)]) -> Vec<String> {
        let shown = |found: Found| {
            let (auth, file) = (found.auth.unwrap_or_default(), found.file.unwrap_or_default());
            format!("{:?} {} {auth:?} {} {file}", found.verb, found.path, found.origin.place)
        };
        in_repository(files, endpoints).into_iter().map(shown).collect()
    }

    #[test]
    fn an_http_api() {
        let api = r#"
resource "aws_apigatewayv2_api" "main" {
  name          = "shop"
  protocol_type = "HTTP"
}
resource "aws_apigatewayv2_integration" "items" {
  api_id          = aws_apigatewayv2_api.main.id
  integration_uri = aws_lambda_function.items.invoke_arn
}
resource "aws_apigatewayv2_route" "list" {
  api_id             = aws_apigatewayv2_api.main.id
  route_key          = "GET /items/{id}"
  authorization_type = "JWT"
  target             = "integrations/${aws_apigatewayv2_integration.items.id}"
}
resource "aws_apigatewayv2_route" "many" {
  for_each  = toset(["POST /items", "PUT /items", "words only"])
  route_key = each.value
  api_id    = aws_apigatewayv2_api.main.id
}
resource "aws_apigatewayv2_api" "chat" { protocol_type = "WEBSOCKET" }
resource "aws_apigatewayv2_route" "chat" {
  api_id    = aws_apigatewayv2_api.chat.id
  route_key = "$default"
}
"#;
        let functions = r#"
data "archive_file" "items" {
  type        = "zip"
  source_dir  = "${path.module}/../src"
  output_path = "items.zip"
}
resource "aws_lambda_function" "items" {
  filename = data.archive_file.items.output_path
  handler  = "app.handler"
}
resource "aws_lambda_function_url" "items" {
  function_name      = aws_lambda_function.items.function_name
  authorization_type = "AWS_IAM"
}
"#;
        assert_eq!(
            routes(&[("infra/api.tf", api), ("infra/functions.tf", functions), ("src/app.py", "")]),
            [
                "One(Get) /items/{id} Bearer infra/api.tf:10: aws_apigatewayv2_route.list src/app.py",
                "One(Post) /items None infra/api.tf:16: aws_apigatewayv2_route.many ",
                "One(Put) /items None infra/api.tf:16: aws_apigatewayv2_route.many ",
                "Any /{proxy+} Iam infra/functions.tf:11: aws_lambda_function_url.items src/app.py",
            ]
        );
    }

    #[test]
    fn a_rest_api() {
        let api = r#"
resource "aws_api_gateway_rest_api" "main" { name = "shop" }
resource "aws_api_gateway_resource" "items" {
  rest_api_id = aws_api_gateway_rest_api.main.id
  parent_id   = aws_api_gateway_rest_api.main.root_resource_id
  path_part   = "items"
}
resource "aws_api_gateway_resource" "item" {
  rest_api_id = aws_api_gateway_rest_api.main.id
  parent_id   = aws_api_gateway_resource.items.id
  path_part   = "{id}"
}
resource "aws_api_gateway_method" "remove" {
  rest_api_id      = aws_api_gateway_rest_api.main.id
  resource_id      = aws_api_gateway_resource.item.id
  http_method      = "DELETE"
  authorization    = "NONE"
  api_key_required = true
}
resource "aws_api_gateway_integration" "remove" {
  resource_id = aws_api_gateway_resource.item.id
  http_method = aws_api_gateway_method.remove.http_method
  uri         = aws_lambda_function.items.invoke_arn
}
resource "aws_api_gateway_method" "root" {
  resource_id   = aws_api_gateway_rest_api.main.root_resource_id
  http_method   = "ANY"
  authorization = "AWS_IAM"
}
resource "aws_lambda_function" "items" {
  filename = "build/items.zip"
  handler  = "lambda/items.handler"
}
"#;
        assert_eq!(
            routes(&[("main.tf", api), ("lambda/items.mjs", "")]),
            [
                "One(Delete) /items/{id} ApiKey main.tf:13: aws_api_gateway_method.remove lambda/items.mjs",
                "Any / Iam main.tf:25: aws_api_gateway_method.root ",
            ]
        );
    }

    #[test]
    fn the_module_for_http_apis_and_apis_made_in_one_go() {
        let main = r#"
module "api" {
  source = "terraform-aws-modules/apigateway-v2/aws"
  routes = {
    "GET /"      = { integration = { uri = module.f.lambda_function_arn } }
    "$default"   = { integration = { uri = "arn:aws:x" } }
  }
}
module "other" {
  source = "./other"
  routes = { "GET /no" = {} }
}
resource "aws_apigatewayv2_api" "quick" {
  protocol_type = "HTTP"
  target        = aws_lambda_function.f.arn
}
"#;
        assert_eq!(
            routes(&[("main.tf", main), (".terraform/modules/x/main.tf", main)]),
            [
                "One(Get) / None main.tf:2: api ",
                "Any /{proxy+} None main.tf:2: api ",
                "Any /{proxy+} None main.tf:13: aws_apigatewayv2_api.quick ",
            ]
        );
    }
}
