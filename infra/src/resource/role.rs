//! `AWS::IAM::Role`: who may do what.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-role.html>

use crate::expression::LogicalId;
use crate::policy::{PolicyDocument, Principal, Statement};
use crate::{Expression, Resource, pseudo, sub};
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};
use std::cell::RefCell;
use std::rc::Rc;

/// A role that a service takes on. What it may do is granted through its handle.
#[derive(Clone, Debug, Default)]
pub struct Role<'s> {
    /// For people.
    pub description: Option<&'static str>,
    /// What its ARN has before its name, with a slash at both ends.
    pub path: Option<Expression<'s>>,
    /// The service that takes it on, such as `lambda.amazonaws.com`.
    pub service: &'static str,
    /// Whether the service is turned away when it says that it acts for another account.
    pub only_for_this_account: bool,
    /// ARNs of policies whose permissions it has.
    pub managed_policies: Vec<Expression<'s>>,
    /// ARN of the policy that limits whatever is granted.
    pub permissions_boundary: Option<Expression<'s>>,
    /// What has been granted so far.
    pub grants: Grants<'s>,
}

/// What a role has been granted. Starts empty and grows through the role's handle.
#[derive(Clone, Debug, Default)]
pub struct Grants<'s>(Rc<RefCell<Vec<Statement<'s>>>>);

impl Serialize for Role<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Policy<'a> {
            policy_name: &'static str,
            policy_document: PolicyDocument<'a>,
        }
        let mut trust = Statement::allow(&["sts:AssumeRole"], []).to(Principal::Service(self.service));
        if self.only_for_this_account {
            // "If exists", since a service need not say for whom it acts.
            trust = trust.when("StringEqualsIfExists", "aws:SourceAccount", pseudo::account_id());
        }
        let statements = self.grants.0.borrow().clone();
        let mut role = serializer.serialize_struct("Role", 6)?;
        if let Some(description) = self.description {
            role.serialize_field("Description", description)?;
        }
        if let Some(path) = &self.path {
            role.serialize_field("Path", path)?;
        }
        role.serialize_field("AssumeRolePolicyDocument", &PolicyDocument::of([trust]))?;
        if let Some(boundary) = &self.permissions_boundary {
            role.serialize_field("PermissionsBoundary", boundary)?;
        }
        if !self.managed_policies.is_empty() {
            role.serialize_field("ManagedPolicyArns", &self.managed_policies)?;
        }
        if !statements.is_empty() {
            let policy = Policy { policy_name: "Granted", policy_document: PolicyDocument::of(statements) };
            role.serialize_field("Policies", &[policy])?;
        }
        role.end()
    }
}

impl<'s> Resource<'s> for Role<'s> {
    const TYPE: &'static str = "AWS::IAM::Role";
    type Handle = RoleHandle<'s>;

    fn handle(&self, id: LogicalId<'s>) -> RoleHandle<'s> {
        RoleHandle { id, grants: self.grants.clone() }
    }
}

/// A role of the stack.
#[derive(Clone, Debug)]
pub struct RoleHandle<'s> {
    id: LogicalId<'s>,
    grants: Grants<'s>,
}

impl<'s> RoleHandle<'s> {
    /// Its ARN.
    pub fn arn(&self) -> Expression<'s> {
        Expression::attribute(&self.id, "Arn")
    }

    /// Adds a rule. Handles of resources have methods that know the right one; use those.
    pub(crate) fn grant(&self, statement: Statement<'s>) {
        self.grants.0.borrow_mut().push(statement);
    }

    /// Lets `other` hand this role to `service`, and to no other.
    pub fn grant_pass(&self, other: &RoleHandle<'s>, service: &'static str) {
        let pass = Statement::allow(&["iam:PassRole"], [self.arn()]);
        other.grant(pass.when("StringEquals", "iam:PassedToService", service));
    }

    /// Lets the role send traces to X-Ray, which knows no resources.
    pub(crate) fn grant_tracing(&self) {
        self.grant(Statement::allow(&["xray:PutTraceSegments", "xray:PutTelemetryRecords"], ["*".into()]));
    }
}

/// `arn:<partition>:iam::<account>:role<path>*`: IAM knows no regions.
pub(crate) fn roles_in_this_account<'s>(path: &Expression<'s>) -> Expression<'s> {
    sub!["arn:", pseudo::partition(), ":iam::", pseudo::account_id(), ":role", path, "*"]
}

/// `arn:<partition>:iam::<account>:policy<path>*`
pub(crate) fn policies_in_this_account<'s>(path: &Expression<'s>) -> Expression<'s> {
    sub!["arn:", pseudo::partition(), ":iam::", pseudo::account_id(), ":policy", path, "*"]
}

/// `arn:<partition>:<service>:<region>:<account>:<resource>`
pub(crate) fn arn_in_this_account<'s>(service: &str, resource: &Expression<'s>) -> Expression<'s> {
    sub!["arn:", pseudo::partition(), ":", service, ":", pseudo::region(), ":", pseudo::account_id(), ":", resource]
}
