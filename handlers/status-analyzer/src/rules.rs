//! Which class an error is of: by the failure's code where that says it, else by what the text says. CloudFormation's
//! and the services' own words are sorted by the stack engine; here stands what else can go wrong.

use crate::class::ErrorClass::{self, *};
use drydock_contract::session::Failure;
use drydock_stack::{Reason, ReasonClass};

/// Failure codes of the stages that leave no question. What is not here says its class in its text.
const CODES: &[(&str, ErrorClass)] = &[
    ("unknown-branch", GitAccess),
    ("repository-not-found", GitAccess),
    ("authentication-required", GitAccess),
    ("not-a-repository", GitAccess),
    ("repository-moved", GitAccess),
    ("git-protocol", GitAccess),
    ("unreachable", Network),
    ("host-busy", Network),
    ("empty-repository", Repository),
    ("repository-too-large", Repository),
    ("fetch-timed-out", Timeout),
    ("deployment-timeout", Timeout),
    ("root-not-found", ProjectDetection),
    ("detection-failed", ProjectDetection),
    ("nothing-detected", ProjectDetection),
    ("ambiguous-project", ProjectDetection),
    ("type-not-found", ProjectDetection),
    ("nothing-to-deploy", ProjectDetection),
    ("parameters-invalid", TemplateValidation),
    ("tag-reserved", TemplateValidation),
    ("local-file-missing", MissingReference),
    ("dependencies-not-installed", Dependency),
    ("no-handler", LambdaConfiguration),
    ("name-taken", ResourceExists),
    ("not-allowed", IamPermission),
    ("quota-exceeded", Quota),
    ("stack-stuck", Conflict),
    ("stack-gone", Conflict),
    ("function-gone", Conflict),
    ("not-available", NotAvailable),
    ("not-available-yet", NotAvailable),
    ("source-gone", ServiceFailure),
    ("source-damaged", ServiceFailure),
    ("no-disk", ServiceFailure),
    ("not-sent", ServiceFailure),
    ("not-taken-up", ServiceFailure),
    ("abandoned", ServiceFailure),
    ("stack-not-started", ServiceFailure),
];

/// A template is refused for what stands in it, unless the refusal says that it is for one of these.
const REFUSED_TEMPLATE: (&str, &[ErrorClass]) =
    ("template-invalid", &[Capability, IamPermission, AccountPolicy, Quota, ResourceExists]);

/// Sorts a text that contains every part, whatever the case. The first rule that fits decides.
struct TextRule {
    class: ErrorClass,
    parts: &'static [&'static str],
}

const fn rule(class: ErrorClass, parts: &'static [&'static str]) -> TextRule {
    TextRule { class, parts }
}

/// Parts are in lower case.
const TEXT: &[TextRule] = &[
    // A program's own output, which a reason may quote.
    rule(Dependency, &["npm err!"]),
    rule(Dependency, &["cannot find module"]),
    rule(Dependency, &["modulenotfounderror"]),
    rule(Dependency, &["no module named"]),
    rule(Dependency, &["could not find a version that satisfies"]),
    rule(Dependency, &["eresolve"]),
    rule(Dependency, &["must be installed first"]),
    rule(Dependency, &["dependencies", "not installed"]),
    rule(CodeError, &["syntaxerror"]),
    rule(CodeError, &["traceback (most recent call last)"]),
    rule(CodeError, &["typeerror:"]),
    rule(CodeError, &["referenceerror:"]),
    rule(CodeError, &["error ts"]),
    rule(CodeError, &["runtime.importmoduleerror"]),
    rule(CodeError, &["runtime.handlernotfound"]),
    rule(CodeError, &["runtime exited with error"]),
    // Git.
    rule(GitAccess, &["repository not found"]),
    rule(GitAccess, &["remote branch", "not found"]),
    rule(GitAccess, &["there is no branch"]),
    rule(GitAccess, &["unknown branch"]),
    rule(GitAccess, &["authentication failed"]),
    rule(GitAccess, &["could not read username"]),
    rule(GitAccess, &["private repository"]),
    rule(GitAccess, &["git", "asks for credentials"]),
    // The way to somebody.
    rule(Network, &["could not resolve host"]),
    rule(Network, &["connection refused"]),
    rule(Network, &["connection reset"]),
    rule(Network, &["dns error"]),
    rule(Network, &["network is unreachable"]),
    rule(Network, &["certificate verify failed"]),
    rule(Network, &["invalid peer certificate"]),
    rule(Network, &["cannot be reached"]),
    rule(Network, &["could not be reached"]),
    rule(Network, &["error sending request"]),
    // Lambda's own time.
    rule(Timeout, &["task timed out after"]),
    rule(Timeout, &["took too long"]),
    rule(Timeout, &["did not end within"]),
    rule(TestFailure, &["sanity test", "failed"]),
    rule(NotAvailable, &["not available yet"]),
];

