//! What to do with a stack, decided from what is known of it.

use crate::failure::failed;
use crate::names;
use drydock_contract::Session;
use drydock_package::{Packaged, ParameterError, ParameterFile, ParameterValue, resolve};
use drydock_runtime::WorkError;
use drydock_stack::check::check_parts;
use drydock_stack::{Change, ChangeAction, NextStep, StackInfo, StackStatus};
use std::collections::{BTreeMap, BTreeSet};

/// Most findings of a template that are told.
const MAX_TOLD: usize = 5;

/// The next thing to do.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Make a change set that creates the stack.
    Create,
    /// Make a change set that updates it.
    Update(Box<StackInfo>),
    /// Delete what a failed creation left.
    Delete(Box<StackInfo>),
    /// Look again; why.
    Wait(String),
}

/// Decides. `deleting` is the stack that this run has asked to delete.
///
/// A stack whose creation failed holds nothing that anybody uses, so it is deleted and made anew; one that stood and
/// could not be rolled back holds data, and only a person can say which of its resources to give up.
pub(super) fn next_step(
    session: &Session,
    name: &str,
    stack: Option<StackInfo>,
    deleting: Option<&str>,
) -> Result<Step, WorkError> {
    let Some(stack) = stack.filter(|stack| stack.status != StackStatus::DeleteComplete) else {
        return Ok(Step::Create);
    };
    // A shell that waits for its first change set may carry no tags yet; it holds nothing either.
    let shell = stack.status == StackStatus::ReviewInProgress && !stack.tags.contains_key(names::REPOSITORY_TAG);
    if !shell && let Some(refusal) = names::foreign(session, "stack", name, &stack.tags) {
        return Err(refusal);
    }
    let status = &stack.status;
    let stuck =
        |why: &str, remedy: &str| Err(failed("stack-stuck", format!("stack {name} is {status}{why}"), remedy, name));
    let reason = stack.status_reason.as_deref().map_or_else(String::new, |reason| format!(": {reason}"));
    match status.next_step() {
        NextStep::Create => Ok(Step::Create),
        NextStep::Update => Ok(Step::Update(Box::new(stack))),
        NextStep::DeleteFirst if stack.termination_protection => stuck(
            " and protected against deletion",
            "Switch off its termination protection, delete it and deploy again.",
        ),
        NextStep::DeleteFirst if deleting == Some(stack.id.as_str()) && *status == StackStatus::DeleteFailed => stuck(
            &reason,
            "Delete it in the CloudFormation console, keeping the resources that refuse, and deploy again.",
        ),
        // The deletion that was asked for has not begun to show.
        NextStep::DeleteFirst if deleting == Some(stack.id.as_str()) => {
            Ok(Step::Wait(format!("stack {name} is being deleted")))
        }
        NextStep::DeleteFirst => Ok(Step::Delete(Box::new(stack))),
        NextStep::Wait => Ok(Step::Wait(format!("another operation works on stack {name} ({status})"))),
        NextStep::RollBack => {
            stuck(&reason, "Roll it back in the CloudFormation console (Stack actions, Roll back), then deploy again.")
        }
        NextStep::ContinueRollback => stuck(
            &reason,
            "Continue its rollback in the CloudFormation console (skipping the resources that refuse), then deploy again.",
        ),
        NextStep::Stuck => stuck(&reason, "Repair or delete it in the CloudFormation console, then deploy again."),
        NextStep::Unknown => stuck(", which this version does not know", "Bring the stack to a complete state."),
    }
}

/// Values of the template's parameters: the request's over the file's; what has neither takes its default, or what the
/// standing stack has.
pub(super) fn parameters(
    packaged: &Packaged,
    session: &Session,
    file: &ParameterFile,
    old: Option<&StackInfo>,
) -> Result<BTreeMap<String, drydock_stack::ParameterValue>, WorkError> {
    let existing = old.map(|stack| stack.parameters.keys().cloned().collect()).unwrap_or_default();
    let values = resolved(packaged, session, file, &existing)?.into_iter().map(|(name, value)| {
        let value = match value {
            ParameterValue::Value(value) => drydock_stack::ParameterValue::Value(value),
            ParameterValue::Previous => drydock_stack::ParameterValue::Previous,
        };
        (name, value)
    });
    Ok(values.collect())
}

