//! What the function is to be, from the repository and the request.

use crate::failure::failed;
use base64::Engine;
use drydock_detect::Architecture;
use drydock_runtime::WorkError;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt;

/// The request's parameter that says who may call the function's URL.
const URL_AUTH: &str = "functionUrlAuth";

/// A function as it is to stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    /// Of the function and of its role.
    pub name: String,
    pub runtime: String,
    pub handler: String,
    pub architecture: Architecture,
    /// Where its zip lies in the artifacts bucket.
    pub code_key: String,
    /// As Lambda tells it: Base64.
    pub code_sha256: String,
    pub tags: BTreeMap<String, String>,
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, handler {}, {}", self.runtime, self.handler, self.architecture.as_str())
    }
}

/// Who may call the function's URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum UrlAuth {
    /// Callers with credentials of the account.
    Iam,
    /// Everybody.
    Public,
}

impl UrlAuth {
    pub const fn describe(self) -> &'static str {
        match self {
            Self::Iam => "requests must be signed; send the parameter functionUrlAuth=NONE to open it to everybody",
            Self::Public => "open to everybody",
        }
    }
}

/// Reads the request's parameters. Nothing that a repository holds can open a URL to the public: only who requests the
/// deployment can.
pub(super) fn url_auth(parameters: &BTreeMap<String, String>) -> Result<UrlAuth, WorkError> {
    if let Some(unknown) = parameters.keys().find(|name| *name != URL_AUTH) {
        let message = format!("a function without a template has no parameter `{unknown}`");
        let remedy = "Only `functionUrlAuth` is known; write a template for more.";
        return Err(failed("parameters-invalid", message, remedy, ""));
    }
    match parameters.get(URL_AUTH).map(String::as_str) {
        None | Some("AWS_IAM") => Ok(UrlAuth::Iam),
        Some("NONE") => Ok(UrlAuth::Public),
        Some(other) => {
            let message = format!("`{URL_AUTH}` is `{other}`");
            Err(failed("parameters-invalid", message, "It must be AWS_IAM or NONE.", ""))
        }
    }
}

/// The digest by which Lambda knows a zip.
pub(super) fn code_sha256(zip: &[u8]) -> String {
    base64::engine::general_purpose::STANDARD.encode(Sha256::digest(zip))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_public_only_on_request() {
        let check = |pairs: &[(&str, &str)], expected: Result<UrlAuth, &str>| {
            let parameters = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            let found = url_auth(&parameters).map_err(|error| error.to_string());
            assert_eq!(found.as_ref().map_err(String::as_str), expected.as_ref().map_err(|error| *error));
        };
        check(&[], Ok(UrlAuth::Iam));
        check(&[("functionUrlAuth", "AWS_IAM")], Ok(UrlAuth::Iam));
        check(&[("functionUrlAuth", "NONE")], Ok(UrlAuth::Public));
        check(&[("functionUrlAuth", "none")], Err("`functionUrlAuth` is `none`"));
        check(&[("Stage", "x")], Err("a function without a template has no parameter `Stage`"));
    }

    #[test]
    fn lambda_s_digest_is_base64() {
        assert_eq!(code_sha256(b""), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    }
}
