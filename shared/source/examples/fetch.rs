//! Fetch and snapshot against `git clone --depth 1` of the same repository from the same server, in turns:
//! `cargo xtask bench fetch`.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark prints, and ends at the first surprise")]

use drydock_contract::hosts::AllowedHosts;
use drydock_contract::input::RepositoryUrl;
use drydock_git_server::{GitServer, Repositories, ServerOptions};
use drydock_source::{Limits, Remote, fetch};
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

const FILES: usize = 6000;
const FILE_BYTES: usize = 12_000;
const ROUNDS: usize = 7;

#[tokio::main]
async fn main() -> ExitCode {
    let root = tempfile::tempdir().unwrap();
    publish(root.path());
    let server = GitServer::start(ServerOptions { root: root.path().to_owned(), token: None }).unwrap();
    let url = server.repository("o/large");
    let remote = Remote {
        client: drydock_aws::reqwest_client(drydock_aws::Roots::Bundled).unwrap(),
        repository: RepositoryUrl::parse(&url, &AllowedHosts::parse("http://127.0.0.1:*").unwrap()).unwrap(),
        token: None,
    };
    let (mut ours, mut gits) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let began = Instant::now();
        let fetched = fetch(&remote, "main", &Limits::default()).await.unwrap();
        ours.push(began.elapsed());
        assert_eq!(fetched.tree.len(), FILES);
        gits.push(clone(&url));
    }
    let (ours, gits) = (median(ours), median(gits));
    println!("{FILES} files, {} MB, median of {ROUNDS}", FILES * FILE_BYTES / 1_000_000);
    println!("fetch and snapshot     {:>6} ms", ours.as_millis());
    println!("git clone --depth 1    {:>6} ms", gits.as_millis());
    if ours <= gits { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Files that compress about as source code does.
fn publish(root: &Path) {
    let work = tempfile::tempdir().unwrap();
    let mut state: u64 = 42;
    for n in 0..FILES {
        let folder = work.path().join(format!("src/m{}/p{}", n % 40, n % 7));
        std::fs::create_dir_all(&folder).unwrap();
        let mut text = String::with_capacity(FILE_BYTES + 80);
        while text.len() < FILE_BYTES {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            text += &format!("    value_{:04x} = compute(input, {:x})\n", state >> 48, state >> 16);
        }
        text.truncate(FILE_BYTES);
        std::fs::write(folder.join(format!("f{n}.py")), text).unwrap();
    }
    let repositories = Repositories::new(root).unwrap();
    repositories.publish(work.path(), "o/large", "main").unwrap();
    // As hosts keep repositories: in a pack, not in six thousand files that are packed anew for every client.
    let bare = repositories.empty("o/large").unwrap();
    let status = Command::new("git").arg("--git-dir").arg(bare).args(["repack", "-a", "-d", "-q"]).status().unwrap();
    assert!(status.success());
}

fn clone(url: &str) -> Duration {
    let into = tempfile::tempdir().unwrap();
    let began = Instant::now();
    let status = Command::new("git")
        .args(["clone", "--quiet", "--depth", "1", url, "copy"])
        .current_dir(into.path())
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .status()
        .unwrap();
    let took = began.elapsed();
    assert!(status.success());
    took
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
