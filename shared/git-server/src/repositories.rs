//! A folder of bare repositories, `<root>/<owner>/<name>.git`.

use crate::{GitServerError, git};
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};

/// Makes the repositories that a [`GitServer`](crate::GitServer) serves.
#[derive(Clone, Debug)]
pub struct Repositories {
    root: PathBuf,
}

impl Repositories {
    /// Takes a folder and makes it if it is not there.
    ///
    /// # Errors
    /// If it cannot be made, or git is missing.
    pub fn new(root: &Path) -> Result<Self, GitServerError> {
        git::http_backend()?;
        std::fs::create_dir_all(root).map_err(GitServerError::io(format!("create {}", root.display())))?;
        let root = root.canonicalize().map_err(GitServerError::io(format!("open {}", root.display())))?;
        Ok(Self { root })
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Makes a repository without any commit, if it is not there yet, and returns its folder.
    ///
    /// # Errors
    /// If the name is not `owner/name`, or git refuses.
    pub fn empty(&self, repository: &str) -> Result<PathBuf, GitServerError> {
        let folder = path_of(&self.root, repository)?;
        if !folder.is_dir() {
            let words: [&OsStr; 6] = [
                "init".as_ref(),
                "--quiet".as_ref(),
                "--bare".as_ref(),
                "--template=".as_ref(),
                "--initial-branch=main".as_ref(),
                folder.as_os_str(),
            ];
            git::run(&words, &[], &mut io::empty())?;
        }
        Ok(folder)
    }

    /// Commits what a plain folder holds to `branch` of a repository, and returns the commit's id.
    ///
    /// The first time the repository is made; later the branch grows by one commit if the folder has changed.
    /// Author and dates are fixed, so the same folder always gives the same commit. What a `.gitignore` in the
    /// folder names is left out, as usual.
    ///
    /// # Errors
    /// If the name is not `owner/name`, or git refuses.
    pub fn publish(&self, folder: &Path, repository: &str, branch: &str) -> Result<String, GitServerError> {
        let bare = self.empty(repository)?;
        let index = bare.join(format!("publish-{}.index", branch.replace('/', "-")));
        let variables = [("GIT_INDEX_FILE", index.as_os_str()), ("GIT_WORK_TREE", folder.as_os_str())];
        let git = |words: &[&str]| run_in(&bare, words, &variables, &mut io::empty());
        git(&["-c", "core.autocrlf=false", "add", "--all", "."]).and_then(|_| {
            let tree = git(&["write-tree"])?;
            commit_tree(&bare, &tree, branch)
        })
    }
}

/// Commits a tree on top of `branch`, unless the branch has this very tree already.
pub(crate) fn commit_tree(bare: &Path, tree: &str, branch: &str) -> Result<String, GitServerError> {
    let git = |words: &[&str]| run_in(bare, words, &[], &mut io::empty());
    let reference = format!("refs/heads/{branch}");
    let parent = git(&["rev-parse", "--quiet", "--verify", &reference]).ok();
    if let Some(parent) = &parent
        && git(&["rev-parse", &format!("{parent}^{{tree}}")])? == tree
    {
        return Ok(parent.clone());
    }
    let mut words = vec!["commit-tree", tree, "-m", "Publish"];
    if let Some(parent) = &parent {
        words.extend(["-p", parent]);
    }
    let commit = git(&words)?;
    git(&["update-ref", &reference, &commit])?;
    Ok(commit)
}

/// Runs git in a bare repository.
pub(crate) fn run_in(
    bare: &Path,
    words: &[&str],
    variables: &[(&str, &OsStr)],
    input: &mut dyn io::Read,
) -> Result<String, GitServerError> {
    let mut all: Vec<OsString> = vec!["--git-dir".into(), bare.into()];
    all.extend(words.iter().map(OsString::from));
    git::run(&all, variables, input)
}

/// Where `owner/name` (or `owner/name.git`) lies under `root`.
pub(crate) fn path_of(root: &Path, repository: &str) -> Result<PathBuf, GitServerError> {
    let invalid = || GitServerError::InvalidName(repository.to_owned());
    let (owner, name) = repository.split_once('/').ok_or_else(invalid)?;
    let name = name.strip_suffix(".git").unwrap_or(name);
    if is_part(owner) && is_part(name) { Ok(root.join(owner).join(format!("{name}.git"))) } else { Err(invalid()) }
}

fn is_part(part: &str) -> bool {
    !part.is_empty()
        && part.len() <= 100
        && !part.starts_with('.')
        && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_below_the_root() {
        let check = |name: &str, expected: Option<&str>| {
            assert_eq!(path_of(Path::new("/r"), name).ok(), expected.map(PathBuf::from), "{name}");
        };
        check("o/n", Some("/r/o/n.git"));
        check("o/n.git", Some("/r/o/n.git"));
        for bad in ["", "n", "o/", "/n", "o/n/x", "../n", "o/..", "o/.git", "o/a b", "o/a%2f"] {
            check(bad, None);
        }
    }

    #[test]
    fn the_same_folder_gives_the_same_commit() {
        let [folder, one, two] = [(); 3].map(|()| tempfile::tempdir().unwrap());
        std::fs::write(folder.path().join("a.txt"), "a\n").unwrap();
        let publish = |root: &Path| Repositories::new(root).unwrap().publish(folder.path(), "o/n", "main").unwrap();
        let first = publish(one.path());
        assert_eq!(first, publish(two.path()));
        assert_eq!(first, publish(one.path()), "nothing has changed");
        std::fs::write(folder.path().join("b.txt"), "b\n").unwrap();
        assert_ne!(first, publish(one.path()));
    }
}
