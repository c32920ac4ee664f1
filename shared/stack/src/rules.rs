//! The table that sorts reasons. Text first, because handlers give general codes for particular failures;
//! then the handler's error code; within the text rules, the particular before the general.

use crate::class::ReasonClass::{self, *};

/// Sorts a reason that contains every part, whatever the case.
struct TextRule {
    class: ReasonClass,
    parts: &'static [&'static str],
}

const fn rule(class: ReasonClass, parts: &'static [&'static str]) -> TextRule {
    TextRule { class, parts }
}

/// Parts are in lower case. The first rule that fits decides.
const TEXT: &[TextRule] = &[
    // What follows from other failures. A nested stack's reason quotes the summary of its own events.
    rule(NestedStack, &["embedded stack arn:"]),
    rule(NestedStack, &["embedded stack", "was not successfully"]),
    rule(Cancelled, &["resource creation cancelled"]),
    rule(Cancelled, &["resource update cancelled"]),
    rule(Cancelled, &["resource deletion cancelled"]),
    rule(Cancelled, &["resource import cancelled"]),
    rule(Summary, &["the following resource(s) failed to"]),
    // Lambda's own words, before the general ones that they contain.
    rule(LambdaConfiguration, &["role defined for the function cannot be assumed by lambda"]),
    rule(LambdaConfiguration, &["does not have permissions to call", "on ec2"]),
    rule(LambdaConfiguration, &["unzipped size must be smaller"]),
    rule(LambdaConfiguration, &["could not unzip uploaded file"]),
    rule(LambdaConfiguration, &["uploaded file must be a non-empty zip"]),
    rule(LambdaConfiguration, &["request must be smaller than", "bytes for the createfunction"]),
    rule(LambdaConfiguration, &["runtime parameter of", "no longer supported"]),
    rule(LambdaConfiguration, &["at 'runtime' failed to satisfy constraint"]),
    rule(LambdaConfiguration, &["lambda was unable to configure your environment variables"]),
    rule(LambdaConfiguration, &["runtime and handler are mandatory"]),
    rule(LambdaConfiguration, &["layers consume more than the available size"]),
    rule(LambdaConfiguration, &["queue visibility timeout", "less than function timeout"]),
    rule(LambdaConfiguration, &["source image", "does not exist"]),
    rule(Quota, &["unreservedconcurrentexecution below its minimum"]),
    rule(Quota, &["'memorysize' value failed to satisfy constraint"]),
    // Who may do what.
    rule(Credentials, &["security token included in the request is"]),
    rule(Credentials, &["expiredtoken"]),
    rule(Policy, &["service control policy"]),
    rule(Policy, &["hook(s) failed"]),
    rule(Policy, &["hook failed"]),
    rule(MissingPermission, &["not authorized to perform"]),
    rule(MissingPermission, &["is not authorized to"]),
    rule(MissingPermission, &["access denied"]),
    rule(MissingPermission, &["accessdenied"]),
    rule(MissingPermission, &["unauthorizedoperation"]),
    rule(MissingPermission, &["you do not have permission"]),
    rule(MissingPermission, &["does not have permission"]),
    rule(MissingPermission, &["don't have permission"]),
    rule(MissingPermission, &["insufficient privileges"]),
    rule(MissingPermission, &["is invalid or cannot be assumed"]),
    rule(MissingPermission, &["cannot be assumed"]),
    rule(MissingCapability, &["requires capabilities"]),
    // Limits of the account.
    rule(Quota, &["limitexceeded"]),
    rule(Quota, &["limit exceeded"]),
    rule(Quota, &["cannot exceed quota"]),
    rule(Quota, &["quota", "exceeded"]),
    rule(Quota, &["quota has been reached"]),
    rule(Quota, &["maximum number of", "has been reached"]),
    rule(Quota, &["maximum limit of"]),
    rule(Quota, &["too many", "buckets"]),
    rule(Quota, &["attempted to create more buckets than allowed"]),
    rule(Quota, &["code storage limit"]),
    rule(Quota, &["exceeds the maximum number of"]),
    rule(Quota, &["insufficientinstancecapacity"]),
    // Custom resources.
    rule(Timeout, &["did not receive a response from your custom resource"]),
    rule(Timeout, &["custom resource failed to stabilize in expected time"]),
    rule(CustomResource, &["from custom resource"]),
    rule(CustomResource, &["vendor response", "failed"]),
    rule(CustomResource, &["failed to create resource. see the details in cloudwatch log stream"]),
    // Names.
    rule(AlreadyExists, &["already exists"]),
    rule(AlreadyExists, &["already exist"]),
    rule(AlreadyExists, &["alreadyexists"]),
    rule(AlreadyExists, &["alreadyownedbyyou"]),
    rule(AlreadyExists, &["bucket name is not available"]),
    rule(AlreadyExists, &["is already exported by stack"]),
    rule(AlreadyExists, &["is already associated with"]),
    rule(AlreadyExists, &["already in use by"]),
    // What is in use cannot go.
    rule(InUse, &["bucket you tried to delete is not empty"]),
    rule(InUse, &["cannot be deleted as it is in use by"]),
    rule(InUse, &["cannot delete entity, must"]),
    rule(InUse, &["dependencyviolation"]),
    rule(InUse, &["has a dependent object"]),
    rule(InUse, &["has dependencies and cannot be deleted"]),
    rule(InUse, &["because it is a replicated function"]),
    rule(InUse, &["is currently in use"]),
    rule(InUse, &["termination protection is enabled"]),
    rule(InUse, &["terminationprotection is enabled"]),
    rule(InUse, &["deletion protection"]),
    // The template.
    rule(TemplateInvalid, &["template format error"]),
    rule(TemplateInvalid, &["template validation error"]),
    rule(TemplateInvalid, &["template error"]),
    rule(TemplateInvalid, &["invalid template"]),
    rule(TemplateInvalid, &["transform ", " failed"]),
    rule(TemplateInvalid, &["invalid serverless application specification"]),
    rule(TemplateInvalid, &["circular dependency between resources"]),
    rule(TemplateInvalid, &["unresolved resource dependenc"]),
    rule(TemplateInvalid, &["unresolved dependenc"]),
    rule(TemplateInvalid, &["unresolved condition"]),
    rule(TemplateInvalid, &["unrecognized resource type"]),
    rule(TemplateInvalid, &["unsupported resource type"]),
    rule(TemplateInvalid, &["resource type", "does not exist"]),
    rule(TemplateInvalid, &["attribute", "does not exist in schema"]),
    rule(TemplateInvalid, &["doesn't support fn::getatt"]),
    rule(TemplateInvalid, &["template may not exceed"]),
    rule(TemplateInvalid, &["at 'templatebody' failed to satisfy constraint"]),
    rule(TemplateInvalid, &["no updates are to be performed"]),
    // Values.
    rule(InvalidProperty, &["properties validation failed"]),
    rule(InvalidProperty, &["model validation failed"]),
    rule(InvalidProperty, &["propertyvalidation"]),
    rule(InvalidProperty, &["encountered unsupported property"]),
    rule(InvalidProperty, &["extraneous key"]),
    rule(InvalidProperty, &["value of property"]),
    rule(InvalidProperty, &["property", "cannot be empty"]),
    rule(InvalidProperty, &["property", "must be"]),
    rule(InvalidProperty, &["property validation failure"]),
    rule(InvalidProperty, &["failed to satisfy constraint"]),
    rule(InvalidProperty, &["parameters: [", "] must have values"]),
    rule(InvalidProperty, &["parameters: [", "] do not exist in the template"]),
    rule(InvalidProperty, &["parameter", "must be one of allowedvalues"]),
    rule(InvalidProperty, &["parameter", "must match pattern"]),
    rule(InvalidProperty, &["missing required"]),
    rule(InvalidProperty, &["malformedpolicydocument"]),
    rule(InvalidProperty, &["malformed policy"]),
    rule(InvalidProperty, &["has prohibited field"]),
    rule(InvalidProperty, &["syntax errors in policy"]),
    rule(InvalidProperty, &["schema_validation_failed"]),
    rule(InvalidProperty, &["invalid state machine definition"]),
    rule(InvalidProperty, &["bucket name should not contain"]),
    rule(InvalidProperty, &["invalidbucketname"]),
    rule(InvalidProperty, &["update requires", "not support"]),
    rule(InvalidProperty, &["updating", "is not supported"]),
    rule(InvalidProperty, &["notupdatable"]),
    // What is referred to.
    rule(NotFound, &["nosuchkey"]),
    rule(NotFound, &["nosuchbucket"]),
    rule(NotFound, &["no export named"]),
    rule(NotFound, &["does not exist"]),
    rule(NotFound, &["do not exist"]),
    rule(NotFound, &["not found"]),
    rule(NotFound, &["cannot be found"]),
    rule(NotFound, &["could not be found"]),
    rule(NotFound, &["can't find"]),
    rule(NotFound, &["parameters: [ssm", "could not"]),
    // Time and load.
    rule(Throttled, &["rate exceeded"]),
    rule(Throttled, &["throttl"]),
    rule(Throttled, &["too many requests"]),
    rule(Throttled, &["toomanyrequests"]),
    rule(Timeout, &["failed to receive", "resource signal"]),
    rule(Timeout, &["timed out"]),
    rule(Timeout, &["stack creation time exceeded"]),
    rule(Timeout, &["wait condition received failed"]),
    rule(NotStabilized, &["exceeded attempts to wait"]),
    rule(NotStabilized, &["did not stabilize"]),
    rule(NotStabilized, &["failed to stabilize"]),
    rule(NotStabilized, &["not stabilize"]),
    rule(NotStabilized, &["signal(s) out of"]),
    rule(NotStabilized, &["circuit breaker was triggered"]),
    rule(Conflict, &["operationaborted"]),
    rule(Conflict, &["conflicting conditional operation"]),
    rule(Conflict, &["concurrentmodification"]),
    rule(Conflict, &["resourceconflict"]),
    rule(Conflict, &["update is in progress for resource"]),
    rule(Conflict, &["_in_progress state and can not be"]),
    rule(Conflict, &["please try again"]),
    rule(Conflict, &["resource is being deleted"]),
    // The service itself.
    rule(ServiceFailure, &["internal failure"]),
    rule(ServiceFailure, &["internal error"]),
    rule(ServiceFailure, &["internalfailure"]),
    rule(ServiceFailure, &["service unavailable"]),
    rule(ServiceFailure, &["serviceunavailable"]),
    rule(InvalidProperty, &["invalid request provided"]),
    rule(InvalidProperty, &["invalid parameter"]),
    rule(InvalidProperty, &["invalidparameter"]),
    rule(InvalidProperty, &["validationexception"]),
    rule(InvalidProperty, &["validation error"]),
    rule(InvalidProperty, &["invalid"]),
];

