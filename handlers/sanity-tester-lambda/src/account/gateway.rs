//! Routes of REST and HTTP APIs, as API Gateway lists them.

use super::signed::{Ask, Signed};
use drydock_contract::session::DeployedResource;
use drydock_sanity::evidence::{ApiKind, Deployed, DeployedApi, DeployedRoute, Domain, Mapping, Token};
use serde_json::Value;
use std::collections::BTreeMap;

/// Most pages of one list.
const PAGES: usize = 10;

impl Signed {
    /// Adds the APIs and domain names among `resources`.
    pub(super) async fn gateways(
        &self,
        resources: &[DeployedResource],
        deployed: &mut Deployed,
        notes: &mut Vec<String>,
    ) {
        for resource in resources {
            let (id, logical_id) = (resource.physical_id.as_str(), resource.logical_id.as_str());
            let found = match resource.resource_type.as_str() {
                "AWS::ApiGateway::RestApi" => self.rest_api(id, logical_id).await.map(Some),
                "AWS::ApiGatewayV2::Api" => self.http_api(id, logical_id).await,
                "AWS::ApiGateway::DomainName" | "AWS::ApiGatewayV2::DomainName" => {
                    self.domain(id).await.map(|domain| {
                        deployed.domains.push(domain);
                        None
                    })
                }
                _ => Ok(None),
            };
            match found {
                Ok(api) => deployed.apis.extend(api),
                Err(error) => notes.push(format!("API Gateway did not say what {logical_id} ({id}) serves: {error}.")),
            }
        }
    }

    async fn rest_api(&self, id: &str, logical_id: &str) -> Result<DeployedApi, String> {
        let resources = self.all(&format!("/restapis/{id}/resources?embed=methods&limit=500"), "position").await?;
        let stages = self.get(&format!("/restapis/{id}/stages")).await?;
        // An installation's role may be older than this question; as a rule an API answers under its own name.
        let api = self.get(&format!("/restapis/{id}")).await.unwrap_or_default();
        // As a rule tokens are read where they usually stand.
        let authorizers = self.all(&format!("/restapis/{id}/authorizers?limit=500"), "position").await;
        let authorizers = authorizers.unwrap_or_default();
        Ok(DeployedApi {
            kind: ApiKind::Rest,
            id: id.to_owned(),
            logical_id: Some(logical_id.to_owned()),
            default_host_off: is_off(&api),
            stages: texts(&items(&stages), "stageName"),
            routes: resources.iter().flat_map(|resource| methods(resource, &authorizers)).collect(),
        })
    }

    /// `None` for an API that does not speak HTTP.
    async fn http_api(&self, id: &str, logical_id: &str) -> Result<Option<DeployedApi>, String> {
        let api = self.get(&format!("/v2/apis/{id}")).await?;
        if text(&api, "protocolType") == "WEBSOCKET" {
            return Ok(None);
        }
        let integrations = self.all(&format!("/v2/apis/{id}/integrations"), "nextToken").await?;
        let functions: BTreeMap<String, Option<String>> = integrations
            .iter()
            .map(|one| (text(one, "integrationId").to_owned(), function(text(one, "integrationUri"))))
            .collect();
        let routes = self.all(&format!("/v2/apis/{id}/routes"), "nextToken").await?;
        // As above.
        let authorizers = self.all(&format!("/v2/apis/{id}/authorizers"), "nextToken").await.unwrap_or_default();
        let stages = self.get(&format!("/v2/apis/{id}/stages")).await?;
        let route = |route: &Value| {
            let behind = text(route, "target").strip_prefix("integrations/").and_then(|id| functions.get(id));
            let function = behind.cloned().flatten();
            let authorization = route.get("authorizationType").and_then(Value::as_str).unwrap_or("NONE");
            let authorizer = authorizer(route, &authorizers, "authorizerId");
            DeployedRoute {
                token: authorizer.and_then(token),
                ..DeployedRoute::of_key(text(route, "routeKey"), authorization, function)
            }
        };
        Ok(Some(DeployedApi {
            kind: ApiKind::Http,
            id: id.to_owned(),
            logical_id: Some(logical_id.to_owned()),
            default_host_off: is_off(&api),
            stages: texts(&items(&stages), "stageName"),
            routes: routes.iter().map(route).collect(),
        }))
    }

    async fn domain(&self, name: &str) -> Result<Domain, String> {
        let found = self.get(&format!("/v2/domainnames/{name}/apimappings")).await?;
        let mappings = items(&found)
            .iter()
            .map(|one| Mapping {
                base_path: text(one, "apiMappingKey").to_owned(),
                api_id: text(one, "apiId").to_owned(),
            })
            .collect();
        Ok(Domain { name: name.to_owned(), mappings })
    }

    /// All pages of a list.
    async fn all(&self, path: &str, token: &str) -> Result<Vec<Value>, String> {
        let mut all = Vec::new();
        let mut next: Option<String> = None;
        for _ in 0..PAGES {
            let separator = if path.contains('?') { '&' } else { '?' };
            let page = next.as_ref().map(|next| {
                let mut query = url::form_urlencoded::Serializer::new(String::new());
                format!("{path}{separator}{}", query.append_pair(token, next).finish())
            });
            let found = self.get(page.as_deref().unwrap_or(path)).await?;
            all.extend(items(&found));
            next = found.get(token).and_then(Value::as_str).map(str::to_owned);
            if next.is_none() {
                break;
            }
        }
        Ok(all)
    }

