//! General words, after everything that only one service uses. Handlers' error codes stand where they are more telling
//! than the text around them, or, at the end, where nothing else has decided.
//!
//! The codes: <https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-test-contract-errors.html>.

use super::{Rule, rule};
use crate::Class::{
    CodeError, Conflict, MissingReference, NotAvailable, ResourceExists, ResourceInUse, ServiceFailure,
    TemplateValidation, TestFailure, Throttling, Timeout, UnstableResource,
};

pub(super) const RULES: &[Rule] = &[
    rule(ResourceExists, &["handlererrorcode: alreadyexists"]),
    rule(Throttling, &["handlererrorcode: throttling"]),
    // Names.
    rule(ResourceExists, &["already exist"]),
    rule(ResourceExists, &["alreadyexist"]),
    rule(ResourceExists, &["already associated with"]),
    rule(ResourceExists, &["already in use by"]),
    // What is in use cannot go.
    rule(ResourceInUse, &["dependencyviolation"]),
    rule(ResourceInUse, &["has a dependent object"]),
    rule(ResourceInUse, &["has dependencies and cannot be deleted"]),
    rule(ResourceInUse, &["because it is a replicated function"]),
    rule(ResourceInUse, &["is currently in use"]),
    rule(ResourceInUse, &["termination protection is enabled"]),
    rule(ResourceInUse, &["terminationprotection is enabled"]),
    rule(ResourceInUse, &["deletion protection"]),
    // Values.
    rule(TemplateValidation, &["failed to satisfy constraint"]),
    rule(TemplateValidation, &["missing required"]),
    rule(TemplateValidation, &["update requires", "not support"]),
    rule(TemplateValidation, &["updating", "is not supported"]),
    rule(TemplateValidation, &["notupdatable"]),
    rule(TemplateValidation, &["one or more parameter values were invalid"]),
    // What is referred to.
    rule(MissingReference, &["nosuchkey"]),
    rule(MissingReference, &["nosuchbucket"]),
    rule(MissingReference, &["does not exist"]),
    rule(MissingReference, &["doesn't exist"]),
    rule(MissingReference, &["do not exist"]),
    rule(MissingReference, &["not found"]),
    rule(MissingReference, &["cannot be found"]),
    rule(MissingReference, &["could not be found"]),
    rule(MissingReference, &["can't find"]),
    // Time and load.
    rule(Throttling, &["rate exceeded"]),
    rule(Throttling, &["throttl"]),
    rule(Throttling, &["too many requests"]),
    rule(Throttling, &["toomanyrequests"]),
    rule(Throttling, &["reduce your request rate"]),
    rule(Throttling, &["asks to slow down"]),
    rule(UnstableResource, &["exceeded attempts to wait"]),
    rule(UnstableResource, &["did not stabilize"]),
    rule(UnstableResource, &["failed to stabilize"]),
    rule(UnstableResource, &["not stabilize"]),
    rule(Timeout, &["timed out"]),
    rule(Timeout, &["took too long"]),
    rule(Timeout, &["did not end within"]),
    rule(Conflict, &["operationaborted"]),
    rule(Conflict, &["conflicting conditional operation"]),
    rule(Conflict, &["concurrentmodification"]),
    rule(Conflict, &["resourceconflict"]),
    rule(Conflict, &["update is in progress for resource"]),
    rule(Conflict, &["state and can not be"]),
    rule(Conflict, &["currently in the following state"]),
    rule(Conflict, &["already in progress"]),
    rule(Conflict, &["resource is being deleted"]),
    // The service itself.
    rule(ServiceFailure, &["internal failure"]),
    rule(ServiceFailure, &["internal error"]),
    rule(ServiceFailure, &["internalfailure"]),
    rule(ServiceFailure, &["internalserver"]),
    rule(ServiceFailure, &["internalservice"]),
    rule(ServiceFailure, &["internal server error", "status code: 5"]),
    rule(ServiceFailure, &["currently unavailable"]),
    rule(ServiceFailure, &["temporarily unavailable"]),
    rule(ServiceFailure, &["service unavailable"]),
    rule(ServiceFailure, &["service is unavailable"]),
    rule(ServiceFailure, &["serviceunavailable"]),
    rule(Conflict, &["please try again"]),
    rule(TestFailure, &["sanity test", "failed"]),
    rule(NotAvailable, &["not available yet"]),
    // Handlers' codes.
    rule(MissingReference, &["handlererrorcode: notfound"]),
    rule(MissingReference, &["handlererrorcode: unsupportedtarget"]),
    rule(UnstableResource, &["handlererrorcode: notstabilized"]),
    rule(Timeout, &["handlererrorcode: servicetimeout"]),
    rule(ServiceFailure, &["handlererrorcode: serviceinternalerror"]),
    rule(ServiceFailure, &["handlererrorcode: networkfailure"]),
    // What a runtime writes of an error that nobody has caught.
    rule(CodeError, &["\"errortype\""]),
    rule(TemplateValidation, &["validationexception"]),
    rule(TemplateValidation, &["validation error"]),
    rule(TemplateValidation, &["invalid"]),
];
