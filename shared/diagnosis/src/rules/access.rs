//! Who may do what: permissions of whoever deploys, credentials, policies of the account, and its limits.

use super::{Rule, rule};
use crate::Class::{
    AccountPolicy, Credentials, FunctionPermission, IamPermission, MissingReference, Quota, ResourceInUse,
    TemplateValidation, Throttling,
};

const POLICIES: &str = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html";

const TRUST: &str =
    "Let the role's `AssumeRolePolicyDocument` allow `sts:AssumeRole` to the service that the message names.";

/// IAM's own sentence. It quotes names of people's choosing, so it is asked for before any single word is.
pub(super) const REFUSALS: &[Rule] = &[
    rule(TemplateValidation, &["blocked by the blockpublicpolicy"])
        .change("Remove the public statement from the bucket's policy (serve through CloudFront instead), or allow it with `PublicAccessBlockConfiguration: {BlockPublicPolicy: false}` if the bucket is meant to be public.")
        .read("https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html"),
    rule(TemplateValidation, &["not authorized to perform assumerole on role"]).change(TRUST),
    rule(TemplateValidation, &["not authorized to perform: sts:assumerole on service role"]).change(TRUST),
    rule(AccountPolicy, &["not authorized to perform", "service control policy"]),
    rule(IamPermission, &["not authorized to perform"]),
];