/// Handler error codes.
/// See <https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-test-contract-errors.html>.
const CODES: &[(&str, ReasonClass)] = &[
    ("AccessDenied", MissingPermission),
    ("UnauthorizedTaggingOperation", MissingPermission),
    ("InvalidCredentials", Credentials),
    ("AlreadyExists", AlreadyExists),
    ("ServiceLimitExceeded", Quota),
    ("InvalidRequest", InvalidProperty),
    ("NotUpdatable", InvalidProperty),
    ("InvalidTypeConfiguration", InvalidProperty),
    ("NotFound", NotFound),
    ("UnsupportedTarget", NotFound),
    ("ResourceConflict", Conflict),
    ("Throttling", Throttled),
    ("NotStabilized", NotStabilized),
    ("ServiceTimeout", Timeout),
    ("HandlerInternalFailure", ServiceFailure),
    ("InternalFailure", ServiceFailure),
    ("ServiceInternalError", ServiceFailure),
    ("NetworkFailure", ServiceFailure),
    ("NonCompliant", Policy),
];

/// Codes that are more telling than the text around them.
const TELLING_CODES: &[&str] = &[
    "AlreadyExists",
    "AccessDenied",
    "UnauthorizedTaggingOperation",
    "Throttling",
    "ServiceLimitExceeded",
    "NonCompliant",
];

