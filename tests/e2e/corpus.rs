//! The fixer's corpus, judged by deploying it: with the repair that each case names, the repository comes up and
//! what it serves answers. `shared/fix` judges repairs by their findings; this shows that those verdicts hold.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use drydock_e2e::World;
use serde_json::Value;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// What answers once a case is repaired.
enum Answers {
    /// Nothing is served over HTTP: that the stack is there is all.
    Nothing,
    /// A path behind the API's stage, with 200.
    Api(&'static str),
    /// The function's own URL, with 200.
    Function,
}

/// A copy of a case's repository with its repair made.
fn repaired(name: &str) -> TempDir {
    let case = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixer-corpus").join(name);
    let said = std::fs::read_to_string(case.join("case.yaml")).unwrap();
    let said: Value = serde_yaml::from_str(&said).unwrap();
    let copy = tempfile::tempdir().unwrap();
    copy_folder(&case.join("repository"), copy.path());
    for edit in said["repair"].as_array().unwrap() {
        let path = copy.path().join(edit["path"].as_str().unwrap());
        let text = match edit["create"].as_str() {
            Some(text) => text.to_owned(),
            None => {
                let (old, new) = (edit["old"].as_str().unwrap(), edit["new"].as_str().unwrap());
                let before = std::fs::read_to_string(&path).unwrap();
                assert!(before.contains(old), "{name}: the repair does not fit");
                before.replacen(old, new, 1)
            }
        };
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    copy
}

fn copy_folder(from: &Path, to: &Path) {
    let mut folders: Vec<PathBuf> = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        std::fs::create_dir_all(to.join(&folder)).unwrap();
        for entry in std::fs::read_dir(from.join(&folder)).unwrap() {
            let entry = entry.unwrap();
            let inside = folder.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                folders.push(inside);
            } else {
                std::fs::copy(entry.path(), to.join(&inside)).unwrap();
            }
        }
    }
}

async fn check(name: &str, answers: Answers) {
    let world = World::new().await;
    let repository = world.git.folder(repaired(name).path(), &format!("corpus/{name}"));
    let ended = world.deploy_url(&repository, "main").await.until_terminal().await.succeeded();
    let url = match answers {
        Answers::Nothing => return,
        Answers::Api(path) => format!("{}{path}", ended.url().trim_end_matches('/')),
        Answers::Function => ended.url(),
    };
    let answer = world.ask_signed(&url).await;
    assert_eq!(answer.status, 200, "{name}: {url}: {answer:?}");
}

macro_rules! corpus {
    ($($test:ident: $name:literal => $answers:expr;)+) => {
        $(#[tokio::test] async fn $test() { check($name, $answers).await; })+
    };
}

corpus! {
    circular_dependency: "cloudformation-circular-dependency" => Answers::Nothing;
    embedded_machine: "cloudformation-embedded-machine" => Answers::Nothing;
    missing_resource: "cloudformation-missing-resource" => Answers::Nothing;
    unknown_property: "cloudformation-unknown-property" => Answers::Nothing;
    wrong_enum: "cloudformation-wrong-enum" => Answers::Nothing;
    wrong_principal: "cloudformation-wrong-principal" => Answers::Nothing;
    yaml_syntax: "cloudformation-yaml-syntax" => Answers::Nothing;
    node_commonjs: "lambda-node-commonjs" => Answers::Function;
    node_import: "lambda-node-import" => Answers::Function;
    node_syntax: "lambda-node-syntax" => Answers::Function;
    package_json: "lambda-package-json" => Answers::Function;
    python_indentation: "lambda-python-indentation" => Answers::Function;
    deprecated_runtime: "sam-deprecated-runtime" => Answers::Api("/orders/7");
    environment_name: "sam-environment-name" => Answers::Api("/orders/7");
    missing_permission: "sam-missing-permission" => Answers::Api("/orders/7");
    property_slip: "sam-property-slip" => Answers::Api("/orders/7");
    python_import: "sam-python-import" => Answers::Api("/orders/7");
    python_syntax: "sam-python-syntax" => Answers::Api("/orders/7");
    route_answers_500: "sam-route-answers-500" => Answers::Api("/orders/7");
    state_machine: "sam-state-machine" => Answers::Nothing;
    unbound_name: "sam-unbound-name" => Answers::Api("/orders/7");
    undefined_reference: "sam-undefined-reference" => Answers::Api("/orders/7");
    wrong_attribute: "sam-wrong-attribute" => Answers::Api("/orders/7");
    wrong_code_uri: "sam-wrong-code-uri" => Answers::Api("/orders/7");
    wrong_handler: "sam-wrong-handler" => Answers::Api("/orders/7");
    wrong_handler_function: "sam-wrong-handler-function" => Answers::Api("/orders/7");
}