/// Finds what AWS refuses in the templates themselves, whatever stands in the account.
pub(super) fn check_limits(packaged: &Packaged) -> Result<(), WorkError> {
    let all = packaged.parts.iter();
    let found: Vec<_> =
        all.flat_map(|(path, parts)| check_parts(parts).into_iter().map(move |finding| (path, finding))).collect();
    let Some((path, first)) = found.first() else { return Ok(()) };
    let told = found.iter().take(MAX_TOLD).map(|(path, it)| format!("{path}, {}: {}", it.place, it.problem));
    let more = found.len().saturating_sub(MAX_TOLD);
    let more = if more == 0 { String::new() } else { format!("; and {more} more") };
    let message = format!("AWS would refuse {}{more}", told.collect::<Vec<_>>().join("; "));
    let remedy = "Correct it in the template; what is too much for one can be split into nested stacks.";
    Err(failed("template-invalid", message, remedy, &format!("{path}, {}", first.place)))
}

/// Finds what is wrong with the given values whatever stack there may be.
pub(super) fn check_parameters(packaged: &Packaged, session: &Session, file: &ParameterFile) -> Result<(), WorkError> {
    let any = packaged.parameters.iter().map(|parameter| parameter.name.clone()).collect();
    resolved(packaged, session, file, &any).map(|_| ())
}

fn resolved(
    packaged: &Packaged,
    session: &Session,
    file: &ParameterFile,
    existing: &BTreeSet<String>,
) -> Result<BTreeMap<String, ParameterValue>, WorkError> {
    let declared = &packaged.parameters;
    resolve(declared, &session.request.parameters, &file.parameters, existing).map_err(|error| {
        let remedy = match &error {
            ParameterError::Unknown { .. } => "Correct the name, or declare it in the template's `Parameters`.",
            ParameterError::Missing(_) => {
                "Send `parameters` with the request, commit a parameter file, or give them a `Default`."
            }
        };
        failed("parameters-invalid", error.to_string(), remedy, &file.path)
    })
}

