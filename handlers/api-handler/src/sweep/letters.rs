//! Dead letters: a session whose message lies in a dead-letter queue ends with that as its reason, unless it has gone
//! on without it.

use super::verdict::{failure, seen};
use super::{Sweep, Swept, treated};
use drydock_contract::message::Work;
use drydock_contract::sweep::{Verdict, verdict_on_letter};
use drydock_store::{Change, StoreError};

impl Sweep<'_> {
    pub(super) async fn letters(&self) -> Swept {
        let (letters, errors) = self.service.dead_letters.peek().await;
        let mut swept = Swept { errors: errors.len(), ..Swept::NOTHING };
        for error in errors {
            tracing::error!(error, "the sweep cannot see dead letters");
        }
        swept += treated(self.until, letters.iter().map(|letter| self.letter(letter))).await;
        swept
    }

    async fn letter(&self, letter: &Work) -> Swept {
        let id = &letter.session_id;
        let session = match self.service.store.get(id).await {
            Ok(Some(session)) => session,
            Ok(None) => return Swept::NOTHING,
            Err(StoreError::Corrupt(_)) => return self.unreadable(id).await,
            Err(error) => {
                tracing::error!(session = %id, %error, "the sweep cannot read a session");
                return Swept::ERROR;
            }
        };
        let Verdict::Settle(cause) = verdict_on_letter(&seen(&session, self.now), letter) else {
            return Swept::NOTHING;
        };
        let failure = failure(cause, &session, letter.stage, "");
        self.end(&session, Change::failed(&failure).settled(&session)).await
    }
}
