//! Fetching from a real `git http-backend`, from repositories as people and as attackers make them.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

mod world;

use drydock_git_server::Hostile;
use drydock_source::{Credentials, Exceeded, Limits, SourceError, Token, fetch, resolve};
use std::time::Duration;
use world::{World, remote};

#[tokio::test]
async fn a_branch_arrives_as_it_was_pushed() {
    let world = World::new();
    let commit = world.publish("o/n", "main", &[("a.txt", "a\n"), ("src/run.sh", "#!/bin/sh\n")]);
    world.publish("o/n", "feature/x", &[("b.txt", "b\n")]);
    let remote = world.remote("o/n");
    assert_eq!(resolve(&remote, "main", &Limits::default()).await.unwrap().as_str(), commit);
    let fetched = fetch(&remote, "main", &Limits::default()).await.unwrap();
    assert_eq!(fetched.commit.as_str(), commit);
    assert_eq!(fetched.tree.paths().collect::<Vec<_>>(), ["a.txt", "src/run.sh"]);
    assert_eq!(fetched.tree.text("a.txt"), Some("a\n"));
    assert!(fetched.tree.get("src/run.sh").unwrap().executable);
    assert!(!fetched.tree.get("a.txt").unwrap().executable);
    assert_eq!(fetched.skipped, []);
    let other = fetch(&remote, "feature/x", &Limits::default()).await.unwrap();
    assert_eq!(other.tree.paths().collect::<Vec<_>>(), ["b.txt"]);
}

#[tokio::test]
async fn an_unknown_branch_is_told_with_those_that_exist() {
    let world = World::new();
    for branch in ["main", "develop", "main2"] {
        world.publish("o/n", branch, &[("a.txt", "a\n")]);
    }
    let remote = world.remote("o/n");
    let known = ["develop", "main", "main2"].map(str::to_owned).to_vec();
    for branch in ["Main3", "mai", "main/x"] {
        let expected = SourceError::UnknownBranch { branch: branch.to_owned(), known: known.clone(), total: 3 };
        assert_eq!(resolve(&remote, branch, &Limits::default()).await, Err(expected.clone()));
        assert_eq!(fetch(&remote, branch, &Limits::default()).await.unwrap_err(), expected);
    }
}

#[tokio::test]
async fn an_empty_repository_is_told_from_an_unknown_branch() {
    let world = World::new();
    world.repositories.empty("o/empty").unwrap();
    let empty = world.remote("o/empty");
    assert_eq!(resolve(&empty, "main", &Limits::default()).await, Err(SourceError::EmptyRepository));
    world.publish("o/bare", "main", &[]);
    let error = fetch(&world.remote("o/bare"), "main", &Limits::default()).await.unwrap_err();
    assert_eq!(error, SourceError::EmptyBranch { branch: "main".to_owned() });
}

#[tokio::test]
async fn what_is_not_there_or_does_not_answer() {
    let world = World::new();
    let missing = resolve(&world.remote("o/nowhere"), "main", &Limits::default()).await.unwrap_err();
    assert_eq!(missing.code(), "repository-not-found");
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let closed = resolve(&remote(port, "o/n"), "main", &Limits::default()).await.unwrap_err();
    assert!(closed.is_retryable());
    assert!(closed.to_string().starts_with(&format!("127.0.0.1:{port} cannot be reached: ")), "{closed}");
    assert!(closed.to_string().contains("refused"), "{closed}");
}

#[tokio::test]
async fn a_private_repository_asks_who_is_there() {
    let world = World::private("s3cret");
    world.publish("o/n", "main", &[("a.txt", "a\n")]);
    let mut remote = world.remote("o/n");
    let check = |error: SourceError, expected: Credentials| {
        let SourceError::AuthenticationRequired { credentials, .. } = &error else { panic!("{error}") };
        assert_eq!(*credentials, expected);
        assert!(!format!("{error} {error:?} {:?}", error.failure()).contains("s3cret"));
    };
    check(resolve(&remote, "main", &Limits::default()).await.unwrap_err(), Credentials::None);
    // Loopback is plain HTTP: not even the right token is sent there.
    remote.token = Token::new("s3cret", "github.com");
    check(fetch(&remote, "main", &Limits::default()).await.unwrap_err(), Credentials::NotEncrypted);
}

