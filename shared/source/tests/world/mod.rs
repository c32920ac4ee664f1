//! Repositories, a server for them, and servers that only pretend.
#![allow(dead_code, reason = "each test file uses a part of it")]

use drydock_contract::hosts::AllowedHosts;
use drydock_contract::input::RepositoryUrl;
use drydock_git_server::{GitServer, Repositories, ServerOptions};
use drydock_source::Remote;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

pub struct World {
    pub repositories: Repositories,
    pub server: GitServer,
    folder: tempfile::TempDir,
}

impl World {
    pub fn new() -> Self {
        Self::start(None)
    }

    /// Everybody may push.
    pub fn writable() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let repositories = Repositories::new(folder.path()).unwrap();
        let options = ServerOptions { root: repositories.root().to_owned(), token: None };
        Self { repositories, server: GitServer::start_writable(options).unwrap(), folder }
    }

    /// What git says of a repository, on standard output.
    pub fn git(&self, repository: &str, words: &[&str]) -> String {
        let bare = self.repositories.empty(repository).unwrap();
        let output = Command::new("git").arg("--git-dir").arg(bare).args(words).output().unwrap();
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    pub fn private(token: &str) -> Self {
        Self::start(Some(token.to_owned()))
    }

    fn start(token: Option<String>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let repositories = Repositories::new(folder.path()).unwrap();
        let server = GitServer::start(ServerOptions { root: repositories.root().to_owned(), token }).unwrap();
        Self { repositories, server, folder }
    }

    pub fn remote(&self, name: &str) -> Remote {
        remote(self.server.port(), name)
    }

    /// Commits `files` and returns the commit's id; those that end with `.sh` are executable.
    pub fn publish(&self, repository: &str, branch: &str, files: &[(&str, &str)]) -> String {
        let work = tempfile::tempdir().unwrap();
        for (path, content) in files {
            let file = work.path().join(path);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(&file, content).unwrap();
            let mode = if path.ends_with(".sh") { 0o755 } else { 0o644 };
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        }
        self.repositories.publish(work.path(), repository, branch).unwrap()
    }

    /// `depth` trees, each of which holds the one below it `width` times.
    pub fn nested_trees(&self, repository: &str, width: usize, depth: usize) {
        let bare = self.repositories.empty(repository).unwrap();
        let git = |words: &[&str], input: &str| {
            let mut child = Command::new("git")
                .arg("--git-dir")
                .arg(&bare)
                .args(["-c", "user.name=t", "-c", "user.email=t@example.invalid"])
                .args(words)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
            String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap().trim().to_owned()
        };
        let blob = git(&["hash-object", "-w", "--stdin"], "x\n");
        let mut tree = git(&["mktree"], &format!("100644 blob {blob}\tx.txt\n"));
        for _ in 0..depth {
            let entries: String = (0..width).map(|n| format!("040000 tree {tree}\td{n}\n")).collect();
            tree = git(&["mktree"], &entries);
        }
        let commit = git(&["commit-tree", &tree, "-m", "trees"], "");
        git(&["update-ref", "refs/heads/main", &commit], "");
    }
}

pub fn remote(port: u16, name: &str) -> Remote {
    let hosts = AllowedHosts::parse("http://127.0.0.1:*").unwrap();
    Remote {
        client: drydock_aws::reqwest_client(drydock_aws::Roots::Bundled).unwrap(),
        repository: RepositoryUrl::parse(&format!("http://127.0.0.1:{port}/{name}"), &hosts).unwrap(),
        token: None,
    }
}

/// Gives one answer to every path with a prefix and passes everything else on to another port.
pub struct FakeServer {
    pub port: u16,
    seen: Arc<Mutex<Vec<String>>>,
}

impl FakeServer {
    pub fn answering(prefix: &str, answer: &str, other: Option<u16>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (prefix, answer, log) = (prefix.to_owned(), answer.to_owned(), Arc::clone(&seen));
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let (prefix, answer, log) = (prefix.clone(), answer.clone(), Arc::clone(&log));
                std::thread::spawn(move || serve(client, &prefix, &answer, other, &log));
            }
        });
        Self { port, seen }
    }

    /// The first lines of all requests so far.
    pub fn requests(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

fn serve(mut client: TcpStream, prefix: &str, answer: &str, other: Option<u16>, log: &Mutex<Vec<String>>) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(read) = client.read(&mut buffer)
        && read > 0
    {
        let head = String::from_utf8_lossy(&buffer[..read]).into_owned();
        let first = head.lines().next().unwrap_or_default().to_owned();
        let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
        log.lock().unwrap().push(first);
        if path.starts_with(prefix) {
            if client.write_all(answer.as_bytes()).is_err() {
                return;
            }
            if answer.ends_with("\r\n00") {
                return;
            }
            continue;
        }
        let Some(port) = other else { return };
        let mut server = TcpStream::connect(("127.0.0.1", port)).unwrap();
        server.write_all(&buffer[..read]).unwrap();
        let (mut from_client, mut to_server) = (client.try_clone().unwrap(), server.try_clone().unwrap());
        std::thread::spawn(move || std::io::copy(&mut from_client, &mut to_server));
        let _ = std::io::copy(&mut server, &mut client);
        return;
    }
}
