//! The file and the line that a message points to.

use regex::Regex;
use std::fmt;
use std::sync::LazyLock;

/// A place in the repository, as far as a message tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Relative to the project's folder or to the function's code.
    pub file: String,
    /// From 1.
    pub line: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} line {}", self.file, self.line)
    }
}

/// How tools write a place: the first group is the file, the second the line.
static FORMS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    [
        // Python.
        r#"File "(?:/var/task/)?([^"\n]{1,200})", line (\d{1,6})"#,
        r"\(([\w./-]{1,200}\.py), line (\d{1,6})\)",
        // Node.js, also where a stack trace stands in JSON.
        r"(?:file://)?/var/task/([^\s():\x22]{1,200}):(\d{1,6})",
        // TypeScript.
        r"([\w./-]{1,200}\.tsx?)[(:](\d{1,6})[,:]\d{1,6}\)?(?:: error| - error)",
        // Terraform.
        r"on ([\w./-]{1,200}\.tf(?:\.json)?) line (\d{1,6})",
        // Go and Rust.
        r"([\w./-]{1,200}\.(?:go|rs)):(\d{1,6}):\d{1,6}",
        // Bundlers.
        r"([\w./-]{1,200}\.[cm]?[jt]sx?):(\d{1,6}):\d{1,6}",
        // Templates.
        r"([\w./-]{1,200}\.(?:ya?ml|json|template|toml))(?: line |:)(\d{1,6})",
    ]
    .into_iter()
    .map(|form| Regex::new(form).expect("a constant expression"))
    .collect()
});

/// Folders of the runtime and of dependencies: a trace goes through them, but the fault is not there.
const NOT_OURS: &[&str] =
    &["/var/runtime", "/var/lang", "/opt/", "node_modules/", "site-packages/", "<frozen", "/rustc/", "/usr/"];

impl Place {
    /// The innermost place of a message that lies in the project's own files.
    pub fn find(message: &str) -> Option<Self> {
        FORMS.iter().find_map(|form| {
            let own = |place: &Self| !NOT_OURS.iter().any(|folder| place.file.contains(folder));
            let mut places = form.captures_iter(message).filter_map(|found| {
                let file = found[1].trim_start_matches("./").to_owned();
                Some(Self { file, line: found[2].parse().ok()? })
            });
            // Python's traces end with the innermost call, all others begin with it.
            if found_in_python(form) { places.filter(own).last() } else { places.find(own) }
        })
    }
}

fn found_in_python(form: &Regex) -> bool {
    form.as_str().starts_with("File ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_tool_points_in_its_own_way() {
        let check = |message: &str, expected: &str| {
            assert_eq!(Place::find(message).map(|place| place.to_string()).as_deref(), Some(expected), "{message}");
        };
        check(
            "Traceback (most recent call last):\n  File \"/var/task/app.py\", line 7, in handler\n    read()\n  File \"/var/task/lib/read.py\", line 3, in read\n  File \"/var/lang/lib/python3.13/json/decoder.py\", line 355, in raw_decode",
            "lib/read.py line 3",
        );
        check("invalid syntax (lambda_function.py, line 199)", "lambda_function.py line 199");
        check(
            "TypeError: x\n    at f (/var/task/node_modules/a/b.js:1:2)\n    at handler (/var/task/src/index.js:12:20)",
            "src/index.js line 12",
        );
        check("\"stack\":[\"TypeError: x\",\"    at handler (file:///var/task/index.mjs:3:9)\"]", "index.mjs line 3");
        check("src/app.ts(3,7): error TS2322: Type 'string'", "src/app.ts line 3");
        check("src/handler.ts:14:5 - error TS2554: Expected 2", "src/handler.ts line 14");
        check("  on main.tf line 12, in resource \"aws_lambda_function\" \"api\":", "main.tf line 12");
        check("./main.go:12:2: undefined: handelr", "main.go line 12");
        check("thread 'main' panicked at src/main.rs:14:36: called", "src/main.rs line 14");
        check("template.yaml line 3, Hello.Runtime names", "template.yaml line 3");
        check("api/template.yml:31: a closing bracket was not found", "api/template.yml line 31");
    }

    #[test]
    fn most_messages_point_nowhere() {
        for message in
            ["demo-bucket already exists", "", "arn:aws:lambda:eu-west-1:123456789012:function:x", "at 12:30:45"]
        {
            assert_eq!(Place::find(message), None, "{message}");
        }
    }
}
