//! The HTTP API: ten routes, nobody gets in without credentials.

use super::functions::Functions;
use super::named;
use super::parameters::Parameters;
use crate::resource::{
    AccessLogSettings, Api, ApiHandle, Authorizer, AuthorizerHandle, Integration, IntegrationHandle, JwtConfiguration,
    LogGroup, Permission, Retention, Route, RouteKey, RouteSettings, Stage,
};
use crate::{Conditional, Stack, sub};

/// Which function answers a route.
#[derive(Clone, Copy)]
enum Answerer {
    ApiHandler,
    StatusAnalyzer,
}

/// The routes with their logical ids. Clients exist that use them: none may change.
const ROUTES: [(&str, &str, Answerer); 10] = [
    ("DeployRoute", "POST /deploy", Answerer::ApiHandler),
    ("FixRoute", "POST /fix", Answerer::ApiHandler),
    ("SanityTestRoute", "POST /sanity-test", Answerer::ApiHandler),
    ("SdlcDeployRoute", "POST /sdlc-deploy", Answerer::ApiHandler),
    ("StatusRoute", "GET /status/{sessionId}", Answerer::ApiHandler),
    ("DeploymentsRoute", "GET /deployments", Answerer::ApiHandler),
    ("CancelRoute", "POST /deployments/{sessionId}/cancel", Answerer::ApiHandler),
    ("TeardownRoute", "DELETE /deployments/{sessionId}", Answerer::ApiHandler),
    ("AnalyzeRoute", "POST /analyze", Answerer::StatusAnalyzer),
    ("AnalysisRoute", "GET /analyze/{sessionId}", Answerer::StatusAnalyzer),
];

/// Far above what people and their scripts need, far below what costs money.
const THROTTLING: RouteSettings = RouteSettings { throttling_burst_limit: 100, throttling_rate_limit: 50 };

/// What an access log line says, each with the variable that it comes from.
const ACCESS_LOG: [(&str, &str); 9] = [
    ("requestId", "requestId"),
    ("time", "requestTime"),
    ("ip", "identity.sourceIp"),
    ("caller", "identity.userArn"),
    ("route", "routeKey"),
    ("path", "path"),
    ("status", "status"),
    ("latency", "responseLatency"),
    ("error", "error.message"),
];

/// The API without its routes; functions may know its address.
pub(super) struct HttpApi<'s> {
    pub api: ApiHandle<'s>,
    jwt: Conditional<'s, AuthorizerHandle<'s>>,
}

pub(super) fn add<'s>(stack: &mut Stack<'s>, parameters: &Parameters<'s>) -> HttpApi<'s> {
    let api = stack.add("Api", Api::http(named("api")));
    let jwt_configuration = JwtConfiguration { issuer: parameters.jwt_issuer(), audience: parameters.jwt_audience() };
    let jwt = stack.add_if(&parameters.uses_jwt, "JwtAuthorizer", Authorizer::jwt(&api, jwt_configuration));
    let log_group = stack.add(
        "ApiLogs",
        LogGroup { log_group_name: sub!["/aws/vendedlogs/apis/", named("api")], retention_in_days: Retention::OneWeek },
    );
    let access_log = AccessLogSettings::json(&log_group, &ACCESS_LOG);
    stack.add("ApiStage", Stage::default_of(&api, THROTTLING, access_log));
    stack.output("ApiUrl", "Where clients reach the API", parameters.api_base_url(api.endpoint()));
    stack.output("ApiId", "Id of the API", api.id());
    HttpApi { api, jwt }
}

/// Connects the API with the functions that answer.
pub(super) fn add_routes<'s>(stack: &mut Stack<'s>, http: &HttpApi<'s>, functions: &Functions<'s>) {
    let HttpApi { api, jwt } = http;
    let handler: IntegrationHandle<'s> =
        stack.add("ApiHandlerIntegration", Integration::function(api, &functions.api_handler));
    let analyzer = stack.add("StatusAnalyzerIntegration", Integration::function(api, &functions.status_analyzer));
    stack.add("ApiHandlerPermission", Permission::for_api(&functions.api_handler, api));
    stack.add("StatusAnalyzerPermission", Permission::for_api(&functions.status_analyzer, api));
    for (id, key, answerer) in ROUTES {
        let integration = match answerer {
            Answerer::ApiHandler => &handler,
            Answerer::StatusAnalyzer => &analyzer,
        };
        stack.add(id, Route::new(api, RouteKey(key), integration, jwt));
    }
}
