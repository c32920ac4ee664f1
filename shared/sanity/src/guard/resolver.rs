//! The check at the moment of connecting. The client connects to what this resolver returns and resolves nothing
//! itself, so a name that answers differently the second time gains nothing.

use super::{Guard, Refusal};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

/// Asks for the addresses of a host name.
pub trait Lookup: Send + Sync + 'static {
    /// All addresses of `host`.
    fn lookup(&self, host: &str) -> Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send + '_>>;
}

/// The system's own resolver.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemLookup;

impl Lookup for SystemLookup {
    fn lookup(&self, host: &str) -> Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send + '_>> {
        let host = host.to_owned();
        Box::pin(async move { Ok(tokio::net::lookup_host((host.as_str(), 0)).await?.collect()) })
    }
}

/// Resolves names and refuses those of which any address is forbidden.
#[derive(Clone)]
pub struct GuardedResolver<L> {
    guard: Arc<Guard>,
    lookup: Arc<L>,
}

impl<L: Lookup> GuardedResolver<L> {
    /// A resolver that asks `lookup` and lets `guard` decide.
    pub fn new(guard: Arc<Guard>, lookup: L) -> Self {
        Self { guard, lookup: Arc::new(lookup) }
    }

    /// The addresses of `host`.
    ///
    /// # Errors
    /// If one of them is forbidden, or the name cannot be resolved.
    pub async fn addresses(&self, host: &str) -> io::Result<Vec<SocketAddr>> {
        let addresses = self.lookup.lookup(host).await?;
        for address in &addresses {
            self.guard.permit_address(host, *address).map_err(refused)?;
        }
        if addresses.is_empty() {
            return Err(io::Error::new(io::ErrorKind::NotFound, format!("{host} has no address")));
        }
        Ok(addresses)
    }
}

fn refused(refusal: Refusal) -> io::Error {
    io::Error::new(io::ErrorKind::PermissionDenied, refusal)
}

impl<L: Lookup> Resolve for GuardedResolver<L> {
    fn resolve(&self, name: Name) -> Resolving {
        let this = Self { guard: self.guard.clone(), lookup: self.lookup.clone() };
        Box::pin(async move {
            let addresses = this.addresses(name.as_str()).await?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// Gives another answer each time, as a name that is used for rebinding does.
    struct Changing(Vec<&'static str>, AtomicUsize);

    impl Lookup for Changing {
        fn lookup(&self, _: &str) -> Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send + '_>> {
            let turn = self.1.fetch_add(1, Ordering::Relaxed);
            let answer = self.0[turn.min(self.0.len() - 1)].split(' ').map(|text| format!("{text}:0").parse().unwrap());
            let answer = answer.collect();
            Box::pin(async move { Ok(answer) })
        }
    }

    fn resolver(answers: &[&'static str]) -> GuardedResolver<Changing> {
        let guard = Guard::new(["https://api.example/"]).unwrap();
        GuardedResolver::new(Arc::new(guard), Changing(answers.to_vec(), AtomicUsize::new(0)))
    }

    #[tokio::test]
    async fn one_forbidden_address_among_others_is_enough() {
        let error = resolver(&["8.8.8.8 10.0.0.1"]).addresses("api.example").await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
        assert_eq!(error.to_string(), "api.example resolves to 10.0.0.1, which is a private network");
    }

    #[tokio::test]
    async fn a_name_that_changes_its_mind_is_caught_when_it_does() {
        let resolver = resolver(&["8.8.8.8", "169.254.169.254"]);
        assert!(resolver.addresses("api.example").await.is_ok());
        assert!(resolver.addresses("api.example").await.is_err());
    }

    #[tokio::test]
    async fn the_client_connects_only_through_the_guard() {
        let resolver = resolver(&["127.0.0.1"]);
        let builder = drydock_aws::reqwest_builder(drydock_aws::Roots::Bundled).unwrap();
        let client = builder.dns_resolver(Arc::new(resolver)).build().unwrap();
        let error = client.get("http://api.example:9/").send().await.unwrap_err();
        let mut text = String::new();
        let mut cause: Option<&dyn std::error::Error> = Some(&error);
        while let Some(inner) = cause {
            text += &format!("{inner}; ");
            cause = inner.source();
        }
        assert!(text.contains("which is loopback"), "{text}");
    }
}
