//! What an operator can choose.

use super::functions::FUNCTIONS;
use crate::{ConditionHandle, Expression, Parameter, ParameterHandle, ParameterType, Stack};
use serde_json::json;

/// Messages of one queue that are worked on at the same time, unless the operator says otherwise.
const USUAL_CONCURRENCY: u32 = 10;

/// The parameters, and the conditions on them.
pub(super) struct Parameters<'s> {
    code_bucket: ParameterHandle<'s>,
    code_keys: Vec<(&'static str, ParameterHandle<'s>)>,
    allowed_git_hosts: ParameterHandle<'s>,
    api_base_url: ParameterHandle<'s>,
    own_base_url: ConditionHandle<'s>,
    alarm_email: ParameterHandle<'s>,
    permissions_boundary: ParameterHandle<'s>,
    maximum_concurrency: ParameterHandle<'s>,
    usual_concurrency: ConditionHandle<'s>,
    jwt_issuer: ParameterHandle<'s>,
    jwt_audience: ParameterHandle<'s>,
    /// True if alarms are mailed.
    pub has_alarm_email: ConditionHandle<'s>,
    /// True if roles are limited.
    pub has_permissions_boundary: ConditionHandle<'s>,
    /// True if clients come with tokens instead of signing with IAM.
    pub uses_jwt: ConditionHandle<'s>,
}

pub(super) fn add<'s>(stack: &mut Stack<'s>) -> Parameters<'s> {
    let text = |description, default: &str| Parameter {
        description: Some(description),
        default: Some(json!(default)),
        ..Default::default()
    };
    let code_bucket = stack.parameter(
        "CodeBucket",
        &Parameter { description: Some("Bucket that holds the functions' zips"), ..Default::default() },
    );
    let code_keys = FUNCTIONS
        .iter()
        .map(|function| (function.logical_id, stack.parameter(function.code_key_parameter, &Parameter::default())))
        .collect();
    let allowed_git_hosts =
        stack.parameter("AllowedGitHosts", &text("Hosts that repositories may be on, with commas", "github.com"));
    let api_base_url = stack.parameter("ApiBaseUrl", &text("Address of the API; empty for its own", ""));
    let alarm_email = stack.parameter("AlarmEmail", &text("Who is told of dead letters; empty for nobody", ""));
    let permissions_boundary = stack.parameter(
        "PermissionsBoundaryArn",
        &text("Policy that limits the roles which act for repositories; empty for none", ""),
    );
    let maximum_concurrency = stack.parameter(
        "MaximumConcurrency",
        &Parameter {
            parameter_type: ParameterType::Number,
            description: Some("Messages of one queue that are worked on at the same time"),
            default: Some(json!(USUAL_CONCURRENCY)),
            min_value: Some(2),
            max_value: Some(1000),
            ..Default::default()
        },
    );
    let jwt_issuer = stack.parameter(
        "JwtIssuer",
        &Parameter {
            allowed_pattern: Some("(https://.+)?"),
            constraint_description: Some("an https URL, or empty"),
            ..text("URL of the issuer of tokens; empty: requests are signed with IAM", "")
        },
    );
    let jwt_audience = stack.parameter(
        "JwtAudience",
        &Parameter { parameter_type: ParameterType::CommaDelimitedList, ..text("Whom tokens must be issued for", "") },
    );
    Parameters {
        own_base_url: stack.condition("HasOwnBaseUrl", api_base_url.equals("").negated()),
        has_alarm_email: stack.condition("HasAlarmEmail", alarm_email.equals("").negated()),
        has_permissions_boundary: stack.condition("HasPermissionsBoundary", permissions_boundary.equals("").negated()),
        usual_concurrency: stack
            .condition("HasUsualConcurrency", maximum_concurrency.equals(&USUAL_CONCURRENCY.to_string())),
        uses_jwt: stack.condition("UsesJwt", jwt_issuer.equals("").negated()),
        code_bucket,
        code_keys,
        allowed_git_hosts,
        api_base_url,
        alarm_email,
        permissions_boundary,
        maximum_concurrency,
        jwt_issuer,
        jwt_audience,
    }
}

impl<'s> Parameters<'s> {
    pub fn code_bucket(&self) -> Expression<'s> {
        self.code_bucket.value()
    }

    pub fn code_key(&self, logical_id: &str) -> Expression<'s> {
        let known = self.code_keys.iter().find(|(function, _)| *function == logical_id);
        known.expect("every function has a parameter, made from the same list").1.value()
    }

    pub fn allowed_git_hosts(&self) -> Expression<'s> {
        self.allowed_git_hosts.value()
    }

    /// What the operator said, or else `endpoint`.
    pub fn api_base_url(&self, endpoint: Expression<'s>) -> Expression<'s> {
        self.own_base_url.choose(self.api_base_url.value(), endpoint)
    }

    pub fn alarm_email(&self) -> Expression<'s> {
        self.alarm_email.value()
    }

    pub fn permissions_boundary(&self) -> Expression<'s> {
        self.permissions_boundary.value()
    }

    /// The usual one is written as the number that it is: a `Ref` gives text, which AWS takes for the number and the
    /// embedded engine does not (its poller then fails on every queue).
    pub fn maximum_concurrency(&self) -> Expression<'s> {
        self.usual_concurrency.choose(USUAL_CONCURRENCY, self.maximum_concurrency.value())
    }

    pub fn jwt_issuer(&self) -> Expression<'s> {
        self.jwt_issuer.value()
    }

    pub fn jwt_audience(&self) -> Expression<'s> {
        self.jwt_audience.value()
    }
}
