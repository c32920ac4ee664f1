//! One reader for each kind of project.

mod cdk;
mod code;
mod hints;
pub(crate) mod node;
pub(crate) mod python;
mod serverless;
mod template;
mod terraform;
mod yaml;

use crate::candidate::Candidate;
use crate::folders::{self, Standing};
use drydock_tree::Tree;

pub(crate) use code::{custom_runtime, node_handler};

/// Larger files are no configuration: CloudFormation takes templates of at most 1 MiB.
const MAX_BYTES: usize = 2 * 1024 * 1024;

/// More of them leave a choice anyway; each is compared with each. The outermost are kept.
const MAX_CANDIDATES: usize = 1000;

/// A file that a reader may look at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Text<'tree> {
    pub(crate) path: &'tree str,
    pub(crate) text: &'tree str,
    pub(crate) standing: Standing,
}

impl Text<'_> {
    pub(crate) fn name(&self) -> &str {
        folders::name(self.path)
    }

    pub(crate) fn folder(&self) -> &str {
        folders::parent(self.path)
    }
}

/// Every candidate below `base`, and what was seen that is none.
pub(crate) fn read(tree: &Tree, base: &str) -> (Vec<Candidate>, Vec<String>) {
    let texts: Vec<Text<'_>> = tree
        .iter()
        .filter(|(path, file)| folders::is_within(path, base) && file.data.len() <= MAX_BYTES)
        .filter_map(|(path, _)| {
            let standing = folders::standing(folders::relative(path, base))?;
            Some(Text { path, text: tree.text(path)?, standing })
        })
        .collect();
    let mut candidates = Vec::new();
    candidates.extend(texts.iter().filter_map(cdk::read));
    candidates.extend(texts.iter().filter_map(serverless::read));
    candidates.extend(texts.iter().filter_map(|text| template::read(text, tree)));
    candidates.extend(terraform::read(&texts));
    candidates.extend(code::read(tree, base, &texts));
    candidates.sort_by_key(|candidate| candidate.file.matches('/').count());
    candidates.truncate(MAX_CANDIDATES);
    (candidates, texts.iter().filter_map(hints::read).take(10).collect())
}
