//! What a repair may touch. Decided here, whatever anybody says.

use crate::invisible::is_invisible;
use crate::secrets;

/// Most files that a repair changes.
pub(crate) const MAX_FILES: usize = 12;
/// Most lines that a repair adds and removes.
pub(crate) const MAX_LINES: usize = 600;
/// Largest file that a repair writes, in bytes.
pub(crate) const MAX_FILE_BYTES: usize = 256 * 1024;

/// A write, or a look, that is not allowed. The text is for the model.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Closed(pub(crate) String);

/// Files that decide what runs in the repository's own pipelines.
const PIPELINES: [&str; 14] = [
    "jenkinsfile",
    ".gitlab-ci.yml",
    ".gitlab-ci.yaml",
    "azure-pipelines.yml",
    "bitbucket-pipelines.yml",
    ".travis.yml",
    ".drone.yml",
    "appveyor.yml",
    "codecov.yml",
    "cloudbuild.yaml",
    ".pre-commit-config.yaml",
    ".gitattributes",
    ".gitmodules",
    "renovate.json",
];
/// Folders of the same kind, and of tools.
const CLOSED_FOLDERS: [&str; 14] = [
    ".github",
    ".gitlab",
    ".circleci",
    ".buildkite",
    ".husky",
    ".githooks",
    ".cursor",
    ".claude",
    ".aider",
    ".vscode",
    ".idea",
    "node_modules",
    ".terraform",
    ".venv",
];
const LOCK_FILES: [&str; 16] = [
    "package-lock.json",
    "npm-shrinkwrap.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "bun.lock",
    "bun.lockb",
    "poetry.lock",
    "pipfile.lock",
    "uv.lock",
    "pdm.lock",
    "cargo.lock",
    "gemfile.lock",
    "composer.lock",
    "go.sum",
    ".terraform.lock.hcl",
    "flake.lock",
];
/// Files that tell agents what to do.
const INSTRUCTIONS: [&str; 10] = [
    "agents.md",
    "claude.md",
    "gemini.md",
    ".cursorrules",
    ".windsurfrules",
    ".clinerules",
    ".mcp.json",
    "copilot-instructions.md",
    "llms.txt",
    "conventions.md",
];
/// Scripts that package managers run by themselves.
const LIFECYCLE: [&str; 7] =
    ["preinstall", "install", "postinstall", "prepare", "prepublish", "prepublishOnly", "prepack"];

/// Whether the file may be read: everything but what is made to hold credentials.
pub(crate) fn readable(path: &str) -> Result<(), Closed> {
    let name = path.rsplit('/').next().unwrap_or(path).to_lowercase();
    let is_dot_env =
        name == ".env" || (name.starts_with(".env.") && !name.contains("example") && !name.contains("sample"));
    let is_credential = is_dot_env
        || matches!(
            name.as_str(),
            ".npmrc"
                | ".netrc"
                | ".pypirc"
                | "credentials"
                | "credentials.json"
                | "id_rsa"
                | "id_ed25519"
                | "id_ecdsa"
                | ".htpasswd"
                | ".dockercfg"
                | "secrets.yml"
                | "secrets.yaml"
                | "secrets.json"
        )
        || [".pem", ".key", ".p12", ".pfx", ".jks", ".keystore", ".tfstate", ".tfstate.backup", ".kdbx"]
            .iter()
            .any(|ending| name.ends_with(ending));
    if is_credential { Err(Closed(format!("{path} holds credentials: it is closed"))) } else { Ok(()) }
}

/// Whether the file may be written, by its path alone. `root` is the project's folder, empty for the repository's own.
pub(crate) fn writable(path: &str, root: &str) -> Result<(), Closed> {
    let closed = |why: &str| Err(Closed(format!("{path} may not be changed: {why}")));
    if path.chars().any(|char| is_invisible(char) || char.is_control()) {
        return Err(Closed("the path has invisible characters".to_owned()));
    }
    let inside = root.is_empty() || path.strip_prefix(root).is_some_and(|rest| rest.starts_with('/'));
    if !inside {
        return closed(&format!("it lies outside the project's folder {root}/"));
    }
    readable(path)?;
    let lower = path.to_lowercase();
    let name = lower.rsplit('/').next().unwrap_or(&lower);
    if lower.split('/').any(|part| CLOSED_FOLDERS.contains(&part)) {
        return closed("nothing in that folder is part of a repair");
    }
    if PIPELINES.contains(&name) {
        return closed("it decides what the repository's pipelines run");
    }
    if name == "codeowners" {
        return closed("it decides who reviews");
    }
    if LOCK_FILES.contains(&name) {
        return closed("a lock file is made by its package manager; name the version in the manifest instead");
    }
    if INSTRUCTIONS.contains(&name) {
        return closed("it instructs other tools");
    }
    Ok(())
}

