//! The stage's own work against a real Git server, with the bucket in memory.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use deployer_clone_detect::{Archives, Obtained, Report, archive_key, examine, obtain};
use drydock_contract::detection::{Detection, IacType};
use drydock_contract::hosts::AllowedHosts;
use drydock_contract::input::RepositoryUrl;
use drydock_contract::session::RequestDetails;
use drydock_contract::{Session, SessionId, SessionKind, Stage, Status};
use drydock_git_server::{GitServer, Repositories, ServerOptions};
use drydock_runtime::WorkError;
use drydock_source::{Limits, Remote};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;
use tokio::time::Instant;

const TEMPLATE: &str = "AWSTemplateFormatVersion: 2010-09-09\nResources:\n  B:\n    Type: AWS::S3::Bucket\n";

#[derive(Default)]
struct Bucket(Mutex<BTreeMap<String, (Vec<u8>, Report)>>);

impl Archives for Bucket {
    async fn find(&self, key: &str) -> Result<Option<(Vec<u8>, Report)>, WorkError> {
        Ok(self.0.lock().unwrap().get(key).cloned())
    }

    async fn keep(&self, key: &str, archive: Vec<u8>, report: &Report) -> Result<(), WorkError> {
        self.0.lock().unwrap().insert(key.to_owned(), (archive, report.clone()));
        Ok(())
    }
}

struct World {
    repositories: Repositories,
    server: GitServer,
    bucket: Bucket,
    lines: Mutex<Vec<String>>,
    _folder: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let repositories = Repositories::new(folder.path()).unwrap();
        let server = GitServer::start(ServerOptions { root: repositories.root().to_owned(), token: None }).unwrap();
        Self { repositories, server, bucket: Bucket::default(), lines: Mutex::default(), _folder: folder }
    }

    fn publish(&self, repository: &str, files: &[(&str, &str)]) -> String {
        let work = tempfile::tempdir().unwrap();
        for (path, content) in files {
            let file = work.path().join(path);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, content).unwrap();
        }
        self.repositories.publish(work.path(), repository, "main").unwrap()
    }

    fn remote(&self, repository: &str) -> Remote {
        let hosts = AllowedHosts::parse("http://127.0.0.1:*").unwrap();
        let url = format!("http://127.0.0.1:{}/{repository}", self.server.port());
        Remote {
            client: drydock_aws::reqwest_client(drydock_aws::Roots::Bundled).unwrap(),
            repository: RepositoryUrl::parse(&url, &hosts).unwrap(),
            token: None,
        }
    }

    async fn examine(&self, repository: &str, branch: &str) -> Result<(Obtained, Detection), WorkError> {
        let remote = self.remote(repository);
        let session = session(&remote, branch);
        let (obtained, detection) =
            examine(&remote, &session, None, &Limits::default(), &self.bucket, soon(), |lines| async {
                self.lines.lock().unwrap().extend(lines);
                Ok(())
            })
            .await?;
        Ok((obtained, detection?))
    }

    fn said(&self) -> String {
        std::mem::take(&mut *self.lines.lock().unwrap()).join("\n")
    }
}

fn session(remote: &Remote, branch: &str) -> Session {
    Session {
        session_id: SessionId::new(SessionKind::Deploy, "0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11").unwrap(),
        kind: SessionKind::Deploy,
        status: Status::Deploying,
        stage: Stage::CloneDetect,
        attempt: 1,
        look: 0,
        version: 1,
        created_at: "2026-01-01T00:00:00.000Z".into(),
        updated_at: "2026-01-01T00:00:00.000Z".into(),
        repository: remote.repository.to_string(),
        branch: branch.to_owned(),
        project_root: None,
        message: String::new(),
        request: RequestDetails::default(),
        source: None,
        detection: None,
        target: None,
        deployed_resources: None,
        fix: None,
        sanity: None,
        deployment_job: None,
        workflow: None,
        error: None,
        outbox: None,
        claim: None,
        idempotency: None,
    }
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(60)
}

fn failure_code(result: Result<(Obtained, Detection), WorkError>) -> String {
    match result {
        Err(WorkError::Fatal(failure)) => failure.code,
        other => panic!("not a failure of the session: {other:?}"),
    }
}

#[tokio::test]
async fn a_commit_is_fetched_once_and_its_report_is_kept() {
    let world = World::new();
    world.repositories.hostile("o/n").unwrap();
    let commit = world.publish("o/n", &[("infra/template.yaml", TEMPLATE)]);
    let (first, detection) = world.examine("o/n", "main").await.unwrap();
    assert!(!first.from_cache);
    assert_eq!(first.source.commit, commit);
    assert_eq!((detection.iac_type, detection.root.as_str()), (IacType::CloudFormation, "infra"));
    assert!(world.said().contains("found a cloudformation project in infra (template.yaml)"));

    let (again, same) = world.examine("o/n", "main").await.unwrap();
    assert!(again.from_cache);
    assert_eq!((again.source, same), (first.source, detection));
    assert!(world.said().contains("taken from the clone cache"));
}

#[tokio::test]
async fn what_was_left_out_is_told_from_the_cache_as_well() {
    let world = World::new();
    world.repositories.hostile("o/n").unwrap();
    for round in ["fetched", "taken from the clone cache"] {
        assert_eq!(failure_code(world.examine("o/n", "escaping-links").await), "nothing-detected");
        let said = world.said();
        assert!(said.contains(round), "{said}");
        assert!(said.contains("left out absolute: symbolic link"), "{said}");
    }
}

