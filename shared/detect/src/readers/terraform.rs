//! Terraform and OpenTofu configurations: a folder of `.tf` files that bring something up.

use super::Text;
use crate::candidate::{Candidate, Owned, evidence};
use crate::folders;
use crate::source_text::{Dialect, code_only};
use drydock_contract::detection::IacType;
use std::collections::BTreeMap;

pub(crate) fn read(files: &[Text<'_>]) -> Vec<Candidate> {
    let mut folders: BTreeMap<&str, Vec<(&Text<'_>, Configuration)>> = BTreeMap::new();
    for file in files {
        if let Some(configuration) = configuration(file) {
            folders.entry(folders::parent(file.path)).or_default().push((file, configuration));
        }
    }
    folders.into_values().filter_map(|files| candidate(&files)).collect()
}

fn candidate(files: &[(&Text<'_>, Configuration)]) -> Option<Candidate> {
    let mut telling = files.iter().filter(|(_, configuration)| configuration.blocks > 0);
    let (entry, _) = telling.clone().find(|(file, _)| file.name() == "main.tf").or_else(|| telling.next())?;
    let mut candidate = Candidate::new(IacType::Terraform, entry.folder(), entry.path, entry.standing, "");
    candidate.evidence.clear();
    candidate.owns = files.iter().flat_map(|(_, configuration)| configuration.owns.clone()).collect();
    for (file, configuration) in files.iter().filter(|(_, configuration)| configuration.blocks > 0).take(10) {
        candidate.evidence.push(evidence(file.path, format!("declares {}", configuration.shown)));
    }
    candidate.evidence.sort_by_key(|evidence| evidence.file != entry.path);
    Some(candidate)
}

struct Configuration {
    /// Blocks that do something: resources, modules, providers, data sources.
    blocks: usize,
    /// The first of them.
    shown: String,
    owns: Vec<Owned>,
}

fn configuration(file: &Text<'_>) -> Option<Configuration> {
    let name = file.name();
    if name.ends_with(".tf.json") {
        json(file)
    } else if name.ends_with(".tf") || name.ends_with(".tofu") {
        Some(native(file))
    } else {
        None
    }
}

fn native(file: &Text<'_>) -> Configuration {
    let code = code_only(file.text, Dialect::Hcl);
    let mut found = Configuration { blocks: 0, shown: String::new(), owns: Vec::new() };
    let mut heredoc: Option<String> = None;
    for line in code.lines().map(str::trim) {
        if let Some(end) = &heredoc {
            if line == end {
                heredoc = None;
            }
            continue;
        }
        if let Some((_, mark)) = line.split_once("<<") {
            let mark = mark.trim_start_matches(['-', '~']).trim();
            if !mark.is_empty() && mark.chars().all(|character| character.is_ascii_alphanumeric() || character == '_') {
                heredoc = Some(mark.to_owned());
            }
        }
        let block = ["resource", "module", "provider", "data"].into_iter().find(|word| {
            line.strip_prefix(word)
                .is_some_and(|rest| rest.trim_start().starts_with('"') && rest.starts_with([' ', '\t', '"']))
        });
        if block.is_some() {
            found.blocks += 1;
            if found.shown.is_empty() {
                found.shown = line.trim_end_matches('{').trim_end().chars().take(80).collect();
            }
        } else if let Some((key, value)) = line.split_once('=') {
            found.owns.extend(owned(file.folder(), key.trim(), value.trim()));
        }
    }
    found
}

/// `source = "../modules/vpc"`, `source_dir = "${path.module}/../src"`
fn owned(folder: &str, key: &str, value: &str) -> Option<Owned> {
    let path = value.strip_prefix('"')?.split('"').next()?;
    let path = path.strip_prefix("${path.module}/").or_else(|| path.strip_prefix("${path.root}/")).unwrap_or(path);
    if path.contains("${") {
        return None;
    }
    match key {
        "source" if path.starts_with("./") || path.starts_with("../") => {
            folders::resolve(folder, path).map(Owned::Part)
        }
        "source_dir" | "source_file" | "filename" | "source_path" => folders::resolve(folder, path).map(Owned::Code),
        "template_url" | "template_file" => folders::resolve(folder, path).map(Owned::Part),
        _ => None,
    }
}

fn json(file: &Text<'_>) -> Option<Configuration> {
    let value: serde_json::Value = serde_json::from_str(file.text).ok()?;
    let blocks: Vec<&str> =
        ["resource", "module", "provider", "data"].into_iter().filter(|key| value.get(key).is_some()).collect();
    Some(Configuration { blocks: blocks.len(), shown: blocks.join(", "), owns: Vec::new() })
}
