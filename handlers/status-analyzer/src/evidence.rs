//! What a session's record and log say went wrong, each thing once, with the lines that prove it.

use drydock_contract::api::Severity;
use drydock_contract::detection::{Detection, IacType};
use drydock_contract::sanity::FailedStep;
use drydock_contract::session::{Failure, Target};
use drydock_contract::{Session, Stage};
use drydock_diagnosis::{Class, Place, Rule, classify, find, of_failure};
use drydock_stack::Reason;
use drydock_store::LogLine;

/// Lines that prove one error.
const MAX_RELATED: usize = 10;

/// Errors in an analysis.
const MAX_ERRORS: usize = 25;

/// Failed resources that are looked at; a stack has at most 500, which all fail for the first one's reason.
const MAX_LOOKED_AT: usize = 60;

/// One thing that went wrong.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    pub(crate) class: Class,
    pub(crate) severity: Severity,
    pub(crate) message: String,
    /// The resource, file or line at fault.
    pub(crate) location: Option<String>,
    /// The file that declares the resource.
    pub(crate) template: Option<String>,
    pub(crate) remedy: Option<String>,
    pub(crate) related: Vec<String>,
    /// What decided on the class, if words did.
    pub(crate) rule: Option<&'static Rule>,
}

impl Finding {
    /// Who lacked what on which resource, as far as the message tells it.
    pub(crate) fn reason(&self) -> Reason {
        Reason::parse(&self.message)
    }

    /// Where it is, as exactly as it is known: `Hello in api/template.yaml`.
    pub(crate) fn place(&self) -> Option<String> {
        let location = self.location.as_deref()?;
        Some(self.template.as_deref().map_or_else(|| location.to_owned(), |file| format!("{location} in {file}")))
    }
}

/// What went wrong: the session's own failure first, then failed tests and resources that it does not name, then what
/// passed. Of an SDLC session, what went wrong in its last round.
pub(crate) fn findings(session: &Session, lines: &[LogLine]) -> Vec<Finding> {
    let lines = of_round(session, lines);
    let mut findings: Vec<Finding> = session.error.iter().map(|failure| own(session, failure, lines)).collect();
    findings.extend(failed_steps(session).iter().map(of_step));
    for failed in lines.iter().filter_map(|line| FailedResource::read(&line.text)) {
        let known = findings.iter().any(|finding| finding.location.as_deref() == Some(failed.logical_id));
        if known || failed.is_the_stack(session) || findings.len() > MAX_LOOKED_AT {
            continue;
        }
        let rule = find(failed.reason);
        let class = rule.map_or(Class::Unknown, |rule| rule.class);
        if class.is_consequence() {
            continue;
        }
        findings.push(Finding {
            class,
            severity: class.severity(),
            message: format!("{} ({}) {}: {}", failed.logical_id, failed.resource_type, failed.status, failed.reason),
            location: Some(failed.logical_id.to_owned()),
            template: declared_in(session, class),
            remedy: None,
            related: related(lines, failed.logical_id),
            rule,
        });
    }
    findings.extend(retried(lines));
    // Stable: what is equally bad stays in the order in which it happened.
    let first = usize::from(session.error.is_some());
    findings[first..].sort_by_key(|finding| finding.severity);
    findings.truncate(MAX_ERRORS);
    findings
}

/// The lines of the round that is going on, or was when the session ended.
fn of_round<'l>(session: &Session, lines: &'l [LogLine]) -> &'l [LogLine] {
    let round = session.workflow.as_ref().and_then(|workflow| workflow.round());
    let began = round.filter(|round| round.attempt > 1).map_or("", |round| round.started_at.as_str());
    &lines[lines.partition_point(|line| line.at.as_str() < began)..]
}

