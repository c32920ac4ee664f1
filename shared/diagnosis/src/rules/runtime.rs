//! What functions say when they run: in their logs, in the answers of the services in front of them, and where a
//! reason quotes them.

use super::{Rule, rule};
use crate::Class::{
    CodeError, Dependency, FunctionMemory, FunctionPermission, FunctionTimeout, IamPermission, LambdaConfiguration,
    MissingReference,
};

const NODE_PACKAGE: &str = "https://docs.aws.amazon.com/lambda/latest/dg/nodejs-package.html";
const PYTHON_PACKAGE: &str = "https://docs.aws.amazon.com/lambda/latest/dg/python-package.html";
const PROXY: &str =
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html";
const ROLE: &str = "https://docs.aws.amazon.com/lambda/latest/dg/lambda-permissions.html";
const RESERVED: &str =
    "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ExpressionAttributeNames.html";

const KEY: &str = "Set the variable in `Environment` of {location}, or correct the key that the code reads.";

/// Refusals that only an SDK in running code words like this: the role that is refused is the template's.
pub(super) const PERMISSIONS: &[Rule] = &[
    // Tools that deploy use the same SDKs, but running code seldom makes stacks or roles.
    rule(IamPermission, &["not authorized to perform: cloudformation:"]),
    rule(IamPermission, &["not authorized to perform: iam:"]),
    rule(FunctionPermission, &["when calling the", "operation", "not authorized to perform"])
        .change("Allow {permission} on {subject} to the function's role.")
        .example("Policies:\n  - Statement:\n      - Effect: Allow\n        Action: {permission}\n        Resource: {subject}")
        .read(ROLE),
    rule(FunctionPermission, &["when calling the", "operation: access denied"])
        .change("Give the function's role the permission for the call that the message names.")
        .read(ROLE),
    rule(FunctionPermission, &["when calling the", "operation: access to the resource"])
        .change("Give the function's role the permission for the call that the message names.")
        .read(ROLE),
    rule(FunctionPermission, &["at throwdefaulterror", "not authorized to perform"])
        .change("Allow {permission} on {subject} to the function's role.")
        .example("Policies:\n  - Statement:\n      - Effect: Allow\n        Action: {permission}\n        Resource: {subject}")
        .read(ROLE),
    rule(FunctionPermission, &["/var/task/", "not authorized to perform"])
        .change("Allow {permission} on {subject} to the function's role.")
        .read(ROLE),
    rule(FunctionPermission, &["invalid permissions on lambda function"])
        .change("Let API Gateway call the function: add an `AWS::Lambda::Permission` with `Principal: apigateway.amazonaws.com` and this API's ARN.")
        .example("ApiPermission:\n  Type: AWS::Lambda::Permission\n  Properties:\n    Action: lambda:InvokeFunction\n    FunctionName: !Ref Function\n    Principal: apigateway.amazonaws.com\n    SourceArn: !Sub 'arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/*'")
        .read("https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway.html"),
];

