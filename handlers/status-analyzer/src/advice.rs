//! What to do about each error: what its rule says of this very message, or else the steps of its class, filled with
//! what the error is about.

use crate::evidence::Finding;
use drydock_contract::api::FixInstruction;
use drydock_diagnosis::Class::{self, *};
use drydock_diagnosis::Rule;

/// One step. `{location}`, `{permission}`, `{subject}` and `{property}` stand for what the error names.
struct Step {
    class: Class,
    action: &'static str,
    details: &'static str,
    example: Option<&'static str>,
    documentation: Option<&'static str>,
}

const fn step(class: Class, action: &'static str, details: &'static str) -> Step {
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
        "Correct what answers the request at {location}",
        "What is deployed answers otherwise than it should. The evidence holds the request, to be sent again as it is, and what the function logged. Change the code or the template, not what is expected.",
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
    step(
        FunctionPermission,
        "Allow {permission} on {subject} to the role of the deployed code",
        "The code's own role lacks the permission. Add it to that role in the template, for exactly the resource that the code uses.",
    )
    .example("Policies:\n  - Statement:\n      - Effect: Allow\n        Action: {permission}\n        Resource: {subject}")
    .documentation("https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html"),
    step(
        CustomResource,
        "Correct the function behind the custom resource {location}",
        "Its own code reported a failure or never answered. Its log has the details; the stream is named in the message.",
    )
    .documentation("https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-custom-resources.html"),
    step(
        FunctionTimeout,
        "Let {location} end in time",
        "Find what the function waits for: a host that it cannot reach, or more work than fits. Raise its `Timeout` only if the work needs it.",
    )
    .documentation("https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html"),
    step(
        FunctionMemory,
        "Give {location} more room",
        "Raise `MemorySize` or `EphemeralStorage`, or let the code keep less at a time.",
    )
    .documentation("https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html"),
    step(
        Build,
        "Correct what the build names",
        "The project could not be built or synthesized; the message names the file or the command.",
    ),
    step(
        InvalidRequest,
        "Send the request again with another value",
        "The message says which value does not fit the repository or this installation.",
    ),
    step(
        ModelAccess,
        "Let the operator store a valid model key",
        "Repairs need a model. Without one everything but the repair works.",
    )
    .example("cargo xtask secrets set model-key"),
    step(
        RepairFailed,
        "Repair it by hand with what was found",
        "The fixer did not find a repair that holds. Its record has the diagnosis and what it tried.",
    ),
    step(Unknown, "Read the reason", "The reason is none that is known here: {location} and the lines of evidence say where to look.")
        .documentation(CFN),
];

/// Longest text that stands for a placeholder, in characters.
const MAX_FILL: usize = 300;

/// The steps for all findings, numbered. What was said for one finding is not said for another again.
pub(crate) fn instructions(findings: &[Finding]) -> Vec<FixInstruction> {
    let mut steps: Vec<FixInstruction> = Vec::new();
    let mut advised: Vec<Class> = Vec::new();
    for finding in findings {
        let filling = Filling::of(finding);
        // A rule knows what to change for its message; a class only what is usual.
        if let Some((rule, change)) = finding.rule.and_then(|rule| Some((rule, rule.change?))) {
            let step = from_rule(finding, rule, change, &filling);
            if !steps.iter().any(|known| known.action == step.action) {
                steps.push(step);
            }
        } else if !advised.contains(&finding.class) {
            advised.push(finding.class);
            steps.extend(of_class(finding, &filling));
        }
    }
    for (at, step) in steps.iter_mut().enumerate() {
        step.step = u32::try_from(at + 1).expect("a handful of steps");
    }
    steps
}

fn of_class(finding: &Finding, filling: &Filling) -> Vec<FixInstruction> {
    let steps = STEPS.iter().filter(|step| step.class == finding.class).enumerate();
    let steps: Vec<_> = steps.map(|(at, step)| from_step(finding, step, at == 0, filling)).collect();
    if steps.is_empty() { vec![from_class(finding)] } else { steps }
}

