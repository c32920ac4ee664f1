//! Reasons as CloudFormation and the services behind it word them, each with what must be read out of it.

use drydock_stack::Reason;
use drydock_stack::ReasonClass::{self, *};

fn check(text: &str, expected: ReasonClass) {
    assert_eq!(Reason::parse(text).class, expected, "{text}");
}

/// What else is read: action, subject, property.
fn facts(text: &str, expected: (Option<&str>, Option<&str>, Option<&str>)) {
    let reason = Reason::parse(text);
    let found = (reason.action.as_deref(), reason.subject.as_deref(), reason.property.as_deref());
    assert_eq!(found, expected, "{text}");
}

#[test]
fn missing_permissions() {
    let create_role = "API: iam:CreateRole User: arn:aws:sts::123456789012:assumed-role/deploy/x is not authorized to perform: iam:CreateRole on resource: arn:aws:iam::123456789012:role/demo-Role-1 because no identity-based policy allows the iam:CreateRole action";
    check(create_role, IamPermission);
    facts(create_role, (Some("iam:CreateRole"), Some("arn:aws:iam::123456789012:role/demo-Role-1"), None));
    let principal = Reason::parse(create_role).principal;
    assert_eq!(principal.as_deref(), Some("arn:aws:sts::123456789012:assumed-role/deploy/x"));

    let handler = r#"Resource handler returned message: "User: arn:aws:sts::123456789012:assumed-role/deploy/AWSCloudFormation is not authorized to perform: lambda:CreateFunction on resource: arn:aws:lambda:us-east-1:123456789012:function:demo because no identity-based policy allows the lambda:CreateFunction action (Service: Lambda, Status Code: 403, Request ID: 1f)" (RequestToken: 8a, HandlerErrorCode: AccessDenied)"#;
    check(handler, IamPermission);
    facts(handler, (Some("lambda:CreateFunction"), Some("arn:aws:lambda:us-east-1:123456789012:function:demo"), None));
    assert_eq!(Reason::parse(handler).handler_code.as_deref(), Some("AccessDenied"));

    check(
        "Access Denied (Service: Amazon S3; Status Code: 403; Error Code: AccessDenied; Request ID: X; S3 Extended Request ID: Y; Proxy: null)",
        IamPermission,
    );
    check(
        r#"Resource handler returned message: "Encountered a permissions error performing a tagging operation, please add required tag permissions." (RequestToken: 8a, HandlerErrorCode: UnauthorizedTaggingOperation)"#,
        IamPermission,
    );
    check("Role arn:aws:iam::123456789012:role/cfn is invalid or cannot be assumed", IamPermission);
    check(
        "You are not authorized to perform this operation. Encoded authorization failure message: abc",
        IamPermission,
    );
}

#[test]
fn policies_of_the_account() {
    check(
        "User: arn:aws:iam::1:user/a is not authorized to perform: s3:CreateBucket on resource: arn:aws:s3:::x with an explicit deny in a service control policy",
        AccountPolicy,
    );
    check("The following hook(s) failed: [AWS::Security::Guard]", AccountPolicy);
}

#[test]
fn policies_of_the_stack() {
    let denied = "Action denied by stack policy: Statement [#2] does not allow [Update:Replace] for resource [LogicalResourceId/Table]";
    check(denied, StackPolicy);
    facts(denied, (None, Some("Table"), None));
    let reason = Reason::parse(denied);
    assert_eq!(reason.meaning(), "The stack's policy does not let an update replace or remove `Table`.");
    assert!(reason.remedy().contains("--allow-data-loss"), "{}", reason.remedy());
}

