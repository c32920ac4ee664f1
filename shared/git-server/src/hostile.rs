//! Repositories as an attacker would make them. `git add` refuses most of these trees, so they are written object
//! by object with git's plumbing; a server hands them out like any other.

use crate::GitServerError;
use crate::repositories::{Repositories, commit_tree, run_in};
use std::io::{self, Read};
use std::path::Path;

/// One kind of attack. [`Hostile::branch`] names the branch it stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hostile {
    /// Symbolic links to an absolute path and to a path outside.
    EscapingLinks,
    /// A folder named `..`.
    DotDot,
    /// A file whose name contains `../`.
    SlashName,
    /// A file whose name is an absolute path.
    AbsoluteName,
    /// `.git/hooks/post-checkout`
    DotGit,
    /// `.GIT/config`, the same to a file system that ignores case.
    UpperDotGit,
    /// `GIT~1/config`, the same to Windows.
    ShortDotGit,
    /// A symbolic link and a folder of the same name: writing the folder's file goes through the link.
    LinkAndFolder,
    /// `.gitmodules` is a symbolic link.
    LinkedGitmodules,
    /// A submodule that points to another place.
    Submodule,
    /// A Git LFS pointer, with the attribute that would fetch it and one that names a filter.
    LfsPointer,
    /// A file name that is not UTF-8.
    NonUtf8Name,
    /// A name with control characters and a line break, for logs.
    ControlName,
}

impl Hostile {
    /// Every kind.
    pub const ALL: [Self; 13] = [
        Self::EscapingLinks,
        Self::DotDot,
        Self::SlashName,
        Self::AbsoluteName,
        Self::DotGit,
        Self::UpperDotGit,
        Self::ShortDotGit,
        Self::LinkAndFolder,
        Self::LinkedGitmodules,
        Self::Submodule,
        Self::LfsPointer,
        Self::NonUtf8Name,
        Self::ControlName,
    ];

    /// The branch that [`Repositories::hostile`] puts it on.
    pub const fn branch(self) -> &'static str {
        match self {
            Self::EscapingLinks => "escaping-links",
            Self::DotDot => "dot-dot",
            Self::SlashName => "slash-name",
            Self::AbsoluteName => "absolute-name",
            Self::DotGit => "dot-git",
            Self::UpperDotGit => "upper-dot-git",
            Self::ShortDotGit => "short-dot-git",
            Self::LinkAndFolder => "link-and-folder",
            Self::LinkedGitmodules => "linked-gitmodules",
            Self::Submodule => "submodule",
            Self::LfsPointer => "lfs-pointer",
            Self::NonUtf8Name => "non-utf8-name",
            Self::ControlName => "control-name",
        }
    }
}

/// Files have this text; finding it anywhere outside means that an attack went through.
pub const PAYLOAD: &str = "drydock-hostile-payload\n";

/// Where links and absolute names of the attacks point.
pub const OUTSIDE: &str = "/tmp/drydock-hostile-outside";

impl Repositories {
    /// Makes a repository with one branch for each kind of attack. Every branch also has a harmless `ok.txt`.
    ///
    /// # Errors
    /// If the name is not `owner/name`, or git refuses.
    pub fn hostile(&self, repository: &str) -> Result<(), GitServerError> {
        let bare = self.empty(repository)?;
        let objects = Objects { bare: &bare };
        for kind in Hostile::ALL {
            commit_tree(&bare, &attack(&objects, kind)?, kind.branch())?;
        }
        Ok(())
    }

    /// Makes a repository whose one file `zero.bin` is `bytes` long and travels as a thousandth of that.
    ///
    /// # Errors
    /// If the name is not `owner/name`, or git refuses.
    pub fn bomb(&self, repository: &str, branch: &str, bytes: u64) -> Result<String, GitServerError> {
        let bare = self.empty(repository)?;
        let objects = Objects { bare: &bare };
        let zeros = objects.write("blob", &mut io::repeat(0).take(bytes))?;
        let ok = objects.payload()?;
        commit_tree(&bare, &objects.tree(&[(FILE, b"ok.txt", ok), (FILE, b"zero.bin", zeros)])?, branch)
    }
}

const FILE: &str = "100644";
const PROGRAM: &str = "100755";
const LINK: &str = "120000";
const FOLDER: &str = "40000";
const SUBMODULE: &str = "160000";

