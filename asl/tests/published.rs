//! Machines as they are published, read and written: the patterns of the states language's specification and of the
//! Step Functions guide, one file each in `fixtures/`, together every state type and every field in both languages.
//!
//! <https://states-language.net/spec.html>, <https://docs.aws.amazon.com/step-functions/latest/dg/>

#![expect(clippy::unwrap_used, reason = "a test that panics has failed, helpers included")]

use asl::{State, StateMachine};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

/// Name and text of every fixture.
fn fixtures() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort_unstable();
    let name = |path: &Path| path.file_stem().unwrap().to_string_lossy().into_owned();
    paths.iter().map(|path| (name(path), std::fs::read_to_string(path).unwrap())).collect()
}

fn read(name: &str, text: &str) -> StateMachine {
    StateMachine::from_json(text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// 2 and 2.0 are the same number. The order of fields is no matter.
fn plain(value: &Value) -> Value {
    match value {
        Value::Number(number) => format!("number {}", number.as_f64().unwrap()).into(),
        Value::Array(items) => items.iter().map(plain).collect(),
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), plain(value))).collect(),
        other => other.clone(),
    }
}

#[test]
fn nothing_is_lost_or_added() {
    for (name, text) in fixtures() {
        let machine = read(&name, &text);
        let written: Value = serde_json::from_str(&machine.to_json()).unwrap();
        assert_eq!(plain(&written), plain(&serde_json::from_str(&text).unwrap()), "{name}");
        assert_eq!(read(&name, &machine.to_json()), machine, "{name}");
        assert_eq!(read(&name, &text).to_json(), machine.to_json(), "{name}");
    }
}

#[test]
fn published_machines_are_sound() {
    for (name, text) in fixtures() {
        let defects: Vec<_> = read(&name, &text).validate().iter().map(ToString::to_string).collect();
        assert_eq!(defects, [""; 0], "{name}");
    }
}

#[test]
fn every_state_type_is_there_in_both_languages() {
    let mut found = BTreeSet::new();
    for (name, text) in fixtures() {
        let machine = read(&name, &text);
        machine.each_state(&mut |_, state: &State| {
            let language = state.query_language().or(machine.query_language);
            found.insert((state.kind(), language == Some(asl::QueryLanguage::Jsonata)));
        });
    }
    for kind in ["Task", "Pass", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map"] {
        for jsonata in [true, false] {
            assert!(found.contains(&(kind, jsonata)), "no {kind}, JSONata: {jsonata}");
        }
    }
}

/// Every field of the language.
const FIELDS: &str = "\
    And Arguments Assign BackoffRate BatchInput Branches CSVDelimiter CSVHeaderLocation CSVHeaders Catch Cause \
    CausePath Choices Comment Condition Credentials Default End Error ErrorEquals ErrorPath ExecutionType \
    HeartbeatSeconds HeartbeatSecondsPath InputPath InputType IntervalSeconds ItemBatcher ItemProcessor \
    ItemReader ItemSelector Items ItemsPath ItemsPointer Iterator JitterStrategy Label ManifestType MaxAttempts \
    MaxConcurrency MaxConcurrencyPath MaxDelaySeconds MaxInputBytesPerBatch MaxInputBytesPerBatchPath MaxItems \
    MaxItemsPath MaxItemsPerBatch MaxItemsPerBatchPath Mode Next Not Or Output OutputPath OutputType Parameters \
    ProcessorConfig QueryLanguage ReaderConfig Resource Result ResultPath ResultSelector ResultWriter Retry \
    RoleArn RoleArn.$ Seconds SecondsPath StartAt States Timestamp TimestampPath TimeoutSeconds \
    TimeoutSecondsPath ToleratedFailureCount ToleratedFailureCountPath ToleratedFailurePercentage \
    ToleratedFailurePercentagePath Transformation Type Variable Version WriterConfig";

#[test]
fn every_field_is_there() {
    fn names<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| names(item, found)),
            Value::Object(fields) => {
                for (name, value) in fields {
                    found.insert(name);
                    names(value, found);
                }
            }
            _ => {}
        }
    }
    let read: Vec<Value> = fixtures().iter().map(|(_, text)| serde_json::from_str(text).unwrap()).collect();
    let mut found = BTreeSet::new();
    read.iter().for_each(|machine| names(machine, &mut found));
    for field in FIELDS.split(' ') {
        assert!(found.contains(field), "no {field}");
    }
}

#[test]
fn every_machine_can_be_drawn() {
    for (name, text) in fixtures() {
        let machine = read(&name, &text);
        let drawn = machine.to_mermaid();
        assert!(!drawn.contains("missing"), "{name}: {drawn}");
        machine.each_state(&mut |state, what| {
            let said = matches!(what, State::Choice(_)) || drawn.contains(state);
            assert!(said, "{name}: {state} is not in\n{drawn}");
        });
    }
}

/// A field in the wrong place is an error wherever it is, never dropped.
#[test]
fn a_field_too_many_is_found_anywhere() {
    fn with_one_more(value: &Value, path: &mut Vec<String>, found: &mut Vec<(String, Vec<String>)>) {
        if let Value::Object(fields) = value {
            for (name, value) in fields {
                path.push(name.clone());
                with_one_more(value, path, found);
                path.pop();
            }
            let free = ["Parameters", "Arguments", "Assign", "Output", "Result", "ResultSelector", "ItemSelector"];
            let named = path.last().is_some_and(|last| last == "States");
            let inside = path.iter().any(|name| free.contains(&name.as_str()) || name == "BatchInput");
            if !named && !inside {
                found.push((path.join("/"), path.clone()));
            }
        }
    }
    let mut tried = 0;
    for (name, text) in fixtures() {
        let original: Value = serde_json::from_str(&text).unwrap();
        let mut places = Vec::new();
        with_one_more(&original, &mut Vec::new(), &mut places);
        for (place, path) in places {
            let mut changed = original.clone();
            let target = path.iter().fold(&mut changed, |value, name| value.get_mut(name).unwrap());
            target.as_object_mut().unwrap().insert("Surprise".to_owned(), Value::from(1));
            assert!(StateMachine::from_json(&changed.to_string()).is_err(), "{name}: {place}");
            tried += 1;
        }
    }
    assert!(tried > 50, "{tried}");
}
