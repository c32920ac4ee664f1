//! The same OpenAPI documents and the same code, asked by Schemathesis: every class of failure that it finds in its
//! examples and coverage phases is found here, too, but for those that are known to be none, which are not repeated.
//!
//! Schemathesis is installed into a virtual environment of its own, once, and takes some seconds a document. It asks
//! the functions on a server of their own: the engine refuses some of what it sends by itself.

use crate::fixture::{self, Fixture};
use crate::{alone, report, test};
use drydock_e2e::World;
use drydock_sanity::report::Report;
use drydock_sanity::run::Outcome;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use xtask::engine::{Purpose, Venv};
use xtask::printer::Printer;

/// Its codes (`st explain`) and the checks that find the same here.
const CODES: [(&str, &str); 12] = [
    ("ST101", "not_a_server_error"),
    ("ST103", "status_code_conformance"),
    ("ST104", "content_type_conformance"),
    ("ST105", "content_type_conformance"),
    ("ST106", "content_type_conformance"),
    ("ST107", "response_headers_conformance"),
    ("ST108", "response_schema_conformance"),
    ("ST201", "negative_data_rejection"),
    ("ST202", "positive_data_acceptance"),
    ("ST203", "missing_required_header"),
    ("ST204", "unsupported_method"),
    ("ST401", "ignored_auth"),
];

/// Operations (`GET /x`) with the name of a check.
type Found = BTreeSet<(String, String)>;

/// An operation as both sides call it. Which method they try that a path does not have is their own choice.
fn named(method: &str, path: &str, check: &str) -> (String, String) {
    let method = if check == "unsupported_method" { "another method at" } else { method };
    (format!("{method} {path}"), check.to_owned())
}

async fn program() -> PathBuf {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/local");
    let venv = Venv::ensure(&Printer::new(true, false, true), &target, Purpose::Schemathesis).await.unwrap();
    venv.program("st")
}

/// A fixture's function on loopback, freshly started.
async fn serve(fixture: &Fixture) -> (Child, String) {
    let source = fixture::folder().join(&fixture.name).join("repository/src");
    let (program, server, module) = if source.join("index.mjs").is_file() {
        ("node", "serve.mjs", "index.mjs")
    } else {
        ("python3", "serve.py", "app.py")
    };
    let mut server = Command::new(program)
        .arg(fixture::folder().join(server))
        .arg(source.join(module))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut port = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut port).await.unwrap();
    (server, format!("http://127.0.0.1:{}", port.trim()))
}

/// What Schemathesis finds.
async fn theirs(fixture: &Fixture) -> Found {
    let document = fixture::folder().join(&fixture.name).join("repository/openapi.yaml");
    let (_server, url) = serve(fixture).await;
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(program().await)
        .arg("run")
        .arg(document)
        .args(["--url", &url, "--phases", "examples,coverage", "--continue-on-failure", "--no-color", "--seed", "1"])
        .args(["--request-timeout", "20", "--max-response-time", "5", "--report", "json", "--report-dir"])
        .arg(folder.path())
        .args(header(fixture))
        .current_dir(folder.path())
        .kill_on_drop(true)
        .output()
        .await
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let report = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
    let report = report.into_iter().find(|path| path.extension().is_some_and(|end| end == "json"));
    let report = std::fs::read_to_string(report.unwrap_or_else(|| panic!("no report: {text}"))).unwrap();
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!((&report["complete"], &report["errors"]), (&json!(true), &json!([])), "{text}");
    let mut found = BTreeSet::new();
    for failure in report["failures"].as_array().unwrap() {
        let code = failure["code"].as_str().unwrap();
        let check = CODES.iter().find(|(known, _)| *known == code).map(|(_, check)| (*check).to_owned());
        // How long an answer takes is no failure with a code of its own in every version.
        let check = check.unwrap_or_else(|| {
            assert!(failure["title"].as_str().unwrap().contains("time"), "a class that is not known here: {failure}");
            "max_response_time".to_owned()
        });
        for operation in failure["operations"].as_array().unwrap() {
            let (method, path) = operation.as_str().unwrap().split_once(' ').unwrap();
            found.insert(named(method, path, &check));
        }
    }
    found
}

/// What shows it to be somebody who may ask.
fn header(fixture: &Fixture) -> Vec<String> {
    let bearer = fixture.secret.iter().map(|secret| secret["bearer"].as_str().unwrap());
    bearer.flat_map(|bearer| ["--header".to_owned(), format!("Authorization: Bearer {bearer}")]).collect()
}

/// What we find, in the same form. A flaky answer counts: it was wrong once.
fn ours(report: &Report) -> Found {
    let bad = report.steps.iter().filter(|step| matches!(step.result.outcome, Outcome::Failed | Outcome::Flaky));
    bad.flat_map(|step| {
        // A step's name begins with the operation that it is about.
        let (method, rest) = step.result.name.split_once(' ').unwrap();
        let path = rest.split([' ', ',']).next().unwrap();
        let failed = step.result.checks.iter().filter(|check| !check.passed);
        failed.map(|check| named(method, path, &check.name.to_string())).collect::<Vec<_>>()
    })
    .collect()
}

#[tokio::test]
async fn every_class_of_failure_that_schemathesis_finds_is_found_and_its_false_alarms_are_not_repeated() {
    let _alone = alone().await;
    let world = World::new().await;
    world.take_model().await;
    let compared = fixture::all().into_iter().filter_map(|fixture| Some((fixture.schemathesis.clone()?, fixture)));
    for (known, fixture) in compared {
        let name = &fixture.name;
        let (repository, details) = fixture.deploy(&world).await;
        let status = test(&world, &repository, &details, json!({})).await;
        let report = report(&status).await;
        let (ours, theirs) = (ours(&report), theirs(&fixture).await);
        let false_alarms: Found =
            known.false_alarms.iter().map(|alarm| named(&alarm.method, &alarm.path, &alarm.check)).collect();
        assert!(theirs.is_superset(&false_alarms), "{name}: it says {theirs:#?}, not all of {false_alarms:#?}");
        let repeated: Vec<_> = ours.intersection(&false_alarms).collect();
        assert!(repeated.is_empty(), "{name}: {repeated:#?}");
        // It counts a request without a required header, or without credentials, a second time under another name.
        let has = |operation: &str, check: &str| ours.contains(&(operation.to_owned(), check.to_owned()));
        let twice = |operation: &str, check: &str| match check {
            "negative_data_rejection" => has(operation, "missing_required_header"),
            "missing_required_header" => has(operation, "ignored_auth"),
            _ => false,
        };
        let missed =
            theirs.difference(&ours).filter(|found| !false_alarms.contains(*found) && !twice(&found.0, &found.1));
        let missed: Vec<_> = missed.collect();
        assert!(missed.is_empty(), "{name}: missed {missed:#?}, found {ours:#?}");
        let is_right = fixture.faults.is_empty();
        assert_eq!(theirs == false_alarms, is_right, "{name}: {theirs:#?}");
        assert_eq!(ours.is_empty(), is_right, "{name}: {:#?}", fixture.judge(&report).false_alarms);
    }
}