/// What a change set does, in one line: `2 to add, 1 to change, 1 to replace (Table)`.
pub(super) fn summary(changes: &[Change]) -> String {
    let count = |matches: &dyn Fn(&Change) -> bool| changes.iter().filter(|change| matches(change)).count();
    let destroyed: Vec<&str> =
        changes.iter().filter(|change| change.destroys()).map(|change| change.logical_id.as_str()).take(10).collect();
    let parts = [
        (count(&|change| change.action == ChangeAction::Add), "to add"),
        (count(&|change| change.action == ChangeAction::Modify), "to change"),
        (count(&|change| change.action == ChangeAction::Remove), "to remove"),
    ];
    let parts: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    let destroyed =
        if destroyed.is_empty() { String::new() } else { format!("; replaced or removed: {}", destroyed.join(", ")) };
    if parts.is_empty() { "no resource changes".to_owned() } else { format!("{}{destroyed}", parts.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::REPOSITORY_TAG;
    use crate::names::tests::{UUID, session};
    use drydock_package::{Settings, package};
    use drydock_tree::{File, Tree};

    fn stack(status: &str, repository: Option<&str>) -> StackInfo {
        StackInfo {
            id: "arn:1".to_owned(),
            name: "s".to_owned(),
            status: StackStatus::parse(status),
            status_reason: Some("because".to_owned()),
            created_at: None,
            updated_at: None,
            outputs: BTreeMap::new(),
            parameters: BTreeMap::from([("Kept".to_owned(), "****".to_owned())]),
            tags: repository.map(|it| (REPOSITORY_TAG.to_owned(), it.to_owned())).into_iter().collect(),
            change_set_id: None,
            role_arn: None,
            termination_protection: false,
            parent_id: None,
        }
    }

    fn decide(stack: Option<StackInfo>, deleting: Option<&str>) -> String {
        match next_step(&session(UUID, None), "s", stack, deleting) {
            Ok(Step::Create) => "create".to_owned(),
            Ok(Step::Update(_)) => "update".to_owned(),
            Ok(Step::Delete(_)) => "delete".to_owned(),
            Ok(Step::Wait(why)) => format!("wait: {why}"),
            Err(WorkError::Fatal(failure)) => failure.message.clone(),
            Err(other) => format!("other: {other}"),
        }
    }

    #[test]
    fn a_stack_of_ours_goes_on_from_where_it_stands() {
        assert_eq!(decide(None, None), "create");
        let check = |status: &str, deleting: Option<&str>, expected: &str| {
            assert_eq!(decide(Some(stack(status, Some("https://github.com/o/n"))), deleting), expected, "{status}");
        };
        check("REVIEW_IN_PROGRESS", None, "create");
        check("DELETE_COMPLETE", Some("arn:1"), "create");
        check("CREATE_COMPLETE", None, "update");
        check("UPDATE_ROLLBACK_COMPLETE", None, "update");
        check("ROLLBACK_COMPLETE", None, "delete");
        check("CREATE_FAILED", None, "delete");
        check("DELETE_FAILED", None, "delete");
        check("DELETE_FAILED", Some("arn:1"), "stack s is DELETE_FAILED: because");
        check("ROLLBACK_COMPLETE", Some("arn:1"), "wait: stack s is being deleted");
        check("DELETE_IN_PROGRESS", Some("arn:1"), "wait: another operation works on stack s (DELETE_IN_PROGRESS)");
        check("UPDATE_IN_PROGRESS", None, "wait: another operation works on stack s (UPDATE_IN_PROGRESS)");
        check("UPDATE_FAILED", None, "stack s is UPDATE_FAILED: because");
        check("UPDATE_ROLLBACK_FAILED", None, "stack s is UPDATE_ROLLBACK_FAILED: because");
    }

    #[test]
    fn a_stack_of_another_is_left_alone() {
        for status in ["CREATE_COMPLETE", "ROLLBACK_COMPLETE", "UPDATE_IN_PROGRESS", "REVIEW_IN_PROGRESS"] {
            let said = decide(Some(stack(status, Some("https://github.com/o/other"))), None);
            assert_eq!(said, "the stack s belongs to https://github.com/o/other", "{status}");
        }
        assert_eq!(decide(Some(stack("CREATE_COMPLETE", None)), None), "the stack s was not made by Drydock");
        assert_eq!(decide(Some(stack("REVIEW_IN_PROGRESS", None)), None), "create");
    }

    fn limits(template: &str) -> Option<(String, String)> {
        let child = "Resources:\n  F:\n    Type: AWS::Lambda::Function\n    \
                     Properties: {Code: {ZipFile: x}, Environment: {Variables: {AWS_REGION: x}}}\n";
        let files = [("app/template.yaml", template), ("app/child.yaml", child)];
        let tree: Tree = files.map(|(path, text)| (path.to_owned(), File::new(text))).into_iter().collect();
        let settings = Settings { bucket: "b".to_owned(), key_prefix: String::new(), s3_url: "https://s3".to_owned() };
        match check_limits(&package(&tree, "app/template.yaml", &settings).unwrap()) {
            Ok(()) => None,
            Err(WorkError::Fatal(failure)) => Some((failure.message.clone(), failure.location.clone().unwrap())),
            Err(other) => panic!("it is tried again: {other}"),
        }
    }

    #[test]
    fn what_aws_refuses_for_its_size_is_refused_before_it_is_asked() {
        let function = |value: &str| {
            format!(
                "Transform: AWS::Serverless-2016-10-31\nResources:\n  Api:\n    Type: AWS::Serverless::Function\n    \
                 Properties: {{InlineCode: x, Environment: {{Variables: {{A: {value}}}}}}}\n"
            )
        };
        let (long, short) = ("x".repeat(4096), "x".repeat(4095));
        let message =
            "AWS would refuse app/template.yaml, Api: its environment has 4097 bytes; Lambda takes at most 4096";
        let refused = Some((message.to_owned(), "app/template.yaml, Api".to_owned()));
        assert_eq!(limits(&function(&long)), refused);
        assert_eq!(limits(&function(&format!("!Sub '{long}${{B}}'"))), refused);
        assert_eq!(limits(&function(&short)), None);
        // Whatever is written, a macro may make something else of it.
        assert_eq!(limits(&function(&long).replacen("AWS::Serverless-2016-10-31", "[Mine]", 1)), None);
        let nested = "Resources: {C: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: child.yaml}}}";
        let (message, location) = limits(nested).unwrap();
        assert!(message.contains("app/child.yaml, F: sets AWS_REGION"), "{message}");
        assert_eq!(location, "app/child.yaml, F");
        // It may never be made; but once somewhere else it is.
        let perhaps = nested.replace("Type:", "Condition: Large, Type:");
        assert_eq!(limits(&perhaps), None);
        let twice = nested.replace(
            "}}}",
            "}}, D: {Condition: Large, Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: child.yaml}}}",
        );
        for text in [twice.clone(), twice.replace("C: {", "E: {").replace("D: {", "A: {")] {
            assert_eq!(limits(&text).unwrap().1, "app/child.yaml, F");
        }
        let many: String = (0..501).map(|at| format!("  Q{at}: {{Type: AWS::SQS::Queue}}\n")).collect();
        let (message, _) = limits(&format!("Resources:\n{many}")).unwrap();
        assert_eq!(
            message,
            "AWS would refuse app/template.yaml, template: 501 resources; CloudFormation takes at most 500"
        );
    }

    #[test]
    fn a_protected_stack_is_not_deleted() {
        let protected =
            StackInfo { termination_protection: true, ..stack("ROLLBACK_COMPLETE", Some("https://github.com/o/n")) };
        assert_eq!(decide(Some(protected), None), "stack s is ROLLBACK_COMPLETE and protected against deletion");
    }
}
