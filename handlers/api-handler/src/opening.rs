//! What a client asks for with one of the four `POST` routes, checked. The parts that the routes have in common are
//! read here; what a route adds stands in its own file under [`crate::routes`].

use crate::settings;
use drydock_contract::api::SessionRequest;
use drydock_contract::hosts::AllowedHosts;
use drydock_contract::input::{self, InvalidInput, RepositoryUrl, invalid};
use drydock_contract::message::Work;
use drydock_contract::session::{Outbox, RequestDetails};
use drydock_contract::transition::first_stage;
use drydock_contract::workflow::MAX_FIX_ATTEMPTS;
use drydock_contract::{SessionId, SessionKind};

/// A session that may be opened: everything in it has been checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Opening {
    /// What for.
    pub kind: SessionKind,
    /// In its canonical form.
    pub repository: String,
    /// A Git branch name.
    pub branch: String,
    /// `None` for the repository's own root.
    pub project_root: Option<String>,
    /// What else the route takes.
    pub request: RequestDetails,
    /// For the workflow: repairs that it may try.
    pub max_fix_attempts: Option<u32>,
}

impl Opening {
    /// Reads what every route takes.
    ///
    /// # Errors
    /// Names the field.
    pub fn read(kind: SessionKind, request: &SessionRequest, hosts: &AllowedHosts) -> Result<Self, InvalidInput> {
        let repository = RepositoryUrl::parse(required("repository", request.repository.as_deref())?, hosts)?;
        let branch = input::branch(required("branch", request.branch.as_deref())?)?;
        Ok(Self {
            kind,
            repository: repository.to_string(),
            branch: branch.to_owned(),
            project_root: root(request)?,
            request: RequestDetails::default(),
            max_fix_attempts: None,
        })
    }

    /// Adds what the workflow takes.
    ///
    /// # Errors
    /// Names the field.
    pub fn with_workflow(mut self, max_fix_attempts: Option<u64>) -> Result<Self, InvalidInput> {
        let most = max_fix_attempts.unwrap_or_else(|| MAX_FIX_ATTEMPTS.into());
        match u32::try_from(most).ok().filter(|most| *most <= MAX_FIX_ATTEMPTS) {
            Some(most) => self.max_fix_attempts = Some(most),
            None => return invalid("maxFixAttempts", format!("must be a number from 0 to {MAX_FIX_ATTEMPTS}")),
        }
        Ok(self)
    }

    /// Adds what the two routes that deploy take.
    ///
    /// # Errors
    /// Names the field.
    pub fn with_deployment(mut self, request: SessionRequest) -> Result<Self, InvalidInput> {
        self.request.iac_type = request.iac_type;
        self.request.stack_name =
            request.stack_name.map(|name| input::stack_name(&name).map(str::to_owned)).transpose()?;
        self.request.parameters = settings::parameters(request.parameters.unwrap_or_default())?;
        self.request.tags = settings::tags(request.tags.unwrap_or_default())?;
        Ok(self)
    }

    /// The first message of the session: to the stage's queue, or as the input of the workflow.
    pub fn outbox(&self, id: &SessionId) -> Outbox {
        Outbox {
            work: Work::new(id.clone(), first_stage(self.kind), 1),
            delay_seconds: 0,
            workflow: self.kind == SessionKind::Sdlc,
        }
    }
}

/// The first thing that is said of a session, for people.
pub const fn first_words(kind: SessionKind) -> &'static str {
    match kind {
        SessionKind::Deploy => "Deployment accepted and queued",
        SessionKind::Fixer => "Fix accepted and queued",
        SessionKind::Sanity => "Sanity test accepted and queued",
        SessionKind::Sdlc => "Workflow accepted and queued",
        SessionKind::Teardown => "Teardown accepted and queued",
    }
}

/// A field that must be there and must not be blank.
///
/// # Errors
/// If it is not.
pub fn required<'a>(field: &'static str, value: Option<&'a str>) -> Result<&'a str, InvalidInput> {
    match value {
        None => invalid(field, "is required"),
        Some(text) if text.trim().is_empty() => invalid(field, "must not be empty"),
        Some(text) => Ok(text),
    }
}

/// `projectRoot` and `customRootFolder` mean the same; when both are there they must agree.
fn root(request: &SessionRequest) -> Result<Option<String>, InvalidInput> {
    let read =
        |field, folder: &Option<String>| folder.as_deref().map(|folder| input::root_folder(field, folder)).transpose();
    match (read("projectRoot", &request.project_root)?, read("customRootFolder", &request.custom_root_folder)?) {
        (Some(one), Some(other)) if one != other => {
            invalid("customRootFolder", "names another folder than `projectRoot`; they mean the same, send one of them")
        }
        (one, other) => Ok(one.or(other).flatten()),
    }
}

