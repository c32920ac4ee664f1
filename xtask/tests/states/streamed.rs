//! What programs read under `--json`: one object a line, and a `result` at the end, however a command ends.

use super::{DEPLOY, QUEUE, STACK, held, stack_with};
use crate::answers::{error, event, events, resource, resources};
use crate::script::{Ran, Script, TOKEN};
use serde_json::{Value, json};

/// The lines that a command wrote.
fn lines(ran: &Ran) -> Vec<Value> {
    ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}: {ran}"))).collect()
}

/// Checks how a command ended, by its exit code and its last line, which is its only result.
#[track_caller]
fn ended(ran: &Ran, code: i32, result: &str) -> Value {
    assert_eq!(ran.code, code, "{ran}");
    let lines = lines(ran);
    let results: Vec<&Value> = lines.iter().filter(|line| line["type"] == "result").collect();
    assert!(results.len() == 1 && lines.last() == Some(results[0]), "{ran}");
    assert_eq!((&results[0]["result"], &results[0]["stack"]), (&json!(result), &json!("drydock")), "{ran}");
    results[0].clone()
}

fn warnings(ran: &Ran) -> Vec<String> {
    let lines = lines(ran);
    let warnings = lines.iter().filter(|line| line["type"] == "warning");
    warnings.map(|line| line["message"].as_str().unwrap().to_owned()).collect()
}

const UNDONE: [(&str, &str, &str, &str); 2] = [
    ("drydock", STACK, "UPDATE_ROLLBACK_IN_PROGRESS", "User Initiated"),
    ("drydock", STACK, "UPDATE_ROLLBACK_COMPLETE", ""),
];

#[tokio::test]
async fn a_deployment_tells_outputs_and_what_it_had_to_do_first() {
    let output =
        "<Outputs><member><OutputKey>ApiUrl</OutputKey><OutputValue>https://api</OutputValue></member></Outputs>";
    let stands = stack_with(output);
    let failed = crate::answers::stack("drydock", "UPDATE_FAILED");
    let script = Script::default()
        .on(
            "DescribeStacks",
            [failed.clone(), failed, crate::answers::stack("drydock", "UPDATE_ROLLBACK_COMPLETE"), stands],
        )
        .on("ListStackResources", [held("UPDATE_FAILED")])
        .own_history(&UNDONE)
        .no_changes();
    let ran = script.run(&format!("{DEPLOY} --yes --json")).await;
    let result = ended(&ran, 0, "unchanged");
    assert_eq!(result["before"], "the update that had failed is undone", "{ran}");
    assert!(warnings(&ran)[0].starts_with("stack drydock is in UPDATE_FAILED"), "{ran}");
    let kinds: Vec<String> = lines(&ran).iter().map(|line| line["type"].as_str().unwrap().to_owned()).collect();
    assert_eq!(kinds, ["warning", "event", "event", "output", "result"], "{ran}");
    assert_eq!(lines(&ran)[3], json!({"type": "output", "name": "ApiUrl", "value": "https://api"}));
}

#[tokio::test]
async fn whatever_must_be_done_first_is_a_warning() {
    let check = async |status: &str, expected: &str| {
        let script = Script::stack(&[status]).on("ListStackResources", [held("UPDATE_FAILED")]);
        let ran = script.run(&format!("{DEPLOY} --json")).await;
        ended(&ran, 3, "declined");
        assert!(warnings(&ran)[0].contains(expected), "{ran}");
    };
    check("ROLLBACK_COMPLETE", "its creation failed, and what is left must be deleted").await;
    check("UPDATE_FAILED", "an update failed and was left so").await;
    check("UPDATE_ROLLBACK_FAILED", "an update failed and could not be undone").await;
}

