//! What cannot be packaged, and in which words it is refused.

use drydock_package::{Settings, package};
use drydock_tree::{File, Tree};

const HANDLER: (&str, &str) = ("app/src/app.py", "import requests\ndef handler(event, context):\n    return {}\n");

/// The template lies at `app/template.yaml`.
fn refused(template: &str, files: &[(&str, &str)]) -> drydock_package::PackageError {
    let files = files.iter().copied().chain([("app/template.yaml", template)]);
    let tree: Tree = files.map(|(path, text)| (path.to_owned(), File::new(text))).collect();
    let settings = Settings {
        bucket: "b".to_owned(),
        key_prefix: "packages/".to_owned(),
        s3_url: "https://s3.eu-central-1.amazonaws.com".to_owned(),
    };
    match package(&tree, "app/template.yaml", &settings) {
        Err(error) => error,
        Ok(packaged) => panic!("packaged although it must not be:\n{}", packaged.template),
    }
}

fn check(template: &str, files: &[(&str, &str)], code: &str, message: &str) {
    let error = refused(template, files);
    assert_eq!((error.code(), error.to_string().as_str()), (code, message));
    assert!(!error.remedy().is_empty() && error.location().starts_with("app/"), "{error:?}");
}

fn function(properties: &str) -> String {
    format!("Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties:\n      {properties}\n")
}

#[test]
fn what_is_not_there_is_named_with_its_place() {
    check(
        &function("CodeUri: ./src"),
        &[],
        "local-file-missing",
        "app/template.yaml line 5, F.CodeUri names `./src`, but there is no app/src in the repository",
    );
    check(
        "Resources:\n  A: {Type: AWS::Serverless::Api, Properties: {DefinitionUri: src}}\n",
        &[HANDLER],
        "local-file-missing",
        "app/template.yaml line 2, A.DefinitionUri names the folder `src`, but a file is needed",
    );
    check(
        "Resources:\n  G:\n    Type: AWS::Serverless::GraphQLApi\n    Properties: {Functions: {f: {CodeUri: x.js}}}\n",
        &[],
        "local-file-missing",
        "app/template.yaml line 4, G.Functions.f.CodeUri names `x.js`, but there is no app/x.js in the repository",
    );
    check(
        "Globals: {Function: {CodeUri: lib}}\nResources: {}\n",
        &[],
        "local-file-missing",
        "app/template.yaml line 1, Globals.Function.CodeUri names `lib`, but there is no app/lib in the repository",
    );
    let built = refused(&function("CodeUri: dist/f.zip"), &[]);
    assert!(built.remedy().contains("looks like the output of a build"), "{}", built.remedy());
}

#[test]
fn nothing_outside_the_repository_is_read() {
    for value in ["../../etc", "/etc/passwd", "../../../app/src", "src/../../../x"] {
        check(
            &function(&format!("CodeUri: {value}")),
            &[HANDLER],
            "local-file-missing",
            &format!("app/template.yaml line 5, F.CodeUri names `{value}`, which lies outside the repository"),
        );
    }
}

#[test]
fn what_must_be_installed_or_built_first_says_so() {
    let requirements = ("app/src/requirements.txt", "requests==2.32\n");
    let python = function("Runtime: python3.13\n      CodeUri: src\n      Handler: app.handler");
    check(
        &python,
        &[HANDLER, requirements],
        "dependencies-not-installed",
        "app/template.yaml line 6, F.CodeUri: dependencies must be installed first: the code imports requests, which \
         the repository does not hold",
    );
    let built = function("CodeUri: src\n    Metadata:\n      BuildMethod: esbuild");
    check(
        &built,
        &[HANDLER],
        "dependencies-not-installed",
        "app/template.yaml line 7, F.BuildMethod: the code must be built first: its metadata says `BuildMethod: esbuild`",
    );
    let image = function("PackageType: Image\n    Metadata:\n      Dockerfile: Dockerfile");
    check(
        &image,
        &[],
        "dependencies-not-installed",
        "app/template.yaml line 7, F.ImageUri: the container image must be built and pushed first",
    );
}

#[test]
fn templates_that_cannot_be_read_name_the_line() {
    check(
        "Resources:\n  A: b: c\n",
        &[],
        "template-invalid",
        "app/template.yaml line 2 cannot be read: mapping values are not allowed in this context",
    );
    check(
        "Outputs: {}\n",
        &[],
        "template-invalid",
        "app/template.yaml is no CloudFormation template: it has no `Resources` mapping",
    );
    let bomb = (1..12).fold("a0: &a0 [x, x]\n".to_owned(), |text, level| {
        let below = level - 1;
        format!("{text}a{level}: &a{level} [*a{below}, *a{below}, *a{below}, *a{below}, *a{below}]\n")
    });
    check(
        &format!("{bomb}Resources: {{}}\n"),
        &[],
        "template-invalid",
        "app/template.yaml has more than 1000000 bytes, the most that CloudFormation takes",
    );
}

#[test]
fn aliases_that_have_no_end_or_hardly_one_are_refused() {
    let check = |text: &str, message: &str| {
        let error = refused(&format!("{text}Resources: {{}}\n"), &[]);
        assert_eq!((error.code(), error.to_string().as_str()), ("template-invalid", message), "{text:.80}");
    };
    let inside = "app/template.yaml line 1 cannot be read: an alias stands inside of what it names";
    check("a: &a [*a]\n", inside);
    check("a: &a {b: {<<: *a}}\n", inside);
    check("a: &a {b: &b [1, *b]}\n", inside);
    // Of the length that CloudFormation takes, and far deeper than any stack.
    let chain: String = (1..40_000).map(|level| format!("- &{level} [*{}]\n", level - 1)).collect();
    let chain = format!("a:\n- &0 [x]\n{chain}");
    check(&chain, "app/template.yaml line 127 cannot be read: nested deeper than 128 levels");
    let long = format!("a: &a {}\nb: [{}]\n", "x".repeat(50_000), "*a, ".repeat(2000));
    check(&long, "app/template.yaml has more than 1000000 bytes, the most that CloudFormation takes");
}

#[test]
fn loops_of_loops_are_walked_once() {
    let loops = (1..50).fold("l0: &l0 {R: {Type: AWS::SQS::Queue}}\n".to_owned(), |text, level| {
        let below = level - 1;
        format!("{text}l{level}: &l{level} {{'Fn::ForEach::A': [A, [x], *l{below}], 'Fn::ForEach::B': [B, [x], *l{below}]}}\n")
    });
    let error = refused(&format!("{loops}Resources: *l49\n"), &[]);
    assert!(error.to_string().contains("more than 1000000 bytes"), "{error}");
}

#[test]
fn templates_that_nest_themselves_are_refused() {
    let nests = |other: &str| {
        format!("Resources:\n  S:\n    Type: AWS::CloudFormation::Stack\n    Properties: {{TemplateURL: {other}}}\n")
    };
    check(
        &nests("child.yaml"),
        &[("app/child.yaml", &nests("../app/template.yaml"))],
        "template-invalid",
        "app/child.yaml line 4, S.TemplateURL nests app/template.yaml, which contains it: app/template.yaml -> \
         app/child.yaml -> app/template.yaml",
    );
    let levels: Vec<(String, String)> =
        (0..12).map(|level| (format!("app/{level}.yaml"), nests(&format!("{}.yaml", level + 1)))).collect();
    let levels: Vec<(&str, &str)> = levels.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    check(
        &nests("0.yaml"),
        &levels,
        "template-invalid",
        "app/8.yaml line 4, S.TemplateURL nests templates deeper than 10 levels",
    );
}
