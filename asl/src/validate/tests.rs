//! Each defect, in the smallest machine that has it.

#![expect(clippy::needless_pass_by_value, reason = "machines are written where they are checked")]

use crate::*;
use serde_json::{Value, json};

/// `states` in JSONPath, the first one first.
fn check(states: Value, expected: &[&str]) {
    check_machine(json!({"States": states}), expected);
}

fn check_jsonata(states: Value, expected: &[&str]) {
    check_machine(json!({"QueryLanguage": "JSONata", "States": states}), expected);
}

fn check_machine(mut machine: Value, expected: &[&str]) {
    let first = machine["States"].as_object().and_then(|states| states.keys().next()).cloned().unwrap();
    if machine.get("StartAt").is_none() {
        machine["StartAt"] = first.into();
    }
    let machine: StateMachine = serde_json::from_value(machine).unwrap();
    let found: Vec<_> = machine.validate().iter().map(ToString::to_string).collect();
    assert_eq!(found, expected);
}

fn task(more: Value) -> Value {
    let mut task = json!({"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "End": true});
    task.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
    json!({"A": task})
}

#[test]
fn a_sound_machine_has_no_defects() {
    check(json!({"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Succeed"}}), &[]);
}

#[test]
fn names_that_are_no_states_are_found_with_their_field() {
    check_machine(
        json!({"StartAt": "A", "States": {"X": {"Type": "Succeed"}}}),
        &["StartAt names `A`, which is no state", "`X` can never be reached"],
    );
    check(
        json!({"A": {"Type": "Pass", "Next": "B"}}),
        &["Next of `A` names `B`, which is no state", "no state that can be reached ends the execution"],
    );
    check(
        task(json!({"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Lost"}]})),
        &["Catch of `A` names `Lost`, which is no state"],
    );
    check_jsonata(
        json!({
            "A": {"Type": "Choice", "Choices": [{"Condition": "{% $states.input.ok %}", "Next": "Yes"}], "Default": "No"},
            "B": {"Type": "Succeed"}
        }),
        &[
            "Choices of `A` names `Yes`, which is no state",
            "Default of `A` names `No`, which is no state",
            "`B` can never be reached",
            "no state that can be reached ends the execution",
        ],
    );
}

#[test]
fn what_never_runs_or_never_ends_is_found() {
    let (pass, succeed) = (|next: &str| json!({"Type": "Pass", "Next": next}), json!({"Type": "Succeed"}));
    check(
        json!({"A": succeed, "B": pass("C"), "C": pass("B")}),
        &["`B` can never be reached", "`C` can never be reached"],
    );
    check(json!({"A": pass("B"), "B": pass("A")}), &["no state that can be reached ends the execution"]);
    let choice =
        json!({"Type": "Choice", "Choices": [{"Variable": "$.x", "IsNull": true, "Next": "B"}], "Default": "C"});
    check(json!({"A": choice, "B": succeed, "C": pass("C")}), &["from `C` no way leads to an end"]);
}

#[test]
fn what_runs_inside_a_state_is_looked_at_by_itself() {
    let branch = |start: &str, states: Value| json!({"StartAt": start, "States": states});
    let parallel = |branches: Value| json!({"A": {"Type": "Parallel", "Branches": branches, "End": true}});
    check(parallel(json!([branch("X", json!({"X": {"Type": "Pass", "End": true}}))])), &[]);
    check(
        parallel(json!([branch("X", json!({"Y": {"Type": "Pass", "Next": "A"}}))])),
        &[
            "StartAt in `A` names `X`, which is no state in it",
            "Next of `Y` names `A`, which is no state",
            "`Y` can never be reached",
        ],
    );
    check(
        parallel(json!([branch("X", json!({"X": {"Type": "Pass", "Next": "X"}}))])),
        &["no state that can be reached ends what runs in `A`"],
    );
    check(
        parallel(json!([branch("A", json!({"A": {"Type": "Pass", "End": true}}))])),
        &["two states have the name `A`"],
    );
    check(parallel(json!([])), &["`A`: Branches: nothing to do"]);
}

#[test]
fn names_and_choices_have_their_limits() {
    let long = "A".repeat(81);
    let states = [(long.clone(), json!({"Type": "Succeed"}))].into_iter().collect();
    check(Value::Object(states), &[&format!("`{long}` is no name of a state: 1 to 80 characters")]);
    check(
        json!({"A": {"Type": "Choice", "Choices": [], "Default": "B"}, "B": {"Type": "Succeed"}}),
        &["`A`: Choices: nothing to choose from"],
    );
    check(
        json!({
            "A": {"Type": "Choice", "Choices": [{"Variable": "$.x", "IsPresent": true, "Next": "B"}]},
            "B": {"Type": "Succeed"}
        }),
        &["`A` has no Default: it fails when no rule holds"],
    );
}

