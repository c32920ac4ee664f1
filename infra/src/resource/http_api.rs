//! `AWS::ApiGatewayV2::*`: an HTTP API.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_ApiGatewayV2.html>

use super::role::arn_in_this_account;
use super::{FunctionHandle, LogGroupHandle};
use crate::{Conditional, Expression, pseudo, sub};
use serde::Serialize;

/// An HTTP API.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Api<'s> {
    /// Its name; need not be unique.
    pub name: Expression<'s>,
    protocol_type: &'static str,
}

impl<'s> Api<'s> {
    /// An HTTP API of that name.
    pub fn http(name: Expression<'s>) -> Self {
        Self { name, protocol_type: "HTTP" }
    }
}

resource! {
    Api = "AWS::ApiGatewayV2::Api",
    /// An API of the stack.
    ApiHandle {
        /// Its id.
        id = Ref,
        /// Its address: `https://{id}.execute-api.{region}.{suffix}`.
        endpoint = "ApiEndpoint",
    }
}

impl<'s> ApiHandle<'s> {
    /// The API itself and everything that belongs to it, as those see it who may change it.
    pub(crate) fn management_arns(&self) -> [Expression<'s>; 2] {
        let arn = sub!["arn:", pseudo::partition(), ":apigateway:", pseudo::region(), "::/apis/", self.id()];
        [arn.clone(), sub![arn, "/*"]]
    }

    /// Every route in every stage.
    pub(crate) fn any_route_arn(&self) -> Expression<'s> {
        arn_in_this_account("execute-api", &sub![self.id(), "/*/*"])
    }
}

/// `AWS::ApiGatewayV2::Integration`: what a route calls.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Integration<'s> {
    api_id: Expression<'s>,
    integration_type: &'static str,
    integration_uri: Expression<'s>,
    payload_format_version: &'static str,
}

impl<'s> Integration<'s> {
    /// Calls the function with events of format 2.0.
    pub fn function<const TIMEOUT: u32>(api: &ApiHandle<'s>, function: &FunctionHandle<'s, TIMEOUT>) -> Self {
        // API Gateway gives up after 30 seconds.
        const { assert!(TIMEOUT <= 30) };
        Self {
            api_id: api.id(),
            integration_type: "AWS_PROXY",
            integration_uri: function.arn(),
            payload_format_version: "2.0",
        }
    }
}

resource! {
    Integration = "AWS::ApiGatewayV2::Integration",
    /// An integration of the stack.
    IntegrationHandle {
        /// Its id.
        id = Ref,
    }
}

/// A route's method and path, such as `GET /status/{sessionId}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct RouteKey(pub &'static str);

/// `AWS::ApiGatewayV2::Route`. There is none without authorization.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Route<'s> {
    api_id: Expression<'s>,
    route_key: RouteKey,
    authorization_type: Expression<'s>,
    authorizer_id: Expression<'s>,
    target: Expression<'s>,
}

impl<'s> Route<'s> {
    /// Calls the integration for those whom the authorizer lets in, and without one for those who sign with IAM.
    pub fn new(
        api: &ApiHandle<'s>,
        route_key: RouteKey,
        integration: &IntegrationHandle<'s>,
        jwt: &Conditional<'s, AuthorizerHandle<'s>>,
    ) -> Self {
        Self {
            api_id: api.id(),
            route_key,
            authorization_type: jwt.value_or(|_| "JWT".into(), "AWS_IAM"),
            authorizer_id: jwt.value(AuthorizerHandle::id),
            target: sub!["integrations/", integration.id()],
        }
    }
}

resource! {
    Route = "AWS::ApiGatewayV2::Route",
    /// A route of the stack.
    RouteHandle {}
}

/// `AWS::ApiGatewayV2::Authorizer`: who is let in.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Authorizer<'s> {
    api_id: Expression<'s>,
    name: &'static str,
    authorizer_type: &'static str,
    identity_source: [&'static str; 1],
    jwt_configuration: JwtConfiguration<'s>,
}

impl<'s> Authorizer<'s> {
    /// Those with a token in the `Authorization` header.
    pub fn jwt(api: &ApiHandle<'s>, jwt_configuration: JwtConfiguration<'s>) -> Self {
        Self {
            api_id: api.id(),
            name: "jwt",
            authorizer_type: "JWT",
            identity_source: ["$request.header.Authorization"],
            jwt_configuration,
        }
    }
}

/// Which tokens are good.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct JwtConfiguration<'s> {
    /// URL of who issues them.
    pub issuer: Expression<'s>,
    /// A list: for whom they are issued.
    pub audience: Expression<'s>,
}

resource! {
    Authorizer = "AWS::ApiGatewayV2::Authorizer",
    /// An authorizer of the stack.
    AuthorizerHandle {
        /// Its id.
        id = Ref,
    }
}

/// `AWS::ApiGatewayV2::Stage`: what clients reach.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Stage<'s> {
    api_id: Expression<'s>,
    stage_name: &'static str,
    auto_deploy: bool,
    /// Limits for every route.
    pub default_route_settings: RouteSettings,
    access_log_settings: AccessLogSettings<'s>,
}

impl<'s> Stage<'s> {
    /// The stage at the root of the API's address.
    pub fn default_of(
        api: &ApiHandle<'s>,
        default_route_settings: RouteSettings,
        access_log_settings: AccessLogSettings<'s>,
    ) -> Self {
        Self {
            api_id: api.id(),
            stage_name: "$default",
            auto_deploy: true,
            default_route_settings,
            access_log_settings,
        }
    }
}

/// Limits for every route.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RouteSettings {
    /// Requests at once.
    pub throttling_burst_limit: u32,
    /// Requests a second.
    pub throttling_rate_limit: u32,
}

/// Where and how requests are logged.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AccessLogSettings<'s> {
    destination_arn: Expression<'s>,
    format: String,
}

impl<'s> AccessLogSettings<'s> {
    /// One JSON object a request, of these `$context` variables by their names in the log.
    pub fn json(log_group: &LogGroupHandle<'s>, fields: &[(&str, &str)]) -> Self {
        let object: serde_json::Map<_, _> =
            fields.iter().map(|(name, variable)| ((*name).to_owned(), format!("$context.{variable}").into())).collect();
        Self { destination_arn: log_group.arn(), format: serde_json::Value::from(object).to_string() }
    }
}

resource! {
    Stage = "AWS::ApiGatewayV2::Stage",
    /// A stage of the stack.
    StageHandle {}
}
