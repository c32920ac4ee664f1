//! One session, from its acceptance to its end.

use crate::World;
use drydock_contract::api::StatusBody;
use drydock_contract::{SessionId, Status};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Far longer than any session of the tests takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(240);
const BETWEEN_LOOKS: Duration = Duration::from_millis(500);

/// A session that was opened.
pub struct Run<'a> {
    world: &'a World,
    /// Its id.
    pub id: SessionId,
}

impl<'a> Run<'a> {
    pub(crate) fn new(world: &'a World, id: SessionId) -> Self {
        Self { world, id }
    }

    /// What `GET /status/{sessionId}` says.
    pub async fn status(&self) -> StatusBody {
        let body = self.world.get(format!("/status/{}", self.id)).await.expect(200);
        serde_json::from_value(body).expect("a status body")
    }

    /// Waits until the session says something that contains `words`, and gives what `/status` says then.
    ///
    /// # Panics
    /// If it ends before, or does not say so in four minutes.
    pub async fn until_message(&self, words: &str) -> StatusBody {
        let until = Instant::now() + PATIENCE;
        loop {
            let body = self.status().await;
            if body.message.contains(words) {
                return body;
            }
            assert!(!body.status.is_terminal(), "{} ended without `{words}`: {body:#?}", self.id);
            assert!(Instant::now() < until, "{} never said `{words}`: {body:#?}", self.id);
            sleep(BETWEEN_LOOKS).await;
        }
    }

    /// Waits for the end.
    ///
    /// # Panics
    /// If it does not come in four minutes, or a status appears that no session may go back to.
    pub async fn until_terminal(&self) -> Ended {
        self.until_terminal_within(PATIENCE).await
    }

    /// Waits for the end of a session that takes longer than others.
    ///
    /// # Panics
    /// If it does not come in that time, or a status appears that no session may go back to.
    pub async fn until_terminal_within(&self, patience: Duration) -> Ended {
        let until = Instant::now() + patience;
        let mut last = Status::Pending;
        loop {
            let body = self.status().await;
            assert!(last == body.status || last.may_become(body.status), "{} went from {last} to {body:?}", self.id);
            last = body.status;
            if last.is_terminal() {
                return Ended { body };
            }
            assert!(Instant::now() < until, "{} has not ended in {patience:?}: {body:#?}", self.id);
            sleep(BETWEEN_LOOKS).await;
        }
    }
}

/// A session that has ended.
#[derive(Clone, Debug)]
pub struct Ended {
    /// What `GET /status/{sessionId}` says.
    pub body: StatusBody,
}

impl Ended {
    /// Goes on only after success.
    ///
    /// # Panics
    /// If it ended otherwise; shows its error and log.
    #[track_caller]
    pub fn succeeded(self) -> Self {
        assert_eq!(self.body.status, Status::Success, "{:#?}", self.body);
        assert_eq!(self.body.error, None);
        self
    }

    /// Goes on only after a failure, with its error.
    ///
    /// # Panics
    /// If it ended otherwise, or without an error.
    #[track_caller]
    pub fn failed(self) -> String {
        assert_eq!(self.body.status, Status::Failed, "{:#?}", self.body);
        self.body.error.clone().unwrap_or_else(|| panic!("failed without an error: {:#?}", self.body))
    }

    /// Goes on only after a cancellation.
    ///
    /// # Panics
    /// If it ended otherwise.
    #[track_caller]
    pub fn cancelled(self) -> Self {
        assert_eq!(self.body.status, Status::Cancelled, "{:#?}", self.body);
        self
    }

    /// The address that it was deployed at.
    ///
    /// # Panics
    /// If there is none, or more than one.
    #[track_caller]
    pub fn url(&self) -> String {
        let urls = self.body.deployed_resources.as_ref().map_or(&[][..], |resources| &resources.urls);
        let [url] = urls else { panic!("not exactly one address in {:#?}", self.body.deployed_resources) };
        url.clone()
    }
}