#[tokio::test]
async fn hostile_trees_are_harmless_and_reported() {
    let world = World::new();
    world.repositories.hostile("evil/all").unwrap();
    let remote = world.remote("evil/all");
    for kind in Hostile::ALL {
        let fetched = fetch(&remote, kind.branch(), &Limits::default()).await.unwrap();
        let kept: &[&str] = match kind {
            Hostile::Submodule => &[".gitmodules", "ok.txt"],
            Hostile::LfsPointer => &[".gitattributes", "ok.txt"],
            Hostile::LinkAndFolder => &["data/through-the-link.txt", "ok.txt"],
            _ => &["ok.txt"],
        };
        assert_eq!(fetched.tree.paths().collect::<Vec<_>>(), kept, "{kind:?}");
        let reported: Vec<_> = fetched.skipped.iter().map(|skip| (skip.path.as_str(), skip.reason.as_str())).collect();
        let expected: &[(&str, &str)] = match kind {
            Hostile::EscapingLinks => &[("absolute", "symbolic link"), ("relative", "symbolic link")],
            Hostile::DotDot => &[("..", "unsafe name")],
            Hostile::SlashName => &[("../climbed.txt", "unsafe name")],
            Hostile::AbsoluteName => &[("/tmp/drydock-hostile-outside/absolute.txt", "unsafe name")],
            Hostile::DotGit => &[(".git", "unsafe name")],
            Hostile::UpperDotGit => &[(".GIT", "unsafe name")],
            Hostile::ShortDotGit => &[("GIT~1", "unsafe name")],
            Hostile::LinkAndFolder => &[("data", "symbolic link")],
            Hostile::LinkedGitmodules => &[(".gitmodules", "symbolic link")],
            Hostile::Submodule => &[("inner", "submodule")],
            Hostile::LfsPointer => &[("model.bin", "Git LFS pointer: its content is not in the repository")],
            Hostile::NonUtf8Name => &[("caf\u{fffd}.txt", "name is not UTF-8")],
            Hostile::ControlName => {
                &[("a\u{fffd}2038-01-19T03:14:07Z deploy success\u{fffd}[2J", "unsafe name: with control characters")]
            }
        };
        assert_eq!(reported, expected, "{kind:?}");
    }
    assert!(!std::path::Path::new(drydock_git_server::hostile::OUTSIDE).exists());
}

#[tokio::test]
async fn a_bomb_is_defused_before_it_unpacks() {
    let world = World::new();
    world.repositories.bomb("evil/bomb", "main", 64 << 20).unwrap();
    let limits = Limits { object_bytes: 16 << 20, ..Limits::default() };
    let error = fetch(&world.remote("evil/bomb"), "main", &limits).await.unwrap_err();
    assert_eq!(error, SourceError::Limit(Exceeded::ObjectBytes(16 << 20)));
}

#[tokio::test]
async fn folders_that_contain_each_other_do_not_multiply() {
    let world = World::new();
    world.nested_trees("evil/trees", 10, 10);
    let error = fetch(&world.remote("evil/trees"), "main", &Limits::default()).await.unwrap_err();
    assert_eq!(error, SourceError::Limit(Exceeded::Entries(Limits::default().entries)));
    world.nested_trees("evil/deep", 1, 200);
    let deep = fetch(&world.remote("evil/deep"), "main", &Limits::default()).await.unwrap();
    assert_eq!(deep.skipped[0].reason, "deeper than 64 folders");
}

#[tokio::test]
async fn every_limit_holds() {
    let world = World::new();
    let noise: String = (0..20_000_u32).map(|n| format!("{:x}", n.wrapping_mul(2_654_435_761))).collect();
    world.publish("o/n", "main", &[("big.txt", &noise), ("small.txt", "x\n")]);
    let remote = world.remote("o/n");
    let default = Limits::default();
    let check = async |limits: Limits, expected: SourceError| {
        assert_eq!(fetch(&remote, "main", &limits).await.unwrap_err(), expected);
    };
    let exceeded = SourceError::Limit;
    check(Limits { wire_bytes: 20_000, ..default }, exceeded(Exceeded::WireBytes(20_000))).await;
    check(Limits { objects: 3, ..default }, exceeded(Exceeded::Objects(3))).await;
    check(Limits { object_bytes: 60_000, ..default }, exceeded(Exceeded::ObjectBytes(60_000))).await;
    check(Limits { entries: 1, ..default }, exceeded(Exceeded::Entries(1))).await;
    check(Limits { tree_bytes: 60_000, ..default }, exceeded(Exceeded::TreeBytes(60_000))).await;
    check(Limits { time: Duration::ZERO, ..default }, SourceError::TimedOut).await;
    let skipping = fetch(&remote, "main", &Limits { file_bytes: 60_000, ..default }).await.unwrap();
    assert_eq!(skipping.tree.paths().collect::<Vec<_>>(), ["small.txt"]);
    assert_eq!((skipping.skipped_count, skipping.skipped[0].path.as_str()), (1, "big.txt"));
    fetch(&remote, "main", &Limits { objects: 4, entries: 2, ..default }).await.unwrap();
}
