//! Real Git over HTTP on loopback, for the demo and for tests: bare repositories of a folder, served through
//! git's own `git http-backend` (<https://git-scm.com/docs/git-http-backend>).
//!
//! ```no_run
//! # fn main() -> Result<(), drydock_git_server::GitServerError> {
//! use drydock_git_server::{GitServer, Repositories, ServerOptions};
//! let root = std::path::Path::new("/tmp/repositories");
//! Repositories::new(root)?.publish("examples/sam-python-api".as_ref(), "examples/sam-python-api", "main")?;
//! let server = GitServer::start(ServerOptions { root: root.to_owned(), token: None })?;
//! println!("{}", server.repository("examples/sam-python-api"));
//! # Ok(())
//! # }
//! ```
//!
//! Read-only unless it is started writable: fetching is served, pushing is refused. Nothing that a repository contains is ever executed, and the
//! person's own Git configuration is never read.

mod backend;
mod git;
pub mod hostile;
mod repositories;
mod server;

pub use hostile::Hostile;
pub use repositories::Repositories;
pub use server::{GitServer, ServerOptions};

use std::io;
use std::path::PathBuf;

/// What can go wrong here, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum GitServerError {
    /// No `git` on this machine.
    #[error("cannot run `git`: {0}; install Git (such as `apt-get install git`) and try again")]
    GitMissing(io::Error),
    /// A git without its HTTP server.
    #[error(
        "`{0}` is missing; this git was installed without its HTTP server, on some systems a package of its own \
         (`git-daemon`, `git-core`)"
    )]
    NoHttpBackend(PathBuf),
    /// A git command said no.
    #[error("`git {command}` failed: {stderr}")]
    Git {
        /// Its arguments.
        command: String,
        /// What it wrote.
        stderr: String,
    },
    /// The name is not `owner/name`.
    #[error("`{0}` is no repository name: write owner/name with letters, digits, `.`, `_` and `-`")]
    InvalidName(String),
    /// The system said no.
    #[error("cannot {doing}: {source}")]
    Io {
        /// What was being done.
        doing: String,
        /// Why it could not be done.
        source: io::Error,
    },
}

impl GitServerError {
    pub(crate) fn io(doing: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let doing = doing.into();
        move |source| Self::Io { doing, source }
    }
}
