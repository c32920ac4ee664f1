//! Code that cannot run as it lies in the repository: packages that were never installed, sources that were never
//! compiled. Found by reading, never by running anything.
//!
//! Only what is certain is reported. A package that is declared but imported nowhere is no reason to refuse: the
//! starter projects of AWS SAM declare `axios` and `requests` without using them.

mod imports;

use drydock_tree::Tree;
use std::fmt;

/// What must happen to code before it can be deployed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unbuilt {
    /// Packages are imported that nobody put beside the code.
    Packages {
        /// `npm`, `pip` or `bundler`.
        tool: Tool,
        /// Their names.
        names: Vec<String>,
    },
    /// The sources must be compiled.
    Sources {
        /// The language, for people.
        language: &'static str,
    },
    /// The template asks AWS SAM to build it.
    SamBuild {
        /// The value of `BuildMethod`.
        method: String,
    },
    /// A container image must be built and pushed.
    Image,
}

/// What installs packages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// Node.js
    Npm,
    /// Python
    Pip,
    /// Ruby
    Bundler,
}

impl fmt::Display for Unbuilt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Packages { names, .. } => {
                write!(
                    f,
                    "dependencies must be installed first: the code imports {}, which the repository does not hold",
                    names.join(", ")
                )
            }
            Self::Sources { language } => {
                write!(f, "the code must be built first: it holds {language} sources and nothing that Lambda can run")
            }
            Self::SamBuild { method } => {
                write!(f, "the code must be built first: its metadata says `BuildMethod: {method}`")
            }
            Self::Image => f.write_str("the container image must be built and pushed first"),
        }
    }
}

impl Unbuilt {
    /// What to do about it.
    pub fn remedy(&self) -> String {
        match self {
            Self::Packages { tool: Tool::Npm, .. } => "Run `npm ci --omit=dev` in the code's folder and commit \
                `node_modules`, or commit a bundle (esbuild), or put the packages into a layer."
                .to_owned(),
            Self::Packages { tool: Tool::Pip, .. } => "Run `pip install -r requirements.txt -t .` in the code's \
                folder and commit the result, or put the packages into a layer."
                .to_owned(),
            Self::Packages { tool: Tool::Bundler, .. } => "Run `bundle install --path vendor/bundle` in the code's \
                folder and commit `vendor`, or put the gems into a layer."
                .to_owned(),
            Self::Sources { .. } => {
                "Build it and commit what the build writes, and name that in the template.".to_owned()
            }
            Self::SamBuild { .. } => {
                "Run `sam build`, commit the built folder and deploy that, or remove `BuildMethod` from the metadata."
                    .to_owned()
            }
            Self::Image => "Build the image, push it to a registry and name it as `ImageUri`.".to_owned(),
        }
    }
}

/// The languages whose code is looked into, as the names of their runtimes begin.
const FAMILIES: [&str; 7] = ["nodejs", "python", "ruby", "java", "dotnet", "provided", "go1"];

/// The language of a runtime; empty for one whose code nobody looks into.
pub(crate) fn family(runtime: &str) -> &'static str {
    FAMILIES.into_iter().find(|family| runtime.starts_with(family)).unwrap_or_default()
}

/// True if the file that the handler names is there as TypeScript only. `has` says whether there is such a file.
pub(crate) fn is_uncompiled(runtime: Option<&str>, handler: Option<&str>, has: impl Fn(&str) -> bool) -> bool {
    let stem = handler.and_then(|handler| handler.rsplit_once('.')).map(|(stem, _)| stem.trim_start_matches("./"));
    let any = |stem: &str, endings: [&str; 3]| endings.iter().any(|ending| has(&format!("{stem}.{ending}")));
    runtime.is_none_or(|runtime| family(runtime) == "nodejs")
        && stem.is_some_and(|stem| !any(stem, ["js", "mjs", "cjs"]) && any(stem, ["ts", "mts", "cts"]))
}

/// TypeScript that was never compiled.
pub(crate) const TYPESCRIPT: Unbuilt = Unbuilt::Sources { language: "TypeScript" };

