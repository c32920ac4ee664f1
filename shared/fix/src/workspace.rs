//! The files as they were and as they are, and the tools that look at them and change them.

use crate::diff::{DiffSummary, changed};
use crate::invisible::strip;
use crate::secrets::mask;
use crate::{cosmetic, edit, guard};
use drydock_gate::{Comparison, Gate, GateError};
use drydock_tree::{File, Tree};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Longest answer of a tool, in bytes.
const MAX_ANSWER: usize = 16_000;
/// Longest line that is shown, in characters.
const MAX_LINE: usize = 1000;
/// Most lines that grep gives.
const MAX_HITS: usize = 200;
/// Larger files are neither searched nor shown.
const MAX_READ_BYTES: usize = 2 << 20;

/// One repository being repaired.
pub(crate) struct Workspace<'gate> {
    pub(crate) base: Tree,
    pub(crate) now: Tree,
    root: String,
    gate: &'gate Gate,
}

/// What a tool gives: text for the model, or text for the model that says what it did wrong.
pub(crate) type Answer = Result<String, String>;

impl<'gate> Workspace<'gate> {
    pub(crate) fn new(tree: Tree, root: String, gate: &'gate Gate) -> Self {
        Self { now: tree.clone(), base: tree, root, gate }
    }

    /// The tools that look.
    pub(crate) fn look(&self, name: &str, input: &Value) -> Answer {
        match name {
            "list" => Ok(self.list(optional(input, "folder")?)),
            "view" => self.view(text(input, "path")?, input.get("view_range")),
            "grep" => self.grep(text(input, "text")?, optional(input, "folder")?),
            _ => Err(format!("there is no tool {name}")),
        }
    }

    /// The tools that change. Both say which file they changed.
    pub(crate) fn edit(&mut self, name: &str, input: &Value) -> Answer {
        let path = text(input, "path")?.to_owned();
        match name {
            "str_replace" => {
                let (old, new) = (text(input, "old_str")?, text(input, "new_str")?);
                guard::writable(&path, &self.root).map_err(|closed| closed.to_string())?;
                let before = self.file(&path)?;
                if old.contains(crate::secrets::MASK) {
                    return Err("old_str holds a masked secret, which is not what stands there; leave that line alone"
                        .to_owned());
                }
                let after = edit::replace(&path, before, old, &strip(new))?;
                self.write(&path, after)?;
                Ok(format!("{path} was changed"))
            }
            "create" => {
                guard::writable(&path, &self.root).map_err(|closed| closed.to_string())?;
                if self.now.get(&path).is_some() {
                    return Err(format!("{path} exists; use str_replace"));
                }
                self.write(&path, strip(text(input, "file_text")?))?;
                Ok(format!("{path} was written"))
            }
            _ => Err(format!("there is no tool {name}")),
        }
    }

    /// What the change breaks and mends.
    pub(crate) fn compare(&self) -> Result<Comparison, GateError> {
        self.gate.compare(&self.base, &self.now)
    }

    /// The change so far.
    pub(crate) fn diff(&self) -> DiffSummary {
        DiffSummary::between(&self.base, &self.now)
    }

    /// Why the change is no repair, if it is none.
    pub(crate) fn no_repair(&self, comparison: &Comparison) -> Option<String> {
        let blocking: Vec<String> = comparison.blocking().take(20).map(ToString::to_string).collect();
        if !blocking.is_empty() {
            return Some(clip(format!("the change brings new errors:\n{}", blocking.join("\n"))));
        }
        if comparison.solved.is_empty()
            && let Some(reason) = cosmetic::reason(&self.base, &self.now)
        {
            return Some(format!("{reason}: that repairs nothing"));
        }
        None
    }

    /// Changed files with their contents, to tell whether they have been so before.
    pub(crate) fn state(&self) -> Vec<(&str, &[u8])> {
        changed(&self.base, &self.now)
            .into_iter()
            .map(|path| (path, self.now.get(path).map(|file| file.data.as_slice()).unwrap_or_default()))
            .collect()
    }

    /// Changed files for a commit.
    pub(crate) fn edits(&self) -> BTreeMap<String, Option<File>> {
        changed(&self.base, &self.now).into_iter().map(|path| (path.to_owned(), self.now.get(path).cloned())).collect()
    }

    fn write(&mut self, path: &str, content: String) -> Result<(), String> {
        let old = self.base.text(path).unwrap_or_default();
        guard::content(path, old, &content).map_err(|closed| closed.to_string())?;
        let before = self.now.get(path).cloned();
        let executable = before.as_ref().is_some_and(|file| file.executable);
        if self.now.paths().any(|other| is_folder_of(other, path) || is_folder_of(path, other)) {
            return Err(format!("{path} cannot be written: a file and a folder would have one name"));
        }
        self.now
            .insert(path, File { data: content.into_bytes(), executable })
            .map_err(|error| format!("{error}: write a path inside the repository"))?;
        let diff = self.diff();
        let over = if diff.files.len() > guard::MAX_FILES {
            Some(format!("more than {} files", guard::MAX_FILES))
        } else if diff.lines() > guard::MAX_LINES {
            Some(format!("more than {} lines", guard::MAX_LINES))
        } else {
            None
        };
        let Some(over) = over else { return Ok(()) };
        self.now.remove(path);
        if let Some(file) = before {
            self.now.insert(path, file).map_err(|error| error.to_string())?;
        }
        Err(format!("nothing was changed: the repair would touch {over} in all; find a smaller one"))
    }

