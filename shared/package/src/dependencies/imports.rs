//! Which declared packages the code imports although they are not there.

use drydock_tree::Tree;

/// Folders whose code does not run in the function.
const ASIDE: [&str; 6] = ["node_modules", "test", "tests", "__tests__", "vendor", "spec"];

/// Largest source file that is looked into, in bytes; larger ones are bundles, which bring what they need.
const MAX_SOURCE: usize = 1 << 20;

/// Lines of the function's own sources that are not comments.
fn source_lines<'tree>(code: &'tree Tree, endings: &'static [&'static str]) -> impl Iterator<Item = &'tree str> {
    code.iter()
        .filter(move |(path, file)| {
            endings.iter().any(|ending| path.ends_with(ending))
                && file.data.len() <= MAX_SOURCE
                && !path.split('/').any(|part| ASIDE.contains(&part))
        })
        .filter_map(|(_, file)| std::str::from_utf8(&file.data).ok())
        .flat_map(str::lines)
        .map(str::trim_start)
        .filter(|line| !line.starts_with("//") && !line.starts_with('*') && !line.starts_with('#'))
}

/// `dependencies` of `package.json` that are imported and not in `node_modules`.
pub(super) fn missing_node_packages(code: &Tree) -> Vec<String> {
    let Some(manifest) = code.text("package.json").and_then(|text| serde_json::from_str(text).ok()) else {
        return Vec::new();
    };
    let manifest: serde_json::Value = manifest;
    let Some(declared) = manifest.get("dependencies").and_then(serde_json::Value::as_object) else {
        return Vec::new();
    };
    let mut missing: Vec<String> = declared
        .keys()
        .filter(|name| !in_node_runtime(name) && !code.has_folder(&format!("node_modules/{name}")))
        .cloned()
        .collect();
    if !missing.is_empty() {
        let lines: Vec<&str> = source_lines(code, &[".js", ".mjs", ".cjs"]).collect();
        missing.retain(|name| lines.iter().any(|line| imports_node(line, name)));
    }
    missing
}

/// The Node.js runtimes bring version 3 of the AWS SDK. Version 2 (`aws-sdk`) went with Node.js 16.
fn in_node_runtime(name: &str) -> bool {
    name.starts_with("@aws-sdk/") || name.starts_with("@smithy/")
}

/// `require('x')`, `from 'x/y'`, `import "x"`, `` import(`x`) ``
fn imports_node(line: &str, name: &str) -> bool {
    let keyword = ["require", "from", "import"].iter().any(|keyword| line.contains(keyword));
    keyword
        && line.match_indices(name).any(|(at, _)| {
            let quoted = line[..at].ends_with(['\'', '"', '`']);
            quoted && line[at + name.len()..].starts_with(['\'', '"', '`', '/'])
        })
}

/// Requirements that are imported and neither vendored nor part of the runtime.
pub(super) fn missing_python_packages(code: &Tree) -> Vec<String> {
    let Some(requirements) = code.text("requirements.txt") else { return Vec::new() };
    let installed: Vec<String> = code
        .paths()
        .filter_map(|path| path.split_once('/'))
        .filter_map(|(folder, _)| folder.strip_suffix(".dist-info").or_else(|| folder.strip_suffix(".egg-info")))
        .map(|folder| normalized(folder.split('-').next().unwrap_or(folder)))
        .collect();
    let mut missing: Vec<String> = requirements
        .lines()
        .filter_map(distribution)
        .filter(|name| !in_python_runtime(name) && !installed.contains(&normalized(name)))
        .map(str::to_owned)
        .collect();
    if !missing.is_empty() {
        let imported: Vec<&str> = source_lines(code, &[".py"]).flat_map(python_modules).collect();
        missing.retain(|name| {
            let module = module_of(name);
            imported.contains(&module.as_str())
                && !code.has_folder(&module)
                && code.get(&format!("{module}.py")).is_none()
        });
    }
    missing
}

/// The Python runtimes bring the AWS SDK and what it stands on.
fn in_python_runtime(name: &str) -> bool {
    ["boto3", "botocore", "s3transfer", "jmespath", "python_dateutil", "urllib3", "six"]
        .contains(&normalized(name).as_str())
}

/// The name in a line of a requirements file (<https://pip.pypa.io/en/stable/reference/requirements-file-format/>).
fn distribution(line: &str) -> Option<&str> {
    let line = line.trim();
    let end = line.find(|char: char| !(char.is_ascii_alphanumeric() || "._-".contains(char))).unwrap_or(line.len());
    let name = &line[..end];
    name.starts_with(|first: char| first.is_ascii_alphanumeric()).then_some(name)
}

/// The form in which names of distributions are compared, as module names are written.
fn normalized(name: &str) -> String {
    name.to_ascii_lowercase().replace(['-', '.'], "_")
}

/// The module that a distribution brings, where its name says it or where it is well known.
fn module_of(name: &str) -> String {
    let known = [
        ("beautifulsoup4", "bs4"),
        ("opencv_python", "cv2"),
        ("opencv_python_headless", "cv2"),
        ("pillow", "PIL"),
        ("psycopg2_binary", "psycopg2"),
        ("pycryptodome", "Crypto"),
        ("pyjwt", "jwt"),
        ("pyyaml", "yaml"),
        ("python_dotenv", "dotenv"),
        ("python_jose", "jose"),
        ("scikit_learn", "sklearn"),
    ];
    let name = normalized(name);
    known.iter().find(|(known, _)| *known == name).map_or(name, |(_, module)| (*module).to_owned())
}

/// The modules that a line imports: `import a.b as c, d` or `from a.b import c`.
fn python_modules(line: &str) -> Vec<&str> {
    match (line.strip_prefix("import "), line.strip_prefix("from ")) {
        (Some(rest), _) => rest.split(',').map(leading_name).collect(),
        (_, Some(rest)) => vec![leading_name(rest)],
        _ => Vec::new(),
    }
}

/// The identifier that a text begins with.
fn leading_name(text: &str) -> &str {
    let text = text.trim_start();
    &text[..text.find(|char: char| !(char.is_alphanumeric() || char == '_')).unwrap_or(text.len())]
}

/// Gems of the `Gemfile` that are required and not below `vendor`.
pub(super) fn missing_ruby_gems(code: &Tree) -> Vec<String> {
    let Some(gemfile) = code.text("Gemfile") else { return Vec::new() };
    if code.has_folder("vendor/bundle") {
        return Vec::new();
    }
    let required: Vec<&str> =
        source_lines(code, &[".rb"]).filter_map(|line| line.strip_prefix("require ").and_then(quoted)).collect();
    gemfile
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("gem ").and_then(quoted))
        .filter(|name| !name.starts_with("aws-sdk"))
        .filter(|name| required.iter().any(|path| path.split('/').next() == Some(name)))
        .map(str::to_owned)
        .collect()
}

/// The text between the first quotes.
fn quoted(text: &str) -> Option<&str> {
    let text = text.trim_start();
    let quote = text.chars().next().filter(|first| matches!(first, '\'' | '"'))?;
    text[1..].split(quote).next()
}
