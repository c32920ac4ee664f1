//! What to do about each class of error: a table of steps, filled with what the error is about.

use crate::class::ErrorClass::{self, *};
use crate::evidence::Finding;
use drydock_contract::api::FixInstruction;

/// One step. `{location}`, `{permission}`, `{subject}` and `{property}` stand for what the error names.
struct Step {
    class: ErrorClass,
    action: &'static str,
    details: &'static str,
    example: Option<&'static str>,
    documentation: Option<&'static str>,
}

const fn step(class: ErrorClass, action: &'static str, details: &'static str) -> Step {
    Step { class, action, details, example: None, documentation: None }
}

impl Step {
    const fn example(self, example: &'static str) -> Self {
        Self { example: Some(example), ..self }
    }

    const fn documentation(self, url: &'static str) -> Self {
        Self { documentation: Some(url), ..self }
    }
}

const CFN: &str = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/troubleshooting.html";
const RESOURCES: &str =
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html";

/// Each class has at least one step; several are done in order.
const STEPS: &[Step] = &[
    step(
        IamPermission,
        "Allow {permission} on {subject}",
        "The role that acts lacks the permission. Add it to CloudFormation's service role (or to the permissions boundary that limits it), or take {location} out of the template. No change of the project's code helps.",
    )
    .example(r#"{"Effect": "Allow", "Action": "{permission}", "Resource": "{subject}"}"#)
    .documentation("https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html"),
    step(
        Credentials,
        "Renew the credentials",
        "AWS does not accept the credentials that the request was signed with. Nothing in the repository is at fault; deploy again with valid ones.",
    )
    .documentation("https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_general.html"),
    step(
        AccountPolicy,
        "Comply with the account's policy",
        "A service control policy, a hook or a guard of the account refuses {location}. Change the resource so that it complies, or ask whoever owns the policy.",
    )
    .documentation("https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html"),
    step(
        Quota,
        "Raise the limit or make room",
        "The account is at its limit ({subject}). Delete what is not needed any more or ask for more in Service Quotas, then deploy again.",
    )
    .documentation("https://docs.aws.amazon.com/servicequotas/latest/userguide/request-quota-increase.html"),
    step(
        GitAccess,
        "Make the repository reachable",
        "Check the repository's address and the branch. For a private repository, store a token that may read it in the Git token secret.",
    )
    .example("cargo xtask secrets set git-token"),
    step(
        Repository,
        "Bring the repository within the limits",
        "The repository is empty, too large or holds entries that are refused. Remove build output and large files from the branch.",
    ),
    step(
        ProjectDetection,
        "Say what is to be deployed",
        "Name the folder in `projectRoot` and the tool in `iacType`, or put a template or a function's code where the repository begins.",
    )
    .example(r#"{"repository": "https://github.com/owner/name", "branch": "main", "projectRoot": "api", "iacType": "sam"}"#),
    step(
        TemplateValidation,
        "Correct {location} in the template",
        "CloudFormation or the service refuses {property}. Compare the resource with its reference; the message above names what is wrong.",
    )
    .documentation(RESOURCES),
    step(
        TemplateValidation,
        "Check the template before the next deployment",
        "cfn-lint finds unknown properties, wrong types, dangling references and bad values without an AWS account.",
    )
    .example("pip install cfn-lint && cfn-lint template.yaml")
    .documentation("https://github.com/aws-cloudformation/cfn-lint"),
    step(
        ResourceExists,
        "Leave the name of {location} to CloudFormation",
        "{subject} exists already and does not belong to this stack. Remove the name property so that CloudFormation makes a unique one, or build the name from `AWS::StackName`; or delete the existing resource if it is not needed.",
    )
    .example("BucketName: !Sub '${AWS::StackName}-data'")
    .documentation(CFN),
    step(
        Capability,
        "Grant {property}",
        "The template makes IAM resources or uses macros, which has to be acknowledged when it is deployed.",
    )
    .documentation("https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateChangeSet.html"),
    step(
        LambdaConfiguration,
        "Correct the function {location}",
        "Lambda refuses {property}: check the runtime (still supported?), the handler, the size of the package (250 MB unpacked), the role's trust policy and the environment (reserved names such as AWS_REGION).",
    )
    .example("Runtime: nodejs22.x\nHandler: index.handler")
    .documentation("https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html"),
    step(
        CodeError,
        "Correct the code that failed",
        "The message quotes the project's own code or a function behind a custom resource. Reproduce it locally, then read the function's log for the stack trace.",
    )
    .documentation("https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-execution.html"),
    step(
        Dependency,
        "Bring the dependencies along",
        "What is deployed is what the repository holds. Commit a built package, or point the template at a folder in which the dependencies are installed.",
    )
    .example("pip install -r requirements.txt -t src/    # or: npm ci --omit=dev")
    .documentation("https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-package.html"),
    step(
        MissingReference,
        "Create {subject} first, or correct the reference in {location}",
        "The template points to something that is not there: a file, an object in S3, an export, a parameter or a resource of another stack.",
    )
    .documentation(CFN),
    step(
        ResourceInUse,
        "Free {location}",
        "Something else still uses it, or it is not empty. Remove the use first, or keep the resource with a retain policy.",
    )
    .example("DeletionPolicy: Retain")
    .documentation(CFN),
    step(
        UnstableResource,
        "Find out why {location} does not become healthy",
        "It was made, but its own checks never passed. Look at its events and logs: container images, health checks, subnets and security groups are the usual reasons.",
    )
    .documentation(CFN),
    step(
        Timeout,
        "Find what was waited for",
        "Something did not answer in time. Make it quicker, allow it more time, or split what is done in one step.",
    )
    .documentation(CFN),
    step(
        TestFailure,
        "Make the failing check pass",
        "What is deployed answers otherwise than expected; the evidence holds the request and the answer.",
    ),
    step(Conflict, "Deploy again", "Something else worked on the same resources at the same time. Wait until it has ended."),
    step(
        Network,
        "Deploy again once the other side can be reached",
        "A connection failed. If it happens again, check the host's name, its certificate and whether it is reachable from AWS.",
    ),
    step(
        ServiceFailure,
        "Deploy again",
        "An AWS service failed or asked to slow down. If it happens again, look at the AWS Health Dashboard.",
    )
    .documentation("https://health.aws.amazon.com/health/status"),
    step(NotAvailable, "Use what is available", "This installation does not do that; the message says what it does."),
    step(Unknown, "Read the reason", "The reason is none that is known here: {location} and the lines of evidence say where to look.")
        .documentation(CFN),
];

/// Longest text that stands for a placeholder, in characters.
const MAX_FILL: usize = 300;

/// The steps for all findings, numbered, each class once.
pub(crate) fn instructions(findings: &[Finding]) -> Vec<FixInstruction> {
    let mut steps: Vec<FixInstruction> = Vec::new();
    let mut advised: Vec<ErrorClass> = Vec::new();
    for finding in findings {
        if advised.contains(&finding.class) {
            continue;
        }
        advised.push(finding.class);
        steps.extend(STEPS.iter().filter(|step| step.class == finding.class).map(|step| fill(step, finding)));
    }
    for (at, step) in steps.iter_mut().enumerate() {
        step.step = u32::try_from(at + 1).expect("a handful of steps");
    }
    steps
}

/// The first step of a failure that came with a remedy of its own begins with that.
fn fill(step: &Step, finding: &Finding) -> FixInstruction {
    let reason = finding.reason();
    let location = finding.location.as_deref();
    let values = [
        ("{permission}", reason.action.as_deref(), "the action that was refused"),
        ("{subject}", reason.subject.as_deref(), "what the message names"),
        ("{property}", reason.property.as_deref(), "what the message names"),
        ("{location}", location, "the resource at fault"),
    ];
    let filled = |text: &str| {
        values.iter().fold(text.to_owned(), |text, (name, value, otherwise)| {
            let value: String = value.unwrap_or(otherwise).chars().take(MAX_FILL).collect();
            text.replace(name, &value)
        })
    };
    let is_first = STEPS.iter().find(|first| first.class == step.class).is_some_and(|first| std::ptr::eq(first, step));
    let remedy = finding.remedy.as_deref().filter(|_| is_first);
    FixInstruction {
        step: 0,
        category: step.class.to_string(),
        action: filled(step.action),
        details: remedy.map_or_else(|| filled(step.details), |remedy| format!("{remedy} {}", filled(step.details))),
        code_example: step.example.map(filled),
        documentation: step.documentation.map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(class: ErrorClass, message: &str) -> Finding {
        Finding {
            class,
            severity: class.severity(),
            message: message.to_owned(),
            location: Some("Role".to_owned()),
            remedy: Some("Ask Ann.".to_owned()),
            related: Vec::new(),
        }
    }

    #[test]
    fn every_class_has_a_step_and_no_placeholder_is_left() {
        for class in ErrorClass::ALL {
            let steps = instructions(&[finding(*class, "nothing is named here")]);
            assert!(!steps.is_empty(), "{class}");
            for step in steps {
                let text = format!("{} {} {:?}", step.action, step.details, step.code_example);
                for placeholder in ["{permission}", "{subject}", "{property}", "{location}"] {
                    assert!(!text.contains(placeholder), "{class}: {text}");
                }
            }
        }
    }

    #[test]
    fn a_step_names_what_the_error_is_about() {
        let message = "User: arn:aws:iam::1:role/r is not authorized to perform: iam:CreateRole on resource: arn:aws:iam::1:role/x because no identity-based policy allows it";
        let steps = instructions(&[finding(IamPermission, message)]);
        assert_eq!(steps[0].action, "Allow iam:CreateRole on arn:aws:iam::1:role/x");
        assert!(steps[0].details.starts_with("Ask Ann. "), "{}", steps[0].details);
        assert_eq!(
            steps[0].code_example.as_deref(),
            Some(r#"{"Effect": "Allow", "Action": "iam:CreateRole", "Resource": "arn:aws:iam::1:role/x"}"#)
        );
    }

    #[test]
    fn steps_are_numbered_and_each_class_is_advised_once() {
        let steps =
            instructions(&[finding(TemplateValidation, "a"), finding(TemplateValidation, "b"), finding(Quota, "c")]);
        let found: Vec<_> = steps.iter().map(|step| (step.step, step.category.as_str())).collect();
        assert_eq!(found, [(1, "template-validation"), (2, "template-validation"), (3, "quota")]);
        assert!(!steps[1].details.contains("Ask Ann."), "the remedy stands in the first step only");
    }
}
