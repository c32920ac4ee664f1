//! The rules hold wherever one can come to, and every mistake in them is found. Run with `--nocapture` to see how much
//! was looked at.

#![expect(clippy::print_stdout, reason = "how much was looked at is what a reader wants to know")]

use drydock_contract::SessionKind::{self, Deploy, Fixer, Sanity, Sdlc, Teardown};
use drydock_proof::scope::{Flaw, Scope};
use drydock_proof::search::{Found, search};
use drydock_proof::walk::walk;

#[track_caller]
fn holds(name: &str, scope: &Scope) -> Found {
    let found = search(scope).unwrap_or_else(|wrong| panic!("{name}: {}\n{}", wrong.rule, wrong.way));
    let Found { worlds, moves, longest, ends, .. } = found;
    println!("{name}: {worlds} worlds, {moves} moves, {ends} ends, without faults at most {longest} moves");
    found
}

/// One invocation at a time and no copies but those that are sent twice.
fn narrow(sessions: &[(SessionKind, u32)]) -> Scope {
    Scope { workers: 1, letters: 1, deaths: 1, ..Scope::everything(sessions) }
}

#[test]
fn whatever_happens_to_one_session() {
    for kind in [Deploy, Fixer, Sanity, Teardown] {
        holds(kind.as_str(), &Scope::everything(&[(kind, 0)]));
    }
}

#[test]
fn whatever_happens_to_a_workflow() {
    holds("sdlc without repairs", &Scope::everything(&[(Sdlc, 0)]));
}

#[test]
fn whatever_happens_to_a_workflow_with_every_repair() {
    holds("sdlc with three repairs", &narrow(&[(Sdlc, 3)]));
}

/// An operator gives dead letters back.
fn replayed(sessions: &[(SessionKind, u32)]) -> Scope {
    Scope { replays: true, workers: 1, letters: 1, ..Scope::everything(sessions) }
}

#[test]
fn whatever_happens_to_sessions_that_are_replayed() {
    for kind in [Deploy, Fixer, Sanity, Teardown] {
        holds(&format!("{} with replays", kind.as_str()), &replayed(&[(kind, 0)]));
    }
}

/// Two at one stack. What each of them can meet alone is looked at above.
fn two(one: SessionKind, other: SessionKind) -> Scope {
    Scope { letters: 0, failures: false, ..narrow(&[(one, 0), (other, 0)]) }
}

#[test]
fn whatever_happens_to_two_sessions_at_one_stack() {
    holds("deploy and teardown", &two(Deploy, Teardown));
}

#[test]
fn what_must_do_no_harm_does_none() {
    let two = Scope { workers: 1, letters: 0, ..Scope::harmless(&[(Deploy, 0), (Teardown, 0)]) };
    for (name, scope) in [
        ("deploy, harmless", Scope::harmless(&[(Deploy, 0)])),
        ("sdlc, harmless", Scope::harmless(&[(Sdlc, 0)])),
        ("deploy and teardown, harmless", two),
    ] {
        let found = holds(name, &scope);
        assert_eq!(found.bad_ends, 0, "{name}");
    }
}

/// Where a mistake shows.
fn scope_for(flaw: Flaw) -> Scope {
    use Flaw as F;
    match flaw {
        F::SendsBeforeItWrites | F::NoOutbox | F::ClearsBeforeItSends | F::BusyIsDropped | F::ClaimsDoNotHold => {
            Scope::harmless(&[(Deploy, 0)])
        }
        F::FixesWithoutEnd | F::NobodyToldOfExecutions | F::RecordsAreKept => narrow(&[(Sdlc, 1)]),
        F::NoTurns | F::TurnsOutliveSessions => two(Deploy, Deploy),
        F::ReplaysAreNotJudged | F::ReplaysDeleteFirst => replayed(&[(Deploy, 0)]),
        _ => Scope::everything(&[(Deploy, 0)]),
    }
}

#[test]
fn every_mistake_in_the_rules_is_found() {
    for flaw in Flaw::ALL {
        let wrong = search(&scope_for(flaw).with(flaw)).err().unwrap_or_else(|| panic!("{flaw:?} goes unseen"));
        println!("{flaw:?} breaks the rule that {}", wrong.rule);
    }
}

#[test]
fn walks_through_large_worlds() {
    let sessions = [(Sdlc, 3), (Deploy, 0), (Sdlc, 1), (Teardown, 0), (Deploy, 0)];
    let scope = Scope { workers: 3, letters: 6, looks: 8, replays: true, ..Scope::everything(&sessions) };
    for seed in 0..4 {
        let walked = walk(&scope, seed, 500_000).unwrap_or_else(|wrong| panic!("{}\n{}", wrong.rule, wrong.way));
        println!("seed {seed}: {walked:?}");
        assert!(walked.succeeded > 500 && walked.others > 500, "{walked:?}");
    }
}

#[test]
fn walks_find_mistakes_too() {
    let sessions = [(Sdlc, 3), (Deploy, 0), (Deploy, 0)];
    for flaw in [Flaw::NoOutbox, Flaw::NothingIsPast, Flaw::LosersWrite, Flaw::NoTurns, Flaw::NoSweep] {
        let scope = Scope { workers: 3, letters: 4, ..Scope::everything(&sessions) }.with(flaw);
        let wrong = walk(&scope, 7, 500_000).err().unwrap_or_else(|| panic!("{flaw:?} goes unseen"));
        println!("{flaw:?} breaks the rule that {}", wrong.rule);
    }
}
