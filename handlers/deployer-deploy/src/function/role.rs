//! The role that a simple function runs with: it may write its logs and nothing else.

use super::plan::Plan;
use crate::deployer::Turn;
use crate::failure::refused;
use crate::names;
use crate::settings::Settings;
use aws_sdk_iam::Client;
use aws_sdk_iam::error::ProvideErrorMetadata;
use aws_sdk_iam::types::{Role, Tag};
use drydock_contract::Session;
use drydock_runtime::WorkError;
use std::collections::BTreeMap;

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

/// Makes the role if it is not there, and gives it what it needs. Returns its ARN.
///
/// Attaching a policy that is attached and setting the same boundary again are no errors, so a run that follows a
/// crashed one simply says everything once more.
pub(super) async fn ensure(turn: &Turn<'_>, plan: &Plan) -> Result<String, WorkError> {
    let (iam, settings) = (&turn.deployer.iam, &turn.deployer.settings);
    let boundary = settings.permissions_boundary_arn.as_deref();
    let role = match create(turn, plan, boundary).await? {
        Some(created) => created,
        None => {
            let role = get(iam, &plan.name).await?;
            if let Some(refusal) = names::foreign(turn.session, "role", &plan.name, &tags_of(&role)) {
                return Err(refusal);
            }
            let has = role.permissions_boundary.as_ref().and_then(|it| it.permissions_boundary_arn.as_deref());
            if let Some(boundary) = boundary.filter(|boundary| has != Some(*boundary)) {
                let request = iam.put_role_permissions_boundary().role_name(&plan.name).permissions_boundary(boundary);
                let doing = format!("cannot limit role {} by its permissions boundary", plan.name);
                turn.change(request.send()).await?.map_err(|error| refused(&doing, &error))?;
            }
            role
        }
    };
    let attach = iam.attach_role_policy().role_name(&plan.name).policy_arn(basic_execution_policy(settings));
    turn.change(attach.send())
        .await?
        .map_err(|error| refused(&format!("cannot let role {} write logs", plan.name), &error))?;
    Ok(role.arn)
}

/// What lets a function write its logs.
pub(crate) fn basic_execution_policy(settings: &Settings) -> String {
    format!("arn:{}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole", settings.partition)
}

/// True if the role is there and was made for the session's repository, false if there is none.
pub(crate) async fn is_ours(iam: &Client, session: &Session, name: &str) -> Result<bool, WorkError> {
    match iam.get_role().role_name(name).send().await {
        Ok(found) => {
            let tags = found.role.as_ref().map(tags_of).unwrap_or_default();
            names::foreign(session, "role", name, &tags).map_or(Ok(true), Err)
        }
        Err(error) if error.code() == Some("NoSuchEntity") => Ok(false),
        Err(error) => Err(refused(&format!("cannot read role {name}"), &error)),
    }
}

/// Makes the role; `None` if there is one of that name.
async fn create(turn: &Turn<'_>, plan: &Plan, boundary: Option<&str>) -> Result<Option<Role>, WorkError> {
    let tags = plan.tags.iter().map(|(key, value)| {
        Tag::builder().key(key).value(value).build().expect("key and value are all that a tag needs")
    });
    let request = turn
        .deployer
        .iam
        .create_role()
        .role_name(&plan.name)
        .assume_role_policy_document(TRUST)
        .description("Made by Drydock for a function without a template")
        .set_permissions_boundary(boundary.map(str::to_owned))
        .set_tags(Some(tags.collect()));
    match turn.change(request.send()).await? {
        Ok(created) => Ok(created.role),
        Err(error) if error.code() == Some("EntityAlreadyExists") => Ok(None),
        Err(error) => Err(refused(&format!("cannot make role {}", plan.name), &error)),
    }
}

async fn get(iam: &Client, name: &str) -> Result<Role, WorkError> {
    let doing = format!("cannot read role {name}");
    let found = iam.get_role().role_name(name).send().await.map_err(|error| refused(&doing, &error))?;
    found.role.ok_or_else(|| WorkError::Retry(format!("{doing}: IAM gave no role")))
}

fn tags_of(role: &Role) -> BTreeMap<String, String> {
    role.tags().iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect()
}
