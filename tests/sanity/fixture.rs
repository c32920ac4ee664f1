//! Repositories with planted faults: what each is, and what there is to find in it.

use drydock_contract::api::StatusBody;
use drydock_e2e::World;
use drydock_sanity::report::Report;
use drydock_sanity::run::Outcome;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A repository and what was planted in it.
#[derive(Clone, Debug, Deserialize)]
pub struct Fixture {
    #[serde(skip)]
    pub name: String,
    pub what: String,
    /// A line of the model's prompt that is this one's only.
    pub asks: String,
    pub faults: Vec<Fault>,
    /// Checks that a planted fault fails besides the one that is named for it.
    #[serde(default)]
    pub also: Vec<Fault>,
    /// What callers must show.
    #[serde(default)]
    pub secret: Option<Value>,
    /// Set for what Schemathesis is asked about as well.
    #[serde(default)]
    pub schemathesis: Option<Compared>,
}

/// What is known of Schemathesis's word on a fixture.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Compared {
    /// What it takes for a fault and what is none.
    pub false_alarms: Vec<Fault>,
}

/// One planted fault.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub struct Fault {
    pub method: String,
    /// With `{parameters}`.
    pub path: String,
    /// The check that must find it.
    pub check: String,
    /// True if it must be found to be flaky.
    #[serde(default)]
    pub flaky: bool,
    /// `model` if it cannot be known without one.
    #[serde(default)]
    pub by: Option<String>,
}

/// What a report says about a fixture.
#[derive(Clone, Debug, Default)]
pub struct Judged {
    pub found: BTreeSet<Fault>,
    pub false_alarms: Vec<String>,
}

pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sanity-fixtures")
}

/// All of them, by name.
pub fn all() -> Vec<Fixture> {
    let mut names: Vec<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(Result::unwrap)
        .filter(|entry| entry.path().join("fixture.yaml").is_file())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    names.sort();
    names.into_iter().map(|name| read(&name)).collect()
}

/// One of them.
pub fn read(name: &str) -> Fixture {
    let path = folder().join(name).join("fixture.yaml");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Fixture { name: name.to_owned(), ..serde_yaml::from_str(&text).unwrap() }
}

impl Fixture {
    /// What the played model proposes.
    pub fn proposal(&self) -> Value {
        let text = std::fs::read_to_string(folder().join(&self.name).join("model.json")).unwrap();
        json!({"steps": serde_json::from_str::<Value>(&text).unwrap()})
    }

    /// Publishes and deploys it; gives the repository and `stackDetails` as the deployment recorded them.
    pub async fn deploy(&self, world: &World) -> (String, Value) {
        let repository =
            world.git.folder(&folder().join(&self.name).join("repository"), &format!("sanity/{}", self.name));
        let body = json!({"repository": repository, "branch": "main", "stackName": world.new_name("sane")});
        let deployed = world.open("/deploy", &body).await.until_terminal().await.succeeded().body;
        let mut details = serde_json::to_value(deployed.deployed_resources.unwrap()).unwrap();
        if let Some(secret) = &self.secret {
            details["credentialsSecret"] = world.give_test_secret(&secret.to_string()).await.into();
        }
        (repository, details)
    }

    /// Compares a report with what was planted: a check that fails where it was not planted is a false alarm, whatever
    /// else is wrong with the endpoint.
    pub fn judge(&self, report: &Report) -> Judged {
        let mut judged = Judged::default();
        for step in &report.steps {
            let result = &step.result;
            let flaky = result.outcome == Outcome::Flaky;
            if !flaky && result.outcome != Outcome::Failed {
                continue;
            }
            let request = result.request.as_ref().unwrap();
            for check in result.checks.iter().filter(|check| !check.passed) {
                let check = check.name.to_string();
                let is_it = |fault: &&Fault| {
                    fault.is_of(&request.method, &request.url) && fault.check == check && fault.flaky == flaky
                };
                judged.found.extend(self.faults.iter().filter(is_it).cloned());
                if !self.faults.iter().chain(&self.also).any(|fault| is_it(&fault)) {
                    let (method, url) = (&request.method, &request.url);
                    judged.false_alarms.push(format!("{method} {url}: {check} {:?}", result.outcome));
                }
            }
        }
        judged
    }

    /// The faults that can be found with or without a model.
    pub fn expected(&self, with_model: bool) -> BTreeSet<Fault> {
        self.faults.iter().filter(|fault| with_model || fault.by.is_none()).cloned().collect()
    }
}

impl Fault {
    /// True if a request asks the endpoint of this fault.
    fn is_of(&self, method: &str, url: &str) -> bool {
        let path = url.split_once("://").map_or(url, |(_, rest)| rest);
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let parts: Vec<&str> = path.split('/').skip(1).filter(|part| !part.is_empty()).collect();
        let wanted: Vec<&str> = self.path.split('/').filter(|part| !part.is_empty()).collect();
        // A REST API's stage stands before the path.
        let from = parts.len().saturating_sub(wanted.len());
        method == self.method
            && from <= 1
            && parts.len() >= wanted.len()
            && parts[from..].iter().zip(&wanted).all(|(part, wanted)| wanted.starts_with('{') || part == wanted)
    }
}

/// What a status and its report have in common.
pub fn agree(status: &StatusBody, report: &Report) {
    let sanity = status.sanity.as_ref().unwrap();
    assert_eq!((sanity.verdict, sanity.counts), (Some(report.verdict), report.counts), "{status:#?}");
    assert_eq!(sanity.plan_id.as_deref(), Some(report.plan_id.as_str()));
}
