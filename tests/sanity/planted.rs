//! Every planted fault is found, and nothing is found where nothing was planted: without a model and with a played one.
//! The numbers stand in docs/sanity.md.

use crate::fixture::{self, Fixture, Judged, agree};
use crate::{alone, linked, report, table, test};
use drydock_contract::Status;
use drydock_e2e::World;
use drydock_model_server::{Answer, ModelServer, Script, say, tool};
use drydock_sanity::report::Verdict;
use serde_json::{Value, json};

/// Proposes what each fixture's own model says; it knows them by a line of its prompt.
fn model(fixtures: &[Fixture]) -> Script {
    let known: Vec<(String, Value)> = fixtures.iter().map(|one| (one.asks.clone(), one.proposal())).collect();
    Script::new().forever(Answer::reply(move |request| {
        let prompt = request["messages"].to_string();
        let proposal = known.iter().find(|(asks, _)| prompt.contains(&format!(" {asks}")));
        Answer::Message(vec![match proposal {
            Some((_, proposal)) => tool("submit_test_steps", proposal.clone()),
            None => say("I do not know this one."),
        }])
    }))
}

#[tokio::test]
async fn every_planted_fault_is_found_and_nothing_else() {
    let _alone = alone().await;
    let world = World::new().await;
    world.take_model().await;
    let fixtures = fixture::all();
    let mut deployed = Vec::new();
    for fixture in &fixtures {
        deployed.push(fixture.deploy(&world).await);
    }
    let mut rows = Vec::new();
    for (fixture, (repository, details)) in fixtures.iter().zip(&deployed) {
        rows.push((fixture, judge(&world, fixture, repository, details, false).await, Judged::default()));
    }
    let server = ModelServer::start_with(model(&fixtures), Some("sk-played")).unwrap();
    world.give_model(&server.url()).await;
    for ((fixture, (repository, details)), row) in fixtures.iter().zip(&deployed).zip(&mut rows) {
        row.2 = judge(&world, fixture, repository, details, true).await;
    }
    world.take_model().await;
    table::check(&rows);
}

async fn judge(world: &World, fixture: &Fixture, repository: &str, details: &Value, with_model: bool) -> Judged {
    let name = &fixture.name;
    let status = test(world, repository, details, json!({})).await;
    let report = report(&status).await;
    agree(&status, &report);
    let judged = fixture.judge(&report);
    let expected = fixture.expected(with_model);
    assert_eq!(judged.found, expected, "{name}, model {with_model}: {report:#?}");
    assert!(judged.false_alarms.is_empty(), "{name}, model {with_model}: {:#?}", judged.false_alarms);
    let fails = expected.iter().any(|fault| !fault.flaky);
    assert_eq!(report.verdict == Verdict::Failed, fails, "{name}: {report:#?}");
    assert_eq!(status.status == Status::Success, !fails, "{status:#?}");
    let sanity = status.sanity.as_ref().unwrap();
    assert_eq!(sanity.model.is_some(), with_model, "{sanity:#?}");
    let says_so = report.notes.iter().any(|note| note.contains("No model key is stored"));
    assert_eq!(says_so, !with_model, "{:#?}", report.notes);
    if fails {
        assert!(status.error.as_ref().unwrap().contains("tests failed: "), "{:?}", status.error);
        assert!(!sanity.failed_steps.is_empty() && sanity.failed_steps.len() <= 10);
    }
    for step in report.steps.iter().filter(|step| step.result.checks.iter().any(|check| !check.passed)) {
        assert!(step.likely_file.is_some(), "{name}: {step:#?}");
    }
    if name == "node-faults" {
        let logged = report.steps.iter().flat_map(|step| &step.log_lines).any(|line| line.contains("has burnt down"));
        assert!(logged, "the function's log is beside the step that it is about: {report:#?}");
    }
    if name == "python-crud" {
        let api = details["outputs"]["ApiUrl"].as_str().unwrap();
        let left = world.ask(&format!("{api}/notes")).await.expect(200);
        assert_eq!(left, json!({"notes": []}), "what the tests make is removed");
        assert!(!report.notes.iter().any(|note| note.contains("Left behind")), "{:#?}", report.notes);
    }
    let html = linked(&status, "html").await;
    assert!(html.contains("id=\"verdict\"") && !html.contains("<script"));
    let junit = linked(&status, "junit").await;
    assert!(junit.contains(&format!("tests=\"{}\"", report.counts.total)), "{junit}");
    for text in [html, junit, serde_json::to_string(&report).unwrap(), serde_json::to_string(&status).unwrap()] {
        for secret in ["open-sesame-0123456789", "sk-played", "AWS4-HMAC-SHA256 Credential"] {
            assert!(!text.contains(secret), "{name}: {secret} is in a report");
        }
    }
    judged
}