fn attack(objects: &Objects<'_>, kind: Hostile) -> Result<String, GitServerError> {
    let payload = || objects.payload();
    let link = |target: &str| objects.blob(target.as_bytes());
    let folder = |name: &[u8], mode| objects.tree(&[(mode, name, objects.payload()?)]);
    let entries: Vec<Entry<'_>> = match kind {
        Hostile::EscapingLinks => vec![
            (LINK, b"absolute", link(OUTSIDE)?),
            (LINK, b"relative", link("../../../../../../tmp/drydock-hostile-outside")?),
        ],
        Hostile::DotDot => vec![(FOLDER, b"..", folder(b"climbed.txt", FILE)?)],
        Hostile::SlashName => vec![(FILE, b"../climbed.txt", payload()?)],
        Hostile::AbsoluteName => vec![(FILE, b"/tmp/drydock-hostile-outside/absolute.txt", payload()?)],
        Hostile::DotGit => {
            let hooks = folder(b"post-checkout", PROGRAM)?;
            vec![(FOLDER, b".git", objects.tree(&[(FOLDER, b"hooks", hooks)])?)]
        }
        Hostile::UpperDotGit => vec![(FOLDER, b".GIT", folder(b"config", FILE)?)],
        Hostile::ShortDotGit => vec![(FOLDER, b"GIT~1", folder(b"config", FILE)?)],
        Hostile::LinkAndFolder => {
            vec![(LINK, b"data", link(OUTSIDE)?), (FOLDER, b"data", folder(b"through-the-link.txt", FILE)?)]
        }
        Hostile::LinkedGitmodules => vec![(LINK, b".gitmodules", link(OUTSIDE)?)],
        Hostile::Submodule => {
            let modules = "[submodule \"inner\"]\n\tpath = inner\n\turl = http://127.0.0.1:9/elsewhere/inner.git\n";
            vec![(FILE, b".gitmodules", objects.blob(modules.as_bytes())?), (SUBMODULE, b"inner", "1".repeat(40))]
        }
        Hostile::LfsPointer => {
            let pointer =
                format!("version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 12345\n", "a".repeat(64));
            let attributes = "*.bin filter=lfs diff=lfs merge=lfs -text\n*.txt filter=evil\n";
            vec![
                (FILE, b".gitattributes", objects.blob(attributes.as_bytes())?),
                (FILE, b"model.bin", objects.blob(pointer.as_bytes())?),
            ]
        }
        Hostile::NonUtf8Name => vec![(FILE, b"caf\xe9.txt", payload()?)],
        Hostile::ControlName => vec![(FILE, b"a\n2038-01-19T03:14:07Z deploy success\x1b[2J", payload()?)],
    };
    let mut entries = entries;
    entries.push((FILE, b"ok.txt", payload()?));
    objects.tree(&entries)
}

/// Mode, name as bytes, id of the object.
type Entry<'a> = (&'a str, &'a [u8], String);

struct Objects<'a> {
    bare: &'a Path,
}

impl Objects<'_> {
    fn write(&self, kind: &str, content: &mut dyn Read) -> Result<String, GitServerError> {
        run_in(self.bare, &["hash-object", "-w", "-t", kind, "--literally", "--stdin"], &[], content)
    }

    fn blob(&self, content: &[u8]) -> Result<String, GitServerError> {
        self.write("blob", &mut io::Cursor::new(content))
    }

    fn payload(&self) -> Result<String, GitServerError> {
        self.blob(PAYLOAD.as_bytes())
    }

    /// Entries in Git's order: by bytes, a folder as if its name ended with `/`.
    fn tree(&self, entries: &[Entry<'_>]) -> Result<String, GitServerError> {
        let mut sorted: Vec<_> = entries.iter().collect();
        sorted.sort_by_key(|(mode, name, _)| [*name, if *mode == FOLDER { b"/".as_slice() } else { b"" }].concat());
        let mut content = Vec::new();
        for (mode, name, id) in sorted {
            content.extend([mode.as_bytes(), b" ", name, b"\0"].concat());
            content.extend((0..id.len()).step_by(2).filter_map(|at| u8::from_str_radix(&id[at..at + 2], 16).ok()));
        }
        self.write("tree", &mut io::Cursor::new(content))
    }
}
