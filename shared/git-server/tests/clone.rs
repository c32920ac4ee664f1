//! A real `git clone` from the server.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use drydock_git_server::{GitServer, Hostile, Repositories, ServerOptions};
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

struct World {
    root: TempDir,
    server: GitServer,
}

fn world(token: Option<&str>) -> World {
    let root = tempfile::tempdir().unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("src")).unwrap();
    std::fs::write(folder.path().join("template.yaml"), "Resources: {}\n").unwrap();
    std::fs::write(folder.path().join("src/app.py"), vec![b'x'; 3_000_000]).unwrap();
    Repositories::new(root.path()).unwrap().publish(folder.path(), "owner/name", "main").unwrap();
    let options = ServerOptions { root: root.path().to_owned(), token: token.map(str::to_owned) };
    World { server: GitServer::start(options).unwrap(), root }
}

fn git(folder: &Path, words: &[&str]) -> Output {
    Command::new("git")
        .args(words)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_TERMINAL_PROMPT", "0")
        .output()
        .unwrap()
}

#[track_caller]
fn check_clone(url: &str, expected_error: Option<&str>) {
    let into = tempfile::tempdir().unwrap();
    let output = git(into.path(), &["clone", "--quiet", url, "copy"]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    match expected_error {
        None => {
            assert!(output.status.success(), "{stderr}");
            assert_eq!(std::fs::metadata(into.path().join("copy/src/app.py")).unwrap().len(), 3_000_000);
        }
        Some(text) => assert!(!output.status.success() && stderr.contains(text), "{stderr}"),
    }
}

#[test]
fn a_repository_is_cloned_with_and_without_git_at_the_end() {
    let world = world(None);
    check_clone(&world.server.repository("owner/name"), None);
    check_clone(&world.server.repository("owner/name.git"), None);
    check_clone(&world.server.repository("owner/other"), Some("not found"));
    check_clone(&format!("{}/owner/..%2f..%2fetc", world.server.url()), Some("not found"));
}

#[test]
fn a_token_is_asked_for() {
    let world = world(Some("s3cret"));
    let port = world.server.port();
    check_clone(&world.server.repository("owner/name"), Some("could not read Username"));
    check_clone(&format!("http://x-access-token:wrong@127.0.0.1:{port}/owner/name"), Some("Authentication failed"));
    check_clone(&format!("http://x-access-token:s3cret@127.0.0.1:{port}/owner/name"), None);
}

#[test]
fn an_empty_repository_is_served() {
    let world = world(None);
    Repositories::new(world.root.path()).unwrap().empty("owner/empty").unwrap();
    let output = git(world.root.path(), &["ls-remote", &world.server.repository("owner/empty")]);
    assert!(output.status.success() && output.stdout.is_empty());
}

#[test]
fn pushing_is_refused() {
    let world = world(None);
    let into = tempfile::tempdir().unwrap();
    git(into.path(), &["clone", "--quiet", &world.server.repository("owner/name"), "copy"]);
    let output = git(&into.path().join("copy"), &["push", "origin", "main:other"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("403"), "{output:?}");
}

#[test]
fn hostile_trees_are_handed_out() {
    let world = world(None);
    let repositories = Repositories::new(world.root.path()).unwrap();
    repositories.hostile("evil/all").unwrap();
    repositories.bomb("evil/bomb", "main", 50_000_000).unwrap();
    let output = git(world.root.path(), &["ls-remote", "--heads", &world.server.repository("evil/all")]);
    assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), Hostile::ALL.len());
    let into = tempfile::tempdir().unwrap();
    let clone = ["clone", "--quiet", "--bare", "--mirror", &world.server.repository("evil/all"), "all"];
    assert!(git(into.path(), &clone).status.success());
    let listed = git(&into.path().join("all"), &["ls-tree", "-r", Hostile::DotDot.branch()]);
    assert!(String::from_utf8_lossy(&listed.stdout).contains("../climbed.txt"), "{listed:?}");
    let clone = ["clone", "--quiet", "--bare", &world.server.repository("evil/bomb"), "bomb"];
    assert!(git(into.path(), &clone).status.success());
    let size = git(&into.path().join("bomb"), &["cat-file", "-s", "main:zero.bin"]);
    assert_eq!(String::from_utf8_lossy(&size.stdout).trim(), "50000000");
}

#[test]
fn the_server_stops_when_it_is_dropped() {
    let world = world(None);
    let port = world.server.port();
    drop(world.server);
    assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err());
}
