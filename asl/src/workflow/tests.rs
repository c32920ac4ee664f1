//! The machine as data. What it does is seen where it runs: in the end-to-end tests.

use super::{Parameters, Place, sdlc};
use crate::{Permission, Scope, State, StateMachine};
use drydock_contract::workflow::{AnalyzerCall, Checkpoint};
use drydock_contract::{Stage, Status, message};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn machine() -> StateMachine {
    sdlc(&Parameters::default())
}

fn state(name: &str) -> State {
    machine().states[name].clone()
}

/// The ways out of a state: what is asked and where that leads.
fn ways(name: &str) -> Vec<(String, String)> {
    let State::Choice(choice) = state(name) else { panic!("{name} is no choice") };
    let rule = |rule: crate::Rule| (rule.comment.unwrap_or_default(), rule.next);
    let otherwise = choice.default.map(|next| ("otherwise".to_owned(), next));
    choice.choices.into_iter().map(rule).chain(otherwise).collect()
}

fn check_ways(name: &str, expected: &[(&str, &str)]) {
    let found = ways(name);
    let found: Vec<_> = found.iter().map(|(why, next)| (why.as_str(), next.as_str())).collect();
    assert_eq!(found, expected, "{name}");
}

#[test]
fn the_machine_is_sound_and_the_same_every_time() {
    assert_eq!(machine().validate(), []);
    assert_eq!(machine().to_json(), machine().to_json());
    assert_eq!(StateMachine::from_json(&machine().to_json()).unwrap(), machine());
}

#[test]
fn every_outcome_leads_somewhere() {
    let (ended, late) = (("ended elsewhere", "EndedElsewhere"), ("out of time", "Conclude"));
    check_ways(
        "DeploymentOutcome",
        &[ended, late, ("deployed", "Test"), ("deploy-failed", "Decide"), ("otherwise", "WaitForDeployment")],
    );
    check_ways(
        "TestsOutcome",
        &[
            ended,
            ("tested", "Conclude"),
            ("nothing-to-test", "Conclude"),
            ("untested", "Conclude"),
            late,
            ("test-failed", "Decide"),
            ("otherwise", "WaitForTests"),
        ],
    );
    check_ways(
        "FixOutcome",
        &[ended, ("fix-failed", "Conclude"), late, ("fixed", "Deploy"), ("otherwise", "WaitForFix")],
    );
    check_ways("Decision", &[("worth a repair", "Fix"), ("otherwise", "Conclude")]);
    let asked: BTreeSet<_> = ["DeploymentOutcome", "TestsOutcome", "FixOutcome"].into_iter().flat_map(ways).collect();
    for checkpoint in Checkpoint::ALL {
        assert!(asked.iter().any(|(why, _)| why == checkpoint.as_str()), "nothing follows {checkpoint}");
    }
}

#[test]
fn every_way_to_the_end_says_how_it_ended() {
    for (name, state) in machine().states {
        let assigned = match &state {
            State::Choice(choice) => {
                let rules = choice.choices.iter().filter(|rule| rule.next == "Conclude").map(|rule| &rule.assign);
                let default = choice.default.as_deref().filter(|next| *next == "Conclude").map(|_| &choice.assign);
                rules.chain(default).cloned().collect()
            }
            _ => {
                assert!(state.transition().is_none_or(|next| *next != crate::Transition::to("Conclude")), "{name}");
                let caught = state.catchers().iter().filter(|catch| catch.next == "Conclude");
                caught.map(|catch| catch.assign.clone()).collect::<Vec<_>>()
            }
        };
        for variables in assigned {
            let mut call = json!({"drydock": "conclude", "sessionId": "sdlc-0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11"});
            let conclusion = variables["conclusion"].as_object().cloned().unwrap();
            call.as_object_mut().unwrap().extend(conclusion);
            let call: AnalyzerCall = serde_json::from_value(call).unwrap_or_else(|error| panic!("{name}: {error}"));
            let AnalyzerCall::Conclude { outcome, .. } = call else { panic!("{name}: {call:?}") };
            assert!(matches!(outcome, Status::Success | Status::Failed), "{name}: {outcome}");
        }
    }
}