fn from_rule(finding: &Finding, rule: &Rule, change: &str, filling: &Filling) -> FixInstruction {
    let place = finding.location.as_deref().map_or_else(String::new, |place| format!(" At: {}.", clip(place)));
    FixInstruction {
        step: 0,
        category: finding.class.to_string(),
        action: filling.fill(change),
        details: format!("{}{place}", finding.class.meaning()),
        code_example: rule.example.map(|example| filling.fill(example)),
        documentation: rule.documentation.map(str::to_owned),
    }
}

fn from_class(finding: &Finding) -> FixInstruction {
    FixInstruction {
        step: 0,
        category: finding.class.to_string(),
        action: finding.class.remedy().to_owned(),
        details: finding.class.meaning().to_owned(),
        code_example: None,
        documentation: None,
    }
}

/// The first step of a failure that came with a remedy of its own begins with that.
fn from_step(finding: &Finding, step: &Step, is_first: bool, filling: &Filling) -> FixInstruction {
    let remedy = finding.remedy.as_deref().filter(|_| is_first).map(|remedy| format!("{remedy} ")).unwrap_or_default();
    FixInstruction {
        step: 0,
        category: step.class.to_string(),
        action: filling.fill(step.action),
        details: format!("{remedy}{}", filling.fill(step.details)),
        code_example: step.example.map(|example| filling.fill(example)),
        documentation: step.documentation.map(str::to_owned),
    }
}

/// What stands for the placeholders.
struct Filling([(&'static str, String); 4]);

impl Filling {
    fn of(finding: &Finding) -> Self {
        let reason = finding.reason();
        let or = |value: Option<&str>, otherwise: &str| clip(value.unwrap_or(otherwise));
        Self([
            ("{permission}", or(reason.action.as_deref(), "the action that was refused")),
            ("{subject}", or(reason.subject.as_deref(), "what the message names")),
            ("{property}", or(reason.property.as_deref(), "what the message names")),
            ("{location}", or(finding.location.as_deref(), "the resource at fault")),
        ])
    }

    fn fill(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value))
    }
}

fn clip(text: &str) -> String {
    text.chars().take(MAX_FILL).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(class: Class, message: &str) -> Finding {
        Finding {
            class,
            severity: class.severity(),
            message: message.to_owned(),
            location: Some("Role".to_owned()),
            remedy: Some("Ask Ann.".to_owned()),
            related: Vec::new(),
            rule: None,
        }
    }

    #[test]
    fn every_class_has_a_step_and_no_placeholder_is_left() {
        for class in Class::ALL {
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
    fn a_rule_says_what_to_change_for_its_message() {
        let message = "Hello (AWS::Lambda::Function) CREATE_FAILED: The runtime parameter of python3.7 is no longer supported for creating or updating AWS Lambda functions.";
        let mut told = finding(LambdaConfiguration, message);
        told.location = Some("Hello".to_owned());
        told.rule = drydock_diagnosis::find(message);
        let steps = instructions(&[told]);
        assert_eq!(steps.len(), 1);
        assert!(steps[0].action.starts_with("Set `Runtime` of Hello to a supported version"), "{}", steps[0].action);
        assert!(steps[0].code_example.as_deref().is_some_and(|example| example.contains("python3.13")));
        assert!(steps[0].documentation.as_deref().is_some_and(|url| url.ends_with("lambda-runtimes.html")));
    }

    #[test]
    fn every_rule_fills_its_placeholders() {
        for rule in drydock_diagnosis::rules() {
            let mut told = finding(rule.class, "nothing is named here");
            told.rule = Some(rule);
            for step in instructions(&[told]) {
                let text = format!("{} {:?}", step.action, step.code_example);
                for placeholder in ["{permission}", "{subject}", "{property}", "{location}"] {
                    assert!(!text.contains(placeholder), "{text}");
                }
            }
        }
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
