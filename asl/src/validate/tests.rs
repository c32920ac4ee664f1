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
        let mut config = json!({"Mode": mode});
        if mode == "DISTRIBUTED" {
            config["ExecutionType"] = json!("STANDARD");
        }
        let processor = json!({"ProcessorConfig": config, "StartAt": "X", "States": inside});
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
    check(
        distributed(None, json!({"Type": "Pass", "End": true})),
        &["`A`: ProcessorConfig: a distributed map needs an ExecutionType"],
    );
}

/// A distributed map with one state inside, in executions of that type.
fn distributed(execution_type: Option<&str>, inside: Value) -> Value {
    let mut config = json!({"Mode": "DISTRIBUTED"});
    if let Some(execution_type) = execution_type {
        config["ExecutionType"] = json!(execution_type);
    }
    let processor = json!({"ProcessorConfig": config, "StartAt": "X", "States": {"X": inside}});
    json!({"A": {"Type": "Map", "ItemProcessor": processor, "End": true}})
}

#[test]
fn express_executions_do_not_wait_for_others() {
    let call = |resource: &str| json!({"Type": "Task", "Resource": resource, "End": true});
    let token = json!({"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": {"MessageBody.$": "$$.Task.Token"}, "End": true});
    let inner = distributed(Some("STANDARD"), json!({"Type": "Succeed"}))["A"].clone();
    for (inside, expected) in [
        (call("arn:aws:states:::sns:publish"), None),
        (call("arn:aws:states:::ecs:runTask.sync"), Some("Resource: express executions do not wait for jobs (.sync)")),
        (
            call("arn:aws:states:eu-west-1:123456789012:activity:pack"),
            Some("Resource: express executions have no activities"),
        ),
        (token, Some("Resource: express executions wait for no token")),
    ] {
        let expected = expected.map(|expected| format!("`X`: {expected}"));
        let expected: Vec<_> = expected.iter().map(String::as_str).collect();
        check(distributed(Some("EXPRESS"), inside.clone()), &expected);
        check(distributed(Some("STANDARD"), inside.clone()), &[]);
        // However deep inside, and not behind it.
        let branch = json!([{"StartAt": "Y", "States": {"Y": inside}}]);
        let deep = distributed(Some("EXPRESS"), json!({"Type": "Parallel", "Branches": branch, "End": true}));
        let expected: Vec<_> = expected.iter().map(|expected| expected.replace("`X`", "`Y`")).collect();
        check(deep, &expected.iter().map(String::as_str).collect::<Vec<_>>());
        check(json!({"B": {"Type": "Pass", "Next": "C"}, "C": inside}), &[]);
    }
    let mut nested = inner;
    nested["ItemProcessor"]["States"] = json!({"Z": {"Type": "Succeed"}});
    nested["ItemProcessor"]["StartAt"] = json!("Z");
    check(distributed(Some("EXPRESS"), nested), &["`X`: ItemProcessor: express executions have no distributed maps"]);
}

#[test]
fn times_are_times() {
    let wait = |time: &str| json!({"A": {"Type": "Wait", "Timestamp": time, "End": true}});
    check(wait("2016-03-14T01:59:00Z"), &[]);
    check(wait("${Begin}"), &[]);
    check(wait("tomorrow"), &["`A`: Timestamp: `tomorrow` is no time such as 2016-03-14T01:59:00Z"]);
    check_jsonata(wait("{% $at %}"), &[]);
    let choice = |time: &str| {
        let test = json!({"Variable": "$.at", "TimestampLessThan": time});
        let rule = json!({"Or": [{"Not": test}, {"Variable": "$.at", "IsNull": true}], "Next": "B"});
        json!({"A": {"Type": "Choice", "Choices": [rule], "Default": "B"}, "B": {"Type": "Succeed"}})
    };
    check(choice("2016-03-14T01:59:00+01:00"), &[]);
    check(choice("2016-03-14"), &["`A`: Choices: `2016-03-14` is no time such as 2016-03-14T01:59:00Z"]);
}

#[test]
fn variables_have_names() {
    let pass = |assign: Value| json!({"A": {"Type": "Pass", "Assign": assign, "End": true}});
    check(pass(json!({"total.$": "$.x", "x_1": 1, "größe": 2})), &[]);
    check_jsonata(pass(json!({"total": "{% $x %}"})), &[]);
    let long = "v".repeat(81);
    for wrong in ["", "1st", "_x", "a-b", "a b", "$x", long.as_str()] {
        let expected = format!("`A`: Assign: `{wrong}` is no name of a variable: a letter, then letters, digits and _");
        check(pass(json!({wrong: 1})), &[&expected]);
        check_jsonata(pass(json!({wrong: 1})), &[&expected]);
    }
    check(pass(json!({"states.$": "$"})), &["`A`: Assign: `states` is the language's own"]);
    check_jsonata(
        pass(json!({"total.$": 1})),
        &["`A`: Assign: `total.$` is no name of a variable: a letter, then letters, digits and _"],
    );
    check(
        task(json!({"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "A", "Assign": {"a.b": 1}}]})),
        &["`A`: Assign: `a.b` is no name of a variable: a letter, then letters, digits and _"],
    );
}

#[test]
fn an_expression_is_closed() {
    let pass = |output: Value| json!({"A": {"Type": "Pass", "Output": output, "Comment": "100 %}", "End": true}});
    check_jsonata(pass(json!({"a": ["{% $x %}", "no %} at its end ", "x"]})), &[]);
    for text in ["{% $x", "$x %}", " {% $x %}", "{% $x %} "] {
        let expected = format!("`A`: Output: `{text}` is no expression, which begins with {{% and ends with %}}");
        check_jsonata(pass(json!({"a": [{"b": text}]})), &[&expected]);
    }
    check_jsonata(
        task(json!({"Arguments": {"Message": "{% $x"}, "Assign": {"x": "{% 1"}})),
        &[
            "`A`: Arguments: `{% $x` is no expression, which begins with {% and ends with %}",
            "`A`: Assign: `{% 1` is no expression, which begins with {% and ends with %}",
        ],
    );
}
