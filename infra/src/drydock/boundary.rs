//! What no repository may do, whatever its template says.

use super::api::HttpApi;
use super::applications::secrets_for_tests;
use super::parameters::Parameters;
use super::storage::Storage;
use super::{named, role_path};
use crate::policy::{PolicyDocument, Statement};
use crate::resource::{
    BucketHandle, ManagedPolicy, ManagedPolicyHandle, arn_in_this_account, bucket_by_name, policies_in_this_account,
    roles_in_this_account,
};
use crate::{Expression, Stack, pseudo, sub};

/// Beginnings of the names of functions and of log groups. A few for all of them, since IAM takes no long policies.
const NAMES: [&str; 6] = ["api", "deployer-", "fixer-", "sanity-tester-", "sdlc-workflow", "status-analyzer"];

/// The names of queues, each with its dead-letter queue's.
const QUEUES: [&str; 6] = ["clone-detect*", "deploy*", "executions*", "fixer*", "monitor*", "sanity-tester*"];

/// What is Drydock's own, and nobody else's to touch.
pub(super) struct Own<'a, 's> {
    pub storage: &'a Storage<'s>,
    pub api: &'a HttpApi<'s>,
}

/// Everything but Drydock itself. It is what the service role may do, and the boundary of roles that templates create.
///
/// With `RequireBoundary` it also demands itself of every role that is made or changed, so that no role is free of it:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html>.
pub(super) fn add<'s>(
    stack: &mut Stack<'s>,
    parameters: &Parameters<'s>,
    own: &Own<'_, 's>,
    prefix: &Expression<'s>,
) -> ManagedPolicyHandle<'s> {
    let mut statements = vec![Statement::allow(&["*"], ["*".into()])];
    statements.extend(own.refused(parameters));
    statements.extend(delegation(parameters, prefix).map(|statement| statement.only_if(&parameters.requires_boundary)));
    let boundary = stack.add(
        "ApplicationsBoundary",
        ManagedPolicy {
            description: Some("What the stacks of repositories may do: everything but touch Drydock"),
            path: Some(role_path()),
            policy_document: PolicyDocument::of(statements),
        },
    );
    stack.output("ApplicationsBoundaryArn", "Permissions boundary for the roles of repositories", boundary.arn());
    boundary
}

impl<'s> Own<'_, 's> {
    /// What is made later than the policy, or only sometimes, is known by its name; what a repository gets is named
    /// otherwise.
    fn refused(&self, parameters: &Parameters<'s>) -> [Statement<'s>; 3] {
        let Self { storage, api } = self;
        let table = &storage.table;
        let mut all = vec![pseudo::stack_id(), table.arn(), table.indexes()];
        all.extend([roles_in_this_account(&role_path()), policies_in_this_account(&role_path())]);
        all.extend([storage.model_key.arn(), storage.git_token.arn()]);
        // The state machine and its executions.
        all.push(arn_in_this_account("states", &sub!["*:", named("sdlc-workflow*")]));
        all.extend(QUEUES.map(|name| arn_in_this_account("sqs", &named(name))));
        all.extend(api.api.management_arns());
        all.extend(functions());
        all.extend(NAMES.map(|name| arn_in_this_account("logs", &sub!["log-group:/aws/*/", named(name), "*"])));
        all.push(arn_in_this_account("events", &sub!["rule/", named("Sweep-*")]));
        all.push(arn_in_this_account("events", &sub!["rule/", named("SdlcWorkflowEnded-*")]));
        all.push(arn_in_this_account("sns", &named("AlarmTopic-*")));
        all.push(secrets_for_tests());
        let code = bucket_by_name(&parameters.code_bucket());
        let buckets = [storage.bucket.arn(), storage.bucket.objects(), code.clone(), sub![code, "/*"]];
        // Mappings have no names; they are known by the function that they are for.
        let mappings = Statement::deny(&["lambda:*EventSourceMapping"], ["*".into()]);
        [
            Statement::deny(&["*"], all),
            Statement::deny(BucketHandle::WRITING, buckets),
            mappings.when("ArnLike", "lambda:FunctionArn", Expression::list(functions())),
        ]
    }
}

/// The functions with all their versions and aliases.
fn functions<'s>() -> impl Iterator<Item = Expression<'s>> {
    NAMES.iter().map(|name| arn_in_this_account("lambda", &sub!["function:", named(name), "*"]))
}

/// How nobody gets hold of a role that may do more than they: a role carries the boundary or cannot be made, changed,
/// passed or taken on; what is no role, but could act as freely as one, is not made at all.
fn delegation<'s>(parameters: &Parameters<'s>, prefix: &Expression<'s>) -> [Statement<'s>; 5] {
    let own_roles = roles_in_this_account(&sub!["/", prefix]);
    let service_linked = roles_in_this_account(&"/aws-service-role/".into());
    let own_policies = policies_in_this_account(&sub!["/", prefix]);
    // The policy cannot name itself; nobody else can make one under Drydock's path.
    let boundary = parameters.permissions_boundary_or(policies_in_this_account(&role_path()));
    [
        Statement::deny(
            &["iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy", "iam:AttachRolePolicy"],
            ["*".into()],
        )
        .when("StringNotLike", "iam:PermissionsBoundary", boundary),
        Statement::deny_elsewhere(
            &[
                "iam:PassRole",
                "iam:CreateRole",
                "iam:PutRole*",
                "iam:AttachRolePolicy",
                "iam:DetachRolePolicy",
                "iam:DeleteRole*",
                "iam:UpdateRole*",
                "iam:UpdateAssumeRolePolicy",
                "sts:AssumeRole",
            ],
            [own_roles, service_linked],
        ),
        Statement::deny_elsewhere(
            &["iam:CreatePolicy*", "iam:DeletePolicy*", "iam:SetDefaultPolicyVersion"],
            [own_policies],
        ),
        Statement::deny(&["iam:Delete*PermissionsBoundary"], ["*".into()]),
        Statement::deny(
            &[
                "iam:*User*",
                "iam:*Group*",
                "iam:*LoginProfile",
                "iam:*AccessKey*",
                "iam:*MFADevice",
                "iam:*ServiceSpecificCredential",
                "iam:*SigningCertificate",
                "iam:*SSHPublicKey",
                "iam:*SAMLProvider",
                "iam:*OpenIDConnectProvider*",
            ],
            ["*".into()],
        ),
    ]
}
