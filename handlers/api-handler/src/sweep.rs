//! The sweep: nothing is stuck for ever.
//!
//! A session is stuck when the invocation that was to send its next message died first, when a stage died on its last
//! receive without a word, when its message lies in a dead-letter queue, or when the workflow that was to lead it on
//! is over. The schedule brings the sweep by; it sends what was not sent, and ends what nobody works on any more.

mod letters;
mod unreadable;
mod verdict;

use crate::executions::Standing;
use crate::service::Service;
use drydock_contract::session::Failure;
use drydock_contract::sweep::{self, Led, Verdict};
use drydock_contract::{Session, SessionKind, Status};
use drydock_store::{Change, StoreError};
use futures_util::future::join_all;
use futures_util::stream::{self, StreamExt};
use jiff::Timestamp;
use serde::Serialize;
use std::ops::AddAssign;
use std::time::{Duration, Instant};
use verdict::{failure, seen};

/// The function's time-out leaves room for what is under way by then.
const TIME: Duration = Duration::from_secs(20);

/// Sessions read at a time.
const PAGE: usize = 100;

/// Sessions of one status, or dead letters, that are treated at a time.
const AT_ONCE: usize = 4;

/// What a sweep did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Swept {
    /// Sessions looked at.
    pub seen: usize,
    /// Messages sent.
    pub sent: usize,
    /// Sessions ended.
    pub ended: usize,
    /// Sessions and queues that could not be helped this time.
    pub errors: usize,
    /// False if time ran out; the next sweep begins anew, with those that wait the longest.
    pub complete: bool,
}

impl AddAssign for Swept {
    fn add_assign(&mut self, other: Self) {
        self.seen += other.seen;
        self.sent += other.sent;
        self.ended += other.ended;
        self.errors += other.errors;
        self.complete &= other.complete;
    }
}

impl Swept {
    const NOTHING: Self = Self { seen: 0, sent: 0, ended: 0, errors: 0, complete: true };
    const ERROR: Self = Self { errors: 1, ..Self::NOTHING };
}

/// One sweep.
struct Sweep<'a> {
    service: &'a Service,
    now: Timestamp,
    until: Instant,
}

/// Looks at every session that has not ended and not changed just now, at workflows' old ones whatever they do, and at
/// every dead letter.
pub async fn sweep(service: &Service) -> Swept {
    let sweep = Sweep { service, now: Timestamp::now(), until: Instant::now() + TIME };
    let mut swept = sweep.letters().await;
    let going_on = Status::ALL.into_iter().filter(|status| !status.is_terminal());
    for found in join_all(going_on.map(|status| sweep.sessions(status))).await {
        swept += found;
    }
    swept += sweep.unled().await;
    if !swept.complete {
        tracing::warn!(?swept, "the sweep ran out of time");
    } else if swept.sent + swept.ended + swept.errors > 0 {
        tracing::info!(?swept, "swept");
    }
    swept
}

/// Treats one after the other, a few at a time, and none any more once `until` is past.
async fn treated(until: Instant, treatments: impl Iterator<Item = impl Future<Output = Swept>>) -> Swept {
    let in_time = |treatment| async move {
        if Instant::now() > until { Swept { complete: false, ..Swept::NOTHING } } else { treatment.await }
    };
    let mut found = stream::iter(treatments.map(in_time)).buffer_unordered(AT_ONCE);
    let mut swept = Swept::NOTHING;
    while let Some(one) = found.next().await {
        swept += one;
    }
    swept
}

