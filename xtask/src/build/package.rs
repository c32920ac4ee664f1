//! The zip that Lambda takes: one file, `bootstrap`, the same bytes for the same program at any time on any machine.

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use sha2::{Digest, Sha256};
use std::io::{Cursor, Write};
use std::path::PathBuf;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// A zip and its name.
#[derive(Clone)]
pub struct Package {
    /// Bytes of the zip.
    pub size: u64,
    /// SHA-256 of the zip in hexadecimal.
    pub sha256: String,
    content: Content,
}

/// Most deployments send no zip at all, so one that was made before is read only when it is asked for.
#[derive(Clone)]
enum Content {
    Here(Bytes),
    File(PathBuf),
}

/// How hard to compress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// For a build that is tried and thrown away, such as the embedded engine's.
    Fast,
    /// For AWS: what is uploaded once and loaded at every cold start.
    Small,
}

impl Package {
    /// Zips `program` as `bootstrap`, executable for everybody, with the oldest time that a zip can say.
    ///
    /// # Errors
    /// If it cannot be compressed.
    pub fn new(program: &[u8], compression: Compression) -> Result<Self> {
        let level = match compression {
            Compression::Fast => 1,
            Compression::Small => 9,
        };
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(level))
            .last_modified_time(DateTime::default())
            .unix_permissions(0o755);
        let mut zip = ZipWriter::new(Cursor::new(Vec::with_capacity(program.len() / 2)));
        zip.start_file("bootstrap", options).context("cannot begin the zip")?;
        zip.write_all(program).context("cannot compress the program")?;
        let bytes = zip.finish().context("cannot finish the zip")?.into_inner();
        let (size, sha256) = (bytes.len() as u64, hex::encode(Sha256::digest(&bytes)));
        Ok(Self { size, sha256, content: Content::Here(bytes.into()) })
    }

    /// A zip that was made before and lies in `file`.
    pub(super) const fn made_before(file: PathBuf, size: u64, sha256: String) -> Self {
        Self { size, sha256, content: Content::File(file) }
    }

    /// The zip.
    ///
    /// # Errors
    /// If it was made before and the file is gone, or is not what it was.
    pub fn read(&self) -> Result<Bytes> {
        let file = match &self.content {
            Content::Here(bytes) => return Ok(bytes.clone()),
            Content::File(file) => file,
        };
        let bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        let whole = hex::encode(Sha256::digest(&bytes)) == self.sha256;
        ensure!(whole, "{} was changed since it was made; delete it and try again", file.display());
        Ok(bytes.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn the_same_program_gives_the_same_bytes() {
        let first = Package::new(b"program", Compression::Small).unwrap();
        let second = Package::new(b"program", Compression::Small).unwrap();
        assert_eq!(first.read().unwrap(), second.read().unwrap());
        assert_eq!(first.sha256, second.sha256);
        assert_ne!(first.sha256, Package::new(b"other", Compression::Small).unwrap().sha256);
    }

    #[test]
    fn it_holds_one_executable_with_a_fixed_time() {
        let package = Package::new(b"program", Compression::Fast).unwrap();
        let mut zip = zip::ZipArchive::new(Cursor::new(package.read().unwrap())).unwrap();
        assert_eq!(zip.len(), 1);
        let mut file = zip.by_index(0).unwrap();
        assert_eq!(file.name().unwrap(), "bootstrap");
        assert_eq!(file.unix_mode().map(|mode| mode & 0o777), Some(0o755));
        assert_eq!(file.last_modified(), Some(DateTime::default()));
        let mut content = Vec::new();
        file.read_to_end(&mut content).unwrap();
        assert_eq!(content, b"program");
    }
    #[test]
    fn what_was_made_before_is_read_only_as_it_was_made() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.zip");
        let made = Package::new(b"program", Compression::Fast).unwrap();
        std::fs::write(&file, made.read().unwrap()).unwrap();
        let again = Package::made_before(file.clone(), made.size, made.sha256.clone());
        assert_eq!(again.read().unwrap(), made.read().unwrap());
        std::fs::write(&file, "other").unwrap();
        assert!(again.read().unwrap_err().to_string().contains("was changed"));
    }
}
