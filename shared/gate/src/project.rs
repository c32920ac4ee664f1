//! What one file says of others: where a function's code lies, what its handler is, what is imported from next door.

use crate::Finding;
use drydock_tree::Tree;
use serde_yaml::{Mapping, Value};

/// Functions of a template or of a Serverless Framework service whose code is not where it is said to be.
pub(crate) fn functions(tree: &Tree, file: &str, text: &str) -> Vec<Finding> {
    let Ok(document) = serde_yaml::from_str::<Value>(text) else { return Vec::new() };
    let mut checks = Functions { tree, file, folder: folder_of(file), findings: Vec::new() };
    if is_serverless_file(file) {
        checks.serverless_framework(&document);
    } else {
        checks.template(&document);
    }
    checks.findings
}

/// True for the file that a Serverless Framework service is described in.
pub(crate) fn is_serverless_file(path: &str) -> bool {
    matches!(path.rsplit('/').next(), Some("serverless.yml" | "serverless.yaml"))
}

/// The folder that a file lies in; empty for the root.
pub(crate) fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

struct Functions<'a> {
    tree: &'a Tree,
    file: &'a str,
    folder: &'a str,
    findings: Vec<Finding>,
}

/// Where the code of one function is said to be.
struct Code<'a> {
    name: &'a str,
    folder: String,
    handler: Option<&'a str>,
    runtime: &'a str,
}

