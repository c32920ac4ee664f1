//! CloudFormation's own words.

use super::{Rule, rule};
use crate::Class::{
    AccountPolicy, Cancelled, Capability, CustomResource, Dependency, FunctionPermission, MissingReference,
    NestedStack, Quota, ResourceExists, ResourceInUse, StackPolicy, Summary, TemplateValidation, Timeout,
    UnstableResource,
};

const ANATOMY: &str = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html";
const INTRINSICS: &str =
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html";
const PARAMETERS: &str =
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html";
const SAM: &str = "https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-resources-and-properties.html";
const CUSTOM: &str = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-custom-resources.html";
const CFN_RESPONSE: &str = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/cfn-lambda-function-code-cfnresponsemodule.html";
const EXPORTS: &str = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html";

/// What only follows from another failure. A nested stack's reason quotes the summary of its own events.
pub(super) const CONSEQUENCES: &[Rule] = &[
    rule(NestedStack, &["embedded stack arn:"]),
    rule(NestedStack, &["embedded stack", "was not successfully"]),
    rule(Cancelled, &["resource creation cancelled"]),
    rule(Cancelled, &["resource update cancelled"]),
    rule(Cancelled, &["resource deletion cancelled"]),
    rule(Cancelled, &["resource import cancelled"]),
    rule(Summary, &["the following resource(s) failed to"]),
];

/// A custom resource passes on whatever its own code met.
pub(super) const CUSTOM_RESOURCES: &[Rule] = &[
    rule(FunctionPermission, &["from custom resource", "not authorized to perform"]).change(
        "Allow {permission} on {subject} to the role of the function behind {location}; nothing else of that role needs to change.",
    ),
    rule(FunctionPermission, &["from custom resource", "access denied"])
        .change("Give the role of the function behind {location} the permission that its code uses."),
    rule(Dependency, &["from custom resource", "cannot find module"])
        .change("Bring the missing module along with the code of the function behind {location}."),
    rule(Dependency, &["from custom resource", "no module named"])
        .change("Bring the missing module along with the code of the function behind {location}."),
    rule(CustomResource, &["from custom resource"])
        .change("Correct the code of the function behind {location}: it reported the failure that the message quotes.")
        .read(CUSTOM),
    rule(CustomResource, &["did not receive a response from your custom resource"])
        .change("Let the function behind {location} send its answer to `ResponseURL` on every path, also when it fails and for `Delete` requests, before it ends.")
        .example("try:\n    data = work(event)\n    cfnresponse.send(event, context, cfnresponse.SUCCESS, data)\nexcept Exception as error:\n    cfnresponse.send(event, context, cfnresponse.FAILED, {\"Error\": str(error)})")
        .read(CFN_RESPONSE),
    rule(CustomResource, &["custom resource failed to stabilize in expected time"])
        .change("Let the function behind {location} send its answer to `ResponseURL` on every path, also when it fails and for `Delete` requests, before it ends.")
        .read(CFN_RESPONSE),
    rule(CustomResource, &["vendor response doesn't contain"])
        .change("Let the function behind {location} return the attribute in `Data` of its answer, for `Create` and for `Update`, or correct the `Fn::GetAtt` that asks for it.")
        .read(CUSTOM),
    rule(CustomResource, &["vendor response", "failed"]),
    rule(CustomResource, &["failed to create resource. see the details in cloudwatch log stream"]),
];

