//! What is there: the APIs of a deployment and their endpoints, from evidence alone. Everything is read from data;
//! whoever calls this asks AWS and fetches.
//!
//! 1. [`targets`] finds the APIs: what the request says, what our own deployment recorded, what the account answered.
//! 2. The caller asks each of them for [`WELL_KNOWN`] documents, through the guard.
//! 3. [`gather`] reads the routes of the deployment, the templates, the documents and the code, and merges them.

mod bundle;
mod cloudformation;
mod code;
mod deployed;
mod details;
mod document;
mod found;
mod merge;
mod path;
mod serverless;
mod target;
mod terraform;
mod text;
mod token;
mod yaml;

pub use deployed::{ApiKind, Deployed, DeployedApi, DeployedRoute, Domain, FunctionUrl, Mapping};
pub use document::{Served, WELL_KNOWN};
pub use target::{FoundTarget, Targets, targets};
pub use token::Token;

use crate::endpoint::Endpoint;
use crate::plan::{Method, Step, Target};
use drydock_contract::session::DeployedResources;
use drydock_tree::Tree;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// Everything that is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    /// The repository's files.
    pub tree: &'a Tree,
    /// The project's folder, `.` or empty for the repository's own.
    pub root: &'a str,
    /// The file that the deployment started from, relative to `root`, where that is known.
    pub entry_file: Option<&'a str>,
    /// What is deployed, as the client describes it.
    pub stack_details: Option<&'a Value>,
    /// True if that is about a stack or a function of Drydock's own making: then its outputs are what a template writes,
    /// and only what stands beside them is the client's word.
    pub is_ours: bool,
    /// What our own deployment recorded.
    pub resources: Option<&'a DeployedResources>,
    /// What the account says about the APIs.
    pub deployed: &'a Deployed,
}

impl<'a> Inputs<'a> {
    /// A project in the repository's own folder of which nobody says where it is deployed.
    pub const fn new(tree: &'a Tree, deployed: &'a Deployed) -> Self {
        Self { tree, root: "", entry_file: None, stack_details: None, is_ours: false, resources: None, deployed }
    }
}

/// What is there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Evidence {
    /// The APIs, by the name that endpoints use.
    pub targets: BTreeMap<String, Target>,
    /// Every endpoint once, in the order of target, path and method.
    pub endpoints: Vec<Endpoint>,
    /// What a reader must know: what was seen and not used, and why.
    pub notes: Vec<String>,
}

/// Most routes that are looked at: more than an API may have.
const MAX_ROUTES: usize = 2000;

/// Reads all evidence about `targets`.
pub fn gather(inputs: &Inputs<'_>, targets: &Targets, served: &[Served]) -> Evidence {
    let mut notes = targets.notes.clone();
    let mut found = deployed::endpoints(inputs.deployed);
    found.extend(inputs.stack_details.map(details::routes).unwrap_or_default());
    let repository = text::Repository::new(inputs);
    found.extend(cloudformation::endpoints(&repository, &mut notes));
    found.extend(serverless::endpoints(&repository));
    found.extend(terraform::endpoints(&repository));
    found.extend(code::endpoints(&repository));
    if found.len() > MAX_ROUTES {
        notes.push(format!("{} routes were seen; the first {MAX_ROUTES} were looked at.", found.len()));
        found.truncate(MAX_ROUTES);
    }
    // What an API says of itself comes first.
    let mut documents = document::served(served, &repository.budget, &mut notes);
    documents.extend(document::in_repository(&repository));
    notes.extend(repository.budget.note());
    let mut evidence = merge::merge(targets, &found, &documents, inputs.resources, notes);
    // A function of its own is all there is.
    if let Some(entry) = repository.entry.filter(|entry| code::is_code(entry)) {
        for endpoint in &mut evidence.endpoints {
            endpoint.likely_file.get_or_insert_with(|| entry.to_owned());
        }
    }
    evidence
}

impl Evidence {
    /// The endpoint that a step asks, if it is one of these: same target, same method, and a path of the same form.
    pub fn endpoint_of(&self, step: &Step) -> Option<&Endpoint> {
        let request = &step.request;
        let of = |method: Method| {
            self.endpoints
                .iter()
                .filter(|endpoint| endpoint.target == request.target && endpoint.method == method)
                .filter(|endpoint| path::matches(&endpoint.path, &request.path))
                // A path without parameters is closer than one with them.
                .min_by_key(|endpoint| endpoint.path.matches('{').count())
        };
        of(request.method)
    }

    /// The file that most likely answers a step. For a method that the path does not have: the file of the path.
    pub fn likely_file(&self, step: &Step) -> Option<&str> {
        self.nearest(step)?.likely_file.as_deref()
    }

    /// The function that most likely answers a step: its name in the account where that is known.
    pub fn function(&self, step: &Step) -> Option<&str> {
        self.nearest(step)?.function.as_deref()
    }

    fn nearest(&self, step: &Step) -> Option<&Endpoint> {
        let same_path = || {
            self.endpoints.iter().find(|endpoint| {
                endpoint.target == step.request.target && path::matches(&endpoint.path, &step.request.path)
            })
        };
        self.endpoint_of(step).or_else(same_path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Auth;
    use drydock_tree::File;
    use serde_json::json;

    #[test]
    fn a_step_knows_its_endpoint_and_the_file_that_answers_it() {
        let files =
            [("src/app.py", "@app.get('/items')\ndef items(): ...\n@app.get('/items/<id>')\ndef one(id): ...\n")];
        let tree: Tree = files.into_iter().map(|(path, text)| (path.to_owned(), File::new(text))).collect();
        let (details, deployed) = (json!("https://x.lambda-url.eu-west-1.on.aws/"), Deployed::default());
        let inputs =
            Inputs { entry_file: Some("src/app.py"), stack_details: Some(&details), ..Inputs::new(&tree, &deployed) };
        let evidence = gather(&inputs, &targets(&inputs), &[]);
        let step = |method: &str, path: &str| -> Step {
            serde_json::from_value(
                json!({"id": "a", "name": "n", "request": {"target": "api", "method": method, "path": path}}),
            )
            .unwrap()
        };
        let endpoint = |method, path| evidence.endpoint_of(&step(method, path)).map(|endpoint| endpoint.path.as_str());
        assert_eq!(endpoint("GET", "/items/{{id}}"), Some("/items/{id}"));
        assert_eq!(endpoint("GET", "/items"), Some("/items"));
        assert_eq!(endpoint("PATCH", "/items"), None);
        // A method that the path does not have is answered, if at all, where the path is.
        assert_eq!(evidence.likely_file(&step("PATCH", "/items")), Some("src/app.py"));
        assert!(evidence.endpoints.iter().all(|endpoint| endpoint.auth == Auth::None));
    }

    #[test]
    fn a_function_of_its_own_is_answered_by_its_entry() {
        let tree: Tree =
            [("index.mjs".to_owned(), File::new("export const handler = async () => 1;"))].into_iter().collect();
        let (details, deployed) = (json!("https://x.lambda-url.eu-west-1.on.aws/"), Deployed::default());
        let inputs =
            Inputs { entry_file: Some("index.mjs"), stack_details: Some(&details), ..Inputs::new(&tree, &deployed) };
        let evidence = gather(&inputs, &targets(&inputs), &[]);
        assert_eq!(evidence.endpoints[0].likely_file.as_deref(), Some("index.mjs"));
    }
}
