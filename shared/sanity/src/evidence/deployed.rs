//! What the account says about a stack's APIs, as data: whoever holds the clients fills it in.

use super::found::{Api, Found, Verb};
use super::{Token, path};
use crate::endpoint::{Origin, OriginKind};
use crate::plan::Auth;
use std::collections::BTreeMap;

/// The APIs of a deployment as the account describes them. Empty where nobody could be asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deployed {
    /// Such as `eu-central-1`.
    pub region: String,
    /// REST and HTTP APIs.
    pub apis: Vec<DeployedApi>,
    /// Addresses of functions.
    pub function_urls: Vec<FunctionUrl>,
    /// Domain names of their own.
    pub domains: Vec<Domain>,
    /// The stack's own template, where it could be had: JSON or YAML, transformed or not.
    pub template: Option<String>,
}

/// Which service an API is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApiKind {
    /// `AWS::ApiGateway::RestApi`: the stage is part of every path.
    Rest,
    /// `AWS::ApiGatewayV2::Api` of the protocol HTTP: the stage `$default` is not part of the path.
    Http,
}

/// An API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeployedApi {
    /// Which service it is of.
    pub kind: ApiKind,
    /// Its id, which its host name begins with.
    pub id: String,
    /// Its name in the template, where that is known.
    pub logical_id: Option<String>,
    /// True if it does not answer under its own host name, but only under domain names of its owner's.
    pub default_host_off: bool,
    /// Its stages by name, `$default` too.
    pub stages: Vec<String>,
    /// Its routes. Empty means that nobody could be asked: then nothing follows from it.
    pub routes: Vec<DeployedRoute>,
}

/// A route of an API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeployedRoute {
    /// `GET`, `ANY` …; empty together with the path `$default`.
    pub method: String,
    /// `/items/{id}`, `/{proxy+}`, `$default`
    pub path: String,
    /// As the service says: `NONE`, `AWS_IAM`, `CUSTOM`, `COGNITO_USER_POOLS`, `JWT`.
    pub authorization: String,
    /// Where its authorizer reads a token, if the service says so.
    pub token: Option<Token>,
    /// True if callers must show an API key.
    pub api_key_required: bool,
    /// The function behind it (name or ARN), where that is known.
    pub function: Option<String>,
}

/// The address of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionUrl {
    /// The function's name in the account, or its ARN.
    pub function: String,
    /// The function's name in the template, where that is known.
    pub logical_id: Option<String>,
    /// `https://<id>.lambda-url.<region>.on.aws/`
    pub url: String,
    /// `NONE` or `AWS_IAM`.
    pub auth_type: String,
}

/// A domain name that stands for APIs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Domain {
    /// `api.example.com`
    pub name: String,
    /// Which API stands where.
    pub mappings: Vec<Mapping>,
}

/// An API under a domain name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// The first parts of the path, such as `orders/v2`; empty for all.
    pub base_path: String,
    /// The API's id.
    pub api_id: String,
}

impl DeployedRoute {
    /// A route of an HTTP API by its key: `GET /items/{id}`, `ANY /{proxy+}` or `$default`.
    pub fn of_key(key: &str, authorization: &str, function: Option<String>) -> Self {
        let (method, path) = key.split_once(' ').unwrap_or(("", key));
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            authorization: authorization.to_owned(),
            token: None,
            api_key_required: false,
            function,
        }
    }

    /// What callers must show.
    pub(crate) fn auth(&self) -> Auth {
        auth(&self.authorization, self.api_key_required)
    }
}

/// What callers must show, by the services' words.
pub(super) fn auth(authorization: &str, api_key_required: bool) -> Auth {
    match authorization {
        "AWS_IAM" => Auth::Iam,
        "CUSTOM" | "COGNITO_USER_POOLS" | "JWT" => Auth::Bearer,
        _ if api_key_required => Auth::ApiKey,
        _ => Auth::None,
    }
}

pub(super) fn endpoints(deployed: &Deployed) -> Vec<Found> {
    let origin = |place: String| Origin { kind: OriginKind::DeployedStack, place };
    let of_api = |api: &DeployedApi| {
        let named = api.logical_id.clone().unwrap_or_else(|| api.id.clone());
        api.routes
            .iter()
            .filter(|route| !route.path.starts_with('$') || route.path == "$default")
            .filter_map(|route| {
                Some(Found {
                    auth: Some(route.auth()),
                    token: route.token.clone(),
                    function: route.function.clone(),
                    ..Found::new(
                        Api::Id(api.id.clone()),
                        Verb::parse(&route.method)?,
                        path::normal(&route.path),
                        origin(format!("{named}: {}", format!("{} {}", route.method, route.path).trim())),
                    )
                })
            })
            .collect::<Vec<_>>()
    };
    let of_function = |url: &FunctionUrl| Found {
        auth: Some(auth(&url.auth_type, false)),
        function: Some(url.function.clone()),
        ..Found::new(
            Api::Id(url.url.clone()),
            Verb::Any,
            "/{proxy+}".to_owned(),
            origin(format!("address of the function {}", url.logical_id.as_ref().unwrap_or(&url.function))),
        )
    };
    deployed.apis.iter().flat_map(of_api).chain(deployed.function_urls.iter().map(of_function)).collect()
}

impl Deployed {
    /// The logical names of the APIs and functions, by what [`Api::Id`] calls them.
    pub(super) fn logical_ids(&self) -> BTreeMap<&str, &str> {
        let apis = self.apis.iter().filter_map(|api| Some((api.id.as_str(), api.logical_id.as_deref()?)));
        let urls = self.function_urls.iter().filter_map(|url| Some((url.url.as_str(), url.logical_id.as_deref()?)));
        apis.chain(urls).collect()
    }
}