    async fn get(&self, path: &str) -> Result<Value, String> {
        let headers = [("accept", "application/json")];
        self.ask(Ask { service: "apigateway", method: "GET", path, headers: &headers, body: "" }).await
    }
}

/// True if an API does not answer under its own name.
fn is_off(api: &Value) -> bool {
    api.get("disableExecuteApiEndpoint") == Some(&Value::Bool(true))
}

/// The elements of a list: REST APIs say `item`, HTTP APIs `items`; a single one may stand for itself.
fn items(list: &Value) -> Vec<Value> {
    match list.get("items").or_else(|| list.get("item")) {
        Some(Value::Array(items)) => items.clone(),
        Some(item @ Value::Object(_)) => vec![item.clone()],
        _ => Vec::new(),
    }
}

/// The one of an API's authorizers, which call their id `id`, that a route or method names.
fn authorizer<'a>(route: &Value, authorizers: &'a [Value], id: &str) -> Option<&'a Value> {
    let named = Some(text(route, "authorizerId")).filter(|named| !named.is_empty())?;
    authorizers.iter().find(|one| text(one, id) == named)
}

/// The routes of a REST API's resource.
fn methods(resource: &Value, authorizers: &[Value]) -> Vec<DeployedRoute> {
    let path = text(resource, "path");
    let methods = resource.get("resourceMethods").and_then(Value::as_object).into_iter().flatten();
    methods
        .map(|(method, details)| DeployedRoute {
            method: method.clone(),
            path: path.to_owned(),
            authorization: match text(details, "authorizationType") {
                "" => "NONE".to_owned(),
                kind => kind.to_owned(),
            },
            token: authorizer(details, authorizers, "id").and_then(token),
            api_key_required: details.get("apiKeyRequired") == Some(&Value::Bool(true)),
            function: details.get("methodIntegration").and_then(|one| function(text(one, "uri"))),
        })
        .collect()
}

/// Where an authorizer reads a token: a list for an HTTP API, and a text with commas for a REST API.
fn token(authorizer: &Value) -> Option<Token> {
    match authorizer.get("identitySource")? {
        Value::Array(sources) => Token::of_sources(sources.iter().filter_map(Value::as_str)),
        sources => Token::of_sources(sources.as_str()),
    }
}

/// The name of the function in the URI of an integration, which holds its ARN.
fn function(uri: &str) -> Option<String> {
    let (_, name) = uri.split_once(":function:")?;
    let name = name.split([':', '/']).next()?;
    (!name.is_empty()).then(|| name.to_owned())
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn texts(list: &[Value], name: &str) -> Vec<String> {
    list.iter().map(|one| text(one, name).to_owned()).filter(|text| !text.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_resource_gives_a_route_for_each_of_its_methods() {
        let uri = "arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/\
                   arn:aws:lambda:eu-central-1:1:function:orders-Get-1X/invocations";
        let routes = methods(
            &json!({"path": "/orders/{id}", "resourceMethods": {
                "GET": {"authorizationType": "AWS_IAM", "methodIntegration": {"uri": uri}},
                "PUT": {"apiKeyRequired": true},
            }}),
            &[],
        );
        let [get, put] = &routes[..] else { panic!("{routes:?}") };
        assert_eq!((get.method.as_str(), get.authorization.as_str()), ("GET", "AWS_IAM"));
        assert_eq!(get.function.as_deref(), Some("orders-Get-1X"));
        assert_eq!((put.authorization.as_str(), put.api_key_required), ("NONE", true));
        assert!(methods(&json!({"path": "/"}), &[]).is_empty());
    }

    #[test]
    fn a_token_is_shown_where_its_authorizer_reads_it() {
        let x = || Some(Token::Header("X-Token".to_owned()));
        let of = |sources: Value| token(&json!({"authorizerId": "a", "identitySource": sources}));
        assert_eq!(of(json!(["$request.header.X-Token", "$context.identity.sourceIp"])), x());
        assert_eq!(of(json!(["$request.header.X-Tenant", "$request.header.X-Token"])), Some(Token::Elsewhere));
        assert_eq!(token(&json!({"authorizerType": "JWT"})), None);
        let rest = |source: &str| {
            let authorizers = [json!({"id": "a", "identitySource": source}), json!({"id": "b"})];
            let resource = json!({"path": "/", "resourceMethods": {"GET": {"authorizerId": "a"}, "PUT": {}}});
            let [get, put] = <[DeployedRoute; 2]>::try_from(methods(&resource, &authorizers)).unwrap();
            assert_eq!(put.token, None);
            get.token
        };
        assert_eq!(rest("method.request.header.X-Token, context.sourceIp"), x());
        assert_eq!(rest("method.request.header.Authorization"), Some(Token::Usual));
    }

    #[test]
    fn an_api_that_does_not_answer_under_its_own_name_is_known() {
        assert!(is_off(&json!({"id": "a", "disableExecuteApiEndpoint": true})));
        assert!(!is_off(&json!({"disableExecuteApiEndpoint": false})) && !is_off(&json!({})));
    }

    #[test]
    fn a_function_is_known_by_its_name() {
        for (uri, name) in [
            ("arn:aws:lambda:us-east-1:1:function:f", Some("f")),
            ("arn:aws:lambda:us-east-1:1:function:f:live", Some("f")),
            ("https://example.com", None),
        ] {
            assert_eq!(function(uri).as_deref(), name, "{uri}");
        }
    }
}