#[tokio::test]
async fn the_same_commit_of_two_repositories_is_kept_twice() {
    let world = World::new();
    let files: &[(&str, &str)] = &[("template.yaml", TEMPLATE)];
    assert_eq!(world.publish("o/public", files), world.publish("o/private", files));
    let (public, _) = world.examine("o/public", "main").await.unwrap();
    let (private, _) = world.examine("o/private", "main").await.unwrap();
    assert!(!private.from_cache);
    assert_ne!(public.source.archive_key, private.source.archive_key);
}

#[tokio::test]
async fn a_damaged_archive_is_fetched_again() {
    let world = World::new();
    world.publish("o/n", &[("template.yaml", TEMPLATE)]);
    let (first, _) = world.examine("o/n", "main").await.unwrap();
    world.bucket.0.lock().unwrap().get_mut(&first.source.archive_key).unwrap().0.truncate(20);
    let (again, _) = world.examine("o/n", "main").await.unwrap();
    assert!(!again.from_cache);
    assert_eq!(again.source, first.source);
}

#[tokio::test]
async fn the_key_says_repository_and_commit() {
    let world = World::new();
    let commit = world.publish("o/n", &[("template.yaml", TEMPLATE)]);
    let remote = world.remote("o/n");
    let id = drydock_source::resolve(&remote, "main", &Limits::default()).await.unwrap();
    let key = archive_key(&remote.repository, &id);
    let parts: Vec<&str> = key.split('/').collect();
    assert_eq!((parts[0], parts[1].len(), parts[2]), ("sources", 64, format!("{commit}.zip").as_str()));
}

#[tokio::test]
async fn every_hopeless_request_fails_with_its_reason() {
    let world = World::new();
    world.publish("o/n", &[("template.yaml", TEMPLATE)]);
    world.publish("o/two", &[("a/template.yaml", TEMPLATE), ("b/template.yaml", TEMPLATE)]);
    world.publish("o/none", &[("README.md", "hello\n")]);
    world.repositories.empty("o/empty").unwrap();
    let check = async |repository: &str, branch: &str, code: &str| {
        assert_eq!(failure_code(world.examine(repository, branch).await), code, "{repository}");
    };
    check("o/n", "nope", "unknown-branch").await;
    check("o/empty", "main", "empty-repository").await;
    check("o/nowhere", "main", "repository-not-found").await;
    check("o/two", "main", "ambiguous-project").await;
    check("o/none", "main", "nothing-detected").await;
}

#[tokio::test]
async fn a_host_that_is_down_is_tried_again_later() {
    let world = World::new();
    let mut remote = world.remote("o/n");
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let hosts = AllowedHosts::parse("http://127.0.0.1:*").unwrap();
    remote.repository = RepositoryUrl::parse(&format!("http://127.0.0.1:{closed}/o/n"), &hosts).unwrap();
    let session = session(&remote, "main");
    let result =
        examine(&remote, &session, None, &Limits::default(), &world.bucket, soon(), |_| async { Ok(()) }).await;
    let Err(WorkError::Retry(reason)) = result else { panic!("{result:?}") };
    assert!(reason.contains("cannot be reached"), "{reason}");
}

/// A bucket that never answers.
struct Silent;

impl Archives for Silent {
    async fn find(&self, _: &str) -> Result<Option<(Vec<u8>, Report)>, WorkError> {
        std::future::pending().await
    }

    async fn keep(&self, _: &str, _: Vec<u8>, _: &Report) -> Result<(), WorkError> {
        std::future::pending().await
    }
}

#[tokio::test]
async fn the_whole_stage_ends_in_time_whoever_is_silent() {
    let world = World::new();
    world.publish("o/n", &[("template.yaml", TEMPLATE)]);
    // Takes connections and never says a word.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let hosts = AllowedHosts::parse("http://127.0.0.1:*").unwrap();
    let url = format!("http://127.0.0.1:{}/o/n", silent.local_addr().unwrap().port());
    let host = Remote { repository: RepositoryUrl::parse(&url, &hosts).unwrap(), ..world.remote("o/n") };
    let (remote, limits) = (world.remote("o/n"), Limits::default());
    let start = Instant::now();
    let until = start + Duration::from_millis(700);
    let (by_host, by_bucket) = tokio::join!(
        obtain(&host, "main", &limits, &world.bucket, until),
        obtain(&remote, "main", &limits, &Silent, until),
    );
    for result in [by_host, by_bucket] {
        assert!(matches!(&result, Err(WorkError::Retry(reason)) if reason.contains("in time")), "{result:?}");
    }
    assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_host_that_stays_down_is_not_tried_beyond_the_deadline() {
    let world = World::new();
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let hosts = AllowedHosts::parse("http://127.0.0.1:*").unwrap();
    let url = format!("http://127.0.0.1:{closed}/o/n");
    let remote = Remote { repository: RepositoryUrl::parse(&url, &hosts).unwrap(), ..world.remote("o/n") };
    let start = Instant::now();
    let until = start + Duration::from_millis(400);
    let result = obtain(&remote, "main", &Limits::default(), &world.bucket, until).await;
    // The reason is the host's, not the clock's.
    assert!(matches!(&result, Err(WorkError::Retry(reason)) if reason.contains("cannot be reached")), "{result:?}");
    assert!(start.elapsed() < Duration::from_millis(400), "{:?}", start.elapsed());
}
