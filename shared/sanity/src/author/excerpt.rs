//! The files that tell most about the endpoints, within bounds.

use super::Task;
use drydock_mask::mask;
use std::collections::BTreeSet;

/// Most bytes of all files, and of one.
const MAX_BYTES: usize = 90_000;
const MAX_FILE: usize = 24_000;

/// Extensions of code.
const CODE: [&str; 12] = ["py", "js", "mjs", "cjs", "ts", "mts", "rb", "go", "java", "cs", "rs", "kt"];

/// Names of files that are never shown, whatever is in them.
const CLOSED: [&str; 8] = [".env", ".pem", ".key", "secret", "credential", "id_rsa", ".npmrc", ".pypirc"];

/// Paths and texts: the files that answer, those beside them, then the template.
pub(super) fn excerpts(task: &Task<'_>) -> Vec<(String, String)> {
    let mut left = MAX_BYTES;
    let mut shown = Vec::new();
    for path in ranked(task) {
        let Some(text) = task.tree.text(&path).filter(|_| is_open(&path)) else { continue };
        let text = clip(&mask(&visible(text)), MAX_FILE.min(left));
        left -= text.len();
        shown.push((path, text));
        if left < 500 {
            break;
        }
    }
    shown
}

fn ranked(task: &Task<'_>) -> Vec<String> {
    let answering: BTreeSet<&str> =
        task.evidence.endpoints.iter().filter_map(|endpoint| endpoint.likely_file.as_deref()).collect();
    let folders: BTreeSet<&str> =
        answering.iter().map(|path| path.rsplit_once('/').map_or("", |(folder, _)| folder)).collect();
    let is_code = |path: &str| path.rsplit_once('.').is_some_and(|(_, extension)| CODE.contains(&extension));
    let is_foreign = |path: &str| {
        path.split('/')
            .any(|part| matches!(part, "node_modules" | "vendor" | "dist" | ".venv" | "tests" | "test" | "__tests__"))
    };
    let root = task.root.trim_matches(['.', '/']);
    let inside = |path: &str| root.is_empty() || path.starts_with(&format!("{root}/"));
    let mut paths: Vec<String> = answering.iter().map(|path| (*path).to_owned()).collect();
    let mut beside: Vec<&str> = task
        .tree
        .paths()
        .filter(|path| inside(path) && is_code(path) && !is_foreign(path) && !answering.contains(path))
        .collect();
    let in_same = |path: &str| folders.contains(path.rsplit_once('/').map_or("", |(folder, _)| folder));
    beside.sort_by_key(|path| (!in_same(path), path.matches('/').count()));
    paths.extend(beside.into_iter().map(str::to_owned));
    let templates: BTreeSet<&str> = task
        .evidence
        .endpoints
        .iter()
        .flat_map(|endpoint| &endpoint.origins)
        .filter_map(|origin| origin.place.split(':').next())
        .filter(|path| task.tree.get(path).is_some() && !answering.contains(path))
        .collect();
    paths.extend(templates.into_iter().map(str::to_owned));
    let mut seen = BTreeSet::new();
    paths.retain(|path| seen.insert(path.clone()));
    paths
}

fn is_open(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    !CLOSED.iter().any(|part| name.contains(part))
}

/// Without characters that nobody sees: they can hide instructions.
fn visible(text: &str) -> String {
    let hidden = |c: char| {
        (c.is_control() && !matches!(c, '\n' | '\t'))
            || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}')
    };
    text.chars().filter(|c| !hidden(*c)).collect()
}

fn clip(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(most.saturating_sub(60));
    format!("{}\n[… {} bytes left out …]", &text[..end], text.len() - end)
}
