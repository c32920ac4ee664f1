//! Zips of programs that have not changed since they were zipped. Zipping takes longer than all the rest of a
//! deployment with nothing to do.

use super::package::{Compression, Package};
use super::target::Target;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::io::Result;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// A folder of zips, each with a note of what it was made of.
#[derive(Clone, Debug)]
pub struct Cache {
    folder: PathBuf,
}

/// The code that makes a zip of a program: what another version of it has made may look different.
static MADE_BY: LazyLock<String> = LazyLock::new(|| made_by(include_str!("../../../Cargo.lock")));

/// The crates that lay out and compress a zip.
const COMPRESSORS: [&str; 3] = ["flate2", "zip", "zlib-rs"];

/// The name of our own code and of the compressors that `lock` names.
fn made_by(lock: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(concat!(include_str!("elf.rs"), include_str!("package.rs")));
    let compresses = |entry: &&str| COMPRESSORS.iter().any(|name| entry.contains(&format!("\nname = \"{name}\"\n")));
    lock.split("[[package]]").filter(compresses).for_each(|entry| hash.update(entry));
    hex::encode(hash.finalize())
}

/// What a zip is made of, as it stood before it was read. Cargo writes a program anew when it changes, and then its time
/// and its file are others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    program: PathBuf,
    bytes: u64,
    modified: (i64, i64),
    inode: u64,
    target: String,
    fast: bool,
    made_by: String,
}

/// The note beside a zip. It is written last, so a zip without it is none.
#[derive(Serialize, Deserialize)]
struct Note {
    origin: Origin,
    size: u64,
    sha256: String,
}

impl Origin {
    /// A program as it stands now.
    ///
    /// # Errors
    /// If it cannot be looked at.
    pub fn of(program: &Path, target: Target, compression: Compression) -> Result<Self> {
        let metadata = std::fs::metadata(program)?;
        Ok(Self {
            program: program.to_path_buf(),
            bytes: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            inode: metadata.ino(),
            target: target.to_string(),
            fast: compression == Compression::Fast,
            made_by: MADE_BY.clone(),
        })
    }
}

impl Cache {
    /// In this folder, which is made when it is needed.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// The zip and the size of the program, if it was made of exactly this.
    pub fn get(&self, origin: &Origin) -> Option<(Package, u64)> {
        let (zip, note) = self.files(origin);
        let note: Note = serde_json::from_slice(&std::fs::read(note).ok()?).ok()?;
        if note.origin != *origin {
            return None;
        }
        let size = std::fs::metadata(&zip).ok()?.len();
        (size == note.size).then(|| (Package::made_before(zip, size, note.sha256), origin.bytes))
    }

    /// Keeps a zip for the next time. That it cannot be kept only costs the time to make it again.
    pub fn put(&self, origin: Origin, package: &Package) {
        let program = origin.program.clone();
        if let Err(error) = self.try_put(origin, package) {
            tracing::debug!(%error, program = %program.display(), "a zip cannot be kept");
        }
    }

    fn try_put(&self, origin: Origin, package: &Package) -> Result<()> {
        let (zip, file) = self.files(&origin);
        std::fs::create_dir_all(&self.folder)?;
        if file.exists() {
            std::fs::remove_file(&file)?;
        }
        replace(&zip, &package.read().map_err(std::io::Error::other)?)?;
        let note = Note { origin, size: package.size, sha256: package.sha256.clone() };
        replace(&file, &serde_json::to_vec(&note)?)
    }

    fn files(&self, origin: &Origin) -> (PathBuf, PathBuf) {
        let program = origin.program.file_name().unwrap_or_default().to_string_lossy();
        let name = format!("{program}-{}-{}", origin.target, if origin.fast { "fast" } else { "small" });
        (self.folder.join(format!("{name}.zip")), self.folder.join(format!("{name}.json")))
    }
}

/// Writes a file as a whole or not at all.
fn replace(file: &Path, bytes: &[u8]) -> Result<()> {
    let new = file.with_added_extension(std::process::id().to_string());
    std::fs::write(&new, bytes)?;
    std::fs::rename(new, file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(program: &Path) -> Origin {
        Origin::of(program, Target::Host, Compression::Fast).unwrap()
    }

    fn package() -> Package {
        Package::new(b"one", Compression::Fast).unwrap()
    }

    #[test]
    fn a_zip_is_taken_only_for_the_very_program_that_it_was_made_of() {
        let folder = tempfile::tempdir().unwrap();
        let (cache, program) = (Cache::new(folder.path().join("zips")), folder.path().join("handler"));
        std::fs::write(&program, "one").unwrap();
        assert!(cache.get(&origin(&program)).is_none());
        cache.put(origin(&program), &package());
        let (kept, bytes) = cache.get(&origin(&program)).unwrap();
        assert_eq!(kept.read().unwrap(), package().read().unwrap());
        assert_eq!((kept.size, kept.sha256, bytes), (package().size, package().sha256, 3));
        for (target, compression) in [(Target::Host, Compression::Small), (Target::Arm64Musl, Compression::Fast)] {
            assert!(cache.get(&Origin::of(&program, target, compression).unwrap()).is_none());
        }

        // As cargo does it: another file under the same name, even of the same length and time.
        let time = std::fs::metadata(&program).unwrap().modified().unwrap();
        let other = folder.path().join("other");
        std::fs::write(&other, "two").unwrap();
        std::fs::File::options().write(true).open(&other).unwrap().set_modified(time).unwrap();
        std::fs::rename(&other, &program).unwrap();
        assert!(cache.get(&origin(&program)).is_none());
    }

    #[test]
    fn what_another_compressor_has_made_is_made_again() {
        let lock = include_str!("../../../Cargo.lock");
        let another = |name: &str| {
            let (before, rest) = lock.split_once(&format!("name = \"{name}\"\nversion = \"")).unwrap();
            made_by(&format!("{before}name = \"{name}\"\nversion = \"9{rest}"))
        };
        for name in COMPRESSORS {
            assert_ne!(another(name), *MADE_BY, "{name}");
        }
        assert_eq!(another("serde"), *MADE_BY);
    }

    #[test]
    fn a_program_that_is_replaced_while_it_is_zipped_is_zipped_again() {
        let folder = tempfile::tempdir().unwrap();
        let (cache, program) = (Cache::new(folder.path().join("zips")), folder.path().join("handler"));
        std::fs::write(&program, "one").unwrap();
        let before = origin(&program);
        std::fs::remove_file(&program).unwrap();
        std::fs::write(&program, "another").unwrap();
        cache.put(before, &package());
        assert!(cache.get(&origin(&program)).is_none());
    }

    #[test]
    fn a_zip_whose_note_was_not_written_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let (cache, program) = (Cache::new(folder.path().join("zips")), folder.path().join("handler"));
        std::fs::write(&program, "one").unwrap();
        cache.put(origin(&program), &package());
        std::fs::remove_file(folder.path().join("zips/handler-host-fast.json")).unwrap();
        assert!(cache.get(&origin(&program)).is_none());
    }
}