fn own(session: &Session, failure: &Failure, lines: &[LogLine]) -> Finding {
    // A stack's event tells more than the sentence that was made of it: the handler's error code.
    let told = failure.location.as_deref().and_then(|location| {
        let failed = lines.iter().filter_map(|line| FailedResource::read(&line.text));
        failed
            .filter(|failed| failed.logical_id == location)
            .map(|failed| failed.reason)
            .find(|it| !classify(it).is_consequence())
    });
    let words = told.unwrap_or(&failure.message);
    let mut class = of_failure(&Failure { message: words.to_owned(), ..failure.clone() });
    let mut rule = find(words).filter(|rule| rule.class == class);
    if failure.stage == Stage::SanityTest && class == Class::TestFailure {
        // What the function says of itself is more telling than the answer that a test got.
        let cause = failed_steps(session).iter().find_map(cause_of);
        class = cause.map_or(class, |(cause, _)| cause);
        rule = cause.map_or(rule, |(_, rule)| Some(rule));
    }
    let place = Place::find(&failure.message).map(|place| place.to_string());
    let related = failure.location.as_deref().map_or_else(Vec::new, |location| related(lines, location));
    // A nested stack has a template of its own, which is not known here; and a stack itself is in none.
    let nested = failure.message.contains(" in nested stack ");
    let stack = session.target.as_ref().map(Target::name);
    let is_resource = failure.location.as_deref().is_some_and(|location| Some(location) != stack);
    let of_resource = failure.code == "stack-failed" && !nested && is_resource;
    Finding {
        class,
        severity: class.severity(),
        message: failure.message.clone(),
        location: failure.location.clone().or(place).or_else(|| template_of(session, class)),
        template: declared_in(session, class).filter(|_| of_resource),
        remedy: failure.remedy.clone(),
        related: if related.is_empty() { last_lines(lines) } else { related },
        rule,
    }
}

/// The file in which an error of the template can only be.
fn template_of(session: &Session, class: Class) -> Option<String> {
    let in_template = matches!(class, Class::TemplateValidation | Class::Capability);
    session.detection.as_ref().filter(|_| in_template).map(Detection::path)
}

/// The file that declares the resources of the session's stack, for whoever may edit it.
fn declared_in(session: &Session, class: Class) -> Option<String> {
    let declares = |detection: &&Detection| matches!(detection.iac_type, IacType::CloudFormation | IacType::Sam);
    session.detection.as_ref().filter(declares).filter(|_| class.is_fixable_in_code()).map(Detection::path)
}

/// The tests that failed, if that is what the session failed for: a round that was not deployed has none of its own.
fn failed_steps(session: &Session) -> &[FailedStep] {
    let tested = session.error.as_ref().is_some_and(|failure| failure.stage == Stage::SanityTest);
    session.sanity.as_ref().filter(|_| tested).map_or(&[], |sanity| &sanity.failed_steps)
}

/// What the function's own log lines say, if they say something that the repository can change.
fn cause_of(step: &FailedStep) -> Option<(Class, &'static Rule)> {
    let told = step.log_lines.iter().filter_map(|line| find(line));
    told.map(|rule| (rule.class.in_running_code(), rule)).find(|(class, _)| class.is_fixable_in_code())
}

fn of_step(step: &FailedStep) -> Finding {
    let cause = cause_of(step);
    let class = cause.map_or(Class::TestFailure, |(class, _)| class);
    let place = step.log_lines.iter().find_map(|line| Place::find(line)).map(|place| place.to_string());
    Finding {
        class,
        severity: class.severity(),
        message: format!("test `{}`: expected {}, got {}", step.name, step.expected, step.actual),
        location: place.or_else(|| step.likely_file.clone()),
        template: None,
        remedy: None,
        related: step.curl.iter().chain(&step.log_lines).take(MAX_RELATED).cloned().collect(),
        rule: cause.map(|(_, rule)| rule),
    }
}

/// A stack event as the monitor writes it: `CREATE_FAILED AWS::IAM::Role Role: reason`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FailedResource<'t> {
    status: &'t str,
    resource_type: &'t str,
    logical_id: &'t str,
    reason: &'t str,
}