impl Sweep<'_> {
    /// Every session in `status` that has not changed just now, those that wait the longest first, and at last those
    /// that cannot be read: however many they are, they keep nobody else waiting.
    async fn sessions(&self, status: Status) -> Swept {
        let before = format!("{:.3}", self.now - sweep::UNSENT);
        let mut swept = Swept::NOTHING;
        let mut unreadable = Vec::new();
        let mut last: Option<Session> = None;
        loop {
            let page = self.service.store.unchanged(status, &before, last.as_ref(), PAGE).await;
            let page = match page {
                Ok(page) => page,
                Err(error) => {
                    tracing::error!(%status, %error, "the sweep cannot list sessions");
                    swept += Swept::ERROR;
                    break;
                }
            };
            unreadable.extend(page.unreadable);
            swept += treated(self.until, page.sessions.iter().map(|session| self.treat(session))).await;
            if page.sessions.len() < PAGE || !swept.complete {
                break;
            }
            last = page.sessions.into_iter().next_back();
        }
        swept += treated(self.until, unreadable.iter().map(|id| self.unreadable(id))).await;
        swept
    }

    /// Sessions of workflows that change all the time and are older than any execution. Whoever watches a stack, or waits
    /// for a turn, writes each few seconds, and would hide that nobody leads the session any more.
    async fn unled(&self) -> Swept {
        let [opened, since] = [sweep::LED, sweep::UNSENT].map(|ago| format!("{:.3}", self.now - ago));
        let which = (Status::Deploying, SessionKind::Sdlc);
        let found = match self.service.store.still_changing(which, &opened, &since, PAGE).await {
            Ok(found) => found,
            Err(error) => {
                tracing::error!(%error, "the sweep cannot list workflows' sessions");
                return Swept::ERROR;
            }
        };
        treated(self.until, found.iter().map(|session| self.treat(session))).await
    }

    async fn treat(&self, session: &Session) -> Swept {
        let id = &session.session_id;
        let mut swept = Swept { seen: 1, ..Swept::NOTHING };
        let (verdict, how) = match self.verdict(session).await {
            Ok(judged) => judged,
            Err(error) => {
                tracing::error!(session = %id, error, "the sweep cannot look at the workflow");
                swept.errors += 1;
                return swept;
            }
        };
        let failed = |cause| Change::failed(&failure(cause, session, session.stage, &how));
        match verdict {
            Verdict::Leave => {}
            Verdict::Send => match self.service.sender.flush(&self.service.store, session).await {
                Ok(false) => {}
                Ok(true) => {
                    tracing::warn!(session = %id, stage = %session.stage, "sent a message that its sender had left");
                    swept.sent += 1;
                }
                Err(error) => {
                    tracing::error!(session = %id, %error, "the sweep cannot send");
                    swept.errors += 1;
                }
            },
            Verdict::Settle(cause) => swept += self.end(session, failed(cause).settled(session)).await,
            Verdict::End(cause) => swept += self.end(session, failed(cause)).await,
        }
        swept
    }

    /// What is to be done with a session, and how its workflow ended if it has. Whether a workflow still leads it is
    /// asked where it matters.
    async fn verdict(&self, session: &Session) -> Result<(Verdict, String), String> {
        let seen = seen(session, self.now);
        let standing = if sweep::asks_for_workflow(&seen) {
            self.service.sender.executions.look(&session.session_id).await?
        } else {
            Standing::Running
        };
        Ok(match standing {
            Standing::Running => (sweep::verdict(&seen, Led::On), String::new()),
            Standing::Over(how) => (sweep::verdict(&seen, Led::Over), how),
        })
    }

    /// The write is conditional on the version that the verdict was reached on, so a session that has been taken up in
    /// the meantime goes on.
    async fn end(&self, session: &Session, change: Change) -> Swept {
        let id = &session.session_id;
        let failure = change.error.as_ref();
        let code = failure.map_or("", |failure| failure.code.as_str());
        let text = failure.map_or_else(String::new, line);
        let written = match self.service.store.update(session, change.clone()).await {
            Ok(ended) => {
                tracing::error!(session = %id, stage = %session.stage, code, text, "ended by the sweep");
                self.service.store.log_once(id, session.stage, &ended.updated_at, "swept", &text).await
            }
            Err(error) => Err(error),
        };
        match written {
            Ok(()) => Swept { ended: 1, ..Swept::NOTHING },
            // It moved after all.
            Err(StoreError::Stale) => Swept::NOTHING,
            Err(error) => {
                tracing::error!(session = %id, %error, "the sweep cannot end a session");
                Swept::ERROR
            }
        }
    }
}

fn line(failure: &Failure) -> String {
    let remedy = failure.remedy.as_deref().map_or_else(String::new, |remedy| format!(" — {remedy}"));
    format!("failed: {}{remedy}", failure.message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[tokio::test]
    async fn what_there_is_no_time_for_is_left_to_the_next_sweep() {
        let begun = Cell::new(0);
        let sweep = |until: Instant| {
            let treat = |_| async {
                begun.set(begun.get() + 1);
                Swept { seen: 1, ended: 1, ..Swept::NOTHING }
            };
            treated(until, (0..1000).map(treat))
        };
        let past = Instant::now().checked_sub(Duration::from_secs(1)).unwrap();
        assert_eq!(sweep(past).await, Swept { complete: false, ..Swept::NOTHING });
        assert_eq!(begun.get(), 0, "nothing is begun");
        let all = Swept { seen: 1000, ended: 1000, ..Swept::NOTHING };
        assert_eq!(sweep(Instant::now() + Duration::from_secs(3600)).await, all);
    }
}