#[tokio::test]
async fn a_deletion_tells_how_it_ended() {
    let template = json!({"Resources": {}});
    let deletable = |statuses: &[&str]| Script::stack(statuses).template(&template);
    ended(&Script::stack(&[""]).run("destroy --json").await, 0, "absent");
    ended(&deletable(&["UPDATE_COMPLETE"]).run("destroy --json").await, 3, "declined");
    let protected = stack_with("<EnableTerminationProtection>true</EnableTerminationProtection>");
    let ran = Script::default().on("DescribeStacks", [protected]).run("destroy --yes --json").await;
    let result = ended(&ran, 1, "failed");
    assert!(result["error"].as_str().unwrap().contains("is protected from being deleted"), "{ran}");
    let denied = error(403, "AccessDenied", "User: a is not authorized to perform: cloudformation:DeleteStack");
    let ran = deletable(&["UPDATE_COMPLETE"]).on("DeleteStack", [denied]).run("destroy --yes --json").await;
    assert!(ended(&ran, 1, "failed")["error"].as_str().unwrap().contains("cannot delete the stack"), "{ran}");
    let ran = deletable(&["UPDATE_COMPLETE"]).interrupted_at("DeleteStack", "destroy --yes --json").await;
    ended(&ran, 130, "interrupted");
    let deleted = [("drydock", STACK, "DELETE_IN_PROGRESS", ""), ("drydock", STACK, "DELETE_COMPLETE", "")];
    let kept = resources(&[resource("Queue", QUEUE, "DELETE_SKIPPED", "")]);
    let script = deletable(&["UPDATE_COMPLETE", "UPDATE_COMPLETE", "DELETE_COMPLETE"]).own_history(&deleted);
    let ran = script.on("ListStackResources", [held("UPDATE_COMPLETE"), kept]).run("destroy --yes --json").await;
    assert_eq!(ended(&ran, 0, "deleted")["left"][0]["logicalId"], "Queue", "{ran}");
}

#[tokio::test]
async fn undoing_tells_how_it_ended() {
    let ran = Script::stack(&["UPDATE_COMPLETE"]).run("rollback --json").await;
    assert!(ended(&ran, 1, "failed")["error"].as_str().unwrap().contains("there is nothing to undo"), "{ran}");
    ended(&Script::stack(&["UPDATE_IN_PROGRESS"]).run("rollback --json").await, 3, "declined");
    let held = || held("UPDATE_FAILED");
    let stuck = Script::stack(&["UPDATE_ROLLBACK_FAILED"]).on("ListStackResources", [held()]);
    assert_eq!(ended(&stuck.run("rollback --json").await, 1, "failed")["status"], "UPDATE_ROLLBACK_FAILED");
    let script = Script::stack(&["UPDATE_FAILED"]).interrupted_at("DescribeStackEvents", "rollback --yes --json");
    let ran = script.await;
    ended(&ran, 130, "interrupted");
    assert!(warnings(&ran)[0].starts_with("interrupted here; the rollback goes on in AWS"), "{ran}");
    let script = Script::stack(&["UPDATE_FAILED", "UPDATE_ROLLBACK_COMPLETE"]).own_history(&UNDONE);
    assert_eq!(ended(&script.run("rollback --yes --json").await, 0, "undone")["status"], "UPDATE_ROLLBACK_COMPLETE");
    let failing = [
        event("drydock", 3, "drydock", STACK, "UPDATE_ROLLBACK_FAILED", TOKEN, ""),
        event("drydock", 2, "Queue", QUEUE, "UPDATE_FAILED", TOKEN, "the queue is in use"),
        event("drydock", 1, "drydock", STACK, "UPDATE_ROLLBACK_IN_PROGRESS", TOKEN, "User Initiated"),
    ];
    let script = Script::stack(&["UPDATE_FAILED", "UPDATE_ROLLBACK_FAILED"])
        .on("DescribeStackEvents", [events(&failing, "")])
        .on("ListStackResources", [held()]);
    let ran = script.run("rollback --yes --json").await;
    assert_eq!(ended(&ran, 1, "failed")["rootCause"]["logicalId"], "Queue", "{ran}");
}

#[tokio::test]
async fn following_tells_how_it_ended() {
    let follow = "events --follow --json";
    let missing = ended(&Script::stack(&[""]).run(follow).await, 1, "failed");
    assert!(missing["error"].as_str().unwrap().contains("there is no stack drydock"), "{missing}");
    let looks_away = Script::stack(&["UPDATE_IN_PROGRESS"]).interrupted_at("DescribeStackEvents", follow).await;
    assert_eq!(ended(&looks_away, 130, "interrupted")["status"], "UPDATE_IN_PROGRESS");
}