/// The class of a reason, from its text and the handler's error code.
pub(crate) fn classify(text: &str, code: Option<&str>) -> ReasonClass {
    let by_code = || {
        let code = code?;
        CODES.iter().find(|(known, _)| *known == code).map(|(_, class)| *class)
    };
    let lower = text.to_lowercase();
    let by_text = TEXT.iter().find(|rule| rule.parts.iter().all(|part| lower.contains(part))).map(|rule| rule.class);
    match (by_text, by_code()) {
        (Some(consequence), _) if consequence.is_consequence() => consequence,
        (Some(LambdaConfiguration), _) => LambdaConfiguration,
        (_, Some(class)) if code.is_some_and(|code| TELLING_CODES.contains(&code)) => class,
        (Some(class), _) | (None, Some(class)) => class,
        (None, None) => Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_in_lower_case_and_no_rule_is_shadowed() {
        for (at, later) in TEXT.iter().enumerate() {
            assert!(later.parts.iter().all(|part| *part == part.to_lowercase()), "{:?}", later.parts);
            for earlier in &TEXT[..at] {
                let shadowed = earlier.parts.iter().all(|a| later.parts.iter().any(|b| b.contains(a)));
                assert!(!shadowed, "{:?} never decides: {:?} comes first", later.parts, earlier.parts);
            }
        }
    }
}
