//! What is found in which files. One line of expectation per case: `<type> <root> <entry file>`, or the error's code
//! and the files that it lists.

use drydock_contract::detection::{Detection, IacType};
use drydock_detect::{DetectError, detect};
use drydock_tree::{File, Tree};

type Files<'a> = &'a [(&'a str, &'a str)];

const CFN: &str = "AWSTemplateFormatVersion: 2010-09-09\nResources:\n  Bucket:\n    Type: AWS::S3::Bucket\n";
const SAM: &str = "Transform: AWS::Serverless-2016-10-31\nResources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties:\n      CodeUri: src/\n      Handler: app.handler\n";
const CDK: &str = r#"{"app": "npx ts-node bin/app.ts"}"#;
const TF: &str = "provider \"aws\" {}\nresource \"aws_s3_bucket\" \"b\" {}\n";
const SLS: &str = "service: shop\nprovider:\n  name: aws\n  runtime: nodejs22.x\nfunctions: {}\n";
const NODE: &str = "exports.handler = async (event) => ({ statusCode: 200 });\n";
const PYTHON: &str = "def lambda_handler(event, context):\n    return {}\n";
const BOOTSTRAP: &str = "#!/bin/sh\ncurl \"http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation/next\"\n";

fn tree(files: Files<'_>) -> Tree {
    files.iter().map(|(path, text)| ((*path).to_owned(), File::new(*text))).collect()
}

fn told(result: Result<Detection, DetectError>) -> String {
    let files = |candidates: &[drydock_contract::detection::Alternative]| {
        candidates.iter().map(|one| one.file.clone()).collect::<Vec<_>>().join(" ")
    };
    match result {
        Ok(found) => {
            assert!(!found.evidence.is_empty(), "a detection says why: {found:?}");
            format!("{} {} {}", found.iac_type, found.root, found.entry_file)
        }
        Err(error) => {
            let listed = match &error {
                DetectError::Several { candidates, .. } | DetectError::NotThatType { candidates, .. } => {
                    files(candidates)
                }
                _ => String::new(),
            };
            format!("{} {listed}", error.code()).trim().to_owned()
        }
    }
}

fn check(files: Files<'_>, expected: &str) {
    assert_eq!(told(detect(&tree(files), None, None)), expected, "{files:?}");
}

fn check_in(root: &str, files: Files<'_>, expected: &str) {
    assert_eq!(told(detect(&tree(files), Some(root), None)), expected, "{root}: {files:?}");
}

fn check_as(wanted: IacType, files: Files<'_>, expected: &str) {
    assert_eq!(told(detect(&tree(files), None, Some(wanted))), expected, "{wanted}: {files:?}");
}

