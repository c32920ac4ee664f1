//! What Drydock's own failures are: their codes say it, or else their words.

use crate::Class::{self, *};
use crate::classify;
use drydock_contract::Stage;
use drydock_contract::session::Failure;

/// Codes that leave no question. What is not here says its class in its text.
const CODES: &[(&str, Class)] = &[
    // Fetching and pushing.
    ("unknown-branch", GitAccess),
    ("repository-not-found", GitAccess),
    ("authentication-required", GitAccess),
    ("not-a-repository", GitAccess),
    ("repository-moved", GitAccess),
    ("git-protocol", GitAccess),
    ("push-not-allowed", GitAccess),
    ("push-refused", GitAccess),
    ("branch-moved", GitAccess),
    ("unreachable", Network),
    ("host-busy", Throttling),
    ("empty-repository", Repository),
    ("repository-too-large", Repository),
    ("fetch-timed-out", Timeout),
    // Finding out what it is.
    ("root-not-found", InvalidRequest),
    ("root-missing", InvalidRequest),
    ("nothing-detected", ProjectDetection),
    ("ambiguous-project", ProjectDetection),
    ("type-not-found", ProjectDetection),
    ("detection-failed", ServiceFailure),
    ("nothing-to-deploy", ServiceFailure),
    // Packaging and deploying.
    ("parameters-invalid", TemplateValidation),
    ("tag-reserved", InvalidRequest),
    ("name-taken", InvalidRequest),
    ("local-file-missing", MissingReference),
    ("dependencies-not-installed", Dependency),
    ("package-too-large", LambdaConfiguration),
    ("no-handler", LambdaConfiguration),
    ("not-allowed", IamPermission),
    ("quota-exceeded", Quota),
    ("stack-stuck", Conflict),
    ("stack-gone", Conflict),
    ("function-gone", Conflict),
    ("deployment-timeout", Timeout),
    ("stack-not-started", ServiceFailure),
    ("delete-not-started", ServiceFailure),
    ("nothing-to-watch", ServiceFailure),
    ("deployed-again", Conflict),
    ("nothing-to-delete", InvalidRequest),
    ("role-in-use", ResourceInUse),
    ("stack-protected", AccountPolicy),
    ("not-available", NotAvailable),
    ("not-available-yet", NotAvailable),
    // Testing.
    ("tests-failed", TestFailure),
    ("nothing-to-test", InvalidRequest),
    ("plan-unknown", InvalidRequest),
    ("plan-refused", InvalidRequest),
    ("plan-does-not-fit", InvalidRequest),
    // Repairing.
    ("model-key-missing", ModelAccess),
    ("model-key-refused", ModelAccess),
    ("model-unknown", ModelAccess),
    ("model-refused", ModelAccess),
    ("model-unavailable", ServiceFailure),
    ("model-timed-out", ServiceFailure),
    ("model-protocol", ModelAccess),
    ("validator-unavailable", ServiceFailure),
    ("fix-budget", RepairFailed),
    ("fix-circles", RepairFailed),
    ("fix-no-plan", RepairFailed),
    ("fix-not-found", RepairFailed),
    ("fix-declined", RepairFailed),
    ("fix-not-committed", RepairFailed),
    // The pipeline itself.
    ("source-gone", ServiceFailure),
    ("source-damaged", ServiceFailure),
    ("no-disk", ServiceFailure),
    ("not-sent", ServiceFailure),
    ("not-taken-up", ServiceFailure),
    ("abandoned", ServiceFailure),
    ("dead-letter", ServiceFailure),
    ("internal", ServiceFailure),
    ("unreadable", ServiceFailure),
    ("workflow-error", ServiceFailure),
    ("workflow-over", ServiceFailure),
    ("execution-failed", ServiceFailure),
    ("execution-aborted", ServiceFailure),
    ("execution-timed-out", Timeout),
    ("out-of-time", Timeout),
];

/// Codes of failures that quote somebody else's words, which say the class.
#[cfg(test)]
const BY_WORDS: &[&str] =
    &["stack-failed", "function-failed", "template-invalid", "refused-by-aws", "delete-refused", "parked"];

/// A template is refused for what stands in it, unless the refusal says that it is for one of these.
const REFUSED_TEMPLATE: (&str, &[Class]) =
    ("template-invalid", &[Capability, IamPermission, AccountPolicy, Quota, ResourceExists]);

