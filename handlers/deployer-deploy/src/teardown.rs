//! Taking down what another session has deployed: its stack, or its function with all that was made for it.
//!
//! Only what carries the tag of the same repository is touched, and only as long as no later session has deployed
//! under the same name. Everything may run again: what is gone already is no error.

mod function;
mod stack;

use crate::deployer::Deployer;
use crate::failure::failed;
use crate::turns;
use drydock_contract::message::Work;
use drydock_contract::session::Target;
use drydock_contract::{Session, SessionId, Stage, Status};
use drydock_runtime::{Invocation, WorkError};
use drydock_store::Change;

/// One teardown's turn.
struct Teardown<'a> {
    deployer: &'a Deployer,
    session: &'a Session,
    work: &'a Work,
    invocation: &'a Invocation,
}

/// Takes down what the session that the request names has deployed.
pub(crate) async fn run(
    deployer: &Deployer,
    session: &Session,
    work: &Work,
    invocation: &Invocation,
) -> Result<Change, WorkError> {
    let (of, target) = deployed(deployer, session).await?;
    if let Some(wait) = turns::take(deployer, session, work, &target).await? {
        return Ok(wait);
    }
    if let Some(last) = deployer.store.last_at(target.name()).await?.filter(|last| *last != of) {
        let message = format!("session {last} has deployed to {} since", target.name());
        let remedy = format!("To take that down, send DELETE /deployments/{last}.");
        return Err(failed("deployed-again", message, &remedy, target.name()));
    }
    let teardown = Teardown { deployer, session, work, invocation };
    let change = match &target {
        Target::Stack { name, id, .. } => stack::delete(&teardown, name, id.as_deref()).await?,
        Target::Function { name } => function::delete(&teardown, name).await?,
    };
    teardown.tell_the_other(&of).await;
    Ok(change)
}

/// The session that is to be taken down, and what it has deployed. The API has checked both.
async fn deployed(deployer: &Deployer, session: &Session) -> Result<(SessionId, Target), WorkError> {
    let of = session.request.teardown_of.clone();
    let other = match &of {
        Some(of) => deployer.store.get(of).await?,
        None => None,
    };
    match (of, other.and_then(|other| other.target)) {
        (Some(of), Some(target)) => Ok((of, target)),
        _ => Err(failed("nothing-to-delete", "there is no record of what was deployed", "", "")),
    }
}

impl Teardown<'_> {
    /// Sends a request that deletes something, if the session still goes on at that very moment.
    async fn change<T>(&self, request: impl Future<Output = T> + Send) -> Result<T, WorkError> {
        self.go_on().await?;
        Ok(request.await)
    }

    /// Stops here if the session has been cancelled meanwhile, or is another invocation's by now.
    async fn go_on(&self) -> Result<(), WorkError> {
        self.invocation.hold(&self.deployer.store, &self.session.session_id, None).await.map(|_| ())
    }

    async fn log(&self, text: &str) {
        let id = &self.session.session_id;
        if let Err(error) = self.deployer.store.log(id, Stage::Deploy, text).await {
            tracing::warn!(session = %id, %error, text, "cannot write a log line");
        }
    }

    /// A line for whoever reads the other session: what it lists as deployed is being taken down. Its head has ended
    /// and stays as it is.
    async fn tell_the_other(&self, of: &SessionId) {
        let Session { session_id, created_at, .. } = self.session;
        let line = format!("taken down by {session_id}");
        if let Err(error) = self.deployer.store.log_once(of, Stage::Done, created_at, session_id.as_str(), &line).await
        {
            tracing::warn!(session = %of, %error, "cannot write a log line");
        }
    }
}

/// What to write once nothing is left.
fn gone(message: String) -> Change {
    Change { status: Some(Status::Success), stage: Some(Stage::Done), message: Some(message), ..Change::default() }
}