pub(super) const RULES: &[Rule] = &[
    rule(Credentials, &["security token included in the request is"]),
    rule(Credentials, &["expiredtoken"]),
    rule(Credentials, &["invalidclienttokenid"]),
    rule(Credentials, &["unable to locate credentials"]),
    rule(Credentials, &["signature we calculated does not match"]),
    rule(Credentials, &["not able to validate the provided access credentials"]),
    rule(Credentials, &["no valid credential sources"]),
    rule(Credentials, &["no credentials have been configured"]),
    rule(Credentials, &["unable to resolve aws account to use"]),
    rule(Credentials, &["handlererrorcode: invalidcredentials"]),
    rule(Credentials, &["invalidaccesskeyid"]),
    rule(Credentials, &["access key id you provided does not exist"]),
    rule(Credentials, &["invalidsignature"]),
    rule(Credentials, &["signature expired"]),
    rule(Credentials, &["requesttimetooskewed"]),
    rule(Credentials, &["token is malformed"]),
    rule(Credentials, &["token has expired"]),
    rule(Credentials, &["the sso session", "expired"]),
    rule(Credentials, &["the config profile", "could not be found"]),
    rule(Credentials, &["could not load credentials"]),
    rule(Credentials, &["required token could not be found"]),
    rule(Credentials, &["validating provider credentials"]),
    rule(Credentials, &["no basic auth credentials"]),
    rule(Credentials, &["access token for server type"]),
    rule(Credentials, &["no access token found"]),
    rule(AccountPolicy, &["service control policy"]),
    rule(AccountPolicy, &["account must be verified"]),
    rule(AccountPolicy, &["account is currently blocked"]),
    rule(AccountPolicy, &["account is currently suspended"]),
    rule(AccountPolicy, &["account is suspended"]),
    rule(AccountPolicy, &["account has been suspended"]),
    rule(AccountPolicy, &["there is a problem with your aws account"]),
    rule(AccountPolicy, &["account currently does not support"]),
    rule(AccountPolicy, &["account is not signed up"]),
    rule(AccountPolicy, &["needs a subscription for the service"]),
    rule(AccountPolicy, &["accept terms and subscribe"]),
    rule(AccountPolicy, &["allaccessdisabled"]),
    rule(AccountPolicy, &["is not activated in this region"]),
    rule(AccountPolicy, &["management account or delegated admin"]),
    rule(AccountPolicy, &["email address is not verified"]),
    rule(AccountPolicy, &["don't have access to the model"]),
    rule(AccountPolicy, &["declarative policy"]),
    rule(AccountPolicy, &["optinrequired"]),
    rule(AccountPolicy, &["in this region is being validated"]),
    rule(AccountPolicy, &["the toolkit stack must be deployed"]),
    rule(AccountPolicy, &["cdk-bootstrap"]),
    rule(AccountPolicy, &["cdk bootstrap"]),
    rule(AccountPolicy, &["bootstrapped?"]),
    rule(AccountPolicy, &["handlererrorcode: noncompliant"]),
    // What the template makes of roles.
    rule(FunctionPermission, &["not authorized to create managed-rule"])
        .change("Allow the state machine's role events:PutTargets, events:PutRule and events:DescribeRule on the rules that Step Functions manages.")
        .read("https://docs.aws.amazon.com/step-functions/latest/dg/service-integration-iam-templates.html"),
    rule(FunctionPermission, &["not authorized to access the log destination"])
        .change("Allow the state machine's role logs:CreateLogDelivery and the other log delivery actions.")
        .read("https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html"),
    rule(TemplateValidation, &["authorized to assume the provided role"])
        .change("Let the role trust the service that takes it on: `Principal: {Service: states.amazonaws.com}`.")
        .read("https://docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html"),
    rule(TemplateValidation, &["provided role", "cannot be assumed by principal"])
        .change(TRUST),
    rule(TemplateValidation, &["must be in arn format or \"*\""])
        .change("Write a full ARN in `Resource`, such as `!GetAtt Table.Arn`, or `*`.")
        .read(POLICIES),
    rule(TemplateValidation, &["policy document should not specify a principal"])
        .change("Remove `Principal` from the policy: a role's own policy has none.")
        .read(POLICIES),
    rule(TemplateValidation, &["has prohibited field"])
        .change("Remove the field from the policy: a trust policy has no `Resource`, a role's own policy no `Principal`.")
        .read(POLICIES),
    rule(TemplateValidation, &["syntax errors in policy"]).read(POLICIES),
    rule(TemplateValidation, &["prefaced by a vendor"])
        .change("Write each action with its service's prefix, such as `s3:GetObject`.")
        .read(POLICIES),
    rule(TemplateValidation, &["invalid principal in policy"])
        .change("Correct the principal: `Service: lambda.amazonaws.com`, or an ARN of something that exists.")
        .read(POLICIES),
    rule(TemplateValidation, &["malformedpolicydocument"])
        .change("Correct the policy of {location} by IAM's grammar; the message says what is wrong with it.")
        .read(POLICIES),
    rule(TemplateValidation, &["malformedpolicy"]).read(POLICIES),
    rule(TemplateValidation, &["malformed policy"]).read(POLICIES),
    rule(TemplateValidation, &["maximum policy size of"])
        .change("Make the policy shorter (wildcards in `Resource`), or split it into managed policies.")
        .read("https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"),
    rule(TemplateValidation, &["cannot exceed quota for policiesperrole"])
        .change("Join some of the role's managed policies into one.")
        .read("https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"),
    rule(TemplateValidation, &["at 'rolename' failed to satisfy constraint"])
        .change("Shorten `RoleName` to at most 64 characters, or remove it."),
    rule(MissingReference, &["does not exist or is not attachable"])
        .change("Correct the managed policy's ARN; those for services begin with `policy/service-role/`.")
        .example("arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"),
    rule(ResourceInUse, &["cannot delete entity, must"]),
    // Limits of a rate, which are over by themselves.
    rule(Throttling, &["requestlimitexceeded"]),
    rule(Throttling, &["rate limit exceeded"]),
    rule(Throttling, &["throughputexceeded"]),
    // Limits of the account.
    rule(Quota, &["limitexceeded"]),
    rule(Quota, &["limit exceeded"]),
    rule(Quota, &["cannot exceed quota"]),
    rule(Quota, &["quota", "exceeded"]),
    rule(Quota, &["quota", "reached"]),
    rule(Quota, &["your quota allows for"]),
    rule(Quota, &["maximum number of", "has been reached"]),
    rule(Quota, &["reached the maximum number"]),
    rule(Quota, &["reached the limit"]),
    rule(Quota, &["reached your limit"]),
    rule(Quota, &["would exceed", "limit"]),
    rule(Quota, &["would exceed", "quota"]),
    rule(Quota, &["exceeded your", "limit"]),
    rule(Quota, &["limitsexceeded"]),
    rule(Quota, &["maxspotinstancecountexceeded"]),
    rule(Quota, &["account-level service limit"]),
    rule(Quota, &["than your current", "limit"]),
    rule(Quota, &["maximum limit of"]),
    rule(Quota, &["too many", "buckets"]),
    rule(Quota, &["toomanybuckets"]),
    rule(Quota, &["attempted to create more buckets than allowed"]),
    rule(Quota, &["exceeds the maximum number"]),
    rule(Quota, &["exceed the maximum number of"]),
    rule(Quota, &["vcpu limit"]),
    // Whoever deploys.
    rule(IamPermission, &["is not authorized to"]),
    rule(IamPermission, &["access denied"]),
    rule(IamPermission, &["access to the resource", "is denied"]),
    rule(IamPermission, &["accessdenied"]),
    rule(IamPermission, &["unauthorizedoperation"]),
    rule(IamPermission, &["unauthorizedtaggingoperation"]),
    rule(IamPermission, &["authorizationerror"]),
    rule(IamPermission, &["do not have permission"]),
    rule(IamPermission, &["does not have permission"]),
    rule(IamPermission, &["don't have permission"]),
    rule(IamPermission, &["doesn't have permission"]),
    rule(IamPermission, &["have sufficient permission"]),
    rule(IamPermission, &["insufficient permission"]),
    rule(IamPermission, &["insufficient privileges"]),
    rule(IamPermission, &["unable to assume the service linked role"]),
    rule(IamPermission, &["must enable a service-linked role"]),
    rule(IamPermission, &["cannot be assumed"]),
    rule(IamPermission, &["could not be used to assume"]),
    rule(IamPermission, &["could not assume role"]),
    rule(IamPermission, &["forbidden", "status code: 403"]),
    rule(IamPermission, &["forbidden", "statuscode: 403"]),
];
