//! Objects to upload, and how they are named.

use drydock_tree::Tree;
use sha2::{Digest, Sha256};

/// Where artifacts will lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The bucket.
    pub bucket: String,
    /// What keys begin with, such as `packages/`.
    pub key_prefix: String,
    /// Where the bucket's region answers, without a slash at the end: `https://s3.eu-central-1.amazonaws.com`.
    pub s3_url: String,
}

/// An object to upload, unless it is there: its key says its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifact {
    /// Prefix, SHA-256 in hexadecimal, file extension.
    pub key: String,
    /// The content.
    pub bytes: Vec<u8>,
}

/// An artifact of `bytes` under their SHA-256, as all artifacts are named.
pub fn to_artifact(settings: &Settings, bytes: Vec<u8>, extension: &str) -> Artifact {
    let dot = if extension.is_empty() { "" } else { "." };
    let key = format!("{}{}{dot}{extension}", settings.key_prefix, hex::encode(Sha256::digest(&bytes)));
    Artifact { key, bytes }
}

/// A zip of code as Lambda runs it. A custom runtime's `bootstrap` is executable there, whatever it is in the repository:
/// those who commit from Windows cannot say so.
pub fn to_code_zip(mut code: Tree) -> Vec<u8> {
    const BOOTSTRAP: &str = "bootstrap";
    if let Some(mut file) = code.remove(BOOTSTRAP) {
        file.executable = true;
        code.insert(BOOTSTRAP, file).expect("it was there, so the path is safe");
    }
    code.to_zip()
}
