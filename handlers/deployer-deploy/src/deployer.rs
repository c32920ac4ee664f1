//! The stage's worker: reads the archive and hands it to what its type needs.

use crate::failure::failed;
use crate::settings::Settings;
use crate::{artifacts, function, names, stack, teardown, turns};
use drydock_contract::detection::{Detection, IacType};
use drydock_contract::message::Work;
use drydock_contract::session::{DeployedResources, Outbox, Target};
use drydock_contract::{Session, SessionKind, Stage, Status};
use drydock_runtime::{Invocation, Queues, WorkError, Worker};
use drydock_stack::Engine;
use drydock_store::{Change, Store};
use drydock_tree::Tree;
use std::time::Duration;

/// Seconds until the first look at what was begun.
const FIRST_LOOK: u32 = 2;

/// Time that is kept for the writes after the work, out of what Lambda gives the invocation.
const RESERVE: Duration = Duration::from_secs(60);

/// The stage's handler.
#[derive(Clone, Debug)]
pub struct Deployer {
    /// Where sessions are kept.
    pub store: Store,
    /// The monitor's queue.
    pub queues: Queues,
    /// For stacks.
    pub engine: Engine,
    /// For archives and packages.
    pub s3: aws_sdk_s3::Client,
    /// For simple functions.
    pub lambda: aws_sdk_lambda::Client,
    /// For their roles.
    pub iam: aws_sdk_iam::Client,
    /// For their logs, when they are taken down.
    pub logs: aws_sdk_cloudwatchlogs::Client,
    /// The rest.
    pub settings: Settings,
}

/// One session's turn.
pub(crate) struct Turn<'a> {
    pub deployer: &'a Deployer,
    pub session: &'a Session,
    pub work: &'a Work,
    pub detection: &'a Detection,
    /// The whole repository.
    pub tree: &'a Tree,
    pub invocation: &'a Invocation,
}

impl Worker for Deployer {
    const STAGE: Stage = Stage::Deploy;

    fn store(&self) -> &Store {
        &self.store
    }

    fn queues(&self) -> &Queues {
        &self.queues
    }

    async fn work(&self, session: Session, work: &Work, invocation: &Invocation) -> Result<Change, WorkError> {
        if session.kind == SessionKind::Teardown {
            return teardown::run(self, &session, work, invocation).await;
        }
        let (Some(source), Some(detection)) = (&session.source, &session.detection) else {
            let message = "the session does not say what was fetched and found";
            return Err(failed("nothing-to-deploy", message, "Request the deployment again.", ""));
        };
        if let Some(refusal) = not_available(detection) {
            return Err(refusal);
        }
        // A session that waits was packaged and found sound before its first wait.
        let target = names::target(&self.settings.prefix, &session, detection.iac_type);
        if work.look > 0
            && let Some(wait) = turns::take(self, &session, work, &target).await?
        {
            return Ok(wait);
        }
        let tree = artifacts::read_source(&self.s3, &self.settings.bucket, source).await?;
        let turn = Turn { deployer: self, session: &session, work, detection, tree: &tree, invocation };
        match detection.iac_type {
            IacType::SimpleLambda => function::deploy(&turn).await,
            _ => stack::deploy(&turn).await,
        }
    }
}

