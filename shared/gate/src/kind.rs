//! What a file is, as far as something can be said about it.

/// How a file is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A CloudFormation or SAM template.
    Template,
    /// An Amazon States Language definition.
    StateMachine,
    /// Terraform or OpenTofu.
    Terraform,
    /// JavaScript or TypeScript.
    Script,
    /// Python.
    Python,
    /// `package.json`
    PackageJson,
    /// A pip requirements file.
    Requirements,
    /// TOML, such as `pyproject.toml` and `samconfig.toml`.
    Toml,
    /// Any other JSON.
    Json,
    /// Any other YAML.
    Yaml,
}

impl FileKind {
    /// Looks at the name first and at the text where the name leaves a choice. `None` for what is not checked.
    pub fn of(path: &str, text: &str) -> Option<Self> {
        let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
        let extension = name.rsplit_once('.').map(|(_, extension)| extension)?;
        Some(match extension {
            "yaml" | "yml" if is_template(text) => Self::Template,
            "json" | "template" if is_template(text) => Self::Template,
            "json" if name == "package.json" => Self::PackageJson,
            "json" if name.ends_with(".asl.json") || is_state_machine(text) => Self::StateMachine,
            "yaml" | "yml" if name.ends_with(".asl.yaml") || name.ends_with(".asl.yml") => Self::StateMachine,
            // Comments are allowed in these by who reads them.
            "json" if name.starts_with("tsconfig") || name.starts_with("jsconfig") || path.contains(".vscode/") => {
                return None;
            }
            "json" => Self::Json,
            "yaml" | "yml" => Self::Yaml,
            "tf" | "tfvars" => Self::Terraform,
            "js" | "mjs" | "cjs" | "jsx" | "ts" | "mts" | "cts" | "tsx" => Self::Script,
            "py" => Self::Python,
            "toml" => Self::Toml,
            "txt" if name.starts_with("requirements") => Self::Requirements,
            _ => return None,
        })
    }
}

/// Read from the text, not from its structure: a template that does not parse is still one. The words are looked
/// for at the left edge of YAML, where the Serverless Framework's own `resources` never have them.
fn is_template(text: &str) -> bool {
    let yaml = text.lines().any(|line| {
        let line = line.strip_prefix('\u{feff}').unwrap_or(line);
        line.starts_with("Resources:") || line.starts_with("\"Resources\":")
    });
    let json = text.contains("\"Resources\"");
    (yaml || json) && (text.contains("AWS::") || text.contains("AWSTemplateFormatVersion"))
}

fn is_state_machine(text: &str) -> bool {
    text.contains("\"StartAt\"") && text.contains("\"States\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_told_by_its_name_and_its_text() {
        let check = |path: &str, text: &str, expected: Option<FileKind>| {
            assert_eq!(FileKind::of(path, text), expected, "{path}");
        };
        check("template.yaml", "Resources:\n  A: {Type: AWS::SQS::Queue}\n", Some(FileKind::Template));
        check("stack.json", "{\"Resources\": {\"A\": {\"Type\": \"AWS::SQS::Queue\"}}}", Some(FileKind::Template));
        check("serverless.yml", "resources:\n  Resources:\n    A: {Type: AWS::SQS::Queue}\n", Some(FileKind::Yaml));
        check("flow.json", "{\"StartAt\": \"A\", \"States\": {}}", Some(FileKind::StateMachine));
        check("a/flow.asl.yaml", "StartAt: A", Some(FileKind::StateMachine));
        check("package.json", "{}", Some(FileKind::PackageJson));
        check("src/requirements-dev.txt", "", Some(FileKind::Requirements));
        check("tsconfig.json", "// c", None);
        check("main.tf", "", Some(FileKind::Terraform));
        check("Makefile", "", None);
        check("README.md", "", None);
    }
}
