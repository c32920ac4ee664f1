//! Good, clumsy, stubborn and broken models, and what comes of each.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

mod played;

use drydock_fix::{Budget, Exhausted, FixError};
use drydock_model_server::{Answer, Script, say, think, tool};
use played::{APP, TEMPLATE, broken, budget, call, finish, good, plan, play, replace, task, tree};
use serde_json::json;
use std::time::Duration;
use tokio::time::Instant;

#[tokio::test]
async fn a_good_model_repairs() {
    let played = play(task(broken()), good(), budget()).await;
    let outcome = played.outcome.as_ref().unwrap();
    assert_eq!(outcome.title, "Refer to the orders table by its name");
    assert_eq!(played.files, tree(&[("template.yaml", &TEMPLATE.replace("Tabel", "")), ("src/app.py", APP)]));
    assert_eq!(played.plan.unwrap().steps[0].file, "template.yaml");
    let record = played.record;
    assert_eq!(
        record.calls.iter().map(|call| call.tool.as_str()).collect::<Vec<_>>(),
        ["view", "submit_plan", "str_replace", "validate", "finish"]
    );
    assert!(record.found_before.iter().any(|finding| finding.message.contains("OrdersTabel")));
    assert!(record.found_new.is_empty() && record.found_solved.len() == 1, "{record:#?}");
    assert_eq!((record.turns, record.diff.files.len(), record.diff.lines()), (5, 1, 2));
    assert!(record.cost_usd > 0.0 && record.usage.cache_read_input_tokens > 0);
}

#[tokio::test]
async fn the_model_starts_from_the_evidence() {
    let played = play(task(broken()), good(), budget()).await;
    let first = played.requests[0].body["messages"][0]["content"][0]["text"].as_str().unwrap();
    for part in
        ["[OrdersTabel] in template.yaml", "\"stackName\": \"orders\"", "template.yaml:14: F1020", "src/app.py 6"]
    {
        assert!(first.contains(part), "{part}: {first}");
    }
}

#[tokio::test]
async fn a_clumsy_model_is_told_how_to_do_it_right() {
    let script = Script::new()
        .then(Answer::Message(vec![say("I shall look at it.")]))
        .calls("str_replace", replace("OrdersTabel", "Orders"))
        .calls("submit_plan", json!({"diagnosis": "?"}))
        .calls("submit_plan", plan())
        .calls("finish", finish())
        .calls("str_replace", replace("Orders", "X"))
        .calls("str_replace", replace("!Ref Tabel", "!Ref Orders"))
        .calls("view", json!({"path": "app.py"}))
        .calls("edit_file", json!({}))
        .then(call("str_replace", json!("{\"path\": \"templ")))
        .calls("str_replace", replace("!Ref OrdersTabel", "!Ref Order"))
        .calls("finish", finish())
        .calls("str_replace", replace("!Ref Order", "!Ref Orders"))
        .calls("finish", finish());
    let played = play(task(broken()), script, budget()).await;
    played.outcome.as_ref().unwrap();
    for (at, expected) in [
        "first submit a plan",
        "no plan: missing field",
        "stored",
        "nothing was changed: that repairs nothing",
        "stands 2 times in template.yaml (lines 4, 14)",
        "The most similar line is:\n14\t",
        "there is src/app.py",
        "there is no tool edit_file",
        "no JSON object",
        "was changed",
        "brings new errors",
    ]
    .into_iter()
    .enumerate()
    {
        assert!(played.answer(at).contains(expected), "{at}: {}", played.answer(at));
    }
}

#[tokio::test]
async fn a_model_that_makes_it_worse_does_not_get_through() {
    let script = good_until_edit(replace("!Ref OrdersTabel", "!Ref Orders\n      Tiemout: 3"))
        .calls("finish", finish())
        .calls("finish", finish())
        .calls("give_up", json!({"reason": "I cannot see why."}));
    let played = play(task(broken()), script, budget()).await;
    assert!(played.answer(2).contains("new errors") && played.answer(2).contains("Tiemout"), "{}", played.answer(2));
    let FixError::GaveUp { reason, learned } = played.error() else { panic!("{:?}", played.outcome) };
    assert_eq!(reason, "I cannot see why.");
    assert!(learned.contains("called Orders") && learned.contains("Tiemout"), "{learned}");
    assert_eq!(played.record.diff.files.len(), 1, "what was tried is on the record");
    assert!(played.record.error.is_some());
}

fn good_until_edit(edit: serde_json::Value) -> Script {
    Script::new().calls("submit_plan", plan()).calls("str_replace", edit)
}

#[tokio::test]
async fn cosmetics_are_no_repair() {
    let script = good_until_edit(replace("Resources:\n", "# Repaired.\nResources:\n"))
        .calls("finish", finish())
        .calls("give_up", json!({"reason": "x"}));
    let played = play(task(broken()), script, budget()).await;
    assert!(played.answer(2).contains("only comments and white space"), "{}", played.answer(2));
    assert_eq!(played.error().code(), "fix-not-found");
}

