//! Findings of whole trees, and what changes do to them.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use drydock_gate::{Comparison, Gate, Severity};
use drydock_tree::{File, Tree};
use std::sync::LazyLock;

static GATE: LazyLock<Gate> = LazyLock::new(Gate::new);

const TEMPLATE: &str = "\
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src/
      Handler: app.handler
      Runtime: python3.13
      FunctionUrlConfig: {AuthType: NONE}
Outputs:
  Url:
    Value: !GetAtt HelloUrl.FunctionUrl
";

const APP: &str = "def handler(event, context):\n    return {'statusCode': 200}\n";

fn tree(files: &[(&str, &str)]) -> Tree {
    files.iter().map(|(path, text)| ((*path).to_owned(), File::new(*text))).collect()
}

fn good() -> Tree {
    tree(&[("template.yaml", TEMPLATE), ("src/app.py", APP)])
}

fn with(path: &str, text: &str) -> Tree {
    let mut tree = good();
    tree.insert(path, File::new(text)).unwrap();
    tree
}

fn rules(findings: &[drydock_gate::Finding]) -> Vec<&str> {
    findings.iter().filter(|finding| finding.severity == Severity::Error).map(|finding| finding.rule.as_str()).collect()
}

#[track_caller]
fn check_new(path: &str, text: &str, expected: &[&str]) {
    let comparison = GATE.compare(&good(), &with(path, text)).unwrap();
    assert_eq!(rules(&comparison.new), expected, "{:#?}", comparison.new);
}

#[test]
fn a_sound_project_has_no_findings() {
    assert_eq!(rules(&GATE.survey(&good(), "").unwrap()), [""; 0]);
    assert_eq!(GATE.compare(&good(), &good()).unwrap(), Comparison::default());
}

#[test]
fn templates_are_judged_by_the_validator() {
    check_new("template.yaml", &TEMPLATE.replace("python3.13", "python3.7"), &["E2531"]);
    check_new("template.yaml", &TEMPLATE.replace("HelloUrl.", "Helo."), &["F6101"]);
    check_new("template.yaml", &TEMPLATE.replace("Resources:", "Resources: ["), &["F1101"]);
    check_new("other.yaml", "Resources:\n  A:\n    Type: AWS::SQS::Queue\n    Properties: {Nmae: x}\n", &["F3002"]);
}

#[test]
fn code_must_be_where_the_template_says() {
    check_new("template.yaml", &TEMPLATE.replace("src/", "source/"), &["code-location"]);
    // The template has not changed, but what it speaks of has.
    check_new("src/app.py", "def main(event, context): pass\n", &["code-location"]);
}

#[test]
fn every_language_is_parsed() {
    check_new("src/app.py", "def handler(event, context)\n    return 1\n", &["python-syntax"]);
    check_new("a.mjs", "export const a = ;\n", &["javascript-syntax"]);
    check_new("a.ts", "const a: number = 1\n", &[]);
    check_new("a.js", "const fs = require('fs'); return 1\n", &[]);
    check_new("a.js", "import a from 'a'; await a();\n", &[]);
    check_new("main.tf", "resource \"aws_sqs_queue\" \"q\" {\n  name = var.x\n}\n", &["terraform-reference"]);
    check_new("main.tf", "resource {{\n", &["terraform-syntax"]);
    check_new("package.json", "{\"dependencies\": []}", &["package-json"]);
    check_new("src/requirements.txt", "boto3=1\n", &["requirements"]);
    check_new("a.json", "{,}", &["json-syntax"]);
    check_new("a.yaml", "a: [\n", &["yaml-syntax"]);
    check_new("flow.asl.json", "{\"StartAt\": \"A\", \"States\": {}}", &["state-machine"]);
}

#[test]
fn what_was_there_is_not_blamed_on_a_change() {
    let broken = TEMPLATE.replace("python3.13", "python3.7");
    let before = tree(&[("template.yaml", &broken), ("src/app.py", APP)]);
    let moved = broken.replace("Resources:\n", "# moved down\n\nResources:\n");
    let after = tree(&[("template.yaml", &moved), ("src/app.py", APP)]);
    assert_eq!(GATE.compare(&before, &after).unwrap(), Comparison::default());
    let solved = GATE.compare(&before, &good()).unwrap();
    assert_eq!((rules(&solved.new), rules(&solved.solved)), (vec![], vec!["E2531"]));
}

#[test]
fn a_survey_stays_below_its_root() {
    let tree = tree(&[("a/x.json", "{,}"), ("ab/x.json", "{,}"), ("a/node_modules/m/x.json", "{,}")]);
    let found = GATE.survey(&tree, "a").unwrap();
    assert_eq!(found.iter().map(|finding| finding.file.as_str()).collect::<Vec<_>>(), ["a/x.json"]);
}

#[test]
fn nesting_made_to_hurt_ends_in_a_finding_or_in_nothing() {
    let deep = 20_000;
    for (path, text) in [
        ("a.json", "[".repeat(deep)),
        ("a.yaml", "[".repeat(deep)),
        ("a.py", "(".repeat(deep)),
        ("a.py", format!("x = {}1", "not ".repeat(deep))),
        ("a.js", "(".repeat(deep)),
        ("a.js", format!("x = {}1", "!".repeat(deep))),
        ("a.tf", format!("x = {}", "[".repeat(deep))),
        ("a.toml", format!("x = {}", "[".repeat(deep))),
        ("template.json", format!("{{\"Resources\": {{\"A\": \"AWS::\", \"B\": {}", "[".repeat(deep))),
        ("template.yaml", format!("Resources:\n  A: AWS::X\n  B: {}", "[".repeat(deep))),
    ] {
        let after = tree(&[(path, text.as_str())]);
        GATE.compare(&Tree::new(), &after).unwrap();
    }
}