impl Turn<'_> {
    /// Tells the session's reader what happened. The work does not depend on it.
    pub async fn log(&self, text: &str) {
        let Self { deployer, session, .. } = self;
        if let Err(error) = deployer.store.log(&session.session_id, Stage::Deploy, text).await {
            tracing::warn!(session = %session.session_id, %error, text, "cannot write a log line");
        }
    }

    /// Takes the session's turn at what it is about to change; returns what to write if it has to wait for it.
    pub async fn take(&self) -> Result<Option<Change>, WorkError> {
        turns::take(self.deployer, self.session, self.work, &self.target()).await
    }

    /// Puts on record what is about to be made or changed, once it is known to be this repository's. So whatever
    /// becomes of the session from here on, it can be torn down, and nobody tears down what is its by then.
    ///
    /// Of a stack its name: an id that an earlier round has left there may be that of one which is gone by now. And the
    /// session's own record comes first, so that whoever asks for the target's last session is told of one that knows
    /// its target, wherever this one dies.
    pub async fn begin(&self) -> Result<(), WorkError> {
        let Self { deployer, session, .. } = self;
        let target = self.target();
        if session.target.as_ref() != Some(&target) {
            let change = Change { target: Some(target.clone()), ..Change::default() };
            self.invocation.hold(&deployer.store, &session.session_id, Some(change)).await?;
        }
        deployer.store.deploys_to(target.name(), &session.session_id).await?;
        self.go_on().await
    }

    fn target(&self) -> Target {
        names::target(&self.deployer.settings.prefix, self.session, self.detection.iac_type)
    }

    /// Sends a request that changes the account, if the session still goes on at that very moment. All that this worker
    /// changes goes through here or right behind [`go_on`](Self::go_on): whoever has the turn next may have it already,
    /// and what is made once the session's teardown has ended is nobody's.
    pub async fn change<T>(&self, request: impl Future<Output = T> + Send) -> Result<T, WorkError> {
        self.go_on().await?;
        Ok(request.await)
    }

    /// Stops here if the session has been cancelled meanwhile, or is another invocation's by now.
    pub async fn go_on(&self) -> Result<(), WorkError> {
        self.invocation.hold(&self.deployer.store, &self.session.session_id, None).await.map(|_| ())
    }

    /// Time left for waiting.
    pub fn time_left(&self) -> Duration {
        self.invocation.remaining().saturating_sub(RESERVE)
    }

    /// What to write once something was begun: the monitor takes over.
    pub fn watch(&self, target: Target, known: DeployedResources, message: String) -> Change {
        Change { deployed_resources: Some(known), ..watch(self.session, target, message) }
    }
}

/// What to write once something was begun: the monitor takes over.
pub(crate) fn watch(session: &Session, target: Target, message: String) -> Change {
    let work = Work { look: 1, ..Work::new(session.session_id.clone(), Stage::Monitor, session.attempt) };
    Change {
        status: Some(Status::Deploying),
        stage: Some(Stage::Monitor),
        look: Some(work.look),
        message: Some(message),
        target: Some(target),
        outbox: Some(Outbox { work, delay_seconds: FIRST_LOOK, workflow: false }),
        ..Change::default()
    }
}

/// Why a project of this type cannot be deployed; `None` if it can.
fn not_available(detection: &Detection) -> Option<WorkError> {
    let needs = match detection.iac_type {
        IacType::SimpleLambda | IacType::CloudFormation | IacType::Sam => return None,
        IacType::Cdk => "running its program to synthesize a template (`cdk synth`)",
        IacType::Terraform => "running Terraform or OpenTofu, with a place for its state",
        IacType::Serverless => "running the Serverless Framework to make a template (`serverless package`)",
    };
    let remedy = match detection.iac_type {
        // What lies in a tool's output folder is not looked at: it is usually stale.
        IacType::Cdk => {
            "Commit the output of `cdk synth` as a template outside of `cdk.out` and deploy it with `iacType` cloudformation."
        }
        IacType::Serverless => {
            "Commit the template that `serverless package` writes outside of `.serverless` and deploy it with `iacType` \
             cloudformation."
        }
        _ => "Describe the same resources in a CloudFormation or SAM template.",
    };
    let message = format!("not available yet: a {} project needs {needs}", detection.iac_type);
    Some(failed("not-available-yet", message, remedy, &detection.path()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_said() {
        for iac_type in IacType::ALL {
            let detection = Detection {
                iac_type,
                root: "infra".to_owned(),
                entry_file: "main".to_owned(),
                evidence: Vec::new(),
                alternatives: Vec::new(),
            };
            let refusal = not_available(&detection);
            let available = matches!(iac_type, IacType::SimpleLambda | IacType::CloudFormation | IacType::Sam);
            assert_eq!(refusal.is_none(), available, "{iac_type}");
            if let Some(WorkError::Fatal(failure)) = refusal {
                assert!(failure.message.starts_with("not available yet: "), "{}", failure.message);
                assert_eq!(failure.location.as_deref(), Some("infra/main"));
                let folder = match iac_type {
                    IacType::Cdk => "outside of `cdk.out`",
                    IacType::Serverless => "outside of `.serverless`",
                    _ => "",
                };
                assert!(failure.remedy.is_some_and(|remedy| remedy.contains(folder)), "{iac_type}");
            }
        }
    }
}
