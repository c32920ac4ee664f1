//! `AWS::Lambda::Permission`: lets a service invoke a function.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-permission.html>

use super::{ApiHandle, FunctionHandle, RuleHandle};
use crate::Expression;
use serde::Serialize;

/// Lets one API or rule invoke a function.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Permission<'s> {
    action: &'static str,
    function_name: Expression<'s>,
    principal: &'static str,
    source_arn: Expression<'s>,
}

impl<'s> Permission<'s> {
    /// Lets the API invoke the function.
    pub fn for_api<const TIMEOUT: u32>(function: &FunctionHandle<'s, TIMEOUT>, api: &ApiHandle<'s>) -> Self {
        Self::new(function, "apigateway.amazonaws.com", api.any_route_arn())
    }

    /// Lets the rule invoke the function.
    pub fn for_rule<const TIMEOUT: u32>(function: &FunctionHandle<'s, TIMEOUT>, rule: &RuleHandle<'s>) -> Self {
        Self::new(function, "events.amazonaws.com", rule.arn())
    }

    fn new<const TIMEOUT: u32>(
        function: &FunctionHandle<'s, TIMEOUT>,
        principal: &'static str,
        source_arn: Expression<'s>,
    ) -> Self {
        Self { action: "lambda:InvokeFunction", function_name: function.arn(), principal, source_arn }
    }
}

resource! {
    Permission = "AWS::Lambda::Permission",
    /// A permission of the stack.
    PermissionHandle {}
}
