//! The TLS configuration.

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use std::sync::Arc;

/// Which certificate authorities are trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Roots {
    /// Mozilla's list, compiled in: nothing to read or parse at a cold start. For handlers.
    Bundled,
    /// This machine's own, where a company's authority may stand. For the operator's command line.
    Native,
}

/// Nothing can be sent from this machine.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AwsSetupError {
    /// graviola would panic at its first use.
    #[error(
        "this CPU lacks instructions that TLS needs ({0}); use a newer machine: x86-64 from Broadwell on, or arm64 with AES and SHA-2"
    )]
    UnsupportedCpu(&'static str),
    /// The machine's certificate store is empty or cannot be read.
    #[error("no root certificates found on this machine; install the package ca-certificates ({0})")]
    NoRoots(String),
    /// The file that `AWS_CA_BUNDLE` names cannot be used.
    #[error("cannot read the certificates of {0}")]
    CaBundle(String),
    /// The client refuses its configuration.
    #[error("cannot set up HTTPS: {0}")]
    Client(String),
}

/// What graviola needs, by architecture.
const NEEDED: &str =
    if cfg!(target_arch = "aarch64") { "neon, aes, pmull, sha2" } else { "aes, pclmulqdq, bmi1, adx, avx, avx2" };

/// Names a PEM file of further authorities, as in AWS's own tools.
const CA_BUNDLE: &str = "AWS_CA_BUNDLE";

/// TLS 1.2 and 1.3 with graviola and the chosen roots.
pub(crate) fn config(roots: Roots) -> Result<ClientConfig, AwsSetupError> {
    if !graviola::util::is_cpu_supported() {
        return Err(AwsSetupError::UnsupportedCpu(NEEDED));
    }
    let mut store = match roots {
        Roots::Bundled => RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() },
        Roots::Native => native()?,
    };
    if let Some(path) = std::env::var_os(CA_BUNDLE).filter(|path| !path.is_empty()) {
        let unreadable = |error: &dyn std::fmt::Display| {
            AwsSetupError::CaBundle(format!("{CA_BUNDLE}={}: {error}", path.to_string_lossy()))
        };
        for certificate in CertificateDer::pem_file_iter(&path).map_err(|error| unreadable(&error))? {
            store.add(certificate.map_err(|error| unreadable(&error))?).map_err(|error| unreadable(&error))?;
        }
    }
    Ok(ClientConfig::builder_with_provider(Arc::new(rustls_graviola::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| AwsSetupError::Client(error.to_string()))?
        .with_root_certificates(store)
        .with_no_client_auth())
}

/// What this machine trusts. Single certificates that cannot be read are passed over, as everybody does.
fn native() -> Result<RootCertStore, AwsSetupError> {
    let found = rustls_native_certs::load_native_certs();
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(found.certs);
    if store.is_empty() {
        return Err(AwsSetupError::NoRoots(found.errors.first().map_or_else(String::new, ToString::to_string)));
    }
    Ok(store)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sets_of_roots_give_a_client() {
        assert!(config(Roots::Bundled).is_ok());
        match config(Roots::Native) {
            Ok(_) | Err(AwsSetupError::NoRoots(_)) => {}
            Err(error) => panic!("{error}"),
        }
    }
}
