//! What a function is created with, read from its repository.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use drydock_detect::{Architecture, PlanError, SimpleLambdaPlan, detect, simple_lambda};
use drydock_tree::{File, Tree};

const NODE: &str = "exports.handler = async (event) => ({});\n";
const PYTHON: &str = "def lambda_handler(event, context):\n    return {}\n";

fn tree(files: &[(&str, &str)]) -> Tree {
    files.iter().map(|(path, text)| ((*path).to_owned(), File::new(*text))).collect()
}

fn plan(tree: &Tree) -> SimpleLambdaPlan {
    simple_lambda(tree, &detect(tree, None, None).unwrap()).unwrap()
}

#[test]
fn handler_and_runtime_come_from_the_files() {
    let check = |files: &[(&str, &str)], runtime: &str, handler: &str| {
        let plan = plan(&tree(files));
        assert_eq!((plan.runtime.as_str(), plan.handler.as_str()), (runtime, handler), "{files:?}");
    };
    check(&[("index.js", NODE)], "nodejs22.x", "index.handler");
    check(&[("index.js", NODE), (".nvmrc", "v20.11.0\n")], "nodejs20.x", "index.handler");
    check(&[("index.js", NODE), (".nvmrc", "lts/krypton\n")], "nodejs24.x", "index.handler");
    check(&[("index.js", NODE), ("package.json", r#"{"engines": {"node": ">=18"}}"#)], "nodejs22.x", "index.handler");
    check(&[("index.js", NODE), ("package.json", r#"{"engines": {"node": ">=23"}}"#)], "nodejs24.x", "index.handler");
    check(&[("index.js", NODE), ("package.json", r#"{"engines": {"node": "18.x"}}"#)], "nodejs20.x", "index.handler");
    check(
        &[("package.json", "{}"), ("src/app.js", "exports.run = (event, context) => {};\n")],
        "nodejs22.x",
        "src/app.run",
    );
    check(&[("fn/index.js", NODE), (".nvmrc", "24\n")], "nodejs24.x", "index.handler");
    check(&[("lambda_function.py", PYTHON)], "python3.13", "lambda_function.lambda_handler");
    check(&[("main.py", "handler = Mangum(app)\n"), (".python-version", "3.12.4\n")], "python3.12", "main.handler");
    check(&[("app.py", PYTHON), ("runtime.txt", "python-3.11.9\n")], "python3.11", "app.lambda_handler");
    check(
        &[("app.py", PYTHON), ("pyproject.toml", "[project]\nrequires-python = \">=3.10,<3.13\"\n")],
        "python3.12",
        "app.lambda_handler",
    );
    check(&[("app.py", PYTHON), (".python-version", "3.8\n")], "python3.10", "app.lambda_handler");
    check(&[("requirements.txt", ""), ("src/app.py", PYTHON)], "python3.13", "src/app.lambda_handler");
    check(&[("bootstrap", "#!/bin/sh\necho $AWS_LAMBDA_RUNTIME_API\n")], "provided.al2023", "bootstrap");
}

#[test]
fn the_choice_of_a_runtime_is_explained() {
    let check = |files: &[(&str, &str)], expected: &str| {
        let tree = tree(files);
        let evidence = detect(&tree, None, None).unwrap().evidence;
        assert!(evidence.iter().any(|seen| format!("{} {}", seen.file, seen.reason) == expected), "{evidence:?}");
    };
    check(&[("index.js", NODE)], "index.js exports the function `handler`");
    check(&[("index.js", NODE)], "index.js no file asks for a version of Node.js: nodejs22.x");
    check(&[("index.js", NODE), (".nvmrc", "20\n")], ".nvmrc asks for Node.js 20: nodejs20.x");
    check(
        &[("app.py", PYTHON), (".python-version", "3.8\n")],
        ".python-version asks for Python 3.8, which Lambda does not offer: python3.10 is nearest",
    );
    check(
        &[("index.js", "exports.handler = (event, context, callback) => {};\n"), (".nvmrc", "24\n")],
        "index.js answers through a callback, which nodejs24.x does not offer; return a promise instead",
    );
}

#[test]
fn what_must_be_installed_first_is_said() {
    let needs = |files: &[(&str, &str)]| plan(&tree(files)).needs_install;
    assert_eq!(needs(&[("index.js", NODE), ("package.json", r#"{"dependencies": {}}"#)]), None);
    let axios = needs(&[("index.js", NODE), ("package.json", r#"{"dependencies": {"axios": "1"}}"#)]).unwrap();
    assert!(axios.contains("declares axios") && axios.contains("npm ci"), "{axios}");
    let requests = needs(&[("app.py", PYTHON), ("requirements.txt", "requests==2\n")]).unwrap();
    assert!(requests.contains("declares requests") && requests.contains("pip install"), "{requests}");
    let typescript = needs(&[("index.ts", "export const handler = async () => {};\n")]).unwrap();
    assert!(typescript.contains("TypeScript"), "{typescript}");
}

#[test]
fn machine_code_decides_on_the_architecture() {
    let elf = |machine: u8| {
        let mut header = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0".to_vec();
        header.extend([machine, 0]);
        header.resize(64, 0);
        File { data: header, executable: true }
    };
    let check = |path: &str, machine: u8, expected: Architecture| {
        let mut tree = tree(&[("index.js", NODE)]);
        tree.insert(path, elf(machine)).unwrap();
        assert_eq!(plan(&tree).architecture, expected, "{path}");
    };
    check("bootstrap", 0x3e, Architecture::X86_64);
    check("bootstrap", 0xb7, Architecture::Arm64);
    check("node_modules/x/build/x.node", 0x3e, Architecture::X86_64);
    check("data.bin", 0x3e, Architecture::Arm64);
}

#[test]
fn other_projects_have_no_plan() {
    let tree = tree(&[("main.tf", "resource \"a\" \"b\" {}\n")]);
    let detection = detect(&tree, None, None).unwrap();
    assert!(matches!(simple_lambda(&tree, &detection), Err(PlanError::NotSimple(_))));
}
