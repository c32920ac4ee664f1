//! What Drydock brings up for repositories: who may, and under which names.

use super::api::HttpApi;
use super::functions::FUNCTIONS;
use super::parameters::Parameters;
use super::queues::Queues;
use super::storage::Storage;
use super::{named, role_path};
use crate::policy::Statement;
use crate::resource::{
    Role, RoleHandle, StateMachineHandle, arn_in_this_account, deny_write_by_name, roles_in_this_account,
};
use crate::{ConditionHandle, Expression, Stack, pseudo, sub};

/// Everything that is made for a repository is named with the prefix first.
pub(super) struct Applications<'s> {
    prefix: Expression<'s>,
    service_role: RoleHandle<'s>,
    permissions_boundary: Expression<'s>,
    has_permissions_boundary: ConditionHandle<'s>,
}

/// What is Drydock's own, and nobody else's to touch.
pub(super) struct Own<'a, 's> {
    pub storage: &'a Storage<'s>,
    pub queues: &'a Queues<'s>,
    pub workflow: &'a StateMachineHandle<'s>,
    pub api: &'a HttpApi<'s>,
}

/// The service role is what CloudFormation acts as for a repository's stack.
///
/// A repository may ask for anything, so it may do anything but touch Drydock itself. An operator limits it with a
/// permissions boundary. The boundary should also demand itself of the roles that a template creates, as AWS advises
/// for delegation: <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html>.
pub(super) fn add<'s>(stack: &mut Stack<'s>, parameters: &Parameters<'s>, own: &Own<'_, 's>) -> Applications<'s> {
    let boundary = &parameters.has_permissions_boundary;
    let service_role = stack.add(
        "ApplicationsRole",
        Role {
            description: Some("CloudFormation acts as this role for the stacks of repositories"),
            path: Some(role_path()),
            service: "cloudformation.amazonaws.com",
            only_for_this_account: true,
            permissions_boundary: Some(boundary.then(parameters.permissions_boundary())),
            ..Default::default()
        },
    );
    service_role.grant(Statement::allow(&["*"], ["*".into()]));
    own.deny(&service_role, parameters);
    Applications {
        prefix: named("app-"),
        service_role,
        permissions_boundary: parameters.permissions_boundary(),
        has_permissions_boundary: boundary.clone(),
    }
}

impl<'s> Own<'_, 's> {
    /// Refuses the role whatever it could do to Drydock. What is made later than the role, or only sometimes, is known
    /// by its name; what a repository gets is named otherwise.
    fn deny(&self, role: &RoleHandle<'s>, parameters: &Parameters<'s>) {
        let Self { storage, queues, workflow, api } = self;
        storage.bucket.deny_write(role);
        deny_write_by_name(role, &parameters.code_bucket());
        let table = &storage.table;
        let mut all = vec![pseudo::stack_id(), roles_in_this_account(&role_path()), table.arn(), table.indexes()];
        all.extend([storage.model_key.arn(), storage.git_token.arn(), workflow.arn()]);
        all.extend(queues.arns());
        all.extend(api.api.management_arns());
        all.extend(functions());
        all.extend(log_groups());
        all.push(arn_in_this_account("events", &sub!["rule/", named("Sweep-*")]));
        all.push(arn_in_this_account("sns", &named("AlarmTopic-*")));
        role.deny_everything(all);
        // Mappings have no names; they are known by the function that they are for.
        role.grant(Statement::deny(&["lambda:*EventSourceMapping"], ["*".into()]).when(
            "ArnLike",
            "lambda:FunctionArn",
            Expression::list(functions()),
        ));
    }
}

/// The functions with all their versions and aliases.
fn functions<'s>() -> impl Iterator<Item = Expression<'s>> {
    FUNCTIONS.iter().map(|function| arn_in_this_account("lambda", &sub!["function:", named(function.package), "*"]))
}

/// The log groups with all their streams.
fn log_groups<'s>() -> impl Iterator<Item = Expression<'s>> {
    let functions = FUNCTIONS.iter().map(|function| sub!["/aws/lambda/", named(function.package)]);
    let others = [sub!["/aws/vendedlogs/apis/", named("api")], sub!["/aws/vendedlogs/states/", named("sdlc-workflow")]];
    functions.chain(others).map(|name| arn_in_this_account("logs", &sub!["log-group:", name, "*"]))
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

    fn stacks(&self) -> Expression<'s> {
        arn_in_this_account("cloudformation", &sub!["stack/", &self.prefix, "*/*"])
    }

    fn functions(&self) -> Expression<'s> {
        arn_in_this_account("lambda", &sub!["function:", &self.prefix, "*"])
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
                .when("StringEquals", "iam:PermissionsBoundary", self.permissions_boundary.clone())
                .demanded_if(&self.has_permissions_boundary),
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
