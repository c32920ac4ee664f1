//! Function code without a template: a role, the function and its URL, made directly.
//!
//! Every step looks at what stands and changes only what differs, so a repeated run goes on from wherever the earlier
//! one ended, and two runs at a time arrive at the same function. Names follow from the session.

mod code;
mod plan;
mod role;
mod url;

use crate::deployer::Turn;
use crate::failure::failed;
use crate::{artifacts, names};
use drydock_contract::session::{DeployedResource, DeployedResources, Target};
use drydock_detect::simple_lambda;
use drydock_package::{to_artifact, to_code_zip};
use drydock_runtime::WorkError;
use drydock_store::Change;
use plan::Plan;

pub(crate) use code::check_owner;
pub(crate) use role::{basic_execution_policy, is_ours as is_our_role};

/// Brings up the function and its URL.
pub(crate) async fn deploy(turn: &Turn<'_>) -> Result<Change, WorkError> {
    let auth = plan::url_auth(&turn.session.request.parameters)?;
    let tags = names::tags(turn.session, &std::collections::BTreeMap::new(), None)?;
    let found = simple_lambda(turn.tree, turn.detection).map_err(|error| {
        failed("no-handler", error.to_string(), "Export a handler, or write a template.", &turn.detection.entry_file)
    })?;
    if let Some(why) = found.needs_install {
        let message = format!("dependencies must be installed first: {why}");
        return Err(failed("dependencies-not-installed", message, "", &turn.detection.entry_file));
    }
    let folder = turn.tree.under(&found.root);
    let files = folder.len();
    let artifact = to_artifact(&turn.deployer.settings.packages(), to_code_zip(folder), "zip");
    let plan = Plan {
        name: names::function(&turn.deployer.settings.prefix, turn.session),
        runtime: found.runtime,
        handler: found.handler,
        architecture: found.architecture,
        code_key: artifact.key.clone(),
        code_sha256: plan::code_sha256(&artifact.bytes),
        tags,
    };
    let size = artifact.bytes.len().div_ceil(1024);
    turn.log(&format!("packaged {}: {files} files, {size} KiB, {plan}", found.root)).await;
    artifacts::upload(&turn.deployer.s3, &turn.deployer.settings.bucket, vec![artifact]).await?;

    if let Some(wait) = turn.take().await? {
        return Ok(wait);
    }
    check_owner(&turn.deployer.lambda, turn.session, &plan.name).await?;
    turn.begin().await?;
    let role_arn = role::ensure(turn, &plan).await?;
    let arn = code::ensure(turn, &plan, &role_arn).await?;
    let url = url::ensure(turn, &plan.name, auth).await?;
    turn.log(&format!("function {} has the URL {url} ({})", plan.name, auth.describe())).await;
    Ok(watch(turn, &plan.name, arn, url))
}

fn watch(turn: &Turn<'_>, name: &str, arn: String, url: String) -> Change {
    let resource = |resource_type: &str, logical_id: &str| DeployedResource {
        logical_id: logical_id.to_owned(),
        physical_id: name.to_owned(),
        resource_type: resource_type.to_owned(),
        status: "CREATE_COMPLETE".to_owned(),
    };
    let known = DeployedResources {
        function_name: Some(name.to_owned()),
        function_arn: Some(arn),
        urls: vec![url],
        resources: vec![resource("AWS::IAM::Role", "Role"), resource("AWS::Lambda::Function", "Function")],
        ..DeployedResources::default()
    };
    turn.watch(Target::Function { name: name.to_owned() }, known, format!("Lambda prepares function {name}"))
}
