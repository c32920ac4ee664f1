//! The corpus: small broken repositories, each with the failure as it is told and a check of the repair.
#![allow(dead_code, reason = "tests and the benchmark each use a part of it")]

use drydock_fix::Task;
use drydock_gate::Gate;
use drydock_model_server::Script;
use drydock_tree::{Limits, Tree};
use serde::Deserialize;
use serde_json::json;
use std::path::{Path, PathBuf};

/// What `case.yaml` says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Said {
    pub title: String,
    pub iac: String,
    pub failure: String,
    pub repair: Vec<Edit>,
    #[serde(default)]
    pub solved: Vec<String>,
    #[serde(default)]
    pub holds: Vec<Hold>,
}

#[derive(Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum Edit {
    Replace { path: String, old: String, new: String },
    Create { path: String, create: String },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hold {
    /// One file, or several with ` + ` between them.
    pub path: String,
    #[serde(default)]
    pub any: Vec<String>,
    #[serde(default)]
    pub none: Vec<String>,
}

pub struct Case {
    pub name: String,
    pub said: Said,
    pub tree: Tree,
}

impl Case {
    pub fn task(&self) -> Task {
        Task {
            tree: self.tree.clone(),
            root: String::new(),
            instructions: format!("The deployment failed:\n{}", self.said.failure),
            stack_details: None,
            evidence: None,
        }
    }

    /// A model that makes the repair that the case names.
    pub fn good_model(&self) -> Script {
        let first = match &self.said.repair[0] {
            Edit::Replace { path, .. } | Edit::Create { path, .. } => path,
        };
        let plan = json!({
            "diagnosis": self.said.title, "summary": self.said.title, "risk": "low",
            "steps": [{"file": first, "change": "as needed", "reason": "the failure names it"}],
        });
        let mut script = Script::new().calls("view", json!({"path": first})).calls("submit_plan", plan);
        for edit in &self.said.repair {
            script = match edit {
                Edit::Replace { path, old, new } => {
                    script.calls("str_replace", json!({"path": path, "old_str": old, "new_str": new}))
                }
                Edit::Create { path, create } => script.calls("create", json!({"path": path, "file_text": create})),
            };
        }
        script.calls("finish", json!({"title": "Repair it", "summary": self.said.title, "risk": "low"}))
    }

    /// What is still wrong; empty if the repair is right.
    pub fn judge(&self, gate: &Gate, repaired: &Tree) -> Vec<String> {
        let comparison = gate.compare(&self.tree, repaired).expect("the gate can be set up");
        let mut wrong: Vec<String> = comparison.blocking().map(|finding| format!("new: {finding}")).collect();
        for rule in &self.said.solved {
            let left = gate.survey(repaired, "").expect("the gate can be set up");
            if left.iter().any(|finding| finding.rule == *rule)
                || comparison.solved.iter().all(|finding| finding.rule != *rule)
            {
                wrong.push(format!("{rule} is not solved"));
            }
        }
        for Hold { path, any, none } in &self.said.holds {
            let text: String = path.split(" + ").filter_map(|path| repaired.text(path)).collect();
            if !any.is_empty() && !any.iter().any(|part| text.contains(part)) {
                wrong.push(format!("{path} has none of {any:?}"));
            }
            wrong.extend(none.iter().filter(|part| text.contains(*part)).map(|part| format!("{path} has {part:?}")));
        }
        if *repaired == self.tree {
            wrong.push("nothing was changed".to_owned());
        }
        wrong
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixer-corpus")
}

/// All cases, by name.
pub fn all() -> Vec<Case> {
    let mut cases: Vec<Case> = std::fs::read_dir(folder())
        .expect("the corpus lies in tests/")
        .map(|entry| {
            let path = entry.expect("the corpus can be read").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let said = std::fs::read_to_string(path.join("case.yaml")).expect("every case has a case.yaml");
            let said = serde_yaml::from_str(&said).unwrap_or_else(|error| panic!("{name}: {error}"));
            let limits = Limits { files: 1000, bytes: 10_000_000 };
            let tree = Tree::from_disk(&path.join("repository"), limits).expect("every case has a repository");
            Case { name, said, tree }
        })
        .collect();
    cases.sort_by(|one, other| one.name.cmp(&other.name));
    cases
}