impl<'t> FailedResource<'t> {
    fn read(text: &'t str) -> Option<Self> {
        let (status, rest) = text.split_once(' ')?;
        let (resource_type, rest) = rest.split_once(' ')?;
        let is_status = status.ends_with("_FAILED") && status.bytes().all(|it| it.is_ascii_uppercase() || it == b'_');
        let (logical_id, reason) = rest.split_once(": ")?;
        let is_event = is_status && resource_type.contains("::") && !logical_id.contains(' ');
        is_event.then_some(Self { status, resource_type, logical_id, reason })
    }

    fn is_the_stack(&self, session: &Session) -> bool {
        let own = matches!(&session.target, Some(Target::Stack { name, .. }) if name == self.logical_id);
        own && self.resource_type == "AWS::CloudFormation::Stack"
    }
}

/// Tries that did not succeed are worth knowing even where a later one did.
fn retried(lines: &[LogLine]) -> Option<Finding> {
    let tries: Vec<&LogLine> =
        lines.iter().filter(|line| line.text.contains("did not succeed, trying again: ")).collect();
    let last = tries.last()?;
    let (_, reason) = last.text.split_once("trying again: ")?;
    Some(Finding {
        class: classify(reason),
        severity: Severity::Low,
        message: format!("stage {} had to be tried again: {reason}", last.stage),
        location: None,
        template: None,
        remedy: None,
        related: tries.iter().rev().take(MAX_RELATED).rev().map(|line| written(line)).collect(),
        rule: None,
    })
}

/// The first lines that name `location` as a word.
fn related(lines: &[LogLine], location: &str) -> Vec<String> {
    let is_part = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    let names = |text: &str| {
        text.match_indices(location).any(|(at, found)| {
            !text[..at].chars().next_back().is_some_and(is_part)
                && !text[at + found.len()..].chars().next().is_some_and(is_part)
        })
    };
    lines.iter().filter(|line| !location.is_empty() && names(&line.text)).take(MAX_RELATED).map(written).collect()
}

fn last_lines(lines: &[LogLine]) -> Vec<String> {
    lines[lines.len().saturating_sub(MAX_RELATED / 2)..].iter().map(written).collect()
}