pub(super) const RULES: &[Rule] = &[
    // Modules.
    rule(Dependency, &["glibc_"])
        .change("Install the package's wheel for Lambda's Linux (`pip install --platform manylinux2014_x86_64 --only-binary=:all:`), or use a newer runtime.")
        .read(PYTHON_PACKAGE),
    rule(Dependency, &["invalid elf header"])
        .change("Install native packages for Linux and the function's architecture, not for the machine that builds.")
        .read(NODE_PACKAGE),
    rule(Dependency, &["cannot open shared object file"])
        .change("Bring the shared library along in the package or a layer, for Lambda's Linux."),
    rule(Dependency, &["err_module_not_found"])
        .change("Add the package to `dependencies` in package.json and bring it along, or correct the import's path (ES modules need the file's suffix).")
        .read(NODE_PACKAGE),
    rule(Dependency, &["cannot import name"])
        .change("Pin versions of the package that fit together in requirements.txt.")
        .read(PYTHON_PACKAGE),
    rule(Dependency, &["no module named"])
        .change("Add the module to requirements.txt and bring it along in the package, or correct the import; if it is the function's own file, correct `Handler` or `CodeUri`.")
        .example("pip install -r requirements.txt -t src/")
        .read(PYTHON_PACKAGE),
    rule(Dependency, &["modulenotfounderror"]).read(PYTHON_PACKAGE),
    rule(Dependency, &["error ts2307"])
        .change("Add the package (and its types) to package.json, or correct the import's path."),
    rule(Dependency, &["cannot find module"])
        .change("Add the module to `dependencies` in package.json and bring it along in the package, or correct the path in `require`.")
        .example("npm ci --omit=dev")
        .read(NODE_PACKAGE),
    rule(Dependency, &["classnotfoundexception"])
        .change("Correct `Handler` (`package.Class::method`), or build the jar with its dependencies.")
        .read("https://docs.aws.amazon.com/lambda/latest/dg/java-package.html"),
    rule(Dependency, &["must be installed first"]),
    rule(Dependency, &["dependencies", "not installed"]),
    rule(CodeError, &["error occurred during function initialization"])
        .change("Correct what the function of {location} does before its handler is called; its log tells what failed."),
    // Time and room.
    rule(FunctionTimeout, &["task timed out after"])
        .change("Find what {location} waits for (a host that it cannot reach is the usual reason), or raise its `Timeout`.")
        .example("Timeout: 30")
        .read("https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html"),
    rule(FunctionTimeout, &["endpoint request timed out"])
        .change("Answer within 29 seconds: do long work in another function that is called asynchronously."),
    rule(FunctionMemory, &["runtime exited", "signal: killed"])
        .change("Raise `MemorySize` of {location}, or let it keep less in memory.")
        .example("MemorySize: 1024")
        .read("https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html"),
    rule(FunctionMemory, &["heap out of memory"]).change("Raise `MemorySize` of {location}, or let it keep less in memory."),
    rule(FunctionMemory, &["outofmemory"]).change("Raise `MemorySize` of {location}, or let it keep less in memory."),
    rule(FunctionMemory, &["no space left on device"])
        .change("Raise `EphemeralStorage` of {location}, or delete what is left in /tmp.")
        .read("https://docs.aws.amazon.com/lambda/latest/dg/configuration-ephemeral-storage.html"),
    // What an SDK says of what the code asked for.
    rule(MissingReference, &["requested resource not found"])
        .change("Pass the table's name to the code with `!Ref Table` in `Environment`, and read it from there.")
        .example("Environment:\n  Variables:\n    TABLE_NAME: !Ref OrdersTable"),
    rule(MissingReference, &["when calling the", "nosuchbucket"])
        .change("Pass the bucket's name to the code with `!Ref Bucket` in `Environment`, and read it from there."),
    rule(CodeError, &["provided key element does not match the schema"])
        .change("Let the code pass exactly the attributes of the table's key, with their types.")
        .read("https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.CoreComponents.html"),
    rule(CodeError, &["attribute name is a reserved keyword"])
        .change("Use a placeholder (`#status`) and `ExpressionAttributeNames` for the reserved word.")
        .read(RESERVED),
    rule(CodeError, &["type mismatch for key"]).change("Let the code pass the key with the type that `AttributeDefinitions` gives it."),
    rule(CodeError, &["missing the key", "in the item"]).change("Let the code write the table's key attributes."),
    rule(CodeError, &["noregionerror"]).change("Take the region from the environment: do not make the client before the handler runs, or leave its region out."),
    // Programs.
    rule(CodeError, &["malformed lambda proxy response"])
        .change("Let the function return `{statusCode, headers, body}` with a number and texts: `body` must be a string.")
        .example("return {\"statusCode\": 200, \"headers\": {\"content-type\": \"application/json\"}, \"body\": json.dumps(result)}")
        .read(PROXY),
    rule(CodeError, &["cannot use import statement outside a module"])
        .change("Name the file `.mjs`, or set `\"type\": \"module\"` in package.json beside it, or use `require`.")
        .read(NODE_PACKAGE),
    rule(CodeError, &["in es module scope"])
        .change("Use `import` and `export` instead of `require` and `exports`, or name the file `.cjs`.")
        .read(NODE_PACKAGE),
    rule(CodeError, &["syntaxerror"]).change("Correct the syntax at the file and line that the message names."),
    rule(CodeError, &["indentationerror"]).change("Correct the indentation at the line that the message names."),
    rule(CodeError, &["is not json serializable"])
        .change("Convert the value before it is returned: `json.dumps(result, default=str)`."),
    rule(CodeError, &["runtime.marshalerror"]),
    rule(CodeError, &["read-only file system"]).change("Write to /tmp only."),
    rule(CodeError, &["response payload size exceeded"]).change("Return less than 6 MB, or put the result into S3 and return its address."),
    // With what follows them: names of people's choosing hold such words, too.
    rule(CodeError, &["keyerror:"]).change(KEY),
    rule(CodeError, &["\"keyerror\""]).change(KEY),
    rule(CodeError, &["typeerror:"]),
    rule(CodeError, &["referenceerror:"]),
    rule(CodeError, &["attributeerror:"]),
    rule(CodeError, &["nameerror:"]),
    rule(CodeError, &["valueerror:"]),
    rule(CodeError, &["zerodivisionerror:"]),
    rule(CodeError, &["indexerror:"]),
    rule(CodeError, &["jsondecodeerror"]).change("Read the event's `body` only when there is one, and let it be JSON."),
    rule(CodeError, &["unhandledpromiserejection"]),
    rule(CodeError, &["nil pointer dereference"]),
    rule(CodeError, &["panicked at"]),
    rule(CodeError, &["nullpointerexception"]),
    rule(LambdaConfiguration, &["runtime.malformedhandlername"])
        .change("Write `Handler` of {location} as `file.function`."),
    rule(CodeError, &["traceback (most recent call last)"]),
    rule(CodeError, &["runtime exited with error"]),
];
