//! `/fix`, from a broken repository to a branch that deploys and answers.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use drydock_contract::Stage;
use drydock_e2e::World;
use drydock_git_server::{GitServer, Repositories, ServerOptions};
use drydock_model_server::{Answer, ModelServer, Script, tool};
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tempfile::TempDir;

const TEMPLATE: &str = include_str!("../../examples/sam-python-api/template.yaml");
const APP: &str = include_str!("../../examples/sam-python-api/src/app.py");
const BROKEN: &str = "def handler(event, _context)\n";

/// A Git server that takes pushes, with one broken repository.
struct Host {
    folder: TempDir,
    server: GitServer,
}

impl Host {
    fn new(token: Option<&str>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let work = tempfile::tempdir().unwrap();
        std::fs::create_dir(work.path().join("src")).unwrap();
        std::fs::write(work.path().join("template.yaml"), TEMPLATE).unwrap();
        std::fs::write(work.path().join("src/app.py"), APP.replace("def handler(event, _context):\n", BROKEN)).unwrap();
        Repositories::new(folder.path()).unwrap().publish(work.path(), "o/hello", "main").unwrap();
        let options = ServerOptions { root: folder.path().to_owned(), token: token.map(str::to_owned) };
        Self { server: GitServer::start_writable(options).unwrap(), folder }
    }

    fn bare(&self) -> std::path::PathBuf {
        self.folder.path().join("o/hello.git")
    }

