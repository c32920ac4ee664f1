//! Pushing to a real `git http-backend`: what arrives, and what is refused.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

mod world;

use drydock_source::{Base, CommitError, Limits, Prepared, Proposal, PushError, fetch_base, push, resolve};
use drydock_tree::File;
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use world::World;

const FILES: [(&str, &str); 4] =
    [("a.txt", "a\n"), ("src/app.py", "x = 1\n"), ("src/deep/run.sh", "#!/bin/sh\n"), ("z.txt", "z\n")];

/// `None` deletes.
fn proposal(edits: &[(&str, Option<&str>)]) -> Proposal {
    let file = |path: &str, text: &str| File { data: text.into(), executable: path.ends_with(".sh") };
    Proposal {
        message: "Repair the app\n\nIt was broken.".to_owned(),
        author_name: "Drydock <x>\n".to_owned(),
        author_email: "drydock@example.invalid".to_owned(),
        seconds: 1_700_000_000,
        edits: edits.iter().map(|(path, text)| ((*path).to_owned(), text.map(|text| file(path, text)))).collect(),
    }
}

async fn base(world: &World) -> Base {
    world.publish("o/n", "main", &FILES);
    fetch_base(&world.remote("o/n"), "main", &Limits::default()).await.unwrap().1
}

async fn pushed(world: &World, branch: &str, prepared: &Prepared) -> Result<bool, PushError> {
    push(&world.remote("o/n"), branch, prepared, &Limits::default()).await.map(|pushed| pushed.already)
}

fn hook(world: &World, name: &str, script: &str) {
    let folder = world.repositories.empty("o/n").unwrap().join("hooks");
    std::fs::create_dir_all(&folder).unwrap();
    let hook = folder.join(name);
    std::fs::write(&hook, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[tokio::test]
async fn exactly_what_was_edited_arrives() {
    let world = World::writable();
    let edits = [("src/deep/run.sh", Some("#!/bin/bash\n")), ("new/dir/b.txt", Some("b\n")), ("z.txt", None)];
    let prepared = base(&world).await.commit(&proposal(&edits)).unwrap();
    assert_eq!(pushed(&world, "fix/1", &prepared).await, Ok(false));

    let git = |words: &[&str]| world.git("o/n", words);
    assert_eq!(git(&["fsck", "--full", "--strict"]), "");
    assert_eq!(git(&["rev-parse", "fix/1"]), prepared.commit.as_str());
    assert_eq!(
        git(&["diff", "--name-status", "main", "fix/1"]),
        "A\tnew/dir/b.txt\nM\tsrc/deep/run.sh\nD\tz.txt",
        "and nothing else"
    );
    assert!(git(&["ls-tree", "fix/1", "src/deep/run.sh"]).starts_with("100755"));
    assert_eq!(
        git(&["log", "-1", "--format=%an|%ae|%P|%B", "fix/1"]),
        format!("Drydock x|drydock@example.invalid|{}|Repair the app\n\nIt was broken.", git(&["rev-parse", "main"]))
    );
    // Commit, root, new, new/dir, its blob, src, src/deep, its blob.
    assert_eq!(prepared.objects, 8);
}

#[tokio::test]
async fn a_push_can_be_repeated_but_not_over_another_commit() {
    let world = World::writable();
    let base = base(&world).await;
    let first = base.commit(&proposal(&[("a.txt", Some("1\n"))])).unwrap();
    let again = base.commit(&proposal(&[("a.txt", Some("1\n"))])).unwrap();
    let other = base.commit(&proposal(&[("a.txt", Some("2\n"))])).unwrap();
    assert_eq!(first, again);
    assert_eq!(pushed(&world, "fix/1", &first).await, Ok(false));
    assert_eq!(pushed(&world, "fix/1", &again).await, Ok(true));
    let error = pushed(&world, "fix/1", &other).await.unwrap_err();
    assert_eq!(error.code(), "branch-moved");
    assert!(error.to_string().contains(first.commit.as_str()), "{error}");
    let stands = resolve(&world.remote("o/n"), "fix/1", &Limits::default()).await.unwrap();
    assert_eq!(stands, first.commit);
}

#[tokio::test]
async fn a_refusal_comes_back_with_what_the_hook_says() {
    let world = World::writable();
    let prepared = base(&world).await.commit(&proposal(&[("a.txt", Some("1\n"))])).unwrap();
    hook(&world, "pre-receive", "echo 'sign your commits' >&2; echo 'see the handbook' >&2; exit 1");
    let error = pushed(&world, "fix/1", &prepared).await.unwrap_err();
    assert_eq!(error.code(), "push-refused");
    let text = error.to_string();
    assert!(
        text.contains("pre-receive hook declined") && text.contains("sign your commits | see the handbook"),
        "{text}"
    );
    assert!(resolve(&world.remote("o/n"), "fix/1", &Limits::default()).await.is_err());
}

#[tokio::test]
async fn a_protected_branch_is_refused() {
    let world = World::writable();
    let prepared = base(&world).await.commit(&proposal(&[("a.txt", Some("1\n"))])).unwrap();
    hook(&world, "update", "case $1 in refs/heads/fix/*) echo 'protected' >&2; exit 1;; esac");
    let error = pushed(&world, "fix/1", &prepared).await.unwrap_err();
    assert!(error.code() == "push-refused" && error.to_string().contains("protected"), "{error}");
    assert_eq!(pushed(&world, "other", &prepared).await, Ok(false));
}

#[tokio::test]
async fn who_may_only_read_is_told_so() {
    let world = World::new();
    let prepared = base(&world).await.commit(&proposal(&[("a.txt", Some("1\n"))])).unwrap();
    let error = pushed(&world, "fix/1", &prepared).await.unwrap_err();
    assert_eq!(error.code(), "push-not-allowed");
    let gone = push(&world.remote("o/gone"), "fix/1", &prepared, &Limits::default()).await.unwrap_err();
    assert_eq!(gone.code(), "repository-not-found");
}

#[tokio::test]
async fn what_is_no_file_is_not_written_over() {
    let world = World::writable();
    let base = base(&world).await;
    let check = |path: &str, expected: &str| {
        let error = base.commit(&proposal(&[(path, Some("x"))])).unwrap_err();
        assert_eq!(error, CommitError::Occupied(expected.to_owned()), "{path}");
    };
    check("src", "src");
    check("a.txt/b", "a.txt");
    check("src/app.py/x/y", "src/app.py");
    assert_eq!(base.commit(&proposal(&[("a.txt", Some("a\n"))])), Err(CommitError::NoChange));
    let nothing = Proposal { edits: BTreeMap::new(), ..proposal(&[]) };
    assert_eq!(base.commit(&nothing), Err(CommitError::NoChange));
    assert_eq!(base.commit(&proposal(&[("nowhere", None)])), Err(CommitError::NoChange));
}