    fn file(&self, path: &str) -> Result<&str, String> {
        guard::readable(path).map_err(|closed| closed.to_string())?;
        let Some(file) = self.now.get(path) else { return Err(self.no_such_file(path)) };
        if file.data.len() > MAX_READ_BYTES {
            return Err(format!("{path} is too large to be shown ({} bytes)", file.data.len()));
        }
        std::str::from_utf8(&file.data).map_err(|_| format!("{path} is no text"))
    }

    fn no_such_file(&self, path: &str) -> String {
        let name = path.rsplit('/').next().unwrap_or(path);
        let stem = name.split('.').next().unwrap_or(name);
        let alike: Vec<String> = self
            .now
            .paths()
            .filter(|other| {
                other.rsplit('/').next().is_some_and(|other| other == name || other.split('.').next() == Some(stem))
            })
            .take(5)
            .map(strip)
            .collect();
        let alike = if alike.is_empty() {
            "use list to see what there is".to_owned()
        } else {
            format!("there is {}", alike.join(", "))
        };
        format!("there is no file {}; {alike}", strip(path))
    }

    fn list(&self, folder: &str) -> String {
        let folder = folder.trim_matches('/');
        let prefix = if folder.is_empty() || folder == "." { String::new() } else { format!("{folder}/") };
        let mut out = String::new();
        for (path, file) in self.now.below(folder) {
            if out.len() > MAX_ANSWER {
                break;
            }
            let _ = writeln!(out, "{prefix}{} {}", strip(path), file.data.len());
        }
        if out.is_empty() { format!("there are no files below {folder}") } else { clip(mask(&out).into_owned()) }
    }

    fn view(&self, path: &str, range: Option<&Value>) -> Answer {
        let content = strip(self.file(path)?);
        // Masked as a whole: a key that spans lines is one secret.
        let shown = mask(&content);
        let count = shown.lines().count();
        let (first, last) = match range {
            None | Some(Value::Null) => (1, count),
            Some(range) => {
                let line = |at: usize| range.get(at).and_then(Value::as_i64);
                let (Some(first), Some(last)) = (line(0), line(1)) else {
                    return Err("view_range must be two numbers, such as [1, 40]".to_owned());
                };
                (usize::try_from(first).unwrap_or(1).max(1), usize::try_from(last).unwrap_or(count))
            }
        };
        if first > count.max(1) {
            return Err(format!("{path} has {count} lines"));
        }
        let mut out = String::new();
        for (at, line) in shown.lines().enumerate().take(last).skip(first - 1) {
            let _ = writeln!(out, "{}\t{}", at + 1, cut(line));
            if out.len() > MAX_ANSWER {
                break;
            }
        }
        Ok(if out.is_empty() { "(the file is empty)".to_owned() } else { clip(out) })
    }

    fn grep(&self, wanted: &str, folder: &str) -> Answer {
        if wanted.is_empty() {
            return Err("text is empty".to_owned());
        }
        let folder = folder.trim_matches('/');
        let prefix = if folder.is_empty() || folder == "." { String::new() } else { format!("{folder}/") };
        let mut out = String::new();
        let mut hits = 0;
        for (path, file) in self.now.below(folder) {
            let full = format!("{prefix}{path}");
            if guard::readable(&full).is_err() || file.data.len() > MAX_READ_BYTES {
                continue;
            }
            let Ok(content) = std::str::from_utf8(&file.data) else { continue };
            if !content.contains(wanted) {
                continue;
            }
            let content = strip(content);
            for (at, line) in mask(&content).lines().enumerate().filter(|(_, line)| line.contains(wanted)) {
                hits += 1;
                let _ = writeln!(out, "{}:{}:{}", strip(&full), at + 1, cut(line));
                if hits == MAX_HITS || out.len() > MAX_ANSWER {
                    out += "[more were found; narrow the search]\n";
                    return Ok(clip(out));
                }
            }
        }
        Ok(if hits == 0 { "nothing was found; the search is literal and case matters".to_owned() } else { out })
    }
}

/// True if `folder` is a file where `path` needs a folder.
fn is_folder_of(folder: &str, path: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

fn text<'v>(input: &'v Value, name: &str) -> Result<&'v str, String> {
    match input.get(name) {
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(format!("{name} must be a text")),
        None if input.get("malformed").is_some() || !input.is_object() => {
            Err("the input was no JSON object".to_owned())
        }
        None => Err(format!("{name} is missing")),
    }
}

fn optional<'v>(input: &'v Value, name: &str) -> Result<&'v str, String> {
    if input.get(name).is_none_or(Value::is_null) { Ok("") } else { text(input, name) }
}