/// The class of a session's failure.
pub fn of_failure(failure: &Failure) -> Class {
    if let Some((_, class)) = CODES.iter().find(|(code, _)| *code == failure.code) {
        return *class;
    }
    let class = classify(&failure.message);
    let (refused, others) = REFUSED_TEMPLATE;
    if failure.code == refused && !others.contains(&class) {
        return TemplateValidation;
    }
    // What Drydock's own function could not do. It met that while it worked, not in what it worked on: however much its
    // words are those of a broken template or of broken code, no edit of the repository mends it.
    if failure.replayable {
        return if class.is_fixable_in_code() { ServiceFailure } else { class };
    }
    match (failure.stage, class) {
        (Stage::SanityTest, Unknown) => TestFailure,
        (Stage::Fix, Unknown) => RepairFailed,
        (_, class) => class,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;
    use std::path::{Path, PathBuf};

    fn failure(code: &str, message: &str, stage: Stage) -> Failure {
        Failure { code: code.into(), message: message.into(), remedy: None, location: None, stage, replayable: false }
    }

    fn check(code: &str, message: &str, stage: Stage, expected: Class) {
        assert_eq!(of_failure(&failure(code, message, stage)), expected, "{code}: {message}");
    }

    #[test]
    fn a_code_decides_before_the_text() {
        let deploy = Stage::Deploy;
        check("unknown-branch", "access denied", Stage::CloneDetect, GitAccess);
        check("dependencies-not-installed", "package.json lists dependencies", deploy, Dependency);
        check(
            "package-too-large",
            "what template.yaml names has more than 250 bytes together",
            deploy,
            LambdaConfiguration,
        );
        check(
            "stack-failed",
            "Role (AWS::IAM::Role) CREATE_FAILED: demo already exists",
            Stage::Monitor,
            ResourceExists,
        );
        check(
            "template-invalid",
            "CloudFormation refuses it: Requires capabilities : [CAPABILITY_IAM]",
            deploy,
            Capability,
        );
        check(
            "template-invalid",
            "template.yaml line 3 cannot be read: a closing bracket was not found",
            deploy,
            TemplateValidation,
        );
        check("refused-by-aws", "making the role: AccessDenied: no", deploy, IamPermission);
    }

    #[test]
    fn where_it_happened_decides_when_nothing_else_does() {
        check("new-code", "GET /orders answers 500", Stage::SanityTest, TestFailure);
        check("new-code", "no idea", Stage::Fix, RepairFailed);
        check("new-code", "no idea", Stage::Monitor, Unknown);
    }

    #[test]
    fn what_drydock_itself_could_not_do_is_never_repaired_in_the_code() {
        let parked = |stage: Stage, reason: &str, expected: Class| {
            let message = format!("gave up after 3 tries: {reason}");
            let failure = Failure { replayable: true, ..failure("parked", &message, stage) };
            assert_eq!(of_failure(&failure), expected, "{stage}: {reason}");
        };
        // What tells why tells it here, too.
        parked(Stage::Monitor, "CloudFormation could not be reached: timed out", Network);
        parked(Stage::Deploy, "cannot make the change set: Rate exceeded", Throttling);
        parked(Stage::Deploy, "cannot read role f: AccessDenied: no", IamPermission);
        // These are words of templates and of code, said of Drydock's own calls and its own disk.
        for (stage, reason) in [
            (Stage::SanityTest, "no idea"),
            (Stage::Fix, "no idea"),
            (Stage::Deploy, "no idea"),
            (Stage::SanityTest, "cannot read the plan p in the artifacts bucket: NoSuchBucket: there is none"),
            (
                Stage::Deploy,
                "cannot make function f: InvalidParameterValueException: The role defined for the function cannot be \
                 assumed by Lambda.",
            ),
            (Stage::Monitor, "CloudFormation gave an unexpected answer: Invalid status"),
            (Stage::CloneDetect, "cannot pack the archive: No space left on device"),
        ] {
            parked(stage, reason, ServiceFailure);
        }
    }

    #[test]
    fn a_code_stands_there_once() {
        let codes: HashSet<&str> = CODES.iter().map(|(code, _)| *code).collect();
        assert_eq!(codes.len(), CODES.len());
    }

    /// What comes before a code where a failure is made. A new code must be sorted here.
    const MAKES: &[&str] = &["failed(", "failure(", "fatal(", "code: "];

    #[test]
    fn every_code_that_is_made_somewhere_is_sorted() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut files = Vec::new();
        for folder in ["handlers", "shared"] {
            sources(&root.join(folder), &mut files);
        }
        let known = |code: &str| CODES.iter().any(|(known, _)| *known == code) || BY_WORDS.contains(&code);
        let (mut found, mut unsorted) = (0, Vec::new());
        for file in files {
            let text = std::fs::read_to_string(&file).unwrap();
            let text = text.split("#[cfg(test)]").next().unwrap_or_default();
            for code in MAKES.iter().flat_map(|makes| codes_after(text, makes)).chain(of_errors(text)) {
                found += 1;
                if !known(code) {
                    unsorted.push(format!("{}: {code}", file.display()));
                }
            }
        }
        assert!(unsorted.is_empty(), "give each a class: {unsorted:#?}");
        assert!(found > 60, "{found} codes: are failures made in another way by now?");
    }

    fn sources(folder: &Path, files: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() && !matches!(name.as_str(), "tests" | "benches" | "examples" | "target") {
                sources(&path, files);
            } else if name.ends_with(".rs") && !path.ends_with("diagnosis/src/codes.rs") && name != "testing.rs" {
                files.push(path);
            }
        }
    }

    fn codes_after<'t>(text: &'t str, makes: &str) -> Vec<&'t str> {
        let starts = text.match_indices(makes).map(|(at, _)| text[at + makes.len()..].trim_start());
        starts.filter_map(|rest| rest.strip_prefix('"')?.split('"').next()).filter(|text| is_code(text)).collect()
    }

    /// The words of `fn code(&self)`.
    fn of_errors(text: &str) -> Vec<&str> {
        let bodies = text.split("fn code(&self)").skip(1).filter_map(|rest| rest.split("\n    }").next());
        bodies.flat_map(|body| body.split('"').skip(1).step_by(2)).filter(|text| is_code(text)).collect()
    }

    fn is_code(text: &str) -> bool {
        text.contains('-') && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
    }
}