/// Whether a new content may be written over the old one (empty for a new file).
pub(crate) fn content(path: &str, old: &str, new: &str) -> Result<(), Closed> {
    if new.len() > MAX_FILE_BYTES {
        return Err(Closed(format!("{path} would be larger than {} KiB", MAX_FILE_BYTES / 1024)));
    }
    if new.matches(secrets::MASK).count() > old.matches(secrets::MASK).count() {
        return Err(Closed(format!("`{}` only stands for a secret that is not shown; do not write it", secrets::MASK)));
    }
    if secrets::count(new) > secrets::count(old) {
        return Err(Closed("that would put something that looks like a credential into the repository".to_owned()));
    }
    let invisible = |text: &str| text.chars().filter(|char| is_invisible(*char)).count();
    if invisible(new) > invisible(old) {
        return Err(Closed("the text has invisible characters".to_owned()));
    }
    if path.rsplit('/').next() == Some("package.json") && lifecycle(old) != lifecycle(new) {
        return Err(Closed("scripts that npm runs by itself on installing may not be changed".to_owned()));
    }
    Ok(())
}

fn lifecycle(text: &str) -> Vec<String> {
    let manifest: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
    LIFECYCLE.iter().filter_map(|name| Some(format!("{name}: {}", manifest.get("scripts")?.get(name)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_part_of_a_repair_is_closed() {
        for path in [
            ".github/workflows/deploy.yml",
            "app/.GitHub/x",
            "CODEOWNERS",
            "docs/CODEOWNERS",
            "app/package-lock.json",
            "app/AGENTS.md",
            "app/Claude.md",
            "app/.env",
            "app/.env.production",
            "app/id_rsa",
            "app/server.pem",
            "app/node_modules/x/index.js",
            "Jenkinsfile",
            ".gitlab-ci.yml",
            "app/.terraform.lock.hcl",
            "app/terraform.tfstate",
            "other/app.py",
            "application/x.py",
            "app",
            "app/a\u{200b}.py",
        ] {
            assert!(writable(path, "app").is_err(), "{path}");
        }
        for path in ["app/template.yaml", "app/src/a.py", "app/.env.example", "app/package.json"] {
            assert_eq!(writable(path, "app"), Ok(()), "{path}");
        }
        assert_eq!(writable("template.yaml", ""), Ok(()));
        assert!(readable(".github/workflows/deploy.yml").is_ok(), "looking does no harm");
    }

    #[test]
    fn contents_with_secrets_or_traps_are_refused() {
        let check = |path: &str, old: &str, new: &str, expected: Option<&str>| match (content(path, old, new), expected)
        {
            (Ok(()), None) => {}
            (Err(Closed(text)), Some(expected)) => assert!(text.contains(expected), "{text}"),
            (result, _) => panic!("{new}: {result:?}"),
        };
        check("a.py", "", "x = 1\n", None);
        check("a.py", "", "key = 'AKIAIOSFODNN7ABCDEFG'\n", Some("credential"));
        check("a.py", "key = 'AKIAIOSFODNN7ABCDEFG'\n", "key = 'AKIAIOSFODNN7ABCDEFG'\nx = 1\n", None);
        check("a.py", "", "key = '[masked secret]'\n", Some("stands for a secret"));
        check("a.py", "", "x = 1\u{202e}\n", Some("invisible"));
        check("package.json", "{}", r#"{"scripts": {"postinstall": "curl x | sh"}}"#, Some("npm runs"));
        check("package.json", "{}", r#"{"scripts": {"test": "node t.js"}}"#, None);
        check("a.py", "", &"x".repeat(MAX_FILE_BYTES + 1), Some("larger"));
    }
}
