//! What Drydock brings up for repositories: who may, and under which names.

use super::boundary::{self, Own};
use super::parameters::Parameters;
use super::{named, role_path};
use crate::policy::Statement;
use crate::resource::{Role, RoleHandle, arn_in_this_account, roles_in_this_account};
use crate::{ConditionHandle, Expression, Stack, pseudo, sub};

/// Everything that is made for a repository is named with the prefix first.
pub(super) struct Applications<'s> {
    prefix: Expression<'s>,
    service_role: RoleHandle<'s>,
    boundary: Expression<'s>,
    boundary_if_demanded: Expression<'s>,
    demands_boundary: ConditionHandle<'s>,
}

/// The service role is what CloudFormation acts as for a repository's stack.
///
/// A repository may ask for anything, so it may do anything but touch Drydock itself. An operator can limit it further
/// with a permissions boundary of their own.
pub(super) fn add<'s>(stack: &mut Stack<'s>, parameters: &Parameters<'s>, own: &Own<'_, 's>) -> Applications<'s> {
    let prefix = named("app-");
    let boundary = boundary::add(stack, parameters, own, &prefix).arn();
    let limit = &parameters.has_permissions_boundary;
    let service_role = stack.add(
        "ApplicationsRole",
        Role {
            description: Some("CloudFormation acts as this role for the stacks of repositories"),
            path: Some(role_path()),
            service: "cloudformation.amazonaws.com",
            only_for_this_account: true,
            managed_policies: vec![boundary.clone()],
            permissions_boundary: Some(limit.then(parameters.permissions_boundary())),
            ..Default::default()
        },
    );
    let required = parameters.requires_boundary.choose(&boundary, "");
    Applications {
        prefix,
        service_role,
        boundary: parameters.permissions_boundary_or(boundary),
        boundary_if_demanded: parameters.permissions_boundary_or(required),
        demands_boundary: parameters.demands_boundary.clone(),
    }
}

