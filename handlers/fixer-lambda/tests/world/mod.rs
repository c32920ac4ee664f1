//! A Git server, a played model and a journal in memory.
#![allow(dead_code, reason = "each test file uses a part of it")]

use drydock_aws::Roots;
use drydock_contract::fix::FixSummary;
use drydock_contract::hosts::AllowedHosts;
use drydock_contract::input::RepositoryUrl;
use drydock_contract::{Session, Status};
use drydock_fix::Budget;
use drydock_gate::Gate;
use drydock_git_server::{GitServer, Repositories, ServerOptions};
use drydock_model::{ApiKey, Client, Settings};
use drydock_model_server::{ModelServer, Script};
use drydock_runtime::WorkError;
use drydock_source::{Remote, Token};
use fixer_lambda::{Journal, LIMITS, Means, Mended, mend};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{LazyLock, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use tokio::time::Instant;

static GATE: LazyLock<Gate> = LazyLock::new(Gate::new);

pub const TEMPLATE: &str = "\
Resources:
  Orders:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeOut: 30
";

pub const ID: &str = "fixer-0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11";
pub const BRANCH: &str = "fix/fixer-0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11";

/// When somebody cancels the session.
pub enum Cancelled {
    /// Once something is kept under the key.
    Kept(String),
    /// Once the file is there.
    Exists(PathBuf),
}

/// What a session would have kept.
#[derive(Default)]
pub struct Notes {
    pub cancelled: Option<Cancelled>,
    /// What cannot be kept, by the end of its key.
    pub refused: Option<&'static str>,
    pub lines: Mutex<Vec<String>>,
    pub statuses: Mutex<Vec<Status>>,
    pub fix: Mutex<FixSummary>,
    pub objects: Mutex<BTreeMap<String, Vec<u8>>>,
}

impl Notes {
    pub fn said(&self) -> String {
        self.lines.lock().unwrap().join("\n")
    }

    fn is_over(&self) -> bool {
        self.cancelled.as_ref().is_some_and(|cancelled| match cancelled {
            Cancelled::Kept(key) => self.objects.lock().unwrap().contains_key(key),
            Cancelled::Exists(path) => path.exists(),
        })
    }
}

impl Journal for Notes {
    async fn say(&self, text: &str) -> Result<(), WorkError> {
        self.lines.lock().unwrap().push(text.to_owned());
        Ok(())
    }

    async fn progress(&self, status: Option<Status>, message: &str, fix: &FixSummary) -> Result<(), WorkError> {
        if self.is_over() {
            return Err(WorkError::Over);
        }
        self.statuses.lock().unwrap().extend(status);
        *self.fix.lock().unwrap() = fix.clone();
        self.say(message).await
    }

    async fn find(&self, key: &str) -> Result<Option<Vec<u8>>, WorkError> {
        Ok(self.objects.lock().unwrap().get(key).cloned())
    }

    async fn keep(&self, key: &str, bytes: Vec<u8>) -> Result<(), WorkError> {
        if self.refused.is_some_and(|refused| key.ends_with(refused)) {
            return Err(WorkError::Retry(format!("{key} cannot be kept")));
        }
        self.objects.lock().unwrap().insert(key.to_owned(), bytes);
        Ok(())
    }
}

pub struct World {
    pub repositories: Repositories,
    pub notes: Notes,
    pub token: Option<&'static str>,
    /// What one repair may cost.
    pub usd: f64,
    server: GitServer,
    _folder: TempDir,
}

impl World {
    /// Everybody may push.
    pub fn new() -> Self {
        Self::start(None, true)
    }

    /// Only who has the token may do anything.
    pub fn private(token: &str) -> Self {
        Self::start(Some(token.to_owned()), true)
    }

    /// Nobody may push.
    pub fn read_only() -> Self {
        Self::start(None, false)
    }

    fn start(token: Option<String>, writable: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let repositories = Repositories::new(folder.path()).unwrap();
        let options = ServerOptions { root: repositories.root().to_owned(), token };
        let server = if writable { GitServer::start_writable(options) } else { GitServer::start(options) }.unwrap();
        let world = Self { repositories, notes: Notes::default(), token: None, usd: 1.0, server, _folder: folder };
        world.publish(&[("template.yaml", TEMPLATE), ("run.sh", "#!/bin/sh\n"), ("docs/a.md", "a\n")]);
        world
    }

    pub fn publish(&self, files: &[(&str, &str)]) {
        let work = tempfile::tempdir().unwrap();
        for (path, content) in files {
            let file = work.path().join(path);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(&file, content).unwrap();
            let mode = if path.ends_with(".sh") { 0o755 } else { 0o644 };
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        }
        self.repositories.publish(work.path(), "o/n", "main").unwrap();
    }

    /// What git says of the repository, on standard output.
    pub fn git(&self, words: &[&str]) -> String {
        let bare = self.repositories.empty("o/n").unwrap();
        let output = Command::new("git").arg("--git-dir").arg(bare).args(words).output().unwrap();
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// The file that holds where a branch stands.
    pub fn branch_file(&self, branch: &str) -> PathBuf {
        self.repositories.empty("o/n").unwrap().join("refs/heads").join(branch)
    }

    pub fn hook(&self, name: &str, script: &str) {
        let folder = self.repositories.empty("o/n").unwrap().join("hooks");
        std::fs::create_dir_all(&folder).unwrap();
        let hook = folder.join(name);
        std::fs::write(&hook, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// A session's turn with a model that follows the script. Gives back how often the model was asked, too.
    pub async fn mend(&self, repository: &str, script: Script) -> (Result<Mended, WorkError>, usize) {
        self.mend_branch(repository, "main", script).await
    }

    /// The same with another branch.
    pub async fn mend_branch(
        &self,
        repository: &str,
        branch: &str,
        script: Script,
    ) -> (Result<Mended, WorkError>, usize) {
        let hosts = AllowedHosts::parse("http://127.0.0.1:*").unwrap();
        let url = format!("{}/{repository}", self.server.url());
        let http = drydock_aws::reqwest_client(Roots::Bundled).unwrap();
        let remote = Remote {
            client: http.clone(),
            repository: RepositoryUrl::parse(&url, &hosts).unwrap(),
            token: self.token.and_then(|token| Token::new(token, &format!("127.0.0.1:{}", self.server.port()))),
        };
        let model = ModelServer::start(script).unwrap();
        let mut settings = Settings::new(&model.url(), "played", "").unwrap();
        settings.backoff = Duration::from_millis(5);
        let client = Client::new(http, ApiKey::new("sk-test"), settings).unwrap();
        let means = Means {
            client: &client,
            gate: &GATE,
            remote: &remote,
            limits: &LIMITS,
            budget: Budget { turns: 20, usd: self.usd, until: Instant::now() + Duration::from_secs(30) },
        };
        let fix = Some(self.notes.fix.lock().unwrap().clone());
        let session = Session { branch: branch.to_owned(), fix, ..session(&url) };
        let result = mend(&session, &means, &self.notes).await;
        (result, model.requests().len())
    }
}

pub fn session(repository: &str) -> Session {
    serde_json::from_value(json!({
        "sessionId": ID, "kind": "fixer", "status": "pending", "stage": "fix", "attempt": 1, "look": 0, "version": 1,
        "createdAt": "2026-01-01T00:00:00.000Z", "updatedAt": "2026-01-01T00:00:00.000Z",
        "repository": repository, "branch": "main", "message": "",
        "request": {
            "fixInstructions": "CREATE_FAILED: extraneous key [VisibilityTimeOut] is not permitted",
            "stackDetails": {"stackName": "orders"}, "openPullRequest": true,
        },
    }))
    .unwrap()
}

pub fn replace(old: &str, new: &str) -> Value {
    json!({"path": "template.yaml", "old_str": old, "new_str": new})
}

pub fn plan() -> Value {
    json!({
        "diagnosis": "The property is VisibilityTimeout.", "summary": "Correct the property's name.", "risk": "low",
        "steps": [{"file": "template.yaml", "change": "VisibilityTimeout", "reason": "its name"}],
    })
}

/// The repair that is right.
pub fn good() -> Script {
    Script::new()
        .calls("submit_plan", plan())
        .calls("str_replace", replace("VisibilityTimeOut", "VisibilityTimeout"))
        .calls(
            "finish",
            json!({"title": "Name the queue's property right", "summary": "It had a slip.", "risk": "low"}),
        )
}
