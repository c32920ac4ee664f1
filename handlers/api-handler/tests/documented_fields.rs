//! Every field that an answer can have is in `docs/openapi.yaml`. The answers are written out in full, so that a
//! field added to the contract does not compile here until it is added, and is then missed in the document.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use drydock_contract::api::{
    Accepted, Analysis, AnalysisError, AnalyzeRequest, BadRequest, DeploymentSummary, DeploymentsBody, ErrorBody,
    FixInstruction, InternalError, Severity, StatusBody,
};
use drydock_contract::fix::{DeploymentJob, FixSummary, FixedFile};
use drydock_contract::sanity::{Counts, FailedStep, Reports, SanitySummary, Verdict};
use drydock_contract::session::{DeployedResource, DeployedResources, Failure};
use drydock_contract::workflow::{Checkpoint, Round, RoundFix, Workflow};
use drydock_contract::{SessionId, Stage, Status};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn id() -> SessionId {
    SessionId::parse("0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11").unwrap()
}

fn text() -> String {
    "x".to_owned()
}

fn keys(value: &Value) -> BTreeSet<String> {
    value.as_object().unwrap().keys().cloned().collect()
}

/// The schema documents exactly the fields of `answer`, and requires all but the `optional` ones.
fn check(name: &str, answer: &impl Serialize, optional: &[&str]) {
    let document: Value = serde_yaml::from_str(include_str!("../../../docs/openapi.yaml")).unwrap();
    let schema = &document["components"]["schemas"][name];
    let fields = keys(&serde_json::to_value(answer).unwrap());
    assert_eq!(keys(&schema["properties"]), fields, "{name}");
    let required: BTreeSet<String> = serde_json::from_value(schema["required"].clone()).unwrap();
    let optional: BTreeSet<String> = optional.iter().map(|field| (*field).to_owned()).collect();
    assert_eq!(required, &fields - &optional, "{name}");
}

#[test]
fn accepted() {
    let full = Accepted {
        session_id: id(),
        status: Status::Pending,
        message: text(),
        repository: text(),
        branch: text(),
        project_root: Some(text()),
        fix_instructions: Some(text()),
    };
    check("Accepted", &full, &["projectRoot", "fixInstructions"]);
}

#[test]
fn status() {
    let resource = DeployedResource { logical_id: text(), physical_id: text(), resource_type: text(), status: text() };
    check("DeployedResource", &resource, &[]);
    let resources = DeployedResources {
        stack_name: Some(text()),
        stack_id: Some(text()),
        function_name: Some(text()),
        function_arn: Some(text()),
        outputs: [(text(), text())].into(),
        urls: vec![text()],
        resources: vec![resource],
    };
    check("DeployedResources", &resources, &["stackName", "stackId", "functionName", "functionArn"]);
    let full = StatusBody {
        session_id: id(),
        status: Status::Success,
        repository: text(),
        branch: text(),
        project_root: Some(text()),
        message: text(),
        logs: vec![text()],
        deployed_resources: Some(resources),
        fix: Some(fix()),
        sanity: Some(sanity()),
        deployment_job: Some(DeploymentJob {
            repository: text(),
            branch: text(),
            custom_root_folder: Some(text()),
            stack_details: Some(json!({})),
        }),
        workflow: Some(workflow()),
        error: Some(text()),
        last_updated: text(),
    };
    check("DeploymentJob", &full.deployment_job, &["customRootFolder", "stackDetails"]);
    let optional = ["projectRoot", "deployedResources", "fix", "sanity", "deploymentJob", "workflow", "error"];
    check("StatusBody", &full, &optional);
}

fn workflow() -> Workflow {
    let failure = Failure {
        code: text(),
        message: text(),
        remedy: Some(text()),
        location: Some(text()),
        stage: Stage::Monitor,
        replayable: false,
    };
    check("Failure", &failure, &["remedy", "location"]);
    let fix = RoundFix {
        outcome: Some(Checkpoint::Fixed),
        branch: Some(text()),
        commit: Some(text()),
        plan: Some(text()),
        cost_usd: 0.5,
        failure: Some(failure.clone()),
    };
    check("RoundFix", &fix, &["branch", "commit", "plan", "failure"]);
    let round = Round {
        attempt: 1,
        branch: text(),
        commit: Some(text()),
        started_at: text(),
        ended_at: Some(text()),
        deployment: Some(Checkpoint::Deployed),
        tests: Some(Checkpoint::Tested),
        test_counts: Some(Counts::default()),
        tests_cost_usd: 0.1,
        class: Some(text()),
        failure: Some(failure),
        fix: Some(fix),
    };
    let optional = ["commit", "endedAt", "deployment", "tests", "testCounts", "class", "failure", "fix"];
    check("Round", &round, &optional);
    let workflow = Workflow {
        checkpoint: Some(Checkpoint::Fixed),
        max_fix_attempts: 3,
        fixes: 1,
        instructions: Some(text()),
        rounds: vec![round],
    };
    check("Workflow", &workflow, &["checkpoint", "instructions"]);
    workflow
}

