//! Why no project could be chosen, and how to choose one.

use crate::candidate::Candidate;
use crate::folders;
use drydock_contract::Stage;
use drydock_contract::detection::{Alternative, IacType};
use drydock_contract::session::Failure;
use drydock_tree::Tree;
use std::collections::BTreeSet;

/// Nothing was chosen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DetectError {
    /// The folder that was asked for is not there.
    #[error("the repository has no folder `{root}`{}", listed("; it has ", .folders, ""))]
    RootMissing {
        /// As it was asked for.
        root: String,
        /// Folders that are there, those of the same name first.
        folders: Vec<String>,
    },
    /// No file speaks for any project.
    #[error("no deployable project found{}{}", below(.root), listed("; seen: ", .seen, ""))]
    Nothing {
        /// The folder that was searched.
        root: String,
        /// What was found instead, in words.
        seen: Vec<String>,
    },
    /// More than one, and nothing that puts one before the others.
    #[error("more than one project found{}: {}", below(.root), found(.candidates))]
    Several {
        /// The folder that was searched.
        root: String,
        /// All of them.
        candidates: Vec<Alternative>,
    },
    /// There are projects, but not of the type that was asked for.
    #[error("no {wanted} project found{}{}", below(.root), found_instead(.candidates))]
    NotThatType {
        /// The type that was asked for.
        wanted: IacType,
        /// The folder that was searched.
        root: String,
        /// What is there.
        candidates: Vec<Alternative>,
    },
}

/// How many candidates a message lists.
const LISTED: usize = 10;

fn below(root: &str) -> String {
    if root == "." { String::new() } else { format!(" in `{root}`") }
}

fn listed(before: &str, items: &[String], after: &str) -> String {
    if items.is_empty() {
        return String::new();
    }
    let more = if items.len() > LISTED { format!(" and {} more", items.len() - LISTED) } else { String::new() };
    format!("{before}{}{more}{after}", items.iter().take(LISTED).cloned().collect::<Vec<_>>().join(", "))
}

fn found(candidates: &[Alternative]) -> String {
    let shown: Vec<String> = candidates.iter().map(|one| format!("{} ({})", one.file, one.iac_type)).collect();
    listed("", &shown, "")
}

fn found_instead(candidates: &[Alternative]) -> String {
    if candidates.is_empty() { String::new() } else { format!("; found {}", found(candidates)) }
}

impl DetectError {
    pub(crate) fn root_missing(tree: &Tree, root: &str) -> Self {
        let all: BTreeSet<&str> =
            tree.paths().flat_map(|path| path.match_indices('/').map(move |(at, _)| &path[..at])).collect();
        let wanted = folders::name(root).to_ascii_lowercase();
        let mut folders: Vec<&str> =
            all.into_iter().filter(|folder| folders::standing(&format!("{folder}/x")).is_some()).collect();
        folders
            .sort_by_key(|folder| (folders::name(folder).to_ascii_lowercase() != wanted, folder.matches('/').count()));
        let folders = folders.into_iter().take(LISTED).map(str::to_owned).collect();
        Self::RootMissing { root: root.to_owned(), folders }
    }

    pub(crate) fn several(root: &str, candidates: &[&Candidate]) -> Self {
        let candidates = candidates.iter().map(|candidate| alternative(candidate, "as good a reading as the others"));
        Self::Several { root: root.to_owned(), candidates: candidates.collect() }
    }

    /// A stable word for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::RootMissing { .. } => "root-not-found",
            Self::Nothing { .. } => "nothing-detected",
            Self::Several { .. } => "ambiguous-project",
            Self::NotThatType { .. } => "type-not-found",
        }
    }

    /// What a person can do about it.
    pub fn remedy(&self) -> String {
        match self {
            Self::RootMissing { .. } => {
                "Name a folder of the repository in projectRoot, or leave it out for the repository's own root."
                    .to_owned()
            }
            Self::Nothing { .. } => {
                "Add a CloudFormation or SAM template (template.yaml), a cdk.json, Terraform files, a serverless.yml, \
                 or a function: index.js that exports `handler`, lambda_function.py with `lambda_handler`, or a \
                 `bootstrap`. If it lies among tests or examples, name its folder in projectRoot."
                    .to_owned()
            }
            Self::Several { candidates, .. } => several_remedy(candidates),
            Self::NotThatType { wanted, .. } => {
                format!("Leave iacType out, or name the folder of the {wanted} project in projectRoot.")
            }
        }
    }

    /// As a session's end.
    pub fn failure(&self) -> Failure {
        Failure {
            code: self.code().to_owned(),
            message: self.to_string(),
            remedy: Some(self.remedy()),
            location: None,
            stage: Stage::CloneDetect,
            replayable: false,
        }
    }
}

fn several_remedy(candidates: &[Alternative]) -> String {
    let roots: BTreeSet<&str> = candidates.iter().map(|candidate| candidate.root.as_str()).collect();
    let types: BTreeSet<IacType> = candidates.iter().map(|candidate| candidate.iac_type).collect();
    if roots.len() > 1 {
        let roots: Vec<String> = roots.into_iter().map(str::to_owned).collect();
        return format!("Name the folder to deploy in projectRoot: {}.", listed("", &roots, ""));
    }
    if types.contains(&IacType::SimpleLambda) {
        return "Give each function a folder of its own and name one in projectRoot, or name the handler's file index.js \
                or lambda_function.py."
            .to_owned();
    }
    "Name the template to deploy template.yaml, and let it refer to the others as nested stacks; or give each a folder \
     of its own and name one in projectRoot."
        .to_owned()
}

pub(crate) fn alternative(candidate: &Candidate, reason: impl Into<String>) -> Alternative {
    Alternative {
        iac_type: candidate.iac_type,
        root: candidate.root.clone(),
        file: candidate.file.clone(),
        reason: reason.into(),
    }
}
