//! Git's protocol: where a branch stands, and one commit without its history.

use crate::error::{Exceeded, SourceError};
use crate::http::Wire;
use crate::progress::ObjectCount;
use crate::text::printable;
use crate::{CommitId, Deadline, Limits, Remote};
use gix::bstr::{BString, ByteSlice};
use gix::progress::Discard;
use gix::protocol::handshake::Ref;
use gix::remote::fetch::{RefMap, Shallow};
use gix::remote::ref_map;
use gix::{ObjectId, Repository};
use gix_transport::Protocol;
use gix_transport::client::blocking_io::http::Transport;
use std::num::NonZeroU32;
use tempfile::TempDir;
use tokio::runtime::Handle;

/// How many branches an error names.
const NAMED_BRANCHES: usize = 10;

/// One visit to a repository.
pub(crate) struct Session {
    wire: Wire,
    url: String,
    pub(crate) limits: Limits,
    pub(crate) deadline: Deadline,
}

/// A bare repository in a folder that goes away with it.
pub(crate) struct Scratch {
    pub(crate) repository: Repository,
    // Dropped after the repository, whose files lie in it.
    _folder: TempDir,
}

impl Scratch {
    fn new(limits: &Limits) -> Result<Self, SourceError> {
        let disk = |reason: String| SourceError::Disk { reason };
        let folder = TempDir::with_prefix("drydock-source-").map_err(|error| disk(error.to_string()))?;
        // Isolated: no configuration of the user or the system, no environment, no credential helper.
        let options = gix::open::Options::isolated().config_overrides([
            // Where depth-1 fetches note what they left out.
            "gitoxide.core.shallowFile=shallow".to_owned(),
            // Without it a pack of some hundred kilobytes may unpack to gigabytes.
            format!("gitoxide.objects.allocLimit={}", limits.object_bytes),
        ]);
        let repository =
            gix::ThreadSafeRepository::init_opts(folder.path(), gix::create::Kind::Bare, Default::default(), options)
                .map_err(|error| disk(error.to_string()))?
                .to_thread_local();
        Ok(Self { repository, _folder: folder })
    }
}

impl Session {
    pub(crate) fn new(remote: &Remote, limits: Limits, deadline: Deadline, runtime: Handle) -> Self {
        let wire = Wire::new(remote, &limits, deadline.clone(), runtime);
        Self { wire, url: remote.repository.as_str().to_owned(), limits, deadline }
    }

    /// Where `branch` stands.
    pub(crate) fn tip(&self, branch: &str) -> Result<CommitId, SourceError> {
        let scratch = Scratch::new(&self.limits)?;
        let refs = self.refs(&scratch.repository, &full_name(branch))?;
        match tip_of(&refs, branch) {
            Some(id) => Ok(CommitId(id.to_string())),
            None => Err(self.no_such_branch(&scratch.repository, branch)),
        }
    }

    /// Fetches the commit of `branch` and everything that it consists of.
    pub(crate) fn fetch(&self, branch: &str) -> Result<(Scratch, ObjectId), SourceError> {
        let scratch = Scratch::new(&self.limits)?;
        let repository = &scratch.repository;
        let explain = |error: gix::Error| self.explain(&error);
        let remote = self.remote(repository)?;
        let prepared = remote
            .to_connection_with_transport(self.transport()?)
            .with_credentials(|_| Ok(None))
            .prepare_fetch(Discard, options(&full_name(branch))?)
            .map_err(explain)?;
        let Some(tip) = tip_of(prepared.ref_map(), branch) else {
            return Err(self.no_such_branch(repository, branch));
        };
        let count = ObjectCount::new(self.limits.objects, &self.deadline.passed);
        let received = prepared
            .with_shallow(Shallow::DepthAtRemote(NonZeroU32::MIN))
            .receive(count.clone(), &self.deadline.passed);
        if count.exceeded() {
            return Err(SourceError::Limit(Exceeded::Objects(self.limits.objects)));
        }
        received.map_err(explain)?;
        let commit = repository.find_object(tip).and_then(|object| Ok(object.peel_to_commit()?.id)).map_err(explain)?;
        Ok((scratch, commit))
    }

    fn refs(&self, repository: &Repository, spec: &str) -> Result<RefMap, SourceError> {
        let remote = self.remote(repository)?;
        let connection = remote.to_connection_with_transport(self.transport()?).with_credentials(|_| Ok(None));
        let (refs, _) = connection.ref_map(Discard, options(spec)?).map_err(|error| self.explain(&error))?;
        Ok(refs)
    }

