//! The Git host of the tests: one server for all of them, and one that asks for a token.

use drydock_git_server::{GitServer, Repositories, ServerOptions};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};

/// The token that the private server wants, and that no test gives it.
const TOKEN: &str = "a-token-that-nobody-has";

/// Every repository of this run.
pub struct GitHost {
    repositories: Repositories,
    /// Two tests may publish the same example; git lets only one write at a time.
    publishing: Mutex<()>,
    open: GitServer,
    private: GitServer,
}

/// The host, started on first use. It has a thread of its own and lives as long as the process.
pub fn host() -> &'static GitHost {
    static HOST: OnceLock<GitHost> = OnceLock::new();
    HOST.get_or_init(|| {
        // Tests of another stack may run at the same time.
        let stack = std::env::var("AWS_ENDPOINT_URL").unwrap_or_default();
        let stack: String = stack.chars().filter(char::is_ascii_digit).collect();
        let root = workspace().join("target/e2e/repositories").join(stack);
        // What the last run left behind.
        let _ = std::fs::remove_dir_all(&root);
        let repositories = Repositories::new(&root).unwrap();
        let serve = |token: Option<&str>| {
            GitServer::start(ServerOptions { root: root.clone(), token: token.map(str::to_owned) }).unwrap()
        };
        GitHost { open: serve(None), private: serve(Some(TOKEN)), repositories, publishing: Mutex::new(()) }
    })
}

impl GitHost {
    /// Publishes a folder of `examples/` as `examples/<name>` and gives its URL.
    pub fn example(&self, name: &str) -> String {
        self.folder(&workspace().join("examples").join(name), &format!("examples/{name}"))
    }

    /// Publishes a folder under a name on `main` and gives its URL.
    pub fn folder(&self, folder: &Path, repository: &str) -> String {
        let _one_at_a_time = self.publishing.lock();
        self.repositories.publish(folder, repository, "main").unwrap();
        self.open.repository(repository)
    }

    /// Publishes files, given as path and content, under a name on `main` and gives the URL.
    pub fn files(&self, repository: &str, files: &[(&str, &str)]) -> String {
        let folder = self.repositories.root().join(".folders").join(repository);
        for (path, content) in files {
            let path = folder.join(path);
            std::fs::create_dir_all(path.parent().expect("a file is in a folder")).unwrap();
            std::fs::write(path, content).unwrap();
        }
        self.folder(&folder, repository)
    }

    /// The URL of an example on the server that asks for a token.
    pub fn private_example(&self, name: &str) -> String {
        self.example(name);
        self.private.repository(&format!("examples/{name}"))
    }

    /// The URL of a repository without any commit.
    pub fn empty(&self) -> String {
        let _one_at_a_time = self.publishing.lock();
        self.repositories.empty("nobody/empty").unwrap();
        self.open.repository("nobody/empty")
    }

    /// The URL of a repository with one branch for each kind of attack.
    pub fn hostile(&self) -> String {
        static MADE: OnceLock<()> = OnceLock::new();
        MADE.get_or_init(|| self.repositories.hostile("evil/trees").unwrap());
        self.open.repository("evil/trees")
    }

    /// The URL of a repository whose only file unpacks to so many bytes.
    pub fn bomb(&self, bytes: u64) -> String {
        self.repositories.bomb("evil/bomb", "main", bytes).unwrap();
        self.open.repository("evil/bomb")
    }
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package is in the workspace").to_owned()
}