#[test]
fn names_that_are_taken() {
    let identifier = r#"Resource handler returned message: "Resource of type 'AWS::Logs::LogGroup' with identifier '{"/properties/LogGroupName":"/app/demo"}' already exists." (RequestToken: 8a, HandlerErrorCode: AlreadyExists)"#;
    check(identifier, ResourceExists);
    facts(identifier, (None, Some(r#"{"/properties/LogGroupName":"/app/demo"}"#), None));
    check("demo-bucket already exists", ResourceExists);
    facts("demo-bucket already exists", (None, Some("demo-bucket"), None));
    facts(
        "demo-role already exists in stack arn:aws:cloudformation:us-east-1:1:stack/other/1",
        (None, Some("demo-role"), None),
    );
    facts(
        "Role with name demo-role already exists. (Service: AmazonIdentityManagement; Status Code: 409; Error Code: EntityAlreadyExists; Request ID: x)",
        (None, Some("demo-role"), None),
    );
    facts(
        "A queue named jobs already exists with a different value for attribute VisibilityTimeout",
        (None, Some("jobs"), None),
    );
    check(
        "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.",
        ResourceExists,
    );
    check("Function already exist: demo (Service: Lambda, Status Code: 409, Request ID: 1)", ResourceExists);
    check("Export with name Shared is already exported by stack other.", ResourceExists);
}

#[test]
fn limits() {
    check(
        "The maximum number of VPCs has been reached. (Service: AmazonEC2; Status Code: 400; Error Code: VpcLimitExceeded; Request ID: x)",
        Quota,
    );
    facts(
        "The maximum number of addresses has been reached. (Service: AmazonEC2; Error Code: AddressLimitExceeded)",
        (None, Some("addresses"), None),
    );
    check(
        "Cannot exceed quota for RolesPerAccount: 1000 (Service: AmazonIdentityManagement; Status Code: 409; Error Code: LimitExceeded; Request ID: x)",
        Quota,
    );
    facts("Cannot exceed quota for RolesPerAccount: 1000", (None, Some("RolesPerAccount"), None));
    check(
        "You have attempted to create more buckets than allowed (Service: Amazon S3; Status Code: 400; Error Code: TooManyBuckets)",
        Quota,
    );
    check(
        r#"Resource handler returned message: "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [10]. (Service: Lambda, Status Code: 400, Request ID: 1)" (RequestToken: 8a, HandlerErrorCode: InvalidRequest)"#,
        Quota,
    );
    check(
        r#"Resource handler returned message: "'MemorySize' value failed to satisfy constraint: Member must have value less than or equal to 3008" (RequestToken: 8a, HandlerErrorCode: InvalidRequest)"#,
        Quota,
    );
    check(
        r#"Resource handler returned message: "Account has too many of these" (RequestToken: 8a, HandlerErrorCode: ServiceLimitExceeded)"#,
        Quota,
    );
}

#[test]
fn properties_and_parameters() {
    let extraneous = "Properties validation failed for resource Queue with message:\n[#: extraneous key [VisibilityTimeoutt] is not permitted]";
    check(extraneous, TemplateValidation);
    facts(extraneous, (None, None, Some("VisibilityTimeoutt")));
    facts(
        "Properties validation failed for resource Function with message:\n[#: required key [Role] not found]",
        (None, None, Some("Role")),
    );
    facts("Encountered unsupported property Foo", (None, None, Some("Foo")));
    facts("Value of property SecurityGroupIds must be of type List of String", (None, None, Some("SecurityGroupIds")));
    facts("Parameters: [Stage, Domain] must have values", (None, None, Some("Stage, Domain")));
    facts("Parameters: [Nothing] do not exist in the template", (None, None, Some("Nothing")));
    facts("Parameter 'Stage' must be one of AllowedValues", (None, None, Some("Stage")));
    check("Property BucketName cannot be empty.", TemplateValidation);
    check(
        "1 validation error detected: Value '999' at 'visibilityTimeout' failed to satisfy constraint: Member must be less",
        TemplateValidation,
    );
    check(
        r#"Resource handler returned message: "Invalid request provided: bad thing" (RequestToken: 8a, HandlerErrorCode: InvalidRequest)"#,
        TemplateValidation,
    );
    check(
        r#"Resource handler returned message: "Model validation failed (#/Handler: failed validation constraint for keyword [pattern])" (RequestToken: 8a, HandlerErrorCode: InvalidRequest)"#,
        TemplateValidation,
    );
    check(
        "Syntax errors in policy. (Service: AmazonIdentityManagement; Status Code: 400; Error Code: MalformedPolicyDocument; Request ID: x)",
        TemplateValidation,
    );
    check(
        "Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: End state is missing at /States/A'",
        TemplateValidation,
    );
    check("Bucket name should not contain uppercase characters", TemplateValidation);
    check(
        r#"Resource handler returned message: "Replacement of this property is impossible" (RequestToken: 8a, HandlerErrorCode: NotUpdatable)"#,
        TemplateValidation,
    );
}

#[test]
fn templates() {
    let unresolved =
        "Template format error: Unresolved resource dependencies [Role] in the Resources block of the template";
    check(unresolved, TemplateValidation);
    facts(unresolved, (None, Some("Role"), None));
    check("Template format error: JSON not well-formed. (line 3, column 4)", TemplateValidation);
    check(
        "Template validation error: Template error: resource Nothing does not support attribute type Arn in Fn::GetAtt",
        TemplateValidation,
    );
    check("Template error: instance of Fn::GetAtt references undefined resource Role", TemplateValidation);
    check("Circular dependency between resources: [A, B]", TemplateValidation);
    check("Template format error: Unrecognized resource types: [AWS::Lambda::Funktion]", TemplateValidation);
    check(
        "Transform AWS::Serverless-2016-10-31 failed with: Invalid Serverless Application Specification document. Number of errors found: 1. Resource with id [Hello] is invalid. Missing required property 'Handler'.",
        TemplateValidation,
    );
    check("Unresolved condition dependency [IsProd] in the Conditions block of the template", TemplateValidation);
    check(
        "1 validation error detected: Value '…' at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to 51200",
        TemplateValidation,
    );
    check("Requires capabilities : [CAPABILITY_NAMED_IAM]", Capability);
    facts("Requires capabilities : [CAPABILITY_NAMED_IAM]", (None, None, Some("CAPABILITY_NAMED_IAM")));
}

#[test]
fn lambda() {
    check(
        r#"Resource handler returned message: "The role defined for the function cannot be assumed by Lambda. (Service: Lambda, Status Code: 400, Request ID: 1)" (RequestToken: 8a, HandlerErrorCode: InvalidRequest)"#,
        LambdaConfiguration,
    );
    check(
        r#"Resource handler returned message: "The runtime parameter of nodejs12.x is no longer supported for creating or updating AWS Lambda functions. We recommend you use a supported runtime while creating or updating functions. (Service: Lambda, Status Code: 400, Request ID: 1)" (RequestToken: 8a, HandlerErrorCode: InvalidRequest)"#,
        LambdaConfiguration,
    );
    let runtime = r#"Resource handler returned message: "1 validation error detected: Value 'nodejs8' at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [nodejs22.x, provided.al2023] or be a valid ARN" (RequestToken: 8a, HandlerErrorCode: InvalidRequest)"#;
    check(runtime, LambdaConfiguration);
    facts(runtime, (None, None, Some("runtime")));
    check(
        "Unzipped size must be smaller than 262144000 bytes (Service: Lambda, Status Code: 400)",
        LambdaConfiguration,
    );
    let reserved = "Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: AWS_REGION";
    check(reserved, LambdaConfiguration);
    facts(reserved, (None, None, Some("AWS_REGION")));
    check("Could not unzip uploaded file. Please check your file, then try to upload again.", LambdaConfiguration);
    check("Queue visibility timeout: 30 seconds is less than Function timeout: 300 seconds", LambdaConfiguration);
    check(
        r#"Resource handler returned message: "Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist. (Service: Lambda, Status Code: 400, Request ID: 1)" (RequestToken: 8a, HandlerErrorCode: InvalidRequest)"#,
        MissingReference,
    );
    check(
        "The provided execution role does not have permissions to call CreateNetworkInterface on EC2",
        LambdaConfiguration,
    );
}

#[test]
fn what_is_not_there() {
    facts("No export named Shared found. Rollback requested by user.", (None, Some("Shared"), None));
    check("The role with name role-of-nobody cannot be found. (Service: Iam, Status Code: 404)", MissingReference);
    check(
        "The vpc ID 'vpc-1' does not exist (Service: AmazonEC2; Status Code: 400; Error Code: InvalidVpcID.NotFound)",
        MissingReference,
    );
    check(
        r#"Resource handler returned message: "Secrets Manager can't find the specified secret." (RequestToken: 8a, HandlerErrorCode: NotFound)"#,
        MissingReference,
    );
}

#[test]
fn what_is_in_use() {
    check(
        "The bucket you tried to delete is not empty (Service: Amazon S3; Status Code: 409; Error Code: BucketNotEmpty)",
        ResourceInUse,
    );
    facts("Export Shared cannot be deleted as it is in use by other", (None, Some("Shared"), None));
    check("Cannot delete entity, must detach all policies first. (Error Code: DeleteConflict)", ResourceInUse);
    check(
        "resource sg-1 has a dependent object (Service: AmazonEC2; Status Code: 400; Error Code: DependencyViolation)",
        ResourceInUse,
    );
}

#[test]
fn custom_resources() {
    check(
        "Received response status [FAILED] from custom resource. Message returned: bucket not found (RequestId: 1)",
        CustomResource,
    );
    check(
        "CloudFormation did not receive a response from your Custom Resource. Please check your logs for requestId [1]. If you are using the Python cfn-response module, you may need to update your Lambda function code",
        CustomResource,
    );
}

#[test]
fn time_and_load() {
    check(
        "Rate exceeded (Service: AmazonApiGateway; Status Code: 429; Error Code: TooManyRequestsException)",
        Throttling,
    );
    check(
        r#"Resource handler returned message: "slow down" (RequestToken: 8a, HandlerErrorCode: Throttling)"#,
        Throttling,
    );
    check(
        r#"Resource handler returned message: "Exceeded attempts to wait" (RequestToken: 8a, HandlerErrorCode: NotStabilized)"#,
        UnstableResource,
    );
    check(
        "Resource handler returned message: \"Error occurred during operation 'ECS Deployment Circuit Breaker was triggered'.\" (RequestToken: 8a, HandlerErrorCode: GeneralServiceException)",
        UnstableResource,
    );
    check("Failed to receive 1 resource signal(s) within the specified duration", UnstableResource);
    check(
        "Received 0 SUCCESS signal(s) out of 1. Unable to satisfy 100% MinSuccessfulInstancesPercent requirement",
        UnstableResource,
    );
    check(
        r#"Resource handler returned message: "no answer" (RequestToken: 8a, HandlerErrorCode: ServiceTimeout)"#,
        Timeout,
    );
    check(
        "A conflicting conditional operation is currently in progress against this resource. Please try again.",
        Conflict,
    );
    check("Internal Failure", ServiceFailure);
    check(
        r#"Resource handler returned message: "null" (RequestToken: 8a, HandlerErrorCode: InternalFailure)"#,
        ServiceFailure,
    );
    check("The security token included in the request is expired", Credentials);
}

#[test]
fn consequences() {
    for text in ["Resource creation cancelled", "Resource update cancelled", "Resource deletion cancelled"] {
        check(text, Cancelled);
    }
    check("The following resource(s) failed to create: [Role, Queue]. Rollback requested by user.", Summary);
    check("The following resource(s) failed to update: [Role].", Summary);
    let embedded = "Embedded stack arn:aws:cloudformation:us-east-1:1:stack/demo-Net-1/1 was not successfully created: The following resource(s) failed to create: [Vpc].";
    assert!(!Reason::parse(embedded).class.is_consequence(), "a nested stack is looked into, not passed over");
}

#[test]
fn every_reason_has_a_meaning_and_a_remedy() {
    for class in ReasonClass::ALL {
        let mut reason = Reason::parse("something else entirely");
        assert_eq!(reason.class, Unknown);
        reason.class = *class;
        assert!(reason.meaning().ends_with('.') && reason.remedy().ends_with('.'), "{class}: {reason:?}");
    }
    let reason =
        Reason::parse("User: a is not authorized to perform: sqs:CreateQueue on resource: arn:aws:sqs:us-east-1:1:q");
    assert_eq!(
        reason.meaning(),
        "The role that deploys is not allowed `sqs:CreateQueue` on `arn:aws:sqs:us-east-1:1:q`."
    );
    let taken = Reason::parse("demo-bucket already exists");
    assert_eq!(taken.meaning(), "`demo-bucket` is there already and does not belong to this stack.");
}