#[test]
fn templates_are_known_by_what_they_say() {
    check(&[("template.yaml", CFN)], "cloudformation . template.yaml");
    check(&[("anything.yml", CFN)], "cloudformation . anything.yml");
    check(&[("stack.template", CFN)], "cloudformation . stack.template");
    check(&[("x.yaml", "Resources:\n  Q:\n    Type: AWS::SQS::Queue\n")], "cloudformation . x.yaml");
    check(&[("x.json", r#"{"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}"#)], "cloudformation . x.json");
    check(
        &[("x.json", "\u{feff}{\n\t\"Resources\": {\"Q\": {\"Type\": \"AWS::SQS::Queue\"}}}")],
        "cloudformation . x.json",
    );
    check(&[("x.template", r#"{"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}"#)], "cloudformation . x.template");
    check(&[("x.yaml", "Resources:\n  C:\n    Type: Custom::Thing\n")], "cloudformation . x.yaml");
    check(&[("x.yaml", "Resources:\n  C:\n    Type: Owner::Service::Thing\n")], "cloudformation . x.yaml");
}

#[test]
fn short_tags_are_read() {
    let tags = "AWSTemplateFormatVersion: '2010-09-09'\nConditions:\n  P: !Equals [!Ref Env, prod]\nResources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketName: !Sub '${AWS::StackName}-b'\n      Tags: !If [P, [{Key: a, Value: !GetAtt B.Arn}], !Ref AWS::NoValue]\nOutputs:\n  O:\n    Value: !Join ['-', [!Ref B, !Select [0, !GetAZs '']]]\n    Export: {Name: !ImportValue x}\n";
    check(&[("template.yaml", tags)], "cloudformation . template.yaml");
}

#[test]
fn other_yaml_and_json_is_no_template() {
    let others: Files<'_> = &[
        ("docker-compose.yml", "services:\n  web:\n    image: nginx\n"),
        (
            "k8s.yaml",
            "apiVersion: v1\nkind: Service\nmetadata:\n  name: x\n---\napiVersion: apps/v1\nkind: Deployment\n",
        ),
        ("openapi.yaml", "openapi: 3.0.0\npaths: {}\n"),
        ("buildspec.yml", "version: 0.2\nphases: {build: {commands: ['echo AWS::S3::Bucket Resources']}}\n"),
        ("package.json", r#"{"name": "x", "Resources": "AWS::S3::Bucket"}"#),
        ("parameters.json", r#"[{"ParameterKey": "Resources", "ParameterValue": "AWS::S3::Bucket"}]"#),
        ("config.yaml", "Resources:\n  cpu: 2\n  image: a::b\n"),
        ("mkdocs.yml", "nav:\n  - Resources: AWS::S3::Bucket\n"),
        (".github/workflows/ci.yml", CFN),
        ("README.md", CFN),
    ];
    for other in others {
        check(std::slice::from_ref(other), "nothing-detected");
    }
    check(others, "nothing-detected");
}

#[test]
fn the_transform_makes_it_sam() {
    check(&[("template.yaml", SAM)], "sam . template.yaml");
    check(
        &[(
            "t.yaml",
            "Transform:\n  - AWS::LanguageExtensions\n  - AWS::Serverless-2016-10-31\nResources:\n  B:\n    Type: AWS::S3::Bucket\n",
        )],
        "sam . t.yaml",
    );
    check(
        &[(
            "t.json",
            r#"{"Transform": ["AWS::Serverless-2016-10-31"], "Resources": {"B": {"Type": "AWS::S3::Bucket"}}}"#,
        )],
        "sam . t.json",
    );
    check(
        &[(
            "t.json",
            r#"{"Transform": "AWS::Serverless-2016-10-31", "Resources": {"B": {"Type": "AWS::S3::Bucket"}}}"#,
        )],
        "sam . t.json",
    );
    check(
        &[(
            "t.yaml",
            "Transform: {Name: AWS::Include, Parameters: {Location: s3://b/k}}\nResources:\n  B:\n    Type: AWS::S3::Bucket\n",
        )],
        "cloudformation . t.yaml",
    );
    check(&[("t.yaml", "Resources:\n  F:\n    Type: AWS::Serverless::Function\n")], "sam . t.yaml");
    check(&[("t.yaml", &format!("# AWS::Serverless-2016-10-31\n{CFN}"))], "cloudformation . t.yaml");
}

#[test]
fn a_template_with_a_syntax_error_is_still_meant() {
    check(&[("template.yaml", &format!("{CFN}    Properties: [a\n"))], "cloudformation . template.yaml");
    check(&[("template.yaml", &format!("{SAM}\n\t- x: {{\n"))], "sam . template.yaml");
    check(&[("t.json", r#"{"Resources": {"B": {"Type": "AWS::S3::Bucket",}}"#)], "cloudformation . t.json");
    check(&[("notes.yaml", "see AWSTemplateFormatVersion: [\n")], "nothing-detected");
    let detection = detect(&tree(&[("template.yaml", &format!("{CFN}    Properties: [a\n"))]), None, None).unwrap();
    assert!(detection.evidence[0].reason.contains("cannot be read"), "{detection:?}");
}

#[test]
fn usual_names_come_first() {
    check(&[("template.yaml", CFN), ("other.yaml", CFN)], "cloudformation . template.yaml");
    check(&[("template.json", SAM), ("template.yaml", CFN)], "cloudformation . template.yaml");
    check(&[("main.yaml", CFN), ("vpc.yaml", CFN)], "cloudformation . main.yaml");
    check(&[("template.yaml", SAM), ("packaged.yaml", SAM)], "sam . template.yaml");
    check(&[("api.yaml", SAM), ("packaged.yaml", SAM)], "sam . api.yaml");
    check(&[("samconfig.toml", "template_file = \"./b.yaml\"\n"), ("a.yaml", SAM), ("b.yaml", SAM)], "sam . b.yaml");
    check(&[("api.yaml", CFN), ("vpc.yaml", CFN)], "ambiguous-project api.yaml vpc.yaml");
    check(&[("api.yaml", SAM), ("vpc.yaml", CFN)], "ambiguous-project api.yaml vpc.yaml");
}

#[test]
fn nested_templates_belong_to_their_parent() {
    let parent = |url: &str| {
        format!("Resources:\n  N:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n      TemplateURL: {url}\n")
    };
    check(&[("a.yaml", &parent("./b.yaml")), ("b.yaml", CFN)], "cloudformation . a.yaml");
    check(
        &[("a.yaml", &parent("nested/b.yaml")), ("nested/b.yaml", &parent("c.yaml")), ("nested/c.yaml", CFN)],
        "cloudformation . a.yaml",
    );
    check(&[("infra/a.yaml", &parent("../parts/b.yaml")), ("parts/b.yaml", CFN)], "cloudformation infra a.yaml");
    check(
        &[
            ("a.yaml", &parent("!Sub 'https://${Bucket}.s3.amazonaws.com/${Prefix}parts/b.yaml'")),
            ("parts/b.yaml", CFN),
        ],
        "cloudformation . a.yaml",
    );
    check(
        &[("a.yaml", &parent("https://b.s3.amazonaws.com/parts/b.yaml")), ("parts/b.yaml", CFN)],
        "cloudformation . a.yaml",
    );
    check(
        &[
            (
                "a.yaml",
                "Transform: AWS::Serverless-2016-10-31\nResources:\n  N:\n    Type: AWS::Serverless::Application\n    Properties:\n      Location: apps/b.yaml\n",
            ),
            ("apps/b.yaml", SAM),
        ],
        "sam . a.yaml",
    );
    check(&[("a.yaml", &parent("b.yaml")), ("b.yaml", &parent("a.yaml"))], "ambiguous-project a.yaml b.yaml");
    let detection = detect(&tree(&[("a.yaml", &parent("nested/b.yaml")), ("nested/b.yaml", CFN)]), None, None).unwrap();
    assert_eq!(detection.alternatives, []);
}

#[test]
fn cdk_applications() {
    check(&[("cdk.json", CDK), ("bin/app.ts", "new App()")], "cdk . cdk.json");
    check(&[("cdk.json", r#"{"context": {}}"#)], "nothing-detected");
    check(&[("cdk.json", r#"{"app": " "}"#)], "nothing-detected");
    check(&[("cdk.json", CDK), ("cdk.out/Stack.template.json", CFN)], "cdk . cdk.json");
    check(&[("cdk.out/Stack.template.json", CFN)], "nothing-detected");
    let synthesized = r#"{"Resources": {"B": {"Type": "AWS::S3::Bucket", "Metadata": {"aws:cdk:path": "S/B"}}}}"#;
    check(&[("cdk.json", CDK), ("template.json", synthesized)], "cdk . cdk.json");
    let found = detect(&tree(&[("cdk.json", CDK), ("template.json", synthesized)]), None, None).unwrap();
    assert_eq!(found.alternatives, []);
    check(&[("template.json", synthesized)], "cloudformation . template.json");
    check(&[("infra/cdk.json", CDK), ("lambda/index.js", NODE)], "cdk infra cdk.json");
}

#[test]
fn terraform_configurations() {
    check(&[("main.tf", TF)], "terraform . main.tf");
    check(&[("a.tf", "variable \"x\" {}\n"), ("b.tf", TF)], "terraform . b.tf");
    check(
        &[("main.tf", "module \"vpc\" {\n  source = \"./modules/vpc\"\n}\n"), ("modules/vpc/main.tf", TF)],
        "terraform . main.tf",
    );
    check(
        &[
            ("envs/prod/main.tf", "module \"vpc\" {\n  source = \"../../modules/vpc\"\n}\n"),
            ("modules/vpc/main.tf", TF),
        ],
        "terraform envs/prod main.tf",
    );
    check(
        &[("envs/dev/main.tf", TF), ("envs/prod/main.tf", TF)],
        "ambiguous-project envs/dev/main.tf envs/prod/main.tf",
    );
    check(&[("variables.tf", "variable \"x\" {}\noutput \"y\" { value = 1 }\n")], "nothing-detected");
    check(&[("main.tf", "# resource \"aws_s3_bucket\" \"b\" {}\n/*\nprovider \"aws\" {}\n*/\n")], "nothing-detected");
    check(&[("main.tf", "locals {\n  text = <<EOT\nresource \"a\" \"b\" {\nEOT\n}\n")], "nothing-detected");
    check(&[("main.tf.json", r#"{"resource": {"aws_s3_bucket": {"b": {}}}}"#)], "terraform . main.tf.json");
    check(&[("main.tofu", TF)], "terraform . main.tofu");
    check(&[(".terraform/modules/x/main.tf", TF)], "nothing-detected");
}

#[test]
fn serverless_services() {
    check(&[("serverless.yml", SLS)], "serverless . serverless.yml");
    check(&[("serverless.yml", "service: ${file(a.yml):name}\nprovider: aws\n")], "serverless . serverless.yml");
    check(&[("serverless.json", r#"{"service": "x", "provider": {"name": "aws"}}"#)], "serverless . serverless.json");
    check(
        &[("serverless.ts", "const config = { service: 'x', provider: { name: 'aws' } };\nmodule.exports = config;\n")],
        "serverless . serverless.ts",
    );
    check(&[("serverless.yml", "service: x\nprovider:\n  name: azure\n")], "nothing-detected");
    check(&[("serverless.yml", "name: not a service\n")], "nothing-detected");
    check(&[("serverless.yml", SLS), ("resources.yml", CFN), ("handler.js", NODE)], "serverless . serverless.yml");
    check(
        &[("serverless.yml", SLS), (".serverless/cloudformation-template-update-stack.json", CFN)],
        "serverless . serverless.yml",
    );
}

#[test]
fn functions_without_a_template() {
    check(&[("index.js", NODE)], "simple-lambda . index.js");
    check(&[("index.mjs", "export const handler = async () => {};\n")], "simple-lambda . index.mjs");
    check(&[("package.json", "{}"), ("src/index.js", NODE)], "simple-lambda . src/index.js");
    check(
        &[("package.json", r#"{"main": "lib/start.js"}"#), ("lib/start.js", NODE), ("index.js", NODE)],
        "simple-lambda . lib/start.js",
    );
    check(&[("src/index.js", NODE)], "simple-lambda src index.js");
    check(&[("index.ts", "export const handler = async (event: unknown) => {};\n")], "simple-lambda . index.ts");
    check(&[("index.ts", "export const handler = async () => {};\n"), ("index.js", NODE)], "simple-lambda . index.js");
    check(&[("lambda_function.py", PYTHON)], "simple-lambda . lambda_function.py");
    check(&[("requirements.txt", ""), ("src/app.py", PYTHON)], "simple-lambda . src/app.py");
    check(&[("hello.py", "def greet(event, context):\n    pass\n")], "simple-lambda . hello.py");
    check(&[("bootstrap", BOOTSTRAP)], "simple-lambda . bootstrap");
    check(&[("bootstrap", BOOTSTRAP), ("index.js", NODE)], "simple-lambda . bootstrap");
    check(&[("index.js", NODE), ("handler.js", NODE)], "simple-lambda . index.js");
    check(&[("index.js", NODE), ("index.test.js", NODE), ("test_app.py", PYTHON)], "simple-lambda . index.js");
}

#[test]
fn code_that_is_no_function() {
    check(&[("bootstrap", "#!/bin/sh\nautoreconf -i\n")], "nothing-detected");
    check(&[("index.js", "console.log('hi')\n")], "nothing-detected");
    check(&[("clicks.js", "exports.onClick = (event) => {};\n")], "nothing-detected");
    check(&[("app.py", "def main():\n    pass\n")], "nothing-detected");
    check(&[("node_modules/x/index.js", NODE)], "nothing-detected");
    check(&[("tests/index.js", NODE)], "nothing-detected");
    check(&[("venv/lib/site-packages/x/handler.py", PYTHON)], "nothing-detected");
}

#[test]
fn functions_that_leave_a_choice() {
    check(&[("index.js", NODE), ("lambda_function.py", PYTHON)], "ambiguous-project index.js lambda_function.py");
    check(&[("get.py", PYTHON), ("put.py", PYTHON)], "ambiguous-project get.py put.py");
    check(&[("a/index.js", NODE), ("b/index.js", NODE)], "ambiguous-project a/index.js b/index.js");
    check(
        &[("package.json", "{}"), ("a/index.js", NODE), ("b/index.js", NODE)],
        "ambiguous-project a/index.js b/index.js",
    );
}

#[test]
fn one_folder_for_several_tools() {
    check(&[("cdk.json", CDK), ("template.yaml", SAM), ("main.tf", TF), ("index.js", NODE)], "cdk . cdk.json");
    check(&[("serverless.yml", SLS), ("template.yaml", CFN)], "serverless . serverless.yml");
    check(&[("template.yaml", CFN), ("main.tf", TF)], "cloudformation . template.yaml");
    check(&[("main.tf", TF), ("index.js", NODE)], "terraform . main.tf");
    let found = detect(&tree(&[("template.yaml", SAM), ("main.tf", TF), ("index.js", NODE)]), None, None).unwrap();
    let others: Vec<_> =
        found.alternatives.iter().map(|other| (other.iac_type.as_str(), other.file.as_str())).collect();
    assert_eq!(others, [("terraform", "main.tf"), ("simple-lambda", "index.js")]);
    assert_eq!(found.alternatives[0].reason, "in the same folder sam comes before terraform");
}

#[test]
fn the_root_comes_before_its_folders() {
    check(
        &[("template.yaml", CFN), ("other/template.yaml", SAM), ("infra/main.tf", TF)],
        "cloudformation . template.yaml",
    );
    check(&[("template.yaml", SAM), ("src/app.js", NODE)], "sam . template.yaml");
    check(&[("index.js", NODE), ("infra/main.tf", TF)], "simple-lambda . index.js");
    let found = detect(&tree(&[("template.yaml", CFN), ("infra/main.tf", TF)]), None, None).unwrap();
    assert_eq!(found.alternatives[0].root, "infra");
    assert!(found.alternatives[0].reason.contains("projectRoot"), "{found:?}");
}

#[test]
fn the_only_project_below_is_found() {
    check(&[("README.md", "x"), ("infra/template.yaml", CFN)], "cloudformation infra template.yaml");
    check(&[("deploy/aws/stack.yaml", CFN)], "cloudformation deploy/aws stack.yaml");
    check(
        &[("backend/template.yaml", SAM), ("backend/src/app.js", NODE), ("frontend/package.json", "{}")],
        "sam backend template.yaml",
    );
    check(&[("infra/template.yaml", SAM), ("infra/nested/more.yaml", CFN)], "sam infra template.yaml");
    check(&[("infra/template.yaml", CFN), ("examples/template.yaml", CFN)], "cloudformation infra template.yaml");
    check(&[("examples/a/template.yaml", CFN)], "cloudformation examples/a template.yaml");
    check(
        &[("infra/template.yaml", CFN), ("tests/template.yaml", CFN), (".aws-sam/build/template.yaml", SAM)],
        "cloudformation infra template.yaml",
    );
    check(&[("a/template.yaml", CFN), ("b/template.yaml", SAM)], "ambiguous-project a/template.yaml b/template.yaml");
    check(&[("a/template.yaml", CFN), ("b/main.tf", TF)], "ambiguous-project a/template.yaml b/main.tf");
    check(&[("infra/template.yaml", CFN), ("scripts/job.py", PYTHON)], "cloudformation infra template.yaml");
}

#[test]
fn code_that_a_template_deploys_is_its_own() {
    let up = SAM.replace("src/", "../");
    check(&[("infra/template.yaml", &up), ("index.js", NODE)], "sam infra template.yaml");
    let beside = SAM.replace("src/", "../src");
    check(&[("infra/template.yaml", &beside), ("src/index.js", NODE)], "sam infra template.yaml");
    let found = detect(&tree(&[("template.yaml", SAM), ("src/app.js", NODE)]), None, None).unwrap();
    assert_eq!(found.alternatives, []);
    let unnamed = detect(&tree(&[("infra/template.yaml", CFN), ("infra/lambda/index.js", NODE)]), None, None).unwrap();
    assert_eq!(unnamed.alternatives, []);
    let aside = detect(&tree(&[("template.yaml", CFN), ("lambda/index.js", NODE)]), None, None).unwrap();
    assert_eq!(aside.alternatives, []);
    let archive = format!("{TF}data \"archive_file\" \"z\" {{\n  source_dir = \"${{path.module}}/../src\"\n}}\n");
    check(&[("infra/main.tf", &archive), ("src/index.js", NODE)], "terraform infra main.tf");
}

#[test]
fn a_named_folder_is_taken_at_its_word() {
    check_in("b", &[("a/template.yaml", CFN), ("b/template.yaml", SAM)], "sam b template.yaml");
    check_in("b/", &[("template.yaml", CFN), ("b/sub/main.tf", TF)], "terraform b/sub main.tf");
    check_in("tests/app", &[("tests/app/template.yaml", CFN)], "cloudformation tests/app template.yaml");
    check_in(
        "examples/x",
        &[("examples/x/index.js", NODE), ("package.json", "{}")],
        "simple-lambda examples/x index.js",
    );
    check_in(".", &[("template.yaml", CFN)], "cloudformation . template.yaml");
    check_in("missing", &[("template.yaml", CFN)], "root-not-found");
    check_in("docs", &[("docs/readme.md", "x"), ("template.yaml", CFN)], "nothing-detected");
    check_in("src", &[("template.yaml", SAM), ("src/index.js", NODE)], "simple-lambda src index.js");
}

#[test]
fn an_explicit_type_is_honoured() {
    let mixed: Files<'_> =
        &[("cdk.json", CDK), ("template.yaml", CFN), ("main.tf", TF), ("index.js", NODE), ("serverless.yml", SLS)];
    check_as(IacType::Cdk, mixed, "cdk . cdk.json");
    check_as(IacType::CloudFormation, mixed, "cloudformation . template.yaml");
    check_as(IacType::Terraform, mixed, "terraform . main.tf");
    check_as(IacType::Serverless, mixed, "serverless . serverless.yml");
    check_as(IacType::SimpleLambda, mixed, "simple-lambda . index.js");
    check_as(IacType::CloudFormation, &[("template.yaml", SAM)], "cloudformation . template.yaml");
    check_as(IacType::Sam, &[("template.yaml", CFN)], "sam . template.yaml");
    check_as(IacType::Terraform, &[("template.yaml", CFN), ("infra/main.tf", TF)], "terraform infra main.tf");
    check_as(IacType::SimpleLambda, &[("template.yaml", SAM), ("src/index.js", NODE)], "simple-lambda src index.js");
    check_as(IacType::Cdk, &[("template.yaml", CFN)], "type-not-found template.yaml");
    check_as(IacType::Cdk, &[("README.md", "x")], "type-not-found");
    check_as(IacType::Terraform, &[("a/main.tf", TF), ("b/main.tf", TF)], "ambiguous-project a/main.tf b/main.tf");
}

#[test]
fn errors_say_what_was_seen_and_what_to_do() {
    let error = |files: Files<'_>, root: Option<&str>| detect(&tree(files), root, None).unwrap_err();
    let nothing = error(&[("Dockerfile", "FROM x"), ("go.mod", "require github.com/aws/aws-lambda-go v1\n")], None);
    assert_eq!(
        nothing.to_string(),
        "no deployable project found; seen: Dockerfile builds a container image, which needs a template around it, \
         go.mod is a Go function; commit its compiled `bootstrap`, or add a template"
    );
    let several = error(&[("a/template.yaml", CFN), ("b/main.tf", TF)], None);
    assert_eq!(
        several.to_string(),
        "more than one project found: a/template.yaml (cloudformation), b/main.tf (terraform)"
    );
    assert_eq!(several.remedy(), "Name the folder to deploy in projectRoot: a, b.");
    let beside = error(&[("a.yaml", CFN), ("b.yaml", CFN)], None);
    assert!(beside.remedy().contains("template.yaml"), "{}", beside.remedy());
    let missing = error(&[("services/api/template.yaml", CFN), ("web/x", "")], Some("api"));
    assert_eq!(missing.to_string(), "the repository has no folder `api`; it has services/api, services, web");
    let failure = several.failure();
    assert_eq!((failure.code.as_str(), failure.replayable), ("ambiguous-project", false));
}

#[test]
fn files_made_to_keep_a_reader_busy_do_not() {
    let many = |line: &str| line.repeat(500_000 / line.len());
    let aliases: String = (1..30).map(|n| format!("a{n}: &a{n} [{}]\n", format!("*a{},", n - 1).repeat(8))).collect();
    let bombs = [
        ("template.yaml", format!("Resources: AWS::\na0: &a0 [x]\n{aliases}")),
        ("template.json", format!("{{\"x\": \"Resources AWS::\", \"a\": {}", many("["))),
        ("deep.yaml", format!("Resources: AWS::{}", many("[{"))),
        ("dashes.yaml", format!("Resources: AWS::\nx:\n{}", many("- "))),
        ("questions.yaml", format!("Resources: AWS::\nx:\n{}", many("? "))),
        ("index.js", many("export const a;\n")),
        ("handler.js", many("export {a as\n")),
        ("lambda.js", many("module.exports = {a(\n")),
        ("app.js", many("exports.a = (\n")),
        ("app.py", many("def a(\n")),
        ("quotes.py", many("\"\"\"x")),
        ("main.tf", many("x = <<E\n")),
        ("pyproject.toml", format!("[project]\nx = [\n{}", many("\"a\",\n"))),
    ];
    for (path, text) in &bombs {
        let start = std::time::Instant::now();
        check(&[(path, text)], "nothing-detected");
        assert!(start.elapsed() < std::time::Duration::from_secs(20), "{path}: {:?}", start.elapsed());
    }
}

#[test]
fn strangers_text_stays_on_one_line() {
    let files: Files<'_> = &[("cdk.json", "{\"app\": \"npx\\n2030-01-01T00:00:00Z deploy success\"}")];
    let found = detect(&tree(files), None, None).unwrap();
    assert!(!found.evidence[0].reason.contains('\n'), "{found:?}");
}
