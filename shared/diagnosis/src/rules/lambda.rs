//! Lambda's own words about functions' packages and settings, before the general ones that they contain.

use super::{Rule, rule};
use crate::Class::{LambdaConfiguration, MissingReference, Quota, ResourceExists};

const RUNTIMES: &str = "https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html";
const ROLE: &str = "https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html";
const LIMITS: &str = "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html";
const VARIABLES: &str = "https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html";
const SQS: &str = "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html";
const PERMISSION: &str = "https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html";

pub(super) const RULES: &[Rule] = &[
    rule(LambdaConfiguration, &["role defined for the function cannot be assumed by lambda"])
        .change("Let the function's role trust Lambda: its `AssumeRolePolicyDocument` must allow `sts:AssumeRole` to `lambda.amazonaws.com`.")
        .example("AssumeRolePolicyDocument:\n  Version: '2012-10-17'\n  Statement:\n    - Effect: Allow\n      Principal: {Service: lambda.amazonaws.com}\n      Action: sts:AssumeRole")
        .read(ROLE),
    rule(LambdaConfiguration, &["runtime parameter of", "no longer supported"])
        .change("Set `Runtime` of {location} to a supported version of the same language, and adapt the code where that version differs.")
        .example("Runtime: nodejs22.x    # or python3.13, java21, dotnet8, ruby3.4, provided.al2023")
        .read(RUNTIMES),
    rule(LambdaConfiguration, &["at 'runtime' failed to satisfy constraint"])
        .change("Correct `Runtime` of {location}: the message lists what is accepted.")
        .example("Runtime: nodejs22.x    # or python3.13, java21, dotnet8, ruby3.4, provided.al2023")
        .read(RUNTIMES),
    rule(LambdaConfiguration, &["unzipped size must be smaller"])
        .change("Make the package of {location} smaller than 250 MB unpacked: leave out tests, build tools and what the runtime brings (boto3, the AWS SDK for JavaScript), or ship a container image.")
        .read(LIMITS),
    rule(LambdaConfiguration, &["function code combined with layers exceeds"])
        .change("Make the package and the layers of {location} smaller than 250 MB together: leave out what the code does not import, or drop a layer.")
        .read(LIMITS),
    rule(LambdaConfiguration, &["layers consume more than the available size"])
        .change("Remove layers of {location} or make them smaller: they have 250 MB together.")
        .read(LIMITS),
    rule(LambdaConfiguration, &["request must be smaller than", "bytes for the"])
        .change("Make the package of {location} smaller than 50 MB packed.")
        .read(LIMITS),
    rule(LambdaConfiguration, &["could not unzip uploaded file"])
        .change("Let `CodeUri` or `Code` of {location} name a folder or a valid zip file."),
    rule(LambdaConfiguration, &["uploaded file must be a non-empty zip"])
        .change("Let `CodeUri` or `Code` of {location} name a folder that holds the code."),
    rule(LambdaConfiguration, &["reserved keys that are currently not supported"])
        .change("Remove {property} from `Environment` of {location}: Lambda sets it itself, and the code can read it as it is.")
        .read(VARIABLES),
    rule(LambdaConfiguration, &["exceeded the 4kb limit"])
        .change("Move long values out of `Environment` of {location}, such as into a file of the package or SSM's Parameter Store.")
        .read(VARIABLES),
    rule(LambdaConfiguration, &["lambda was unable to configure your environment variables"]).read(VARIABLES),
    rule(LambdaConfiguration, &["runtime and handler are mandatory"])
        .change("Add `Runtime` and `Handler` to {location}.")
        .read("https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html"),
    rule(LambdaConfiguration, &["queue visibility timeout", "less than function timeout"])
        .change("Raise `VisibilityTimeout` of the queue to at least the function's `Timeout` (six times is advised), or lower the `Timeout`.")
        .example("VisibilityTimeout: 1800    # Timeout: 300")
        .read(SQS),
    rule(LambdaConfiguration, &["does not have permissions to call", "networkinterface"])
        .change("Give the function's role the managed policy AWSLambdaVPCAccessExecutionRole.")
        .example("ManagedPolicyArns:\n  - arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole")
        .read("https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html"),
    rule(LambdaConfiguration, &["does not have permissions to call", "on sqs"])
        .change("Allow the function's role sqs:ReceiveMessage, sqs:DeleteMessage and sqs:GetQueueAttributes on the queue.")
        .example("ManagedPolicyArns:\n  - arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole")
        .read(SQS),
    rule(LambdaConfiguration, &["execution role does not have permissions to call"])
        .change("Allow the function's role what the message names.")
        .read(ROLE),
    rule(LambdaConfiguration, &["cannot access stream", "ensure the role can perform"])
        .change("Allow the function's role GetRecords, GetShardIterator, DescribeStream and ListStreams on the stream.")
        .read("https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html"),
    rule(LambdaConfiguration, &["source image", "does not exist"])
        .change("Push the image first, or correct `ImageUri` of {location}: it names repository and tag of an image in this account's ECR."),
    rule(LambdaConfiguration, &["source image", "is not valid"])
        .change("Correct `ImageUri` of {location}: it names repository and tag of an image in ECR of the same region."),
    rule(LambdaConfiguration, &["layer media type for the source image"])
        .change("Build the image for one platform and without attestations (`docker build --provenance=false`)."),
    rule(LambdaConfiguration, &["due to invalidimage"]).change(
        "Build the image for one platform and without attestations (`docker build --provenance=false`), from a base image for Lambda.",
    ),
    rule(LambdaConfiguration, &["permission to access the ecr image"])
        .change("Let the ECR repository's policy allow lambda.amazonaws.com ecr:BatchGetImage and ecr:GetDownloadUrlForLayer."),
    rule(LambdaConfiguration, &["is not supported for snapstart"])
        .change("Remove `SnapStart` from {location}, or use a runtime that has it.")
        .read("https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html"),
    rule(LambdaConfiguration, &["the final policy size", "bigger than the limit"])
        .change("Replace the many `AWS::Lambda::Permission` resources of the function by one with a wildcard in `SourceArn`, or route with `{proxy+}`.")
        .read(PERMISSION),
    rule(LambdaConfiguration, &["missing on module"])
        .change("Let `Handler` of {location} name a function that the module has: `file.function`.")
        .read("https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html"),
    rule(LambdaConfiguration, &["is undefined or not exported"])
        .change("Export the handler that {location} names, or correct `Handler`: `file.export`.")
        .example("export const handler = async (event) => ({ statusCode: 200, body: 'ok' });    // Handler: index.handler")
        .read("https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html"),
    rule(LambdaConfiguration, &["runtime.handlernotfound"]).change("Correct `Handler` of {location}: `file.function`."),
    rule(LambdaConfiguration, &["bad handler '"]).change("Correct `Handler` of {location}: `file.function`."),
    rule(LambdaConfiguration, &["couldn't find valid bootstrap"])
        .change("Put an executable file `bootstrap` at the top of the package of {location}.")
        .read("https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html"),
    rule(LambdaConfiguration, &["exec format error"])
        .change("Build the executable for the function's `Architectures` (x86_64 or arm64), or correct `Architectures`."),
    rule(LambdaConfiguration, &["fork/exec", "permission denied"])
        .change("Commit `bootstrap` with its executable bit (`git update-index --chmod=+x bootstrap`)."),
    rule(LambdaConfiguration, &["runtime.invalidentrypoint"]),
    rule(LambdaConfiguration, &["unable to access jarfile"]).change("Correct `Handler` or the package: the jar is not there."),
    // What they refer to, and names.
    rule(MissingReference, &["permanentredirect"]).change("Use a bucket in the region of the stack."),
    rule(MissingReference, &["error occurred while getobject", "nosuchkey"])
        .change("Let `CodeUri` or `Code` of {location} name a path in the repository; the object that it names is not in S3.")
        .example("CodeUri: src/"),
    rule(MissingReference, &["layer version", "does not exist"])
        .change("Correct the layer's ARN: its region must be the stack's, and its version must exist.")
        .read("https://docs.aws.amazon.com/lambda/latest/dg/chapter-layers.html"),
    rule(MissingReference, &["function not found: arn"]).change("Refer to the function with `!GetAtt Name.Arn` instead of a written ARN."),
    rule(ResourceExists, &["event source mapping with", "already exists"])
        .change("Declare the mapping of this queue or stream to this function only once."),
    rule(ResourceExists, &["statement id", "provided already exists"]).change("Give each permission another id."),
    // The account's limits.
    rule(Quota, &["unreservedconcurrentexecution below its minimum"]),
    rule(Quota, &["'memorysize' value failed to satisfy constraint"]),
    rule(Quota, &["code storage limit"]),
    rule(Quota, &["codestorageexceeded"]),
];
