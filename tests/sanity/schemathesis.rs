//! The same OpenAPI documents and the same code, asked by Schemathesis: every class of failure that it finds in its
//! examples and coverage phases is found here, too, and where it finds none, neither do we.
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
const CODES: [(&str, &str); 11] = [
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
];

async fn program() -> PathBuf {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/local");
    let venv = Venv::ensure(&Printer::new(true, false, true), &target, Purpose::Schemathesis).await.unwrap();
    venv.program("st")
}

/// A fixture's function on loopback.
async fn serve(fixture: &Fixture) -> (Child, String) {
    let mut server = Command::new("node")
        .arg(fixture::folder().join("serve.mjs"))
        .arg(fixture::folder().join(&fixture.name).join("repository/src/index.mjs"))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut port = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut port).await.unwrap();
    (server, format!("http://127.0.0.1:{}", port.trim()))
}

/// What Schemathesis finds: operations (`GET /x`) with the name of the check.
async fn theirs(fixture: &Fixture) -> BTreeSet<(String, String)> {
    let document = fixture::folder().join(&fixture.name).join("repository/openapi.yaml");
    let (_server, url) = serve(fixture).await;
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(program().await)
        .arg("run")
        .arg(document)
        .args(["--url", &url, "--phases", "examples,coverage", "--continue-on-failure", "--no-color", "--seed", "1"])
        .args(["--request-timeout", "20", "--max-response-time", "5", "--report", "json", "--report-dir"])
        .arg(folder.path())
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
            found.insert((operation.as_str().unwrap().to_owned(), check.clone()));
        }
    }
    found
}

/// What we find, in the same form. A flaky answer counts: it was wrong once.
fn ours(report: &Report) -> BTreeSet<(String, String)> {
    let bad = report.steps.iter().filter(|step| matches!(step.result.outcome, Outcome::Failed | Outcome::Flaky));
    bad.flat_map(|step| {
        // A step's name begins with the operation that it is about.
        let operation: Vec<&str> = step.result.name.split(' ').take(2).collect();
        let failed = step.result.checks.iter().filter(|check| !check.passed);
        failed.map(|check| (operation.join(" "), check.name.to_string())).collect::<Vec<_>>()
    })
    .collect()
}

#[tokio::test]
async fn every_class_of_failure_that_schemathesis_finds_is_found() {
    let _alone = alone().await;
    let world = World::new().await;
    world.take_model().await;
    for name in ["node-openapi", "node-faults"] {
        let fixture = fixture::read(name);
        let (repository, details) = fixture.deploy(&world).await;
        let status = test(&world, &repository, &details, json!({})).await;
        let report = report(&status).await;
        let ours = ours(&report);
        let theirs = theirs(&fixture).await;
        // It counts a request without a required header twice: under the name of the header's check, and as any wrong
        // request.
        let named = |operation: &str, check: &str| ours.contains(&(operation.to_owned(), check.to_owned()));
        let twice = |operation: &str, check: &str| {
            check == "negative_data_rejection" && named(operation, "missing_required_header")
        };
        let missed = theirs.difference(&ours).filter(|(operation, check)| !twice(operation, check));
        let missed: Vec<_> = missed.collect();
        assert!(missed.is_empty(), "{name}: missed {missed:#?}, found {ours:#?}");
        assert_eq!(theirs.is_empty(), name == "node-openapi", "{name}: {theirs:#?}");
        assert_eq!(ours.is_empty(), name == "node-openapi", "{name}: {:#?}", fixture.judge(&report).false_alarms);
    }
}