/// A plain text: one behind a tag, such as `!Ref X`, is not known before deployment.
fn text(value: Option<&Value>) -> Option<&str> {
    match value {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

impl<'a> Functions<'a> {
    fn bad(&mut self, place: &str, message: String) {
        self.findings.push(Finding::error(self.file, None, "code-location", message).at(place));
    }

    fn template(&mut self, document: &'a Value) {
        let globals = document.get("Globals").and_then(|globals| globals.get("Function"));
        let resources = document.get("Resources").and_then(Value::as_mapping);
        for (name, resource) in resources.into_iter().flatten() {
            let (Some(name), Some(kind)) = (name.as_str(), text(resource.get("Type"))) else { continue };
            let properties = resource.get("Properties");
            let own = |field: &str| properties.and_then(|properties| properties.get(field));
            let either = |field: &str| own(field).or_else(|| globals.and_then(|globals| globals.get(field)));
            let builds_itself = resource.get("Metadata").is_some_and(|metadata| metadata.get("BuildMethod").is_some());
            let code = match kind {
                "AWS::Serverless::Function" if own("InlineCode").is_none() => text(either("CodeUri")),
                "AWS::Lambda::Function" => text(own("Code")),
                "AWS::Serverless::StateMachine" => {
                    self.exists(name, "DefinitionUri", text(own("DefinitionUri")));
                    continue;
                }
                "AWS::Serverless::LayerVersion" => {
                    self.exists(name, "ContentUri", text(own("ContentUri")));
                    continue;
                }
                _ => continue,
            };
            let Some(code) = code.filter(|code| is_local(code)) else { continue };
            let Some(folder) = self.exists(name, "CodeUri", Some(code)) else { continue };
            if !builds_itself {
                let runtime = text(either("Runtime")).unwrap_or_default();
                self.handler(&Code { name, folder, handler: text(either("Handler")), runtime });
            }
        }
    }

    fn serverless_framework(&mut self, document: &'a Value) {
        let provider = text(document.get("provider").and_then(|provider| provider.get("runtime"))).unwrap_or_default();
        let functions: Option<&Mapping> = document.get("functions").and_then(Value::as_mapping);
        for (name, function) in functions.into_iter().flatten() {
            let runtime = text(function.get("runtime")).unwrap_or(provider);
            if let Some(name) = name.as_str() {
                let folder = self.folder.to_owned();
                self.handler(&Code { name, folder, handler: text(function.get("handler")), runtime });
            }
        }
    }

    /// The folder at `path` beside this file; `None` if it is a file, or not there, which is a finding.
    fn exists(&mut self, name: &str, field: &str, path: Option<&str>) -> Option<String> {
        let path = path.filter(|path| is_local(path))?;
        let Some(joined) = join(self.folder, path) else {
            self.bad(&format!("{name}.{field}"), format!("`{path}` lies outside the repository"));
            return None;
        };
        if self.tree.get(&joined).is_some() {
            return None;
        }
        if self.tree.has_folder(&joined) {
            return Some(joined);
        }
        self.bad(&format!("{name}.{field}"), format!("`{path}` is not in the repository"));
        None
    }

    fn handler(&mut self, code: &Code<'_>) {
        let Some(handler) = code.handler.filter(|handler| !handler.contains("${")) else { return };
        let extensions: &[&str] = match code.runtime {
            runtime if runtime.starts_with("python") => &[".py", "/__init__.py"],
            runtime if runtime.starts_with("nodejs") => &[".js", ".mjs", ".cjs", ".ts", ".mts", "/index.js"],
            _ => return,
        };
        let place = format!("{}.Handler", code.name);
        let Some((module, function)) = handler.rsplit_once('.') else {
            return self.bad(&place, format!("`{handler}` must be <file>.<function>"));
        };
        let module = if code.runtime.starts_with("python") { module.replace('.', "/") } else { module.to_owned() };
        let Some(module) = join(&code.folder, &module) else { return };
        let found = extensions.iter().find_map(|extension| self.tree.text(&format!("{module}{extension}")));
        match found {
            None => self.bad(&place, format!("`{handler}`: there is no {module}{}", extensions[0])),
            Some(source) if !names(source, function) => {
                self.bad(&place, format!("`{handler}`: {module} has no `{function}`"));
            }
            Some(_) => {}
        }
    }
}

fn is_local(path: &str) -> bool {
    !path.contains("://") && !path.contains("${") && !path.starts_with('/')
}

/// True if the text has `word` standing by itself.
fn names(text: &str, word: &str) -> bool {
    let part = |char: char| char.is_alphanumeric() || char == '_' || char == '$';
    text.match_indices(word).any(|(at, _)| !text[..at].ends_with(part) && !text[at + word.len()..].starts_with(part))
}

/// `path` seen from `folder`, without `.` and `..`; `None` if it climbs out.
fn join(folder: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Imports of files next door that are not there.
pub(crate) fn imports(tree: &Tree, file: &str, text: &str) -> Vec<Finding> {
    let missing: Vec<String> = match file.rsplit_once('.').map(|(_, extension)| extension) {
        Some("py") => python_imports(tree, file, text),
        Some("js" | "mjs" | "cjs" | "jsx" | "ts" | "mts" | "cts" | "tsx") => script_imports(tree, file, text),
        _ => Vec::new(),
    };
    let finding = |name: String| {
        let message = format!("`{name}` is imported and is not in the repository");
        Finding::error(file, None, "import", message).at(name)
    };
    missing.into_iter().map(finding).collect()
}

/// `from .a.b import c`: dots climb, the rest is a file or a folder.
fn python_imports(tree: &Tree, file: &str, text: &str) -> Vec<String> {
    let mut missing = Vec::new();
    for line in text.lines() {
        let Some(name) = line.trim_start().strip_prefix("from .").and_then(|rest| rest.split_once(" import ")) else {
            continue;
        };
        let module = name.0.trim();
        let dots = module.chars().take_while(|char| *char == '.').count();
        let path = format!("{}{}", "../".repeat(dots), module[dots..].replace('.', "/"));
        let exists = join(folder_of(file), &path)
            .is_some_and(|path| path.is_empty() || tree.get(&format!("{path}.py")).is_some() || tree.has_folder(&path));
        if !exists {
            missing.push(format!(".{module}"));
        }
    }
    missing
}

/// `from './a'`, `import './a'`, `import('./a')`, `require('./a')`.
fn script_imports(tree: &Tree, file: &str, text: &str) -> Vec<String> {
    const ENDINGS: [&str; 14] = [
        "",
        ".js",
        ".mjs",
        ".cjs",
        ".ts",
        ".mts",
        ".cts",
        ".tsx",
        ".jsx",
        ".json",
        ".d.ts",
        "/index.js",
        "/index.ts",
        "/index.mjs",
    ];
    let mut missing = Vec::new();
    for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
        for (at, _) in line.match_indices(['\'', '"']) {
            let (before, after) = (&line[..at], &line[at + 1..]);
            let before = before.trim_end().trim_end_matches('(').trim_end();
            let imports = ["from", "import", "require"].iter().any(|word| before.ends_with(word));
            let Some(name) = after.split(['\'', '"']).next().filter(|name| imports && name.starts_with('.')) else {
                continue;
            };
            let exists = join(folder_of(file), name).is_some_and(|path| {
                // TypeScript names what it will have become: `./a.js` for `a.ts`.
                let stem = path.strip_suffix(".js").or_else(|| path.strip_suffix(".mjs")).unwrap_or(&path);
                let found = |path: &str| ENDINGS.iter().any(|ending| tree.get(&format!("{path}{ending}")).is_some());
                path.is_empty() || found(&path) || found(stem)
            });
            if !exists {
                missing.push(name.to_owned());
            }
        }
    }
    missing
}

#[cfg(test)]
mod tests {
    use super::*;
    use drydock_tree::File;

    fn tree() -> Tree {
        [
            ("src/app.py", "def handler(event, context): pass\n"),
            ("src/lib/util.py", ""),
            ("web/index.mjs", "export const handler = async () => ({})\n"),
            ("web/other.ts", ""),
        ]
        .into_iter()
        .map(|(path, text)| (path.to_owned(), File::new(text)))
        .collect()
    }

    fn check(file: &str, text: &str, expected: &[&str]) {
        let found: Vec<String> = functions(&tree(), file, text).iter().map(ToString::to_string).collect();
        assert_eq!(found.len(), expected.len(), "{found:?}");
        assert!(found.iter().zip(expected).all(|(found, expected)| found.contains(expected)), "{found:?}");
    }

    #[test]
    fn code_lies_where_the_template_says() {
        let sam = |code: &str, handler: &str, runtime: &str| {
            format!(
                "Globals:\n  Function:\n    Runtime: {runtime}\nResources:\n  F:\n    Type: AWS::Serverless::Function\n    \
                 Properties:\n      CodeUri: {code}\n      Handler: {handler}\n"
            )
        };
        check("template.yaml", &sam("src/", "app.handler", "python3.13"), &[]);
        check("template.yaml", &sam("./web", "index.handler", "nodejs22.x"), &[]);
        check("template.yaml", &sam("source/", "app.handler", "python3.13"), &["`source/` is not in the repository"]);
        check("template.yaml", &sam("src", "main.handler", "python3.13"), &["there is no src/main.py"]);
        check("template.yaml", &sam("src", "app.main", "python3.13"), &["src/app has no `main`"]);
        check("template.yaml", &sam("src", "app", "python3.13"), &["<file>.<function>"]);
        check("template.yaml", &sam("../src", "app.handler", "python3.13"), &["outside the repository"]);
        check("src/template.yaml", &sam(".", "app.handler", "python3.13"), &[]);
        check("template.yaml", &sam("s3://b/k", "app.handler", "python3.13"), &[]);
        check("template.yaml", &sam("!Ref X", "app.handler", "python3.13"), &[]);
        check("template.yaml", &sam("src", "bootstrap", "provided.al2023"), &[]);
    }

    #[test]
    fn serverless_handlers_lie_beside_the_service() {
        let service =
            |handler: &str| format!("provider:\n  runtime: python3.13\nfunctions:\n  f:\n    handler: {handler}\n");
        check("serverless.yml", &service("src/app.handler"), &[]);
        check("serverless.yml", &service("src.app.handler"), &[]);
        check("serverless.yml", &service("src/main.handler"), &["there is no src/main.py"]);
    }

    #[test]
    fn imports_lead_to_files() {
        let check = |file: &str, text: &str, expected: &[&str]| {
            let found: Vec<String> = imports(&tree(), file, text).into_iter().map(|finding| finding.place).collect();
            assert_eq!(found, expected, "{text}");
        };
        check("src/app.py", "import os\nfrom .lib import util\nfrom .lib.util import x\nfrom . import lib\n", &[]);
        check("src/app.py", "from .libs import util\n", &[".libs"]);
        check("web/index.mjs", "import a from './other.js'\nimport b from 'b'\nconst c = require(\"./other\")\n", &[]);
        check("web/index.mjs", "import a from './othr.js'\nawait import('./x')\n", &["./othr.js", "./x"]);
        check("web/index.mjs", "// import a from './old'\nconst s = './y'\n", &[]);
    }
}
