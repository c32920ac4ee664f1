//! `AWS::IAM::ManagedPolicy`: a policy of its own, which roles have in common.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-managedpolicy.html>

use crate::Expression;
use crate::policy::PolicyDocument;
use serde::Serialize;

/// What IAM takes of a managed policy's text, white space not counted.
pub const MAX_POLICY_CHARACTERS: usize = 6_144;

/// A policy that roles can have as their permissions or as their boundary.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ManagedPolicy<'s> {
    /// For people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<&'static str>,
    /// What its ARN has before its name, with a slash at both ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<Expression<'s>>,
    /// What it says.
    pub policy_document: PolicyDocument<'s>,
}

resource! {
    ManagedPolicy = "AWS::IAM::ManagedPolicy",
    /// A managed policy of the stack.
    ManagedPolicyHandle {
        /// Its ARN.
        arn = Ref,
    }
}