/// The template and what it refers to.
pub(super) const RULES: &[Rule] = &[
    rule(Capability, &["requires capabilities"]),
    // Early validation.
    rule(ResourceExists, &["earlyvalidation::resourceexistencecheck"])
        .change("Leave the names of resources to CloudFormation: remove name properties, or build them from `AWS::StackName`. Something of one of these names is there already."),
    rule(TemplateValidation, &["earlyvalidation::propertyvalidation"])
        .change("Compare each property with its resource's reference: one of them has a wrong name, type or value."),
    rule(StackPolicy, &["denied by stack policy"]),
    rule(StackPolicy, &["not allowed by stack policy"]),
    rule(AccountPolicy, &["hook(s) failed"]),
    rule(AccountPolicy, &["hook failed"]),
    // References inside the template.
    rule(TemplateValidation, &["unresolved resource dependenc"])
        .change("Correct the `Ref`, `Fn::GetAtt`, `Fn::Sub` or `DependsOn` that names {subject}: no resource or parameter of the template has this name.")
        .example("Environment:\n  Variables:\n    TABLE_NAME: !Ref OrdersTable    # as it is spelled under Resources")
        .read(INTRINSICS),
    rule(TemplateValidation, &["unresolved dependenc"])
        .change("Correct the reference to {subject}; conditions may only refer to parameters, mappings and other conditions.")
        .read("https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/conditions-section-structure.html"),
    rule(TemplateValidation, &["unresolved condition"])
        .change("Declare the condition under `Conditions`, or correct its name where it is used."),
    rule(TemplateValidation, &["references undefined resource"])
        .change("Correct the resource's name in `Fn::GetAtt`: the template declares none of this name.")
        .read(INTRINSICS),
    rule(TemplateValidation, &["does not support attribute type"])
        .change("Use an attribute that the resource's reference lists under \"Return values\".")
        .read(INTRINSICS),
    rule(TemplateValidation, &["attribute", "does not exist in schema"])
        .change("Use an attribute that the resource's reference lists under \"Return values\".")
        .read(INTRINSICS),
    rule(TemplateValidation, &["doesn't support fn::getatt"]),
    rule(TemplateValidation, &["circular dependency between resources"])
        .change("Break the circle {subject}: move one reference into a resource of its own (such as a permission, a policy or a bucket notification), or use a fixed name instead of `Ref`.")
        .read("https://aws.amazon.com/blogs/infrastructure-and-automation/handling-circular-dependency-errors-in-aws-cloudformation/"),
    rule(TemplateValidation, &["mapping named"]).change("Declare the mapping under `Mappings`, or correct its name."),
    rule(TemplateValidation, &["unable to get mapping for"])
        .change("Add the missing key to the mapping, for every region that is deployed to."),
    rule(TemplateValidation, &["yaml not well-formed"])
        .change("Correct the YAML at the line that the message names: indentation, quotes, or a tab.")
        .read(ANATOMY),
    rule(TemplateValidation, &["json not well-formed"])
        .change("Correct the JSON at the line that the message names: a comma, a quote or a bracket.")
        .read(ANATOMY),
    rule(TemplateValidation, &["unrecognized resource type"])
        .change("Correct the resource type {subject}.")
        .read("https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html"),
    rule(TemplateValidation, &["unsupported resource type"]).change("Use a resource type that this region has."),
    rule(TemplateValidation, &["resource type", "does not exist"]).change("Correct the resource type."),
    rule(TemplateValidation, &["is greater than maximum allowed"])
        .change("Split the template into nested stacks: one stack has at most 500 resources."),
    rule(TemplateValidation, &["'null' values are not allowed"])
        .change("Give the property at the path in brackets a value, or remove it: in YAML a key without a value is null."),
    rule(TemplateValidation, &["invalid serverless application specification"])
        .change("Correct the resource and the property that the message names, by SAM's specification.")
        .read(SAM),
    rule(TemplateValidation, &["invalidresourceexception"])
        .change("Correct the resource and the property that the message names, by SAM's specification.")
        .read(SAM),
    rule(TemplateValidation, &["transform ", " failed"]).read(SAM),
    rule(TemplateValidation, &["fn::sub syntax"])
        .change("Write `${!Name}` for a text that is no reference, and correct names in `${…}`.")
        .read(INTRINSICS),
    rule(TemplateValidation, &["template format error"]).read(ANATOMY),
    rule(TemplateValidation, &["template validation error"]).read(ANATOMY),
    rule(TemplateValidation, &["template error"]).read(INTRINSICS),
    rule(TemplateValidation, &["invalid template"])
        .change("Remove or correct the property that the message names: sections and resources have fixed fields.")
        .read(ANATOMY),
    rule(TemplateValidation, &["template may not exceed"]).change("Split the template into nested stacks."),
    rule(TemplateValidation, &["at 'templatebody' failed to satisfy constraint"])
        .change("Make the template smaller or split it into nested stacks."),
    rule(TemplateValidation, &["templateurl must be a supported url"])
        .change("Name the nested template by its path in the repository: `TemplateURL: ./nested.yaml`; Drydock uploads it.")
        .example("TemplateURL: ./network.yaml"),
    rule(TemplateValidation, &["no updates are to be performed"]),
    rule(TemplateValidation, &["submitted information didn't contain changes"]),
    rule(TemplateValidation, &["custom-named resource requires replacing"])
        .change("Remove the name property of {location} (or change the name): what must be replaced cannot keep its fixed name."),
    rule(TemplateValidation, &["update to resource type", "is not supported"])
        .change("Give the resource another logical name, so that a new one is made and the old one is deleted."),
    // Properties and parameters.
    rule(TemplateValidation, &["extraneous key"])
        .change("Remove or correct {property} in {location}: the resource has no such property."),
    rule(TemplateValidation, &["required key"]).change("Add the required property {property} to {location}."),
    rule(TemplateValidation, &["unsupported propert"])
        .change("Remove or correct {property} in {location}: the resource has no such property."),
    rule(TemplateValidation, &["properties validation failed"]),
    rule(TemplateValidation, &["model validation failed"]),
    rule(TemplateValidation, &["propertyvalidation"]),
    rule(TemplateValidation, &["property validation failure"]),
    rule(TemplateValidation, &["value of property"]).change("Give {property} of {location} a value of the type that the message names."),
    rule(TemplateValidation, &["property", "cannot be empty"]).change("Give {property} of {location} a value."),
    rule(TemplateValidation, &["property", "must be"]),
    rule(TemplateValidation, &["parameters: [", "] must have values"])
        .change("Give the parameters {property} a `Default`, or a value in the request's `parameters` or in samconfig.toml.")
        .example("Parameters:\n  Stage:\n    Type: String\n    Default: dev")
        .read(PARAMETERS),
    rule(TemplateValidation, &["parameters: [", "] do not exist in the template"])
        .change("Declare the parameters {property} in the template, or do not pass them.")
        .read(PARAMETERS),
    rule(TemplateValidation, &["parameter", "must be one of allowedvalues"])
        .change("Let the default of {property} be one of its `AllowedValues`.")
        .read(PARAMETERS),
    rule(TemplateValidation, &["parameter", "must match pattern"])
        .change("Let the default of {property} match its `AllowedPattern`.")
        .read(PARAMETERS),
    rule(TemplateValidation, &["parameter validation failed"]).read(PARAMETERS),
    // Exports and what lies elsewhere.
    rule(MissingReference, &["no export named"])
        .change("Deploy the stack that exports {subject} first, or correct the name in `Fn::ImportValue`.")
        .read(EXPORTS),
    rule(ResourceExists, &["is already exported by stack"])
        .change("Make the export's name unique, such as with `AWS::StackName`.")
        .example("Export:\n  Name: !Sub '${AWS::StackName}-vpc'")
        .read(EXPORTS),
    rule(ResourceInUse, &["cannot be deleted as it is in use by"])
        .change("Keep the export {subject} as long as other stacks import it.")
        .read(EXPORTS),
    rule(ResourceInUse, &["cannot update export"])
        .change("Keep the value of the export as long as other stacks import it, or export the new value under another name.")
        .read(EXPORTS),
    rule(MissingReference, &["unable to fetch parameters"])
        .change("Correct the name of the parameter in SSM's Parameter Store, or declare it in the template as `AWS::SSM::Parameter`."),
    // Waiting.
    rule(UnstableResource, &["failed to receive", "resource signal"])
        .change("Let the instance send its signal (cfn-signal) when its setup is done, and allow it more time in `CreationPolicy`."),
    rule(UnstableResource, &["waitcondition timed out"]),
    rule(UnstableResource, &["wait condition received failed"]),
    rule(UnstableResource, &["signal(s) out of"]),
    rule(UnstableResource, &["received failure signal"]),
    rule(Timeout, &["stack creation time exceeded"]),
    // CloudFormation's own limits.
    rule(Quota, &["limit for stack has been exceeded"]),
];