#[test]
fn every_task_is_tried_again_is_caught_and_has_a_time_out() {
    for (name, state) in machine().states {
        let State::Task(task) = state else { continue };
        assert!(!task.retry.is_empty() && !task.catch.is_empty() && task.timeout_seconds.is_some(), "{name}");
        assert!(task.retry.iter().all(|retry| retry.jitter_strategy == Some(crate::Jitter::Full)), "{name}");
    }
}

#[test]
fn workers_get_messages_that_they_can_read() {
    let expected = [("Deploy", Stage::CloneDetect), ("Test", Stage::SanityTest), ("Fix", Stage::Fix)];
    for (name, stage) in expected {
        let State::Task(task) = state(name) else { panic!("{name} is no task") };
        let body = &task.arguments.unwrap()["MessageBody"];
        let body = body.to_string().replace("{% $sessionId %}", "sdlc-0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11");
        let body = body.replace(r#""{% $attempt %}""#, "2");
        let work = message::Work::parse(&body, stage).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!((work.attempt, work.look), (2, 0));
    }
}

#[test]
fn a_head_in_any_status_is_either_ended_or_not() {
    let State::Task(check) = state("CheckDeployment") else { panic!("no task") };
    let ended = check.assign["ended"].as_str().unwrap().to_owned();
    for status in Status::ALL {
        assert_eq!(ended.contains(&format!("'{status}'")), status.is_terminal(), "{status}: {ended}");
    }
}

#[test]
fn the_role_needs_five_places_and_nothing_else() {
    let permissions = machine().permissions().unwrap();
    let found: Vec<_> = permissions
        .iter()
        .map(|Permission { action, on }| match on {
            Scope::Named(name) => (*action, Place::of(name).unwrap_or_else(|| panic!("{name} is no place"))),
            other => panic!("{action} on {other:?}"),
        })
        .collect();
    assert_eq!(
        found,
        [
            ("sqs:SendMessage", Place::CloneDetectQueue),
            ("dynamodb:GetItem", Place::SessionsTable),
            ("sqs:SendMessage", Place::SanityTesterQueue),
            ("lambda:InvokeFunction", Place::StatusAnalyzer),
            ("sqs:SendMessage", Place::FixerQueue),
        ]
    );
}

#[test]
fn every_placeholder_is_one_that_is_filled_in() {
    let json = machine().to_json();
    for place in Place::ALL {
        assert!(json.contains(&place.placeholder()), "{place:?} is not used");
    }
    for open in json.split("${").skip(1) {
        let name = open.split('}').next().unwrap();
        assert!(Place::of(&format!("${{{name}}}")).is_some(), "{name} is not given");
    }
}

#[test]
fn waits_and_time_limits_are_parameters() {
    let own = Parameters { first_wait: 7, lengthening: 2.5, longest_wait: 77, ..Parameters::default() };
    let other = Parameters { time_limit: 777, turn_limit: 120, time_to_conclude: 77, ..own };
    let machine = sdlc(&other);
    assert_eq!(machine.validate(), []);
    assert_eq!(machine.timeout_seconds, Some(897));
    let variable = |state: &str, name: &str| match &machine.states[state] {
        State::Task(task) => task.assign[name].clone(),
        other => panic!("{other:?}"),
    };
    for (send, check) in [("Deploy", "CheckDeployment"), ("Test", "CheckTests"), ("Fix", "CheckFix")] {
        assert_eq!(variable(send, "wait"), Value::from(7));
        assert_eq!(variable(check, "wait"), "{% $min([$ceil($wait * 2.5), 77]) %}");
        let late = variable(check, "late").as_str().unwrap().to_owned();
        for part in ["$millis() - $since >= 700000 ?", "within 12 minutes", "$waited >= 120000 ?", "waited 2 minutes"] {
            assert!(late.contains(part), "{part}: {late}");
        }
    }
}

#[test]
fn the_definition_reads_as_it_should() {
    insta::assert_snapshot!(serde_json::to_string_pretty(&machine()).unwrap());
}

#[test]
fn the_diagram_shows_every_state() {
    insta::assert_snapshot!(machine().to_mermaid());
}