fn sanity() -> SanitySummary {
    let step = FailedStep {
        name: text(),
        check: text(),
        expected: text(),
        actual: text(),
        curl: Some(text()),
        likely_file: Some(text()),
        log_lines: vec![text()],
    };
    check("FailedStep", &step, &["curl", "likelyFile", "logLines"]);
    let reports = Reports { html: text(), json: text(), junit: text() };
    check("SanityReports", &reports, &[]);
    check("SanityCounts", &Counts::default(), &[]);
    let sanity = SanitySummary {
        verdict: Some(Verdict::Passed),
        plan_id: Some(text()),
        endpoints: 1,
        no_endpoint: true,
        counts: Counts::default(),
        duration_ms: 1,
        failed_steps: vec![step],
        flaky_steps: vec![text()],
        notes: vec![text()],
        report_keys: Some(reports.clone()),
        reports: Some(reports),
        model: Some(text()),
        input_tokens: 1,
        output_tokens: 1,
        cost_usd: 0.5,
    };
    let optional = ["verdict", "planId", "noEndpoint", "flakySteps", "notes", "reportKeys", "reports", "model"];
    check("SanitySummary", &sanity, &optional);
    sanity
}

fn fix() -> FixSummary {
    let file = FixedFile { path: text(), added: 1, removed: 1 };
    check("FixedFile", &file, &[]);
    let fix = FixSummary {
        plan: Some(text()),
        diagnosis: Some(text()),
        risk: Some(text()),
        branch: Some(text()),
        commit: Some(text()),
        files: vec![file],
        record_key: Some(text()),
        model: Some(text()),
        turns: 1,
        input_tokens: 1,
        output_tokens: 1,
        cost_usd: 0.5,
        pull_request: Some(text()),
    };
    let optional = ["plan", "diagnosis", "risk", "branch", "commit", "files", "recordKey", "model", "pullRequest"];
    check("FixSummary", &fix, &optional);
    fix
}

#[test]
fn deployments() {
    let summary = DeploymentSummary {
        session_id: id(),
        status: Status::Failed,
        repository: text(),
        branch: text(),
        message: text(),
        last_updated: text(),
    };
    check("DeploymentSummary", &summary, &[]);
    let full = DeploymentsBody { deployments: vec![summary], count: 1, next_cursor: Some(text()) };
    check("DeploymentsBody", &full, &["nextCursor"]);
}

#[test]
fn analysis() {
    check("AnalyzeRequest", &AnalyzeRequest { session_id: text() }, &[]);
    let error = AnalysisError {
        error_type: text(),
        severity: Severity::High,
        message: text(),
        location: Some(text()),
        related_logs: vec![text()],
        fixable_in_code: true,
    };
    check("AnalysisError", &error, &["location"]);
    let instruction = FixInstruction {
        step: 1,
        category: text(),
        action: text(),
        details: text(),
        code_example: Some(text()),
        documentation: Some(text()),
    };
    check("FixInstruction", &instruction, &["codeExample", "documentation"]);
    let full = Analysis {
        session_id: id(),
        status: Status::Failed,
        repository: text(),
        branch: text(),
        analysis_timestamp: text(),
        errors: vec![error],
        fix_instructions: vec![instruction],
        summary: text(),
        deployment_duration: Some(1),
        root_cause: Some(text()),
        explanation: Some(text()),
    };
    check("Analysis", &full, &["deploymentDuration", "rootCause", "explanation"]);
}

#[test]
fn errors() {
    check("BadRequest", &BadRequest { error: text(), example: json!({}) }, &[]);
    check("Error", &ErrorBody { error: text() }, &[]);
    check("InternalError", &InternalError { error: text(), request_id: text() }, &[]);
}