    fn git(&self, words: &[&str]) -> String {
        let output = Command::new("git").arg("--git-dir").arg(self.bare()).args(words).output().unwrap();
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn hook(&self, name: &str, script: &str) {
        let hook = self.bare().join("hooks").join(name);
        std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
        std::fs::write(&hook, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn request(&self) -> Value {
        json!({
            "repository": self.server.repository("o/hello"), "branch": "main",
            "fixInstructions": "Runtime.UserCodeSyntaxError: Syntax error in module 'app': expected ':' (app.py, line 7)",
            "stackDetails": {"stackName": "hello"},
        })
    }
}

/// True while the model keeps everybody waiting.
static HELD: AtomicBool = AtomicBool::new(false);

/// Does the right thing in any number of sessions: which turn it is follows from what was said before.
fn model() -> Script {
    Script::new().forever(Answer::reply(|request| {
        while HELD.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(20));
        }
        let turn = request["messages"].as_array().map_or(0, |messages| messages.len() / 2);
        Answer::Message(vec![match turn {
            0 => tool("view", json!({"path": "src/app.py"})),
            1 => tool(
                "submit_plan",
                json!({
                    "diagnosis": "A colon is missing.", "summary": "Add the colon.", "risk": "low",
                    "steps": [{"file": "src/app.py", "change": "add a colon", "reason": "Python wants one"}],
                }),
            ),
            2 => tool(
                "str_replace",
                json!({"path": "src/app.py", "old_str": BROKEN, "new_str": "def handler(event, _context):\n"}),
            ),
            _ => tool("finish", json!({"title": "Add the colon", "summary": "It was missing.", "risk": "low"})),
        }])
    }))
}

/// One test, because the fixer has one model key and one Git token at a time.
#[tokio::test]
async fn a_broken_repository_is_repaired_or_says_why_not() {
    let world = World::new().await;
    world.take_model().await;
    let open = Host::new(None);
    let error = world.open("/fix", &open.request()).await.until_terminal().await.failed();
    assert!(error.contains("no model key is stored"), "{error}");

    let server = ModelServer::start_with(model(), Some("sk-played")).unwrap();
    world.give_model(&server.url()).await;
    repaired(&world, &open).await;
    with_a_token(&world).await;
    refused(&world).await;
    cancelled(&world).await;
    world.take_model().await;
}

/// The fixer is at it; it finishes its sentence with the model, and nothing is pushed.
async fn cancelled(world: &World) {
    let host = Host::new(None);
    HELD.store(true, Ordering::SeqCst);
    let run = world.open("/fix", &host.request()).await;
    run.until_message("reading the repository").await;
    let answer = world.cancel(&run.id).await.expect(200);
    assert_eq!(answer["message"], "cancelled; a branch that was pushed stays");
    HELD.store(false, Ordering::SeqCst);
    world.until_idle(Stage::Fix).await;
    run.until_terminal().await.cancelled();
    assert_eq!(host.git(&["branch", "--list", "fix/*"]), "");
}

async fn repaired(world: &World, host: &Host) {
    let run = world.open("/fix", &host.request()).await;
    let branch = format!("fix/{}", run.id);
    let body = run.until_terminal().await.succeeded().body;
    assert_eq!(host.git(&["fsck", "--full", "--strict"]), "");
    assert_eq!(host.git(&["diff", "--numstat", "main", &branch]), "1\t1\tsrc/app.py");
    assert_eq!(host.git(&["show", &format!("{branch}:src/app.py")]), APP.trim());

    let fix = body.fix.unwrap();
    assert_eq!(fix.commit.as_deref(), Some(host.git(&["rev-parse", &branch]).as_str()));
    assert_eq!((fix.plan.as_deref(), fix.files.len(), fix.turns), (Some("Add the colon."), 1, 4));
    assert!(body.logs.iter().any(|line| line.contains("planned: Add the colon.")), "{:#?}", body.logs);
    let job = body.deployment_job.unwrap();
    assert_eq!((job.branch.as_str(), job.stack_details), (branch.as_str(), Some(json!({"stackName": "hello"}))));

    let deployed = world.deploy_url(&job.repository, &job.branch).await.until_terminal().await.succeeded();
    let answer = world.ask(&deployed.url()).await.expect(200);
    assert_eq!(answer["message"], "Hello, world!");
}

async fn with_a_token(world: &World) {
    let host = Host::new(Some("s3cret"));
    let authority = format!("127.0.0.1:{}", host.server.port());
    world.give_git_token(&authority, "wrong").await;
    let error = world.open("/fix", &host.request()).await.until_terminal().await.failed();
    assert!(error.contains("asks for credentials") && !error.contains("wrong"), "{error}");
    world.give_git_token(&authority, "s3cret").await;
    let run = world.open("/fix", &host.request()).await;
    let branch = format!("fix/{}", run.id);
    run.until_terminal().await.succeeded();
    assert_eq!(host.git(&["diff", "--numstat", "main", &branch]), "1\t1\tsrc/app.py");
}

async fn refused(world: &World) {
    let host = Host::new(None);
    host.hook("pre-receive", "echo 'sign your commits' >&2; exit 1");
    let error = world.open("/fix", &host.request()).await.until_terminal().await.failed();
    assert!(error.contains("sign your commits"), "{error}");

    let protected = Host::new(None);
    protected.hook("update", "case $1 in refs/heads/fix/*) echo 'fix/ is a protected branch' >&2; exit 1;; esac");
    let error = world.open("/fix", &protected.request()).await.until_terminal().await.failed();
    assert!(error.contains("fix/ is a protected branch"), "{error}");

    // Somebody takes the branch before the fixer, which has a model to talk to first, comes to push.
    let taken = Host::new(None);
    let main = taken.git(&["rev-parse", "main"]);
    let run = world.open("/fix", &taken.request()).await;
    let branch = format!("refs/heads/fix/{}", run.id);
    taken.git(&["update-ref", &branch, &main]);
    let error = run.until_terminal().await.failed();
    assert!(error.contains(&main), "{error}");
    assert_eq!(taken.git(&["rev-parse", &branch]), main, "what somebody else put there stays");

    let mut gone = host.request();
    gone["repository"] = host.server.repository("o/gone").into();
    let error = world.open("/fix", &gone).await.until_terminal().await.failed();
    assert!(error.contains("has no repository at this address"), "{error}");
    assert!(!Path::new(&host.folder.path().join("o/gone.git")).exists());
}