/// A repository that the allow-list accepts, for the examples in error answers.
pub fn example_repository(hosts: &AllowedHosts) -> String {
    let list = hosts.to_string();
    let first = list.split(", ").next().unwrap_or_default().replace(":*", ":8080");
    let scheme = if first.starts_with("http://") { "" } else { "https://" };
    format!("{scheme}{first}/octocat/hello-world")
}

#[cfg(test)]
mod tests {
    use super::*;
    use drydock_contract::Stage;
    use serde_json::json;

    fn hosts() -> AllowedHosts {
        AllowedHosts::parse("github.com").unwrap()
    }

    fn read(body: serde_json::Value) -> Result<Opening, String> {
        let request: SessionRequest = serde_json::from_value(body).unwrap();
        Opening::read(SessionKind::Deploy, &request, &hosts())
            .and_then(|opening| opening.with_deployment(request))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_accepted_takes_its_canonical_form() {
        let opening = read(json!({
            "repository": "https://GitHub.com/o/n.git", "branch": "main", "customRootFolder": "./a//b/",
            "stackName": "shop", "parameters": {"Size": 3}
        }))
        .unwrap();
        assert_eq!(opening.repository, "https://github.com/o/n");
        assert_eq!(opening.project_root.as_deref(), Some("a/b"));
        assert_eq!(opening.request.stack_name.as_deref(), Some("shop"));
        assert_eq!(opening.request.parameters["Size"], "3");
    }

    #[test]
    fn both_names_of_the_root_folder_are_one() {
        let check = |root: serde_json::Value, expected: Option<&str>| {
            let mut body = json!({"repository": "https://github.com/o/n", "branch": "main"});
            body.as_object_mut().unwrap().extend(root.as_object().unwrap().clone());
            assert_eq!(read(body).unwrap().project_root.as_deref(), expected);
        };
        check(json!({"projectRoot": "a"}), Some("a"));
        check(json!({"customRootFolder": "a"}), Some("a"));
        check(json!({"projectRoot": "a", "customRootFolder": "./a/"}), Some("a"));
        check(json!({"projectRoot": "."}), None);
        check(json!({}), None);
    }

    #[test]
    fn what_is_refused_names_the_field() {
        let check = |body: serde_json::Value, expected: &str| {
            let error = read(body).unwrap_err();
            assert!(error.contains(expected), "{error}");
        };
        let repository = "https://github.com/o/n";
        check(json!({"branch": "main"}), "`repository` is required");
        check(json!({"repository": " ", "branch": "main"}), "`repository` must not be empty");
        check(json!({"repository": "https://evil.example/o/n", "branch": "main"}), "not allowed");
        check(json!({"repository": repository}), "`branch` is required");
        check(json!({"repository": repository, "branch": "a..b"}), "`branch` is no Git branch name");
        check(json!({"repository": repository, "branch": "main", "projectRoot": "../x"}), "`projectRoot` must stay");
        check(
            json!({"repository": repository, "branch": "main", "projectRoot": "a", "customRootFolder": "b"}),
            "`customRootFolder` names another folder",
        );
        check(
            json!({"repository": repository, "branch": "main", "projectRoot": ".", "customRootFolder": "b"}),
            "`customRootFolder` names another folder",
        );
        check(json!({"repository": repository, "branch": "main", "stackName": "1x"}), "`stackName` must begin");
    }

    #[test]
    fn each_kind_begins_at_its_stage() {
        let id = SessionId::parse("0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11").unwrap();
        let check = |kind, stage, workflow| {
            let opening =
                Opening { kind, ..read(json!({"repository": "https://github.com/o/n", "branch": "b"})).unwrap() };
            let outbox = opening.outbox(&id);
            assert_eq!((outbox.work.stage, outbox.work.attempt, outbox.workflow), (stage, 1, workflow));
        };
        check(SessionKind::Deploy, Stage::CloneDetect, false);
        check(SessionKind::Fixer, Stage::Fix, false);
        check(SessionKind::Sanity, Stage::CloneDetect, false);
        check(SessionKind::Sdlc, Stage::CloneDetect, true);
    }

    #[test]
    fn the_example_is_on_a_host_that_is_allowed() {
        for list in ["github.com", "git.example.com:8443,github.com", "http://127.0.0.1:*", "http://localhost:3000"] {
            let hosts = AllowedHosts::parse(list).unwrap();
            let example = example_repository(&hosts);
            assert!(RepositoryUrl::parse(&example, &hosts).is_ok(), "{list}: {example}");
        }
    }
}
