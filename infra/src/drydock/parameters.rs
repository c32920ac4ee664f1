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
    model_base_url: ParameterHandle<'s>,
    model_name: ParameterHandle<'s>,
    model_price: ParameterHandle<'s>,
    fix_budget_usd: ParameterHandle<'s>,
    jwt_issuer: ParameterHandle<'s>,
    jwt_audience: ParameterHandle<'s>,
    /// True if alarms are mailed.
    pub has_alarm_email: ConditionHandle<'s>,
    /// True if roles are limited.
    pub has_permissions_boundary: ConditionHandle<'s>,
    /// True if a repository's stack can make no role without a boundary.
    pub requires_boundary: ConditionHandle<'s>,
    /// True if roles that Drydock makes carry a boundary.
    pub demands_boundary: ConditionHandle<'s>,
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
    let require_boundary = stack.parameter(
        "RequireBoundary",
        &Parameter {
            allowed_pattern: Some("true|false"),
            constraint_description: Some("true or false"),
            ..text("Whether a repository's stack can make no role without a permissions boundary", "false")
        },
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
    let model_base_url =
        stack.parameter("ModelBaseUrl", &text("Address of the language model's service; empty for the public one", ""));
    let model_name = stack.parameter("ModelName", &text("Language model; empty for the usual one", ""));
    let model_price = stack.parameter(
        "ModelPrice",
        &text("USD for a million tokens of input and of output, such as 3,15; empty for the usual model's", ""),
    );
    let fix_budget_usd = stack.parameter("FixBudgetUsd", &text("USD that one repair may cost", "2"));
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
        &Parameter {
            allowed_pattern: Some("([^ ,]+(,[^ ,]+)*)?"),
            constraint_description: Some("names with commas between them and no spaces, or empty"),
            ..text("Whom tokens must be issued for, with commas", "")
        },
    );
    stack.rule(
        "TokensHaveAnAudience",
        jwt_issuer.equals("").negated(),
        jwt_audience.equals("").negated(),
        "JwtIssuer is set: JwtAudience must say for whom its tokens are issued",
    );
    Parameters {
        own_base_url: stack.condition("HasOwnBaseUrl", api_base_url.equals("").negated()),
        has_alarm_email: stack.condition("HasAlarmEmail", alarm_email.equals("").negated()),
        has_permissions_boundary: stack.condition("HasPermissionsBoundary", permissions_boundary.equals("").negated()),
        requires_boundary: stack.condition("RequiresBoundary", require_boundary.equals("true")),
        demands_boundary: stack.condition(
            "DemandsBoundary",
            permissions_boundary.equals("").negated().or(&require_boundary.equals("true")),
        ),
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
        model_base_url,
        model_name,
        model_price,
        fix_budget_usd,
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

    pub fn model_base_url(&self) -> Expression<'s> {
        self.model_base_url.value()
    }

    pub fn model_name(&self) -> Expression<'s> {
        self.model_name.value()
    }

    pub fn model_price(&self) -> Expression<'s> {
        self.model_price.value()
    }

    pub fn fix_budget_usd(&self) -> Expression<'s> {
        self.fix_budget_usd.value()
    }

    pub fn alarm_email(&self) -> Expression<'s> {
        self.alarm_email.value()
    }

    pub fn permissions_boundary(&self) -> Expression<'s> {
        self.permissions_boundary.value()
    }

    /// The operator's own boundary, or else `other`.
    pub fn permissions_boundary_or(&self, other: Expression<'s>) -> Expression<'s> {
        self.has_permissions_boundary.choose(self.permissions_boundary(), other)
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
        self.jwt_audience.value().split(",")
    }
}
