//! All checks together.

use crate::compare::Comparison;
use crate::kind::FileKind;
use crate::template::Engine;
use crate::{Finding, javascript, json, manifest, project, python, sam, state_machine, terraform, yaml};
use drydock_tree::Tree;
use std::collections::BTreeSet;
use std::sync::OnceLock;

/// Larger files are not parsed: people do not write them.
const MAX_FILE_BYTES: usize = 1 << 20;

/// Enough for every parser here on a file of the allowed size; only what is used is ever touched.
const STACK_BYTES: usize = 512 << 20;

/// How much a survey looks at: the project's own descriptions first, then sources as long as there is room.
const SURVEY_FILES: usize = 500;
const SURVEY_BYTES: usize = 8 << 20;

/// The validator cannot be set up on this machine.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the template validator cannot be set up: {0}")]
pub struct GateError(String);

/// Judges files. Made once; the template validator inside is set up when the first template is met.
#[derive(Default)]
pub struct Gate {
    engine: OnceLock<Result<Engine, String>>,
}

impl std::fmt::Debug for Gate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gate").field("ready", &self.engine.get().is_some()).finish()
    }
}

impl Gate {
    /// Nothing is set up yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// What is wrong below `root` (empty for all), as far as a survey reaches.
    ///
    /// # Errors
    /// If the validator cannot be set up.
    pub fn survey(&self, tree: &Tree, root: &str) -> Result<Vec<Finding>, GateError> {
        let inside = |path: &str| root.is_empty() || path.strip_prefix(root).is_some_and(|rest| rest.starts_with('/'));
        let mut paths: Vec<(u8, usize, &str)> = tree
            .iter()
            .filter(|(path, file)| inside(path) && file.data.len() <= MAX_FILE_BYTES && !is_foreign(path))
            .filter_map(|(path, file)| {
                let rank = match FileKind::of(path, std::str::from_utf8(&file.data).ok()?)? {
                    FileKind::Template | FileKind::Terraform | FileKind::StateMachine => 0,
                    _ if project::is_serverless_file(path) => 0,
                    FileKind::PackageJson | FileKind::Requirements | FileKind::Toml => 1,
                    FileKind::Python | FileKind::Script => 2,
                    FileKind::Json | FileKind::Yaml => 3,
                };
                Some((rank, file.data.len(), path))
            })
            .collect();
        paths.sort_by_key(|(rank, _, path)| (*rank, path.matches('/').count(), *path));
        let mut room = SURVEY_BYTES;
        let chosen: Vec<&str> = paths
            .into_iter()
            .take(SURVEY_FILES)
            .take_while(|(_, bytes, _)| {
                let fits = *bytes <= room;
                room = room.saturating_sub(*bytes);
                fits
            })
            .map(|(_, _, path)| path)
            .collect();
        self.on_large_stack(|| self.check_all(tree, &chosen))
    }

    /// What the change from `before` to `after` made better and worse.
    ///
    /// # Errors
    /// If the validator cannot be set up.
    pub fn compare(&self, before: &Tree, after: &Tree) -> Result<Comparison, GateError> {
        let changed: BTreeSet<&str> = before
            .paths()
            .chain(after.paths())
            .filter(|path| before.get(path).map(|file| &file.data) != after.get(path).map(|file| &file.data))
            .collect();
        let paths: Vec<&str> = changed.iter().copied().chain(self.affected(before, after, &changed)).collect();
        self.on_large_stack(|| Ok(Comparison::of(&self.check_all(before, &paths)?, &self.check_all(after, &paths)?)))
    }

    /// Unchanged files whose findings may change with others: whatever says where code lies.
    fn affected<'t>(&self, before: &'t Tree, after: &'t Tree, changed: &BTreeSet<&'t str>) -> Vec<&'t str> {
        let is_new = |path: &&str| before.get(path).is_none() || after.get(path).is_none();
        let source = |path: &&str| matches!(FileKind::of(path, ""), Some(FileKind::Python | FileKind::Script));
        if !changed.iter().any(|path| is_new(path) || source(path)) {
            return Vec::new();
        }
        let describes = |path: &str, data: &[u8]| {
            data.len() <= MAX_FILE_BYTES
                && !is_foreign(path)
                && (path.ends_with(".yaml") || path.ends_with(".yml") || path.ends_with(".json"))
                && (project::is_serverless_file(path)
                    || std::str::from_utf8(data).is_ok_and(|text| FileKind::of(path, text) == Some(FileKind::Template)))
        };
        let others = after.iter().filter(|(path, file)| !changed.contains(path) && describes(path, &file.data));
        others.map(|(path, _)| path).take(SURVEY_FILES).collect()
    }

    fn check_all(&self, tree: &Tree, paths: &[&str]) -> Result<Vec<Finding>, GateError> {
        let mut findings = Vec::new();
        let mut modules = BTreeSet::new();
        for path in paths {
            let Some(text) = tree.text(path).filter(|text| text.len() <= MAX_FILE_BYTES) else { continue };
            let Some(kind) = FileKind::of(path, text) else { continue };
            findings.extend(self.check(tree, path, text, kind)?);
            if kind == FileKind::Terraform {
                modules.insert(project::folder_of(path));
            }
        }
        findings.extend(modules.into_iter().flat_map(|folder| terraform::dangling(tree, folder)));
        Ok(findings)
    }

    fn check(&self, tree: &Tree, path: &str, text: &str, kind: FileKind) -> Result<Vec<Finding>, GateError> {
        Ok(match kind {
            FileKind::Template => {
                let mut findings = self.engine()?.check(path, text);
                findings.extend(sam::check(path, text));
                findings.extend(project::functions(tree, path, text));
                findings
            }
            FileKind::StateMachine => state_machine::check(path, text),
            FileKind::Terraform => terraform::check(path, text),
            FileKind::Script => with_imports(javascript::check(path, text), tree, path, text),
            FileKind::Python => with_imports(python::check(path, text), tree, path, text),
            FileKind::PackageJson => manifest::package_json(path, text),
            FileKind::Requirements => manifest::requirements(path, text),
            FileKind::Toml => manifest::toml(path, text),
            FileKind::Json => json::parse(path, text).err().map(|finding| *finding).into_iter().collect(),
            FileKind::Yaml => {
                let findings = yaml::check(path, text);
                if findings.is_empty() && project::is_serverless_file(path) {
                    project::functions(tree, path, text)
                } else {
                    findings
                }
            }
        })
    }

    fn engine(&self) -> Result<&Engine, GateError> {
        self.engine.get_or_init(Engine::new).as_ref().map_err(|error| GateError(error.clone()))
    }

    fn on_large_stack<T: Send>(&self, work: impl FnOnce() -> Result<T, GateError> + Send) -> Result<T, GateError> {
        std::thread::scope(|scope| {
            let thread = std::thread::Builder::new().name("gate".to_owned()).stack_size(STACK_BYTES);
            let running = thread.spawn_scoped(scope, work).map_err(|error| GateError(error.to_string()))?;
            running.join().unwrap_or_else(|_| Err(GateError("a parser failed".to_owned())))
        })
    }
}

/// Syntax errors hide what is imported.
fn with_imports(syntax: Vec<Finding>, tree: &Tree, path: &str, text: &str) -> Vec<Finding> {
    if syntax.is_empty() { project::imports(tree, path, text) } else { syntax }
}

/// What others wrote and nobody here mends.
fn is_foreign(path: &str) -> bool {
    path.split('/').any(|part| {
        matches!(part, "node_modules" | "vendor" | ".venv" | "venv" | "__pycache__" | "dist" | ".terraform")
    })
}