fn cut(line: &str) -> String {
    match line.char_indices().nth(MAX_LINE) {
        Some((at, _)) => format!("{}… [line cut]", &line[..at]),
        None => line.to_owned(),
    }
}

/// An answer that fits, with a hint how to see the rest.
fn clip(mut text: String) -> String {
    if text.len() > MAX_ANSWER {
        let more = text.len() - MAX_ANSWER;
        text.truncate(text.floor_char_boundary(MAX_ANSWER));
        let _ = write!(text, "\n[cut: at least {more} more bytes; ask for less, such as a range of lines or a folder]");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn tree() -> Tree {
        [
            ("app/template.yaml", "A: 1\nB: 2\n"),
            ("app/src/app.py", "x = 1\nkey = 'AKIAIOSFODNN7ABCDEFG'\n"),
            ("app/.env", "TOKEN=abc"),
            ("app/long.txt", "0123456789\n"),
            ("other/x.py", "x = 2\n"),
        ]
        .into_iter()
        .map(|(path, text)| (path.to_owned(), File::new(text)))
        .collect()
    }

    #[expect(clippy::needless_pass_by_value, reason = "a table of inputs reads better without references")]
    fn check(name: &str, input: Value, expected: Result<&str, &str>) {
        let gate = Gate::new();
        let mut workspace = Workspace::new(tree(), "app".to_owned(), &gate);
        let answer = match name {
            "list" | "view" | "grep" => workspace.look(name, &input),
            _ => workspace.edit(name, &input),
        };
        assert_eq!(answer.is_ok(), expected.is_ok(), "{name} {input}: {answer:?}");
        let (answer, part) = (answer.unwrap_or_else(|error| error), expected.unwrap_or_else(|error| error));
        assert!(answer.contains(part), "{name} {input}: {answer}");
    }

    #[test]
    fn looking_shows_what_may_be_seen() {
        check("list", json!({}), Ok("app/src/app.py 35\n"));
        check("list", json!({"folder": "other/"}), Ok("other/x.py 6\n"));
        check("list", json!({"folder": "none"}), Ok("no files"));
        check("view", json!({"path": "app/template.yaml", "view_range": [2, -1]}), Ok("2\tB: 2\n"));
        check("view", json!({"path": "app/src/app.py"}), Ok("2\tkey = '[masked secret]'"));
        check("view", json!({"path": "src/app.py"}), Err("there is app/src/app.py"));
        check("view", json!({"path": "app/.env"}), Err("closed"));
        check("view", json!({"path": "app/template.yaml", "view_range": [9, 12]}), Err("has 2 lines"));
        check("view", json!({"path": "app/template.yaml", "view_range": "all"}), Err("two numbers"));
        check("view", json!("{\"path\": \"app"), Err("no JSON object"));
        check("grep", json!({"text": "x = "}), Ok("app/src/app.py:1:x = 1\nother/x.py:1:x = 2\n"));
        check("grep", json!({"text": "TOKEN"}), Ok("nothing was found"));
        check("grep", json!({"text": "AKIA"}), Ok("nothing was found"));
        check("delete", json!({"path": "x"}), Err("no tool delete"));
    }

    #[test]
    fn edits_stay_where_they_belong() {
        let replace = |path: &str, old: &str, new: &str| json!({"path": path, "old_str": old, "new_str": new});
        let create = |path: &str, text: &str| json!({"path": path, "file_text": text});
        check("str_replace", replace("app/template.yaml", "A: 1", "A: 2"), Ok("was changed"));
        check("str_replace", replace("other/x.py", "x", "y"), Err("outside the project's folder app/"));
        check("str_replace", replace("app/src/app.py", "[masked secret]", "y"), Err("masked secret"));
        check("create", create("app/template.yaml", ""), Err("exists; use str_replace"));
        check("create", create("app/new.py", "x\n"), Ok("was written"));
        check("create", create("app/../../etc/passwd", "x"), Err("unsafe path"));
        check("create", create("app/.git/hooks/x", "x"), Err("unsafe path"));
        check("create", create("app/src", "x"), Err("one name"));
        check("create", create("app/template.yaml/x", "x"), Err("one name"));
        check("create", create(".github/workflows/x.yml", "x"), Err("may not be changed"));
        check("create", create("app/many.txt", &"x\n".repeat(601)), Err("more than 600 lines"));
        check("create", json!({"path": "app/x"}), Err("file_text is missing"));
    }

    #[test]
    fn a_refused_write_leaves_no_trace() {
        let gate = Gate::new();
        let mut workspace = Workspace::new(tree(), String::new(), &gate);
        for n in 0..guard::MAX_FILES {
            workspace.edit("create", &json!({"path": format!("n{n}.txt"), "file_text": "x\n"})).unwrap();
        }
        let error = workspace.edit("create", &json!({"path": "one-more.txt", "file_text": "x\n"})).unwrap_err();
        assert!(error.contains("more than 12 files"), "{error}");
        assert_eq!(workspace.diff().files.len(), 12);
        assert!(workspace.now.get("one-more.txt").is_none());
    }
}