    fn remote<'repo>(&self, repository: &'repo Repository) -> Result<gix::Remote<'repo>, SourceError> {
        let remote = repository.remote_at(self.url.as_str()).map_err(|error| self.explain(&error))?;
        Ok(remote.with_fetch_tags(gix::remote::fetch::Tags::None))
    }

    fn transport(&self) -> Result<Transport<Wire>, SourceError> {
        let url = gix::url::parse(self.url.as_str()).map_err(|error| protocol(&error.to_string()))?;
        Ok(Transport::new_http(self.wire.clone(), url, Protocol::V2, false))
    }

    /// For a push: its first answer lists all branches, which protocol 2 has no push for.
    pub(crate) fn receive_pack(&self) -> Result<Transport<Wire>, SourceError> {
        let url = gix::url::parse(self.url.as_str()).map_err(|error| protocol(&error.to_string()))?;
        Ok(Transport::new_http(self.wire.clone(), url, Protocol::V1, false))
    }

    /// What went wrong on the wire first, if anything did.
    pub(crate) fn failure(&self) -> Option<SourceError> {
        self.wire.failure().or_else(|| self.deadline.check().err())
    }

    /// The branches that there are, so that a slip is seen at once.
    fn no_such_branch(&self, repository: &Repository, branch: &str) -> SourceError {
        match self.refs(repository, "refs/heads/*:refs/heads/*") {
            Ok(refs) => {
                let names: Vec<String> = refs.remote_refs.iter().filter_map(branch_name).collect();
                if names.is_empty() { SourceError::EmptyRepository } else { unknown_branch(branch, names) }
            }
            Err(error) => error,
        }
    }

    /// Our own reason if there is one: gix only repeats it.
    fn explain(&self, error: &gix::Error) -> SourceError {
        if let Some(failure) = self.wire.failure() {
            return failure;
        }
        if let Err(timed_out) = self.deadline.check() {
            return timed_out;
        }
        if error.is_resource_exhausted() {
            return SourceError::Limit(Exceeded::ObjectBytes(self.limits.object_bytes));
        }
        let reasons: Vec<String> = error.iter_errors().map(ToString::to_string).collect();
        protocol(&reasons.join(": "))
    }
}

fn protocol(reason: &str) -> SourceError {
    SourceError::Protocol { reason: printable(reason, 300) }
}

fn full_name(branch: &str) -> String {
    format!("refs/heads/{branch}")
}

fn options(spec: &str) -> Result<ref_map::Options, SourceError> {
    let spec = gix::refspec::parse(spec.into(), gix::refspec::parse::Operation::Fetch)
        .map_err(|error| protocol(&format!("`{spec}` is no name of a branch: {error}")))?;
    Ok(ref_map::Options { extra_refspecs: vec![spec.to_owned()], ..Default::default() })
}

fn tip_of(refs: &RefMap, branch: &str) -> Option<ObjectId> {
    let wanted = BString::from(full_name(branch));
    refs.remote_refs.iter().find_map(|reference| {
        let (name, target, peeled) = reference.unpack();
        if *name == wanted { peeled.or(target).map(ToOwned::to_owned) } else { None }
    })
}

fn branch_name(reference: &Ref) -> Option<String> {
    let (name, target, _) = reference.unpack();
    target?;
    name.strip_prefix(b"refs/heads/").map(|name| printable(&name.to_str_lossy(), 100))
}

/// Names first what looks like a slip of `branch`.
fn unknown_branch(branch: &str, mut names: Vec<String>) -> SourceError {
    let usual = ["main", "master", "develop", "dev"];
    let total = names.len();
    let rank = |name: &String| {
        if name.eq_ignore_ascii_case(branch) {
            0
        } else if name.ends_with(&format!("/{branch}")) || branch.ends_with(&format!("/{name}")) {
            1
        } else if usual.contains(&name.as_str()) {
            2
        } else {
            3
        }
    };
    names.sort_by_key(|name| (rank(name), name.clone()));
    names.truncate(NAMED_BRANCHES);
    SourceError::UnknownBranch { branch: branch.to_owned(), known: names, total }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn likely_slips_are_named_first() {
        let names = |list: &[&str]| list.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let check = |branch: &str, has: &[&str], expected: &[&str]| {
            let SourceError::UnknownBranch { known, total, .. } = unknown_branch(branch, names(has)) else {
                panic!("an unknown branch is an unknown branch");
            };
            assert_eq!(known, names(expected));
            assert_eq!(total, has.len());
        };
        check("Main", &["a", "dev", "main"], &["main", "dev", "a"]);
        check("login", &["a", "feature/login", "main"], &["feature/login", "main", "a"]);
    }
}
