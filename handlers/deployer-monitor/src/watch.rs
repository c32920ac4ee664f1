//! One look: at a stack or at a function.

use crate::verdict::Verdict;
use crate::{deletion, function, stack};
use drydock_contract::message::Work;
use drydock_contract::session::Target;
use drydock_contract::{Session, SessionKind, Stage};
use drydock_runtime::{Invocation, Queues, WorkError, Worker};
use drydock_stack::Engine;
use drydock_store::{Change, Store};

/// The stage's handler.
#[derive(Clone, Debug)]
pub struct Monitor {
    /// Where sessions are kept.
    pub store: Store,
    /// Its own queue, for the next look.
    pub queues: Queues,
    /// For stacks.
    pub engine: Engine,
    /// For functions and their URLs.
    pub lambda: aws_sdk_lambda::Client,
}

impl Worker for Monitor {
    const STAGE: Stage = Stage::Monitor;

    fn store(&self) -> &Store {
        &self.store
    }

    fn queues(&self) -> &Queues {
        &self.queues
    }

    async fn work(&self, session: Session, work: &Work, _: &Invocation) -> Result<Change, WorkError> {
        if session.kind == SessionKind::Teardown
            && let Some(Target::Stack { name, id, .. }) = &session.target
        {
            return deletion::look(self, &session, work, name, id.as_deref()).await;
        }
        let verdict = match &session.target {
            Some(Target::Stack { name, id, token }) => {
                let watched = stack::Watched { name, id: id.as_deref(), token: token.as_deref(), look: work.look };
                stack::look(self, &session.session_id, &watched).await?
            }
            Some(Target::Function { name }) => {
                function::look(&self.lambda, name, session.deployed_resources.as_ref()).await?
            }
            None => Verdict::failed(
                "nothing-to-watch",
                "the session does not say what was deployed".to_owned(),
                Some("request the deployment again".to_owned()),
                None,
            ),
        };
        verdict.into_change(work)
    }
}