#[tokio::test]
async fn a_stubborn_model_is_stopped() {
    let check = async |script: Script, expected: &str| {
        let played = play(task(broken()), script, budget()).await;
        assert_eq!(played.error().code(), "fix-circles", "{:?}", played.outcome);
        assert!(played.error().to_string().contains(expected), "{}", played.error());
        assert!(played.error().to_string().contains("called Orders"), "what was learned: {}", played.error());
    };
    let planned = || Script::new().calls("submit_plan", plan());
    check(planned().forever(call("str_replace", replace("nowhere", "x"))), "str_replace again and again").await;
    check(planned().forever(call("view", json!({"path": "src/app.py"}))), "view again and again").await;
    check(planned().forever(call("finish", finish())), "nothing was changed").await;
    let mut back_and_forth = planned();
    for _ in 0..5 {
        back_and_forth = back_and_forth
            .calls("str_replace", replace("!Ref OrdersTabel", "!Ref Order"))
            .calls("str_replace", replace("!Ref Order\n", "!Ref OrdersTabel\n"));
    }
    check(back_and_forth, "str_replace again and again").await;
}

#[tokio::test]
async fn a_model_that_only_talks_is_stopped() {
    let talks = Answer::Message(vec![say("Everything is fine.")]);
    let played =
        play(task(broken()), Script::new().calls("submit_plan", plan()).forever(talks.clone()), budget()).await;
    assert!(played.error().to_string().contains("Everything is fine."), "{}", played.error());
    let played = play(task(broken()), Script::new().forever(talks), budget()).await;
    assert_eq!(played.error().code(), "fix-no-plan");
    let forced = &played.requests.last().unwrap().body["tool_choice"];
    assert_eq!(forced["name"], "submit_plan", "in the end it must plan");
}

#[tokio::test]
async fn every_budget_ends_in_a_failure_with_what_was_learned() {
    let endless = || {
        let view = |request: &serde_json::Value| {
            let turn = request["messages"].as_array().map_or(0, Vec::len);
            call("view", json!({"path": "template.yaml", "view_range": [1, turn]}))
        };
        Script::new().calls("submit_plan", plan()).forever(Answer::reply(view))
    };
    let check = async |budget: Budget, expected: Exhausted| {
        let played = play(task(broken()), endless(), budget).await;
        let FixError::Exhausted { what, learned } = played.error() else { panic!("{:?}", played.outcome) };
        assert_eq!(*what, expected);
        assert!(learned.contains("called Orders"), "{learned}");
    };
    check(Budget { turns: 4, ..budget() }, Exhausted::Turns).await;
    check(Budget { usd: 0.02, ..budget() }, Exhausted::Money).await;
    let slow = Script::new().calls("submit_plan", plan()).forever(Answer::Silent);
    let soon = Budget { until: Instant::now() + Duration::from_millis(700), ..budget() };
    let played = play(task(broken()), slow, soon).await;
    assert!(matches!(played.error(), FixError::Exhausted { what: Exhausted::Time, .. }), "{:?}", played.outcome);
}

#[tokio::test]
async fn a_broken_service_is_told_from_a_broken_model() {
    let check = async |answer: Answer, code: &str, retryable: bool| {
        let played = play(task(broken()), Script::new().forever(answer), budget()).await;
        assert_eq!((played.error().code(), played.error().is_retryable()), (code, retryable), "{:?}", played.outcome);
    };
    check(Answer::Error(529, "overloaded_error", None), "model-unavailable", true).await;
    check(Answer::Error(401, "authentication_error", None), "model-key-refused", false).await;
    check(Answer::Raw("text/html", "<html>"), "model-protocol", false).await;
    check(Answer::Stopped("refusal", vec![]), "fix-declined", false).await;
}

#[tokio::test]
async fn trouble_on_the_way_is_survived() {
    let script = Script::new()
        .then(Answer::Error(529, "overloaded_error", None))
        .then(Answer::Message(vec![
            think("hm", "sig"),
            tool("list", json!({})),
            tool("grep", json!({"text": "Orders"})),
        ]))
        .then(Answer::CutOff)
        .calls("submit_plan", plan())
        .then(Answer::Stopped("max_tokens", vec![say("I will now write a very long")]))
        .then(Answer::Message(vec![]))
        .then(Answer::Message(vec![
            tool("str_replace", replace("!Ref OrdersTabel", "!Ref Orders")),
            tool("finish", finish()),
        ]));
    let played = play(task(broken()), script, budget()).await;
    played.outcome.unwrap();
    let last = &played.requests.last().unwrap().body["messages"];
    let told: String = last.as_array().unwrap().iter().map(ToString::to_string).collect();
    assert!(told.contains("cut off because it was too long") && told.contains("Nothing was called"), "{told}");
}

#[tokio::test]
async fn large_repositories_stay_within_bounds() {
    let mut files = broken();
    let line = "x = 'some line of code that is not short'\n".repeat(250);
    for n in 0..10_000 {
        files.insert(&format!("lib/m{}/f{n}.py", n % 100), drydock_tree::File::new(line.as_str())).unwrap();
    }
    assert!(files.bytes() > 100_000_000);
    let mut script = Script::new().calls("submit_plan", plan());
    for n in 0..40 {
        script = script.calls("view", json!({"path": format!("lib/m{n}/f{n}.py")}));
    }
    let script = script
        .calls("grep", json!({"text": "x = "}))
        .calls("str_replace", replace("!Ref OrdersTabel", "!Ref Orders"))
        .calls("finish", finish());
    let played =
        play(task(files), script, Budget { turns: 60, usd: 100.0, until: Instant::now() + Duration::from_secs(60) })
            .await;
    played.outcome.unwrap();
    let largest = played.requests.iter().map(|request| request.body.to_string().len()).max().unwrap();
    assert!(largest < 450_000, "{largest}");
}