#[test]
fn recovery_that_cannot_work_is_found() {
    let retry = |retry: Value, expected: &str| check(task(json!({"Retry": retry})), &[expected]);
    let all = json!(["States.ALL"]);
    retry(json!([{"ErrorEquals": all, "BackoffRate": 0.5}]), "`A`: Retry: BackoffRate is below 1.0");
    retry(json!([{"ErrorEquals": all, "IntervalSeconds": 0}]), "`A`: Retry: IntervalSeconds is 0");
    retry(
        json!([{"ErrorEquals": all, "IntervalSeconds": 30, "MaxDelaySeconds": 30}]),
        "`A`: Retry: MaxDelaySeconds does not exceed IntervalSeconds",
    );
    retry(
        json!([{"ErrorEquals": all}, {"ErrorEquals": ["States.Timeout"]}]),
        "`A`: Retry: States.ALL stands before others, which are never tried",
    );
    retry(
        json!([{"ErrorEquals": ["States.ALL", "States.Timeout"]}]),
        "`A`: Retry: States.ALL stands beside other errors",
    );
    retry(json!([{"ErrorEquals": []}]), "`A`: Retry: ErrorEquals is empty");
    retry(json!([{"ErrorEquals": ["States.Bored"]}]), "`A`: Retry: States.Bored is no error of the language");
    check(
        task(json!({"Catch": [{"ErrorEquals": [], "Next": "B"}]})),
        &["Catch of `A` names `B`, which is no state", "`A`: Catch: ErrorEquals is empty"],
    );
}

#[test]
fn fields_go_with_the_query_language() {
    let misfit = |states: Value, expected: &str| check(states, &[&format!("`A`: {expected}")]);
    misfit(task(json!({"Arguments": {}})), "Arguments: a field of JSONata in a JSONPath state");
    misfit(task(json!({"TimeoutSeconds": "{% 5 %}"})), "TimeoutSeconds: a JSONata expression in a JSONPath state");
    misfit(task(json!({"InputPath": "x"})), "InputPath: `x` is no path, which begins with $");
    misfit(task(json!({"Parameters": {"a": [{"b.$": "x"}]}})), "Parameters, b.$: `x` is no path, which begins with $");
    check(task(json!({"InputPath": null, "Parameters": {"a.$": "States.UUID()", "b.$": "$$.Execution.Id"}})), &[]);
    check(task(json!({"QueryLanguage": "JSONata", "Arguments": {"InputPath": "x"}})), &[]);
    check_jsonata(
        task(
            json!({"ResultPath": "$.x", "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "A", "ResultPath": "$.x"}]}),
        ),
        &[
            "`A`: ResultPath: a field of JSONPath in a JSONata state",
            "`A`: ResultPath: a field of JSONPath in a JSONata state",
        ],
    );
    check_jsonata(
        json!({"A": {"Type": "Pass", "QueryLanguage": "JSONPath", "End": true}}),
        &["`A`: QueryLanguage: a JSONata machine has no JSONPath states"],
    );
}

#[test]
fn numbers_are_in_range_and_fields_do_not_contradict_each_other() {
    check(task(json!({"TimeoutSeconds": 0})), &["`A`: TimeoutSeconds: 1 to 99999999"]);
    check(
        task(json!({"TimeoutSeconds": 5, "HeartbeatSeconds": 5})),
        &["`A`: HeartbeatSeconds: must be less than TimeoutSeconds"],
    );
    check(
        task(json!({"TimeoutSeconds": 5, "TimeoutSecondsPath": "$.x"})),
        &["`A`: TimeoutSeconds and TimeoutSecondsPath: one of them"],
    );
    check(
        task(
            json!({"Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "Parameters": {"MessageBody": ""}}),
        ),
        &["`A`: Resource: waits for a token that is never handed out"],
    );
    check(json!({"A": {"Type": "Fail", "Error": "x", "ErrorPath": "$.x"}}), &["`A`: Error and ErrorPath: one of them"]);
    check_machine(
        json!({"Version": "2.0", "TimeoutSeconds": 0, "States": {"A": {"Type": "Succeed"}}}),
        &["the machine: Version: only 1.0 is known", "the machine: TimeoutSeconds: 1 to 99999999"],
    );
}

#[test]
fn a_map_is_inline_or_distributed() {
    let map = |mode: &str, more: Value| {
        let inside = json!({"X": {"Type": "Pass", "End": true}});
        let processor = json!({"ProcessorConfig": {"Mode": mode}, "StartAt": "X", "States": inside});
        let mut map = json!({"Type": "Map", "ItemProcessor": processor, "End": true});
        map.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
        json!({"A": map})
    };
    check(map("DISTRIBUTED", json!({"ToleratedFailureCount": 3, "ItemBatcher": {"MaxItemsPerBatch": 10}})), &[]);
    check(
        map("INLINE", json!({"ToleratedFailureCount": 3, "ItemBatcher": {"MaxItemsPerBatch": 10}})),
        &["`A`: ItemBatcher: only in a distributed map", "`A`: ToleratedFailureCount: only in a distributed map"],
    );
    check(
        map("DISTRIBUTED", json!({"ToleratedFailurePercentage": 101})),
        &["`A`: ToleratedFailurePercentage: 0 to 100"],
    );
    check(json!({"A": {"Type": "Map", "End": true}}), &["`A`: ItemProcessor: nothing to do with the items"]);
}
