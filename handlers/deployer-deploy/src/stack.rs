//! A template becomes a change set, the change set is executed.

mod plan;

use crate::deployer::Turn;
use crate::failure::{failed, refused_stack, unpackable};
use crate::{artifacts, names, turns};
use drydock_contract::session::{DeployedResources, Target};
use drydock_contract::{Stage, Status};
use drydock_package::{Packaged, ParameterFile, find_parameter_file, package};
use drydock_runtime::WorkError;
use drydock_stack::{
    ChangeSet, ChangeSetOutcome, ChangeSetRequest, Deletion, Engine, Pace, StackInfo, StackStatus, Template,
};
use drydock_store::Change;
use plan::{Step, next_step};
use std::time::{Duration, Instant};

/// Between two looks at a stack that another operation works on.
const PAUSE: Duration = Duration::from_secs(5);

/// An operation that goes on for longer is waited for without an invocation.
const PATIENCE: Duration = Duration::from_secs(30);

/// What stands under the stack's name once it may be worked on.
enum Standing {
    /// Nothing.
    New,
    /// A stack of this repository.
    Old(Box<StackInfo>),
    /// A stack that an earlier run of this round has worked on already.
    Begun(Box<StackInfo>),
    /// A stack that somebody works on outside of Drydock, or that a session before this one has set going; why.
    Busy(String),
}

/// Packages the template and begins to create or update its stack.
///
/// Idempotent: the change set's name and the execution's token follow from session and round. A redelivery finds the
/// stack's events carrying that token and goes straight to the monitor, or finds the change set and takes it up where
/// the earlier run left it; it can never make a second stack or a second execution.
pub(crate) async fn deploy(turn: &Turn<'_>) -> Result<Change, WorkError> {
    let template = turn.detection.path();
    let packaged = package(turn.tree, &template, &turn.deployer.settings.packages()).map_err(|e| unpackable(&e))?;
    let file = find_parameter_file(turn.tree, &template, &packaged.parameters).map_err(|error| {
        failed("parameters-invalid", error.to_string(), "Correct the file, or remove it.", &error.path)
    })?;
    // Before anything is touched: what the template itself forbids is said without waiting for another operation.
    plan::check_limits(&packaged)?;
    plan::check_parameters(&packaged, turn.session, &file)?;
    names::tags(turn.session, &file.tags, None)?;

    if let Some(wait) = turn.take().await? {
        return Ok(wait);
    }
    let name = names::stack(&turn.deployer.settings.prefix, turn.session);
    let old = match settle(turn, &name).await? {
        Standing::Busy(why) => return Ok(turns::wait(turn.deployer, turn.session, turn.work, why).await),
        Standing::Begun(stack) => return Ok(begun(turn, &stack.name, &stack.id)),
        Standing::New => None,
        Standing::Old(stack) => Some(*stack),
    };
    turn.begin().await?;
    tell(turn, &template, &packaged, &file).await;
    let request = request(turn, name, &packaged, &file, old.as_ref())?;
    artifacts::upload(&turn.deployer.s3, &turn.deployer.settings.bucket, packaged.artifacts).await?;
    turn.go_on().await?;
    execute(turn, &request, &template, old).await
}

/// Waits until the stack may be worked on, deleting what a failed creation left.
async fn settle(turn: &Turn<'_>, name: &str) -> Result<Standing, WorkError> {
    let engine = &turn.deployer.engine;
    let token = names::token(turn.session);
    let mut deleting: Option<String> = None;
    let began = Instant::now();
    loop {
        let looking = format!("cannot look at stack {name}");
        let stack = engine.describe(name).await.map_err(|error| refused_stack(&looking, &error, name))?;
        // Our own operation comes first, whatever state it left the stack in: its result is the monitor's to tell.
        if let Some(stack) = &stack
            && stack.status != StackStatus::ReviewInProgress
        {
            let events = engine.operation_events(&stack.id, Some(&token)).await;
            let events = events.map_err(|error| refused_stack(&looking, &error, name))?;
            if !events.is_empty() {
                return Ok(Standing::Begun(Box::new(stack.clone())));
            }
        }
        match next_step(turn.session, name, stack, deleting.as_deref())? {
            Step::Create => return Ok(Standing::New),
            Step::Update(stack) => return Ok(Standing::Old(stack)),
            Step::Delete(stack) => {
                turn.go_on().await?;
                turn.log(&format!("stack {name} is {}: it is deleted and made anew", stack.status)).await;
                // With our own role: the one that made the stack may have gone with an installation before this one.
                let deletion = Deletion {
                    token: Some(format!("{token}-delete")),
                    role_arn: Some(turn.deployer.settings.service_role_arn.clone()),
                    ..Deletion::default()
                };
                let asked = engine.delete_stack(&stack.id, &deletion).await;
                asked.map_err(|error| refused_stack(&format!("cannot delete stack {name}"), &error, name))?;
                deleting = Some(stack.id);
            }
            Step::Wait(why) if deleting.is_none() && began.elapsed() >= PATIENCE => return Ok(Standing::Busy(why)),
            Step::Wait(why) if turn.time_left() < PAUSE => return Err(WorkError::Retry(why)),
            Step::Wait(_) => {}
        }
        tokio::time::sleep(PAUSE.min(turn.time_left())).await;
    }
}

