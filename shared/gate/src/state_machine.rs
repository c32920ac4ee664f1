//! State machine definitions (<https://states-language.net/spec.html>): what could never run.

use crate::{Finding, json};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

const TYPES: [&str; 8] = ["Task", "Pass", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map"];

/// Machines in machines, at most.
const MAX_DEPTH: usize = 16;

/// Reads a file that is a definition, in JSON or YAML.
pub(crate) fn check(file: &str, text: &str) -> Vec<Finding> {
    let value = if file.ends_with(".json") {
        match json::parse(file, text) {
            Ok(value) => value,
            Err(finding) => return vec![*finding],
        }
    } else {
        let findings = crate::yaml::check(file, text);
        if !findings.is_empty() {
            return findings;
        }
        match serde_yaml::from_str(text) {
            Ok(value) => value,
            Err(error) => return vec![Finding::error(file, None, "yaml-syntax", error.to_string())],
        }
    };
    let mut machine = Machine { file, findings: Vec::new() };
    machine.check(&value, "", 0);
    machine.findings
}

struct Machine<'a> {
    file: &'a str,
    findings: Vec<Finding>,
}

impl Machine<'_> {
    fn bad(&mut self, place: &str, message: String) {
        self.findings.push(Finding::error(self.file, None, "state-machine", message).at(place));
    }

    fn check(&mut self, machine: &Value, place: &str, depth: usize) {
        if depth > MAX_DEPTH {
            return self.bad(place, format!("more than {MAX_DEPTH} machines deep"));
        }
        let Some(states) = machine.get("States").and_then(Value::as_object).filter(|states| !states.is_empty()) else {
            return self.bad(place, "`States` must be an object with at least one state".to_owned());
        };
        let start = match machine.get("StartAt").and_then(Value::as_str) {
            Some(start) if states.contains_key(start) => start,
            Some(start) => return self.bad(place, format!("StartAt names `{start}`, which is no state")),
            None => return self.bad(place, "`StartAt` must name a state".to_owned()),
        };
        for (name, state) in states {
            self.state(states, name, state, &format!("{place}{name}"), depth);
        }
        let reached = reachable(states, start);
        for name in states.keys().filter(|name| !reached.contains(name.as_str())) {
            self.bad(&format!("{place}{name}"), "no state leads there".to_owned());
        }
    }

    fn state(&mut self, states: &Map<String, Value>, name: &str, state: &Value, place: &str, depth: usize) {
        let kind = state.get("Type").and_then(Value::as_str).unwrap_or_default();
        if !TYPES.contains(&kind) {
            return self.bad(place, format!("Type `{kind}` is none of {}", TYPES.join(", ")));
        }
        for target in targets(state).into_iter().filter(|target| !states.contains_key(*target)) {
            self.bad(place, format!("it goes to `{target}`, which is no state"));
        }
        let ends = state.get("End").and_then(Value::as_bool) == Some(true);
        match kind {
            "Succeed" | "Fail" => {}
            "Choice" if state.get("Choices").and_then(Value::as_array).is_none_or(Vec::is_empty) => {
                self.bad(place, "it has nothing to choose from".to_owned());
            }
            "Choice" => {}
            _ if ends == state.get("Next").is_some() => {
                self.bad(place, "it needs either `Next` or `End: true`".to_owned());
            }
            _ => {}
        }
        if kind == "Task" && state.get("Resource").and_then(Value::as_str).is_none_or(str::is_empty) {
            self.bad(place, format!("Task `{name}` has no `Resource`"));
        }
        if kind == "Parallel" {
            for (at, branch) in state.get("Branches").and_then(Value::as_array).into_iter().flatten().enumerate() {
                self.check(branch, &format!("{place}[{at}]/"), depth + 1);
            }
        }
        if kind == "Map" {
            match state.get("ItemProcessor").or_else(|| state.get("Iterator")) {
                Some(inner) => self.check(inner, &format!("{place}/"), depth + 1),
                None => self.bad(place, "Map has no `ItemProcessor`".to_owned()),
            }
        }
    }
}

/// Every state that this one may go to.
fn targets(state: &Value) -> Vec<&str> {
    let listed = |field: &str| state.get(field).and_then(Value::as_array).into_iter().flatten();
    [state.get("Next"), state.get("Default")]
        .into_iter()
        .flatten()
        .chain(listed("Choices").chain(listed("Catch")).filter_map(|rule| rule.get("Next")))
        .filter_map(Value::as_str)
        .collect()
}

fn reachable<'m>(states: &'m Map<String, Value>, start: &'m str) -> BTreeSet<&'m str> {
    let mut reached = BTreeSet::new();
    let mut waiting = vec![start];
    while let Some(name) = waiting.pop() {
        if reached.insert(name)
            && let Some(state) = states.get(name)
        {
            waiting.extend(targets(state));
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_must_be_able_to_run() {
        let check_json = |text: &str, expected: &[&str]| {
            let found: Vec<String> = check("m.asl.json", text).iter().map(ToString::to_string).collect();
            assert_eq!(found.len(), expected.len(), "{found:?}");
            assert!(found.iter().zip(expected).all(|(found, expected)| found.contains(expected)), "{found:?}");
        };
        check_json(r#"{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}"#, &[]);
        check_json(r#"{"StartAt": "A", "States": {}}"#, &["at least one state"]);
        check_json(r#"{"StartAt": "B", "States": {"A": {"Type": "Pass", "End": true}}}"#, &["StartAt names `B`"]);
        check_json(r#"{"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}}}"#, &["goes to `B`"]);
        check_json(r#"{"StartAt": "A", "States": {"A": {"Type": "Pass"}}}"#, &["either `Next` or"]);
        check_json(r#"{"StartAt": "A", "States": {"A": {"Type": "Task", "End": true}}}"#, &["no `Resource`"]);
        check_json(r#"{"StartAt": "A", "States": {"A": {"Type": "Pas", "End": true}}}"#, &["`Pas` is none of"]);
        check_json(
            r#"{"StartAt": "A", "States": {"A": {"Type": "Succeed"}, "B": {"Type": "Succeed"}}}"#,
            &["no state leads there (B)"],
        );
        check_json(
            r#"{"StartAt": "A", "States": {"A": {"Type": "Parallel", "End": true,
                "Branches": [{"StartAt": "X", "States": {"Y": {"Type": "Succeed"}}}]}}}"#,
            &["StartAt names `X`, which is no state (A[0]/)"],
        );
    }

    #[test]
    fn yaml_is_read_too() {
        assert_eq!(check("m.asl.yaml", "StartAt: A\nStates:\n  A: {Type: Succeed}\n"), []);
        assert_eq!(check("m.asl.yaml", "StartAt: B\nStates:\n  A: {Type: Succeed}\n").len(), 1);
        assert_eq!(check("m.asl.yaml", "StartAt: [\n")[0].rule, "yaml-syntax");
    }
}
