//! Other services' own words, before the general ones that they contain.

use super::{Rule, rule};
use crate::Class::{
    Conflict, MissingReference, Quota, ResourceExists, ResourceInUse, ServiceFailure, TemplateValidation, Throttling,
    UnstableResource,
};

const OWNERSHIP: &str = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html";
const BUCKET_NAMES: &str = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html";
const NOTIFICATIONS: &str = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-event-notifications.html";
const TABLE: &str =
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html";
const METHOD: &str =
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-method.html";
const STATES: &str = "https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html";

pub(super) const RULES: &[Rule] = &[
    // S3.
    rule(TemplateValidation, &["bucket cannot have acls set with objectownership"])
        .change("Remove `AccessControl` of {location}, or set `OwnershipControls` to `BucketOwnerPreferred`.")
        .read(OWNERSHIP),
    rule(TemplateValidation, &["bucket does not allow acls"])
        .change("Remove the ACL; grant access with a bucket policy.")
        .read(OWNERSHIP),
    rule(TemplateValidation, &["unable to validate the following destination configurations"])
        .change("Let S3 call what it notifies before the notification is made: add an `AWS::Lambda::Permission` (or a queue or topic policy) for `s3.amazonaws.com`, and `DependsOn` it in the bucket.")
        .example("InvokePermission:\n  Type: AWS::Lambda::Permission\n  Properties:\n    Action: lambda:InvokeFunction\n    FunctionName: !Ref Function\n    Principal: s3.amazonaws.com\n    SourceAccount: !Ref AWS::AccountId")
        .read(NOTIFICATIONS),
    rule(TemplateValidation, &["configuration is ambiguously defined"])
        .change("Let the notifications of one event type have prefixes or suffixes that do not overlap.")
        .read(NOTIFICATIONS),
    rule(TemplateValidation, &["bucket name should not contain"])
        .change("Use lower-case letters, digits, dots and hyphens in `BucketName`, or remove it.")
        .read(BUCKET_NAMES),
    rule(TemplateValidation, &["invalidbucketname"])
        .change("Use 3 to 63 lower-case letters, digits, dots and hyphens in `BucketName`, or remove it.")
        .read(BUCKET_NAMES),
    rule(TemplateValidation, &["policy has invalid resource"])
        .change("Let the bucket policy name this bucket: `!GetAtt Bucket.Arn` and `!Sub '${Bucket.Arn}/*'`."),
    rule(TemplateValidation, &["action does not apply to any resource(s) in statement"])
        .change("Name the bucket's ARN for actions on buckets and `<arn>/*` for actions on objects."),
    rule(ResourceExists, &["bucket name is not available"])
        .change("Remove `BucketName` of {location}, or build it from `AWS::AccountId` and `AWS::Region`: bucket names are unique in the world.")
        .example("BucketName: !Sub '${AWS::StackName}-${AWS::AccountId}-${AWS::Region}'")
        .read(BUCKET_NAMES),
    rule(ResourceExists, &["alreadyownedbyyou"]),
    rule(ResourceInUse, &["bucket you tried to delete is not empty"])
        .change("Keep the bucket with `DeletionPolicy: Retain`, or empty it first."),
    // DynamoDB.
    rule(TemplateValidation, &["attributedefinitions is inconsistent with the keyschema"])
        .change("Let `AttributeDefinitions` of {location} list exactly the attributes of the keys of the table and its indexes, no others.")
        .read(TABLE),
    rule(TemplateValidation, &["attributes in keyschema does not exactly match"])
        .change("Let `AttributeDefinitions` of {location} list exactly the attributes of the keys of the table and its indexes, no others.")
        .read(TABLE),
    rule(TemplateValidation, &["index key attributes are not defined in attributedefinitions"])
        .change("Add the attributes of the index's key to `AttributeDefinitions` of {location}.")
        .read(TABLE),
    rule(TemplateValidation, &["no provisioned throughput specified"])
        .change("Set `BillingMode: PAY_PER_REQUEST` in {location}, or give the table and each index a `ProvisionedThroughput`.")
        .read(TABLE),
    rule(TemplateValidation, &["can be specified when billingmode is pay_per_request"])
        .change("Remove `ProvisionedThroughput` of {location} and its indexes, or the `BillingMode`.")
        .read(TABLE),
    rule(TemplateValidation, &["more than one gsi creation or deletion"])
        .change("Add or remove one index with each deployment."),
    rule(Conflict, &["can be created, updated, or deleted simultaneously"]),
    rule(Conflict, &["attempt to change a resource which is still in use"]),
    rule(Throttling, &["control plane requests"]),
    rule(ResourceExists, &["table already exists:"]).change("Remove `TableName` of {location}, or choose another."),
    // SQS, SNS, EventBridge, Step Functions.
    rule(Conflict, &["you must wait 60 seconds after deleting a queue"]),
    rule(ResourceExists, &["queue already exists with the same name and a different value"])
        .change("Remove `QueueName` of {location}, or choose another."),
    rule(TemplateValidation, &["name of a fifo queue can only include"])
        .change("Let the name of a FIFO queue end in `.fifo`."),
    rule(TemplateValidation, &["invalid parameter: topic name"])
        .change("Let the topic's name end in `.fifo` if, and only if, `FifoTopic` is true."),
    rule(TemplateValidation, &["parameter scheduleexpression is not valid"])
        .change("Write `rate(5 minutes)`, `rate(1 hour)` or `cron(0 12 * * ? *)`: six fields, one of day and weekday a `?`.")
        .read("https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html"),
    rule(TemplateValidation, &["schema_validation_failed"])
        .change("Correct the state machine's definition at the path that the message names.")
        .read(STATES),
    rule(TemplateValidation, &["missing_transition_target"])
        .change("Correct the state's name at the path that the message names: `StartAt`, `Next` and `Default` must name states of the machine.")
        .read(STATES),
    rule(TemplateValidation, &["invalid state machine definition"])
        .change("Correct the state machine's definition at the path that the message names.")
        .read(STATES),
    // API Gateway.
    rule(TemplateValidation, &["no integration defined for method"])
        .change("Give every method an `Integration`, and let the deployment `DependsOn` all methods.")
        .read(METHOD),
    rule(TemplateValidation, &["rest api doesn't contain any methods"])
        .change("Let the `AWS::ApiGateway::Deployment` `DependsOn` the API's methods.")
        .read("https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-deployment.html"),
    rule(TemplateValidation, &["invalid mapping expression"])
        .change("Declare the parameter in the method's `RequestParameters` before the integration maps it.")
        .read(METHOD),
    rule(TemplateValidation, &["cloudwatch logs role arn must be set"])
        .change("Add an `AWS::ApiGateway::Account` with a role for CloudWatch and let the stage depend on it, or remove the stage's `LoggingLevel`.")
        .read("https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-account.html"),
    rule(TemplateValidation, &["resource's path part only allow"])
        .change("Give `PathPart` one segment without slashes; make a resource for each segment."),
    rule(TemplateValidation, &["errors found during import"])
        .change("Correct the OpenAPI body at the path that the message names."),
    rule(ResourceExists, &["another resource with the same parent already has this name"])
        .change("Declare each path of the API once."),
    rule(ResourceExists, &["domain name you provided already exists"]),
    rule(MissingReference, &["invalid api identifier specified"]).change("Refer to the API with `!Ref` instead of a written id."),
    // Network, databases, certificates, containers, secrets.
    rule(ServiceFailure, &["insufficient", "capacity"]),
    rule(ServiceFailure, &["capacity is unavailable"]),
    rule(ServiceFailure, &["do not have sufficient", "capacity"]),
    rule(TemplateValidation, &["conflicts with another subnet"]).change("Give the subnet a range that no other of the VPC overlaps."),
    rule(TemplateValidation, &["for parameter availabilityzone is invalid"])
        .change("Choose the zone with `!Select [0, !GetAZs '']` instead of a written one."),
    rule(TemplateValidation, &["availability zone coverage requirement"])
        .change("Add a subnet in a second availability zone to the subnet group."),
    rule(TemplateValidation, &["cannot find version", " for "]).change("Set `EngineVersion` of {location} to one that RDS offers."),
    rule(TemplateValidation, &["is not a valid password"])
        .change("Let Secrets Manager make the password (`ManageMasterUserPassword: true`, or `GenerateSecretString` with `ExcludeCharacters`)."),
    rule(TemplateValidation, &["not supported in your requested availability zone"])
        .change("Let subnets or instances be in the availability zones that the message names."),
    rule(TemplateValidation, &["requested engine version was not found"])
        .change("Set `EngineVersion` of {location} to one that RDS offers."),
    rule(TemplateValidation, &["kms key does not exist or is not allowed to be used"])
        .change("Let the key's policy allow kms:Encrypt*, kms:Decrypt*, kms:GenerateDataKey* and kms:Describe* to the service that uses it, such as logs.<region>.amazonaws.com.")
        .read("https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html"),
    rule(ResourceExists, &["already scheduled for deletion"])
        .change("Give the secret another name, or leave it out."),
    rule(ResourceExists, &["because the secret", "already exists"]).change("Remove the secret's name, or choose another."),
    rule(ResourceExists, &["cnamealreadyexists"]).change("Remove the alias, or take it off the other distribution."),
    rule(Conflict, &["still processing a prior request"]),
    rule(ResourceExists, &["tried to create resource record set", "already exists"])
        .change("Remove the record from the template, or delete the existing one."),
    rule(MissingReference, &["ssl certificate doesn't exist"])
        .change("Use a certificate of ACM in us-east-1 that is issued and covers the aliases.")
        .read("https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cnames-and-https-requirements.html"),
    rule(ResourceInUse, &["because it still contains images"]).change("Set `EmptyOnDelete: true` in {location}."),
    rule(ResourceInUse, &["cannot delete protected"]).change("Set the resource's `DeletionProtection` to false first."),
    rule(UnstableResource, &["circuit breaker was triggered"])
        .change("Find out why the container does not start or does not pass its health check: image, port, command, environment and role of the task.")
        .read("https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html"),
    rule(Throttling, &["pull rate limit"]),
    rule(UnstableResource, &["cannotpullcontainererror"])
        .change("Correct the image's name and tag, and let the task reach the registry (public IP, NAT or endpoints) with a role that may pull."),
    rule(TemplateValidation, &["not allow you to update the key policy"])
        .change("Let the key's policy allow `kms:*` to the account's root (`arn:aws:iam::<account>:root`).")
        .read("https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html"),
    rule(Quota, &["resource limit exceeded."]),
];