/// As in `/status`.
fn written(line: &LogLine) -> String {
    format!("{} {} {}", line.at, line.stage, line.text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{lines, session};
    use serde_json::json;

    #[test]
    fn events_are_told_from_other_lines() {
        let read = FailedResource::read("CREATE_FAILED AWS::IAM::Role Role: User: a is not allowed").unwrap();
        assert_eq!((read.logical_id, read.reason), ("Role", "User: a is not allowed"));
        for other in ["", "failed: x", "CREATE_FAILED x Role: y", "CREATE_COMPLETE AWS::IAM::Role Role: y", "two words"]
        {
            assert_eq!(FailedResource::read(other), None, "{other}");
        }
    }

    #[test]
    fn a_resource_is_in_the_file_that_declares_it() {
        let check = |session: &Session, expected: &str| {
            let log = lines(&["CREATE_FAILED AWS::S3::Bucket Other: b already exists"]);
            let found: Vec<_> = findings(session, &log).iter().filter_map(Finding::place).collect();
            assert_eq!(found.join(", "), expected);
        };
        let failed_at = |message: &str, location: &str| {
            let found =
                json!({"type": "sam", "root": "api", "entryFile": "template.yaml", "evidence": [], "alternatives": []});
            let error = json!({"code": "stack-failed", "message": message, "location": location, "stage": "monitor"});
            session(&json!({"error": error, "detection": found}))
        };
        let failed = |message: &str| failed_at(message, "Queue");
        let exists = "Queue (AWS::SQS::Queue) CREATE_FAILED: q already exists";
        check(&failed(exists), "Queue in api/template.yaml, Other in api/template.yaml");
        // What nobody can edit is nowhere, and a nested stack's template is another.
        check(&failed("Queue CREATE_FAILED: Access Denied"), "Queue, Other in api/template.yaml");
        let nested = format!("{exists} in nested stack Inner");
        check(&failed(&nested), "Queue, Other in api/template.yaml");
        let whole = failed_at("stack drydock-app-demo ended as ROLLBACK_COMPLETE: no reason", "drydock-app-demo");
        check(&whole, "drydock-app-demo, Other in api/template.yaml");
    }

    #[test]
    fn a_location_is_named_as_a_word() {
        let log = lines(&["Role x", "HelloRole x", "Role-1 x", "the (Role): x"]);
        let found = related(&log, "Role");
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(related(&log, "").is_empty());
    }

    #[test]
    fn a_handlers_code_tells_more_than_the_sentence_made_of_the_event() {
        let failed = session(&json!({"error": {
            "code": "stack-failed", "message": "Queue (AWS::SQS::Queue) CREATE_FAILED: slow down", "location": "Queue",
            "stage": "monitor",
        }}));
        let event = r#"CREATE_FAILED AWS::SQS::Queue Queue: Resource handler returned message: "slow down" (RequestToken: 8a, HandlerErrorCode: Throttling)"#;
        assert_eq!(findings(&failed, &lines(&[event]))[0].class, Class::Throttling);
        assert_eq!(findings(&failed, &[])[0].class, Class::Unknown);
    }

    #[test]
    fn a_failed_test_is_explained_by_what_the_function_says() {
        let tested = |log: &str| {
            session(&json!({
                "error": {"code": "tests-failed", "message": "1 of 3 tests failed", "stage": "sanity-test"},
                "sanity": {"failedSteps": [{
                    "name": "GET /orders", "check": "status", "expected": "200", "actual": "502",
                    "curl": "curl https://x/orders", "likelyFile": "src/app.py", "logLines": [log],
                }]},
            }))
        };
        let check = |log: &str, class: Class, location: &str| {
            let found = findings(&tested(log), &[]);
            assert_eq!((found[0].class, found[1].class, found[1].location.as_deref()), (class, class, Some(location)));
            assert_eq!(found[1].message, "test `GET /orders`: expected 200, got 502");
            assert_eq!(found[1].related, ["curl https://x/orders", log]);
        };
        check("START RequestId: 1", Class::TestFailure, "src/app.py");
        check(
            "[ERROR] KeyError: 'TABLE'  File \"/var/task/app.py\", line 7, in handler",
            Class::CodeError,
            "app.py line 7",
        );
        check(
            "User: arn:aws:sts::1:assumed-role/r/f is not authorized to perform: dynamodb:GetItem on resource: t",
            Class::FunctionPermission,
            "src/app.py",
        );
        check("2026 9f Task timed out after 3.00 seconds", Class::FunctionTimeout, "src/app.py");
        check("Rate exceeded", Class::TestFailure, "src/app.py");
    }

    #[test]
    fn a_round_that_was_not_deployed_has_no_failed_tests() {
        let failed = session(&json!({
            "error": {"code": "template-invalid", "message": "bad", "stage": "deploy"},
            "sanity": {"failedSteps": [{"name": "old", "check": "c", "expected": "e", "actual": "a"}]},
        }));
        assert_eq!(findings(&failed, &[]).len(), 1);
    }

    #[test]
    fn only_the_last_round_counts() {
        let mut log = lines(&[
            "CREATE_FAILED AWS::S3::Bucket Old: old already exists",
            "UPDATE_FAILED AWS::S3::Bucket New: new already exists",
        ]);
        log[1].at = "2026-11-23T16:05:00.000Z".into();
        let rounds = |attempt: u32| {
            session(
                &json!({"kind": "sdlc", "attempt": attempt, "workflow": {"maxFixAttempts": 3, "fixes": 1, "rounds": [
                    {"attempt": attempt, "branch": "fix/x", "startedAt": "2026-11-23T16:04:00.000Z"},
                ]}}),
            )
        };
        let names =
            |attempt| -> Vec<_> { findings(&rounds(attempt), &log).into_iter().filter_map(|it| it.location).collect() };
        assert_eq!(names(2), ["New"]);
        assert_eq!(names(1), ["Old", "New"], "the first round has the session's whole log");
    }
}