fn request(
    turn: &Turn<'_>,
    name: String,
    packaged: &Packaged,
    file: &ParameterFile,
    old: Option<&StackInfo>,
) -> Result<ChangeSetRequest, WorkError> {
    let token = names::token(turn.session);
    Ok(ChangeSetRequest {
        stack: name,
        name: token.clone(),
        client_token: Some(token),
        // Always by S3: one way for templates of every size, and the text that was deployed stays there to be read.
        template: Template::Url(packaged.template_url.clone()),
        parameters: plan::parameters(packaged, turn.session, file, old)?,
        capabilities: packaged.capabilities.iter().map(|capability| capability.as_str().to_owned()).collect(),
        role_arn: Some(turn.deployer.settings.service_role_arn.clone()),
        tags: names::tags(turn.session, &file.tags, old.map(|stack| &stack.tags))?,
        description: Some(format!("Drydock session {}", turn.session.session_id)),
    })
}

async fn execute(
    turn: &Turn<'_>,
    request: &ChangeSetRequest,
    template: &str,
    old: Option<StackInfo>,
) -> Result<Change, WorkError> {
    let engine: Engine = turn.deployer.engine.clone().with_pace(Pace { limit: turn.time_left(), ..Pace::default() });
    let name = &request.stack;
    let doing = format!("CloudFormation refuses the change set of stack {name}");
    let outcome = engine.create_change_set(request).await.map_err(|error| refused_stack(&doing, &error, template))?;
    match outcome {
        ChangeSetOutcome::Ready(change_set) => {
            turn.log(&plan::summary(&change_set.changes)).await;
            run(turn, &engine, &change_set, &request.name).await?;
            Ok(begun(turn, name, &change_set.stack_id))
        }
        ChangeSetOutcome::Executed { stack_id } => Ok(begun(turn, name, &stack_id)),
        ChangeSetOutcome::NoChanges => unchanged(turn, name, old),
        ChangeSetOutcome::Failed(reason) => {
            let remedy = drydock_stack::Reason::parse(&reason).remedy();
            Err(failed("template-invalid", format!("{doing}: {reason}"), &remedy, template))
        }
    }
}

async fn run(turn: &Turn<'_>, engine: &Engine, change_set: &ChangeSet, token: &str) -> Result<(), WorkError> {
    turn.go_on().await?;
    let doing = format!("cannot execute the change set of stack {}", change_set.stack_name);
    let done = engine.execute(change_set, token).await;
    done.map_err(|error| refused_stack(&doing, &error, &change_set.stack_name))?;
    let verb = if change_set.creates { "creates" } else { "updates" };
    turn.log(&format!("CloudFormation {verb} stack {}", change_set.stack_name)).await;
    Ok(())
}

fn begun(turn: &Turn<'_>, name: &str, id: &str) -> Change {
    let target =
        Target::Stack { name: name.to_owned(), id: Some(id.to_owned()), token: Some(names::token(turn.session)) };
    turn.watch(target, known(name, id), format!("CloudFormation works on stack {name}"))
}

/// The stack is what the template says. The monitor reads its outputs and resources, as after a change; but of a stack
/// whose last change was rolled back it would tell that failure, which is not this session's.
fn unchanged(turn: &Turn<'_>, name: &str, old: Option<StackInfo>) -> Result<Change, WorkError> {
    let message = format!("stack {name} is what the template says: nothing to change");
    let Some(stack) = old else {
        let remedy = "Give the template at least one resource.";
        return Err(failed("template-invalid", format!("there is nothing to create in stack {name}"), remedy, name));
    };
    if stack.status.is_good() {
        let target = Target::Stack { name: name.to_owned(), id: Some(stack.id.clone()), token: None };
        return Ok(turn.watch(target, known(name, &stack.id), message));
    }
    let mut resources = DeployedResources { outputs: stack.outputs.clone(), ..known(name, &stack.id) };
    let left_out = resources.fit().map(|left_out| format!("; {left_out}")).unwrap_or_default();
    Ok(Change {
        status: Some(Status::Success),
        stage: Some(Stage::Done),
        message: Some(format!("{message}{left_out}")),
        target: Some(Target::Stack { name: name.to_owned(), id: Some(stack.id), token: None }),
        deployed_resources: Some(resources),
        ..Change::default()
    })
}

fn known(name: &str, id: &str) -> DeployedResources {
    DeployedResources {
        stack_name: Some(name.to_owned()),
        stack_id: Some(id.to_owned()),
        ..DeployedResources::default()
    }
}

async fn tell(turn: &Turn<'_>, template: &str, packaged: &Packaged, file: &ParameterFile) {
    let bytes: usize = packaged.artifacts.iter().map(|artifact| artifact.bytes.len()).sum();
    let from = if file.path.is_empty() { String::new() } else { format!(", parameters from {}", file.path) };
    let (count, kib) = (packaged.artifacts.len(), bytes.div_ceil(1024));
    let plural = if count == 1 { "" } else { "s" };
    turn.log(&format!("packaged {template}: {count} artifact{plural}, {kib} KiB{from}")).await;
    for warning in packaged.warnings.iter().chain(&file.warnings) {
        turn.log(&format!("warning: {warning}")).await;
    }
}