/// Says what is missing from a function's code in a language, see [`family`]; in any that it may be written in if that
/// is not known.
pub(crate) fn missing(code: &Tree, family: Option<&str>) -> Option<Unbuilt> {
    let is = |language: &str| family.is_none_or(|family| family == language);
    let has = |ending: &str| code.paths().any(|path| path.ends_with(ending));
    let certain = |language: &str| family == Some(language);
    if is("nodejs") {
        let names = imports::missing_node_packages(code);
        if !names.is_empty() {
            return Some(Unbuilt::Packages { tool: Tool::Npm, names });
        }
    }
    if is("python") {
        let names = imports::missing_python_packages(code);
        if !names.is_empty() {
            return Some(Unbuilt::Packages { tool: Tool::Pip, names });
        }
    }
    if is("ruby") {
        let names = imports::missing_ruby_gems(code);
        if !names.is_empty() {
            return Some(Unbuilt::Packages { tool: Tool::Bundler, names });
        }
    }
    let sources = |language: &'static str| Some(Unbuilt::Sources { language });
    if certain("java") && !has(".class") && !has(".jar") && (has(".java") || has(".kt")) {
        return sources("Java");
    }
    if certain("dotnet") && !has(".dll") && has(".cs") {
        return sources(".NET");
    }
    if (certain("provided") || certain("go1")) && code.get("bootstrap").is_none() {
        return match () {
            () if has("go.mod") || has(".go") => sources("Go"),
            () if has("Cargo.toml") => sources("Rust"),
            () if has(".swift") => sources("Swift"),
            () => None,
        };
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use drydock_tree::File;

    fn check(files: &[(&str, &str)], runtime: &str, handler: &str, expected: Option<&str>) {
        let code: Tree = files.iter().map(|(path, text)| ((*path).to_owned(), File::new(*text))).collect();
        let uncompiled = is_uncompiled(Some(runtime), Some(handler), |path| code.get(path).is_some());
        let found = if uncompiled { Some(TYPESCRIPT) } else { missing(&code, Some(family(runtime))) };
        let found = found.map(|unbuilt| unbuilt.to_string());
        match (found, expected) {
            (Some(found), Some(expected)) => assert!(found.contains(expected), "{files:?}: {found}"),
            (found, expected) => assert_eq!(found.as_deref(), expected, "{files:?}"),
        }
    }

    const AXIOS: (&str, &str) = ("package.json", r#"{"dependencies": {"axios": "1", "@aws-sdk/client-s3": "3"}}"#);

    #[test]
    fn node_packages_that_are_imported_must_be_there() {
        let node = |files: &[(&str, &str)], expected| check(files, "nodejs22.x", "app.handler", expected);
        node(&[AXIOS, ("app.js", "const a = require('axios')")], Some("imports axios, which"));
        node(&[AXIOS, ("app.mjs", "import {\n get\n} from \"axios\";")], Some("axios"));
        node(&[AXIOS, ("lib/x.js", "await import(`axios/lib/y`)"), ("app.js", "")], Some("axios"));
        node(&[AXIOS, ("app.js", "require('axios')"), ("node_modules/axios/index.js", "")], None);
        // Declared and not used, as in the starter projects; and what Lambda brings itself.
        node(&[AXIOS, ("app.mjs", "// import axios from 'axios'\nimport { S3 } from '@aws-sdk/client-s3'")], None);
        node(&[AXIOS, ("app.js", ""), ("tests/app.test.js", "require('axios')")], None);
        let sdk_2 = ("package.json", r#"{"dependencies": {"aws-sdk": "2"}}"#);
        node(&[sdk_2, ("app.js", "const AWS = require('aws-sdk')")], Some("imports aws-sdk, which"));
        node(&[("app.ts", "export const handler = 1")], Some("TypeScript"));
        node(&[("app.ts", ""), ("app.js", "")], None);
    }

    #[test]
    fn python_packages_that_are_imported_must_be_there() {
        let python = |requirements: &str, code: &str, vendored: &str, expected| {
            let files = [("requirements.txt", requirements), ("app.py", code), (vendored, "")];
            check(&files, "python3.13", "app.handler", expected);
        };
        python("requests>=2\n", "import requests\n", "x.txt", Some("imports requests, which"));
        python("PyYAML\n", "import os, yaml\n", "x.txt", Some("PyYAML"));
        python(
            "requests[socks]==2 ; python_version > '3'\n",
            "from requests.auth import X\n",
            "x.txt",
            Some("requests"),
        );
        python("requests\n", "# import requests\nimport json\n", "x.txt", None);
        python("requests\n", "import requests\n", "requests/__init__.py", None);
        python("PyYAML\n", "import yaml\n", "PyYAML-6.0.dist-info/METADATA", None);
        python("boto3\n", "import boto3\n", "x.txt", None);
        python("# requests\n-r other.txt\n", "import requests\n", "x.txt", None);
    }

    #[test]
    fn sources_must_be_compiled() {
        check(&[("src/main/java/App.java", "")], "java21", "App::handle", Some("Java"));
        check(&[("go.mod", "module x"), ("main.go", "")], "provided.al2023", "bootstrap", Some("Go"));
        check(&[("Cargo.toml", ""), ("src/main.rs", "")], "provided.al2023", "bootstrap", Some("Rust"));
        check(&[("bootstrap", "#!/bin/sh"), ("go.mod", "")], "provided.al2023", "x", None);
        check(
            &[("Gemfile", "gem 'nokogiri'\n"), ("app.rb", "require 'nokogiri'\n")],
            "ruby3.3",
            "app.x",
            Some("nokogiri"),
        );
    }
}