/// The class of a session's failure.
pub(crate) fn of_failure(failure: &Failure) -> ErrorClass {
    let by_code = CODES.iter().find(|(code, _)| *code == failure.code).map(|(_, class)| *class);
    let (refused, others) = REFUSED_TEMPLATE;
    by_code.unwrap_or_else(|| match of_text(&failure.message) {
        other if failure.code == refused && !others.contains(&other) => TemplateValidation,
        class => class,
    })
}

/// The class of a text: a reason, a log line, a message.
pub(crate) fn of_text(text: &str) -> ErrorClass {
    let lower = text.to_lowercase();
    let own = TEXT.iter().find(|rule| rule.parts.iter().all(|part| lower.contains(part))).map(|rule| rule.class);
    own.unwrap_or_else(|| Reason::parse(text).class.into())
}

/// True if a reason only follows from another failure.
pub(crate) fn is_consequence(reason: &str) -> bool {
    let class: ReasonClass = Reason::parse(reason).class;
    class.is_consequence()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_sorted() {
        let check = |text: &str, expected: ErrorClass| assert_eq!(of_text(text), expected, "{text}");
        check("User: arn:aws:iam::1:user/a is not authorized to perform: iam:CreateRole on resource: x", IamPermission);
        check("demo-bucket already exists", ResourceExists);
        check(
            "Template format error: Unresolved resource dependencies [Role] in the Resources block",
            TemplateValidation,
        );
        check("Requires capabilities : [CAPABILITY_IAM]", Capability);
        check(
            "The runtime parameter of nodejs12.x is no longer supported for creating or updating",
            LambdaConfiguration,
        );
        check(
            "Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist.",
            MissingReference,
        );
        check("Received response status [FAILED] from custom resource. Message returned: boom", CodeError);
        check(
            "Received response status [FAILED] from custom resource. Message returned: Cannot find module 'x'",
            Dependency,
        );
        check("Rate exceeded", ServiceFailure);
        check("2026 abc Task timed out after 3.00 seconds", Timeout);
        check("remote: Repository not found.", GitAccess);
        check("fatal: could not resolve host: git.example", Network);
        check("Error: Cannot find module 'express'", Dependency);
        check("Traceback (most recent call last): KeyError", CodeError);
        check("something else entirely", Unknown);
    }

    #[test]
    fn a_code_decides_before_the_text() {
        let check = |code: &str, message: &str, expected: ErrorClass| {
            let failure = Failure {
                code: code.into(),
                message: message.into(),
                remedy: None,
                location: None,
                stage: drydock_contract::Stage::CloneDetect,
                replayable: false,
            };
            assert_eq!(of_failure(&failure), expected, "{code}: {message}");
        };
        check("unknown-branch", "access denied", GitAccess);
        check("dependencies-not-installed", "package.json lists dependencies", Dependency);
        check("stack-failed", "Role (AWS::IAM::Role) CREATE_FAILED: demo already exists", ResourceExists);
        check("template-invalid", "CloudFormation refuses it: Requires capabilities : [CAPABILITY_IAM]", Capability);
        check("template-invalid", "template.yaml:3: a closing bracket was not found", TemplateValidation);
        check("parked", "gave up after 3 tries: CloudFormation could not be reached: timed out", Network);
    }

    #[test]
    fn no_rule_is_shadowed() {
        for (at, later) in TEXT.iter().enumerate() {
            assert!(later.parts.iter().all(|part| *part == part.to_lowercase()), "{:?}", later.parts);
            for earlier in &TEXT[..at] {
                let shadowed = earlier.parts.iter().all(|a| later.parts.iter().any(|b| b.contains(a)));
                assert!(!shadowed, "{:?} never decides: {:?} comes first", later.parts, earlier.parts);
            }
        }
    }
}
