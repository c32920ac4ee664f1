//! Package managers, compilers, and the tools that deploy.

use super::{Rule, rule};
use crate::Class::{
    AccountPolicy, Build, CodeError, Credentials, Dependency, MissingReference, NotAvailable, ServiceFailure,
    TemplateValidation, Throttling,
};

const NPM_CI: &str = "https://docs.npmjs.com/cli/commands/npm-ci";
const PIP: &str = "https://pip.pypa.io/en/stable/topics/dependency-resolution/";
const REQUIREMENTS: &str = "https://pip.pypa.io/en/stable/reference/requirements-file-format/";
const SLS: &str = "https://www.serverless.com/framework/docs/providers/aws/guide/serverless.yml";

/// Package managers and deployment tools, whose output is full of general words.
pub(super) const TOOLS: &[Rule] = &[
    // npm, yarn, pnpm.
    rule(Credentials, &["npm", "code e401"]),
    rule(Credentials, &["npm", "code e403"]),
    rule(Throttling, &["npm", "code e429"]),
    rule(ServiceFailure, &["npm", "code e5"]),
    rule(ServiceFailure, &["http error 5", "while getting"]),
    rule(NotAvailable, &["cannot connect to the docker daemon"]),
    // Names of people's choosing end in these, too: `TypeResolver`, `FileIntegrity`.
    rule(Dependency, &["npm", "eresolve"])
        .change("Choose versions in package.json whose peer dependencies fit together; npm's output names the two that do not.")
        .read("https://docs.npmjs.com/cli/commands/npm-install"),
    rule(Dependency, &["notarget no matching version found"])
        .change("Correct the package's version in package.json: the registry has none that fits."),
    rule(Dependency, &["npm", "404 not found"]).change("Correct the package's name in package.json: the registry does not know it."),
    rule(Dependency, &["npm", "code e404"]).change("Correct the package's name or version in package.json."),
    rule(Dependency, &["`npm ci` can only install packages when"])
        .change("Bring package-lock.json in step with package.json, or let both name the same versions.")
        .read(NPM_CI),
    rule(Dependency, &["`npm ci` command can only install with an existing package-lock.json"])
        .change("Commit a package-lock.json, or build with `npm install`.")
        .read(NPM_CI),
    rule(Dependency, &["ebadengine"]).change("Use a version of the package or a runtime that fit together."),
    rule(Dependency, &["npm", "eintegrity"]).change("Correct the entry's `integrity` in package-lock.json, or remove the entry."),
    rule(Build, &["npm", "missing script"]).change("Add the script that is called to `scripts` in package.json, or do not call it."),
    rule(Build, &["ejsonparse"]).change("Correct the JSON in package.json."),
    rule(Dependency, &["lockfile needs to be updated"]).change("Bring yarn.lock in step with package.json."),
    rule(Dependency, &["err_pnpm_outdated_lockfile"]).change("Bring pnpm-lock.yaml in step with package.json."),
    rule(Dependency, &["err_pnpm_no_matching_version"]).change("Correct the package's version in package.json."),
    // pip, Poetry.
    rule(Dependency, &["could not find a version that satisfies"])
        .change("Correct the package's name or version in requirements.txt; the message lists the versions that exist.")
        .read(REQUIREMENTS),
    rule(Dependency, &["no matching distribution found"]).change("Correct the package's name or version in requirements.txt."),
    rule(Dependency, &["have conflicting dependencies"])
        .change("Loosen or change the versions in requirements.txt that the message names, so that they fit together.")
        .read(PIP),
    rule(Dependency, &["resolutionimpossible"]).change("Loosen the versions in requirements.txt so that they fit together.").read(PIP),
    rule(Dependency, &["could not open requirements file"]).change("Add the requirements.txt, or correct its path."),
    rule(Dependency, &["error: invalid requirement"]).change("Correct the line in requirements.txt.").read(REQUIREMENTS),
    rule(Dependency, &["requires a different python"])
        .change("Raise the function's runtime to a Python that the package supports, or lower the package's version."),
    rule(Dependency, &["subprocess-exited-with-error"])
        .change("Use a version of the package that has a wheel for the runtime's Python, so that nothing must be compiled."),
    rule(Dependency, &["failed building wheel"])
        .change("Use a package that has a wheel (such as psycopg2-binary), so that nothing must be compiled."),
    rule(Dependency, &["do not match the hashes"]).change("Correct the hashes in requirements.txt."),
    rule(Dependency, &["poetry.lock was last generated"]).change("Bring poetry.lock in step with pyproject.toml."),
    rule(Dependency, &["no required module provides package"]).change("Add the module to go.mod (`go get`)."),
    rule(Dependency, &["could not resolve dependencies for project"]).change("Correct the dependency's coordinates in pom.xml."),
    // SAM.
    rule(Build, &["binary validation failed for"])
        .change("Set `Runtime` to a version that the build has, or give the function a current one."),
    rule(Dependency, &["pipbuilder:resolvedependencies"])
        .change("Correct the package in braces in requirements.txt: it has no wheel of this version for Lambda's Linux.")
        .read(PIP),
    rule(Dependency, &["npmbuilder:npminstall"]).change("Correct package.json; npm's own message follows."),
    rule(MissingReference, &["refers to a file or folder that does not exist"])
        .change("Correct the path in {property}: it is relative to the template's folder.")
        .example("CodeUri: src/"),
    // CDK.
    rule(AccountPolicy, &["has the environment been bootstrapped"]),
    rule(Dependency, &["cloud assembly schema version mismatch"])
        .change("Let `aws-cdk` and `aws-cdk-lib` in package.json be versions that fit together."),
    rule(Build, &["--app is required either in command-line"])
        .change("Add a cdk.json with the command that runs the app.")
        .example("{\"app\": \"npx ts-node --prefer-ts-exts bin/app.ts\"}"),
    rule(CodeError, &["there is already a construct with name"]).change("Give each construct of one scope an id of its own."),
    rule(MissingReference, &["cannot find asset at"]).change("Correct the path in `Code.fromAsset`: it is relative to the folder of cdk.json."),
    rule(CodeError, &["would create a cyclic reference"])
        .change("Move one of the resources into the other stack, or pass its name instead of a reference."),
    // YAML, in the words of the parsers that the tools use.
    rule(TemplateValidation, &["bad indentation of a mapping entry"])
        .change("Correct the indentation at the line that the message names."),
    rule(TemplateValidation, &["mapping values are not allowed"])
        .change("Correct the indentation at the line that the message names, or quote the value."),
    rule(TemplateValidation, &["did not find expected"])
        .change("Correct the YAML at the line that the message names: indentation, quotes or a bracket."),
    rule(TemplateValidation, &["while scanning for the next token", "cannot start any token"])
        .change("Replace the tab or quote the value at the line that the message names."),
    // Serverless Framework.
    rule(Dependency, &["serverless plugin", "not found"])
        .change("Add the plugin to `devDependencies` in package.json, or remove it from `plugins`."),
    rule(TemplateValidation, &["cannot resolve variable at"])
        .change("Give the variable a value or a default in serverless.yml.")
        .example("stage: ${opt:stage, 'dev'}")
        .read("https://www.serverless.com/framework/docs/guides/variables"),
    rule(TemplateValidation, &["invalid configuration encountered"]).change("Correct the property that the message names in serverless.yml.").read(SLS),
    rule(TemplateValidation, &["configuration error at '"]).change("Correct the property that the message names in serverless.yml.").read(SLS),
    rule(Credentials, &["aws provider credentials not found"]),
    rule(Credentials, &["sign in or use a license key"]),
    rule(Build, &["no file matches include / exclude patterns"]).change("Correct `package.patterns` in serverless.yml: it leaves nothing.").read(SLS),
    rule(MissingReference, &["serverless deployment bucket", "does not exist"])
        .change("Remove `deploymentBucket` from serverless.yml, so that a new one is made."),
];

/// Compilers and bundlers, and what says no more than that one of them failed.
pub(super) const COMPILERS: &[Rule] = &[
    rule(CodeError, &["error ts"]).change("Correct the code at the file and line that the message names."),
    rule(Dependency, &["could not resolve \""]).change(
        "Add the package to package.json, or correct the import's path; what the runtime brings is marked `external`.",
    ),
    rule(Dependency, &["module not found: error: can't resolve"])
        .change("Add the package to package.json, or correct the import's path."),
    rule(CodeError, &["compilation error"]).change("Correct the code at the file and line that the message names."),
    rule(CodeError, &["error[e0"]).change("Correct the code at the file and line that the message names."),
    rule(CodeError, &[".go:", ": undefined:"]).change("Correct the name at the file and line that the message names."),
    rule(Build, &["subprocess exited with error"]),
    rule(Build, &["sh: 1:", ": not found"]).change("Add the tool to `devDependencies`, so that the build has it."),
];
