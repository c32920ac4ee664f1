//! What a session's record and log say went wrong, each thing once, with the lines that prove it.

use crate::class::ErrorClass;
use crate::rules;
use drydock_contract::Session;
use drydock_contract::api::Severity;
use drydock_stack::Reason;
use drydock_store::LogLine;

/// Lines that prove one error.
const MAX_RELATED: usize = 10;

/// Errors in an analysis.
const MAX_ERRORS: usize = 25;

/// One thing that went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) class: ErrorClass,
    pub(crate) severity: Severity,
    pub(crate) message: String,
    pub(crate) location: Option<String>,
    pub(crate) remedy: Option<String>,
    pub(crate) related: Vec<String>,
}

impl Finding {
    /// Who lacked what on which resource, as far as the message tells it.
    pub(crate) fn reason(&self) -> Reason {
        Reason::parse(&self.message)
    }
}

/// What went wrong: the session's own failure first, then failed resources that it does not name, then what passed.
pub(crate) fn findings(session: &Session, lines: &[LogLine]) -> Vec<Finding> {
    let mut findings: Vec<Finding> = session
        .error
        .iter()
        .map(|failure| {
            let class = rules::of_failure(failure);
            let related = failure.location.as_deref().map_or_else(Vec::new, |location| related(lines, location));
            Finding {
                class,
                severity: class.severity(),
                message: failure.message.clone(),
                location: failure.location.clone().or_else(|| template_of(session, class)),
                remedy: failure.remedy.clone(),
                related: if related.is_empty() { last_lines(lines) } else { related },
            }
        })
        .collect();
    for failed in lines.iter().filter_map(|line| FailedResource::read(&line.text)) {
        let known = findings.iter().any(|finding| finding.location.as_deref() == Some(failed.logical_id));
        if known || rules::is_consequence(failed.reason) || is_about_the_stack(session, &failed) {
            continue;
        }
        let class = rules::of_text(failed.reason);
        findings.push(Finding {
            class,
            severity: class.severity(),
            message: format!("{} ({}) {}: {}", failed.logical_id, failed.resource_type, failed.status, failed.reason),
            location: Some(failed.logical_id.to_owned()),
            remedy: None,
            related: related(lines, failed.logical_id),
        });
    }
    if let Some(retried) = retried(lines) {
        findings.push(retried);
    }
    // Stable: what is equally bad stays in the order in which it happened.
    let first = usize::from(session.error.is_some());
    findings[first..].sort_by_key(|finding| finding.severity);
    findings.truncate(MAX_ERRORS);
    findings
}

/// The file in which an error of the template can only be.
fn template_of(session: &Session, class: ErrorClass) -> Option<String> {
    let in_template = matches!(class, ErrorClass::TemplateValidation | ErrorClass::Capability);
    session.detection.as_ref().filter(|_| in_template).map(|detection| detection.entry_file.clone())
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
}

fn is_about_the_stack(session: &Session, failed: &FailedResource<'_>) -> bool {
    use drydock_contract::session::Target;
    let own = matches!(&session.target, Some(Target::Stack { name, .. }) if name == failed.logical_id);
    own && failed.resource_type == "AWS::CloudFormation::Stack"
}

/// Tries that did not succeed are worth knowing even where a later one did.
fn retried(lines: &[LogLine]) -> Option<Finding> {
    let tries: Vec<&LogLine> =
        lines.iter().filter(|line| line.text.contains("did not succeed, trying again: ")).collect();
    let last = tries.last()?;
    let (_, reason) = last.text.split_once("trying again: ")?;
    Some(Finding {
        class: rules::of_text(reason),
        severity: Severity::Low,
        message: format!("stage {} had to be tried again: {reason}", last.stage),
        location: None,
        remedy: None,
        related: tries.iter().rev().take(MAX_RELATED).rev().map(|line| written(line)).collect(),
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

    #[test]
    fn a_stack_event_is_read_back() {
        let check = |text: &str, expected: Option<(&str, &str)>| {
            assert_eq!(FailedResource::read(text).map(|failed| (failed.logical_id, failed.reason)), expected, "{text}");
        };
        check("CREATE_FAILED AWS::IAM::Role Role: x: y", Some(("Role", "x: y")));
        check("UPDATE_FAILED Custom::Thing Thing: no", Some(("Thing", "no")));
        check("CREATE_COMPLETE AWS::IAM::Role Role: fine", None);
        check("CREATE_FAILED AWS::IAM::Role Role", None);
        check("failed: Role (AWS::IAM::Role) CREATE_FAILED: x", None);
        check("X_FAILED to do: this", None);
    }

    #[test]
    fn lines_are_related_by_whole_words() {
        let line = |text: &str| LogLine { at: "t".into(), stage: drydock_contract::Stage::Monitor, text: text.into() };
        let lines =
            [line("CREATE_FAILED AWS::IAM::Role Role: x"), line("RoleB is fine"), line("My-Role"), line("(Role)")];
        assert_eq!(related(&lines, "Role"), ["t monitor CREATE_FAILED AWS::IAM::Role Role: x", "t monitor (Role)"]);
        assert!(related(&lines, "").is_empty());
    }
}