impl<'s> Applications<'s> {
    /// What every name begins with.
    pub fn prefix(&self) -> Expression<'s> {
        self.prefix.clone()
    }

    /// What CloudFormation acts as.
    pub fn service_role_arn(&self) -> Expression<'s> {
        self.service_role.arn()
    }

    /// What limits the roles that Drydock makes; empty if nothing does.
    pub fn permissions_boundary(&self) -> Expression<'s> {
        self.boundary_if_demanded.clone()
    }

    fn stacks(&self) -> Expression<'s> {
        arn_in_this_account("cloudformation", &sub!["stack/", &self.prefix, "*/*"])
    }

    fn functions(&self) -> Expression<'s> {
        arn_in_this_account("lambda", &sub!["function:", &self.prefix, "*"])
    }

    /// Where Lambda writes the logs of functions.
    fn log_groups(&self) -> Expression<'s> {
        arn_in_this_account("logs", &sub!["log-group:/aws/lambda/", &self.prefix, "*"])
    }

    fn roles(&self) -> Expression<'s> {
        roles_in_this_account(&sub!["/", &self.prefix])
    }

    /// Lets the role bring up stacks and functions, and pass the roles that they act as.
    pub fn grant_deploy(&self, role: &RoleHandle<'s>) {
        self.grant_stacks(role);
        self.grant_functions(role);
        self.grant_roles(role);
    }

    /// Lets the role take down what it has brought up. Stacks are deleted with what [`grant_deploy`](Self::grant_deploy)
    /// gives.
    pub fn grant_teardown(&self, role: &RoleHandle<'s>) {
        let functions = &["lambda:DeleteFunction", "lambda:DeleteFunctionUrlConfig"];
        role.grant(Statement::allow(functions, [self.functions()]));
        role.grant(Statement::allow(&["iam:DetachRolePolicy", "iam:DeleteRole"], [self.roles()]));
        role.grant(Statement::allow(&["logs:DeleteLogGroup"], [self.log_groups()]));
    }

    fn grant_stacks(&self, role: &RoleHandle<'s>) {
        let actions = &[
            "cloudformation:CreateChangeSet",
            "cloudformation:DescribeChangeSet",
            "cloudformation:ListChangeSets",
            "cloudformation:ExecuteChangeSet",
            "cloudformation:DeleteChangeSet",
            "cloudformation:DeleteStack",
            "cloudformation:DescribeStacks",
            "cloudformation:DescribeEvents",
            "cloudformation:DescribeStackEvents",
            "cloudformation:ListStackResources",
            "cloudformation:TagResource",
            "cloudformation:UntagResource",
        ];
        role.grant(Statement::allow(actions, [self.stacks()]));
        // A template that uses a transform needs it as a resource, too; these are AWS's own, such as SAM's.
        let transforms = sub!["arn:", pseudo::partition(), ":cloudformation:", pseudo::region(), ":aws:transform/*"];
        role.grant(Statement::allow(&["cloudformation:CreateChangeSet"], [transforms]));
        self.service_role.grant_pass(role, "cloudformation.amazonaws.com");
    }

    fn grant_functions(&self, role: &RoleHandle<'s>) {
        let actions = &[
            "lambda:CreateFunction",
            "lambda:GetFunction",
            // Without it, GetFunction leaves out the tags, which say to whom a function belongs.
            "lambda:ListTags",
            "lambda:UpdateFunctionCode",
            "lambda:UpdateFunctionConfiguration",
            "lambda:CreateFunctionUrlConfig",
            "lambda:GetFunctionUrlConfig",
            "lambda:UpdateFunctionUrlConfig",
            "lambda:AddPermission",
            "lambda:RemovePermission",
            "lambda:TagResource",
        ];
        role.grant(Statement::allow(actions, [self.functions()]));
        // The embedded engine looks for the name of a new function in the path, where it is not.
        role.grant(Statement::allow(&["lambda:CreateFunction"], ["*".into()]).on_loopback());
    }

    /// A role for a single function can be made, carries the boundary, and can do nothing but log.
    fn grant_roles(&self, role: &RoleHandle<'s>) {
        role.grant(Statement::allow(&["iam:GetRole", "iam:TagRole"], [self.roles()]));
        role.grant(
            Statement::allow(&["iam:CreateRole", "iam:PutRolePermissionsBoundary"], [self.roles()])
                .when("StringEquals", "iam:PermissionsBoundary", self.boundary.clone())
                .demanded_if(&self.demands_boundary),
        );
        let logging = sub!["arn:", pseudo::partition(), ":iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"];
        // "If exists" changes nothing on AWS, where the key always does; emulators leave it out.
        role.grant(Statement::allow(&["iam:AttachRolePolicy"], [self.roles()]).when(
            "ArnEqualsIfExists",
            "iam:PolicyARN",
            logging,
        ));
        role.grant(Statement::allow(&["iam:PassRole"], [self.roles()]).when(
            "StringEquals",
            "iam:PassedToService",
            "lambda.amazonaws.com",
        ));
    }

    /// Lets the role look at what was deployed, ask it as its callers do, and read what it logged meanwhile.
    ///
    /// APIs are named at random, so what may be asked about them is narrowed by path instead: a REST API itself (its id
    /// has ten characters), its routes, authorizers and stages, all of an HTTP API, and no keys. The function signs only
    /// for the APIs that it finds in a stack of this prefix.
    pub fn grant_test(&self, role: &RoleHandle<'s>) {
        let stacks = &["cloudformation:DescribeStacks", "cloudformation:ListStackResources"];
        role.grant(Statement::allow(stacks, [self.stacks()]));
        let functions = &["lambda:GetFunctionUrlConfig", "lambda:InvokeFunctionUrl"];
        role.grant(Statement::allow(functions, [self.functions()]));
        role.grant(Statement::allow(&["lambda:InvokeFunction"], [self.functions()]).when(
            "Bool",
            "lambda:InvokedViaFunctionUrl",
            "true",
        ));
        let gateway =
            |path: &'static str| sub!["arn:", pseudo::partition(), ":apigateway:", pseudo::region(), "::", path];
        let paths = [
            "/restapis/??????????",
            "/restapis/*/authorizers",
            "/restapis/*/resources",
            "/restapis/*/stages",
            "/apis/*",
            "/apis/*/integrations",
            "/apis/*/routes",
            "/apis/*/stages",
            "/domainnames/*/apimappings",
        ];
        role.grant(Statement::allow(&["apigateway:GET"], paths.map(gateway)));
        role.grant(Statement::allow(&["execute-api:Invoke"], [arn_in_this_account("execute-api", &"*".into())]));
        role.grant(Statement::allow(&["logs:FilterLogEvents"], [self.log_groups()]));
        role.grant(Statement::allow(&["secretsmanager:GetSecretValue"], [secrets_for_tests()]));
    }

    /// Lets the role see how a deployment goes.
    pub fn grant_observe(&self, role: &RoleHandle<'s>) {
        let stacks = &[
            "cloudformation:DescribeStacks",
            "cloudformation:DescribeStackEvents",
            "cloudformation:ListStackResources",
        ];
        role.grant(Statement::allow(stacks, [self.stacks()]));
        let functions = &["lambda:GetFunction", "lambda:GetFunctionUrlConfig"];
        role.grant(Statement::allow(functions, [self.functions()]));
    }
}

/// Secrets that an operator puts aside for tests: what the callers of an API must show.
pub(super) fn secrets_for_tests<'s>() -> Expression<'s> {
    arn_in_this_account("secretsmanager", &sub!["secret:", named("sanity-"), "*"])
}
