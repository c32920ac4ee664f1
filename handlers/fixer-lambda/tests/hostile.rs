//! Repositories as attackers make them: each ends, in a limit or in a repair that leaves them alone, within the
//! memory that the function has.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

mod world;

use drydock_git_server::Hostile;
use drydock_git_server::hostile::OUTSIDE;
use drydock_model_server::Script;
use drydock_runtime::WorkError;
use serde_json::json;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use world::{BRANCH, World, plan};

/// Most memory that this process may ever have had, Git server, played model and template validator included.
const MAX_BYTES: u64 = 512 * 1024 * 1024;

fn most_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
}

/// A repair that any repository takes.
fn adds_a_template() -> Script {
    let template = "Resources:\n  Jobs:\n    Type: AWS::SQS::Queue\n";
    Script::new()
        .calls("list", json!({}))
        .calls("grep", json!({"text": "a"}))
        .calls("submit_plan", plan())
        .calls("create", json!({"path": "added.yaml", "file_text": template}))
        .calls("finish", json!({"title": "Add what was missing", "summary": "It was missing.", "risk": "low"}))
}

/// One commit of `files` files with the same content, written by `git fast-import`.
fn many_files(world: &World, repository: &str, files: usize, content: &str) {
    let bare = world.repositories.empty(repository).unwrap();
    let mut child = Command::new("git")
        .arg("--git-dir")
        .arg(bare)
        .args(["fast-import", "--quiet"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = format!("blob\nmark :1\ndata {}\n{content}\n", content.len());
    input += "commit refs/heads/main\ncommitter t <t@example.invalid> 1700000000 +0000\ndata 5\nfiles\n";
    for n in 0..files {
        input += &format!("M 100644 :1 d{}/f{n}.py\n", n % 500);
    }
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
}

fn code(result: Result<fixer_lambda::Mended, WorkError>) -> String {
    match result {
        Err(WorkError::Fatal(failure)) => failure.code,
        other => panic!("not the session's end: {other:?}"),
    }
}

/// One test, because memory is that of the whole process.
#[tokio::test]
async fn every_attack_ends_within_limits_and_memory() {
    let world = World::new();
    world.repositories.hostile("evil/trees").unwrap();
    for attack in Hostile::ALL {
        let (result, _) = world.mend_branch("evil/trees", attack.branch(), adds_a_template()).await;
        assert!(result.is_ok(), "{attack:?}: {result:?}");
        assert!(!Path::new(OUTSIDE).exists(), "{attack:?}");
        let bare = world.repositories.empty("evil/trees").unwrap();
        let git = |words: &[&str]| {
            let output = Command::new("git").arg("--git-dir").arg(&bare).args(words).output().unwrap();
            assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
            String::from_utf8_lossy(&output.stdout).trim().to_owned()
        };
        assert_eq!(git(&["diff", "--name-status", attack.branch(), BRANCH]), "A\tadded.yaml", "{attack:?}");
        git(&["update-ref", "-d", &format!("refs/heads/{BRANCH}")]);
        world.notes.objects.lock().unwrap().clear();
    }

    world.repositories.bomb("evil/bomb", "main", 600_000_000).unwrap();
    let (result, asked) = world.mend("evil/bomb", adds_a_template()).await;
    assert_eq!((code(result).as_str(), asked), ("repository-too-large", 0));

    many_files(&world, "evil/many", 100_000, "x = 1");
    let (result, asked) = world.mend("evil/many", adds_a_template()).await;
    assert_eq!((code(result).as_str(), asked), ("repository-too-large", 0));

    // 128 MB of the same 6,000 bytes, which travel as one object, are too much; the largest that is taken in is not.
    many_files(&world, "evil/wide", 25_000, &"y = 1\n".repeat(1000));
    let (result, _) = world.mend("evil/wide", adds_a_template()).await;
    assert_eq!(code(result), "repository-too-large");
    many_files(&world, "o/large", 10_000, &"y = 1\n".repeat(1700));
    let (result, _) = world.mend("o/large", adds_a_template()).await;
    assert!(result.is_ok(), "{result:?}");

    let most = most_memory();
    println!("most memory: {} MiB", most / 1024 / 1024);
    assert!(most < MAX_BYTES, "{} MiB", most / 1024 / 1024);
}
