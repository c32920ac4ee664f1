//! What is usual to do about each class of errors.

use drydock_diagnosis::Class::{self, *};

/// One step. `{location}`, `{permission}`, `{subject}` and `{property}` stand for what the error names.
pub(crate) struct Step {
    pub(crate) class: Class,
    pub(crate) action: &'static str,
    pub(crate) details: &'static str,
    pub(crate) example: Option<&'static str>,
    pub(crate) documentation: Option<&'static str>,
}

const fn step(class: Class, action: &'static str, details: &'static str) -> Step {
    Step { class, action, details, example: None, documentation: None }
}

/// Where more is said about a class than in its steps.
pub(crate) fn documentation(class: Class) -> Option<&'static str> {
    STEPS.iter().filter(|step| step.class == class).find_map(|step| step.documentation)
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

const SAM: &str = "https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy.html";

/// In order, where a class has several. Every class has one.
pub(crate) const STEPS: &[Step] = &[
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
        StackPolicy,
        "Leave the resource in its place, or lift the stack policy",
        "Somebody has set a policy on the stack that keeps updates from replacing or removing {location}. Take back the change that needs it, or have whoever set the policy lift it for one update.",
    )
    .documentation("https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/protect-stack-resources.html"),
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
    .example("cargo xtask secrets set git-token")
    .documentation("https://docs.github.com/en/repositories/creating-and-managing-repositories/troubleshooting-cloning-errors"),
    step(
        Repository,
        "Bring the repository within the limits",
        "The repository is empty, too large or holds entries that are refused. Remove build output and large files from the branch.",
    )
    .documentation("https://docs.github.com/en/repositories/working-with-files/managing-large-files/about-large-files-on-github"),
    step(
        ProjectDetection,
        "Say what is to be deployed",
        "Name the folder in `projectRoot` and the tool in `iacType`, or put a template or a function's code where the repository begins.",
    )
    .example(r#"{"repository": "https://github.com/owner/name", "branch": "main", "projectRoot": "api", "iacType": "sam"}"#)
    .documentation(SAM),
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
    )
    .documentation("https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html"),
    step(Conflict, "Deploy again", "Something else worked on the same resources at the same time. Wait until it has ended.")
    .documentation(CFN),
    step(
        Network,
        "Deploy again once the other side can be reached",
        "A connection failed. If it happens again, check the host's name, its certificate and whether it is reachable from AWS.",
    )
    .documentation("https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-networking.html"),
    step(
        ServiceFailure,
        "Deploy again",
        "An AWS service failed or asked to slow down. If it happens again, look at the AWS Health Dashboard.",
    )
    .documentation("https://health.aws.amazon.com/health/status"),
    step(NotAvailable, "Use what is available", "This installation does not do that; the message says what it does.")
    .documentation(SAM),
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
    )
    .documentation("https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-using-build.html"),
    step(
        InvalidRequest,
        "Send the request again with another value",
        "The message says which value does not fit the repository or this installation.",
    )
    .documentation("https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html"),
    step(
        ModelAccess,
        "Let the operator store a valid model key",
        "Repairs need a model. Without one everything but the repair works.",
    )
    .example("cargo xtask secrets set model-key")
    .documentation("https://docs.anthropic.com/en/api/errors"),
    step(
        RepairFailed,
        "Repair it by hand with what was found",
        "The fixer did not find a repair that holds. Its record has the diagnosis and what it tried.",
    ),
    step(
        NestedStack,
        "Find the resource that failed in the nested stack {location}",
        "Only that the nested stack failed is known here. Its own events name the resource and the reason; correct that in its template.",
    )
    .documentation("https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-nested-stacks.html"),
    step(
        Throttling,
        "Deploy again",
        "The service limited the rate of requests. If it happens again, let fewer resources be made at a time, by `DependsOn` between them.",
    )
    .documentation(CFN),
    step(
        Cancelled,
        "Correct what failed before",
        "{location} was stopped because another resource failed; the other errors say which.",
    )
    .documentation(CFN),
    step(
        Summary,
        "Correct the resources that failed",
        "The message only sums up what happened; the other errors name the resources and the reasons.",
    )
    .documentation(CFN),
    step(Unknown, "Read the reason", "The reason is none that is known here: {location} and the lines of evidence say where to look.")
        .documentation(CFN),
];

#[cfg(test)]
mod tests {
    use super::*;
    use drydock_diagnosis::rules;

    #[test]
    fn every_class_has_steps_and_all_but_our_own_a_link() {
        for class in Class::ALL {
            assert!(STEPS.iter().any(|step| step.class == *class), "{class}");
            let link = documentation(*class);
            assert_eq!(link.is_none(), *class == RepairFailed, "{class}");
            assert!(link.is_none_or(|link| link.starts_with("https://")), "{class}: {link:?}");
        }
    }

    #[test]
    fn whatever_editing_code_can_help_comes_with_a_link() {
        let fixable: Vec<_> = rules().filter(|rule| rule.class.is_fixable_in_code()).collect();
        assert!(fixable.len() > 200, "{}", fixable.len());
        for rule in fixable {
            assert!(rule.documentation.or_else(|| documentation(rule.class)).is_some(), "{rule:?}");
        }
    }
}
