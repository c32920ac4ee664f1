//! Where requests may go. A plan may be written by a model that read a hostile repository, and a host name may
//! resolve to anything, so both are checked: the URL against the hosts of the deployed stack before a request, and
//! every address that a name resolves to on each connection.

mod address;
mod resolver;

pub use resolver::{GuardedResolver, Lookup, SystemLookup};

use std::collections::BTreeSet;
use std::net::SocketAddr;
use url::{Host, Url};

/// Hosts that may be asked, and the one address that is exempt from the rules for addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guard {
    origins: BTreeSet<Origin>,
    engine: Option<SocketAddr>,
}

/// Scheme, host and port.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Origin {
    scheme: String,
    host: String,
    port: u16,
}

/// A request that is not sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The text is no absolute URL.
    #[error("`{0}` is no URL")]
    NotAUrl(String),
    /// Neither HTTPS nor the engine's own HTTP.
    #[error("{0}: only https is allowed")]
    Scheme(String),
    /// User name or password in the URL.
    #[error("a URL must not carry credentials")]
    Credentials,
    /// An address instead of a name, in whatever spelling.
    #[error("{0} is an address; only host names of the deployed stack are allowed")]
    Literal(String),
    /// A host that is not the stack's.
    #[error("{0} is not a host of the deployed stack")]
    Host(String),
    /// A name that resolves to an address inside a network or of a machine itself.
    #[error("{host} resolves to {address}, which is {what}")]
    Address {
        /// The name.
        host: String,
        /// What it resolves to.
        address: String,
        /// Which range that is.
        what: &'static str,
    },
}

impl Guard {
    /// Allows the origins of these URLs and nothing else.
    ///
    /// # Errors
    /// If one of them is no URL that could ever be allowed.
    pub fn new<'a>(urls: impl IntoIterator<Item = &'a str>) -> Result<Self, Refusal> {
        let mut guard = Self { origins: BTreeSet::new(), engine: None };
        for text in urls {
            let url = parse(text)?;
            guard.shape(&url)?;
            guard.origins.insert(origin(&url));
        }
        Ok(guard)
    }

    /// Exempts the embedded engine: plain HTTP to exactly this address may stand in for the hosts' own addresses,
    /// whatever range it lies in.
    #[must_use]
    pub fn with_engine(mut self, engine: SocketAddr) -> Self {
        self.engine = Some(engine);
        self
    }

    /// Decides whether a request may be sent to `text`. Redirect targets go through here as well.
    ///
    /// # Errors
    /// Says why not.
    pub fn permit(&self, text: &str) -> Result<Url, Refusal> {
        let url = parse(text)?;
        self.shape(&url)?;
        let origin = origin(&url);
        if self.origins.contains(&origin) {
            Ok(url)
        } else {
            Err(Refusal::Host(format!("{}:{}", origin.host, origin.port)))
        }
    }

    /// Decides on the address that stands in for a URL which [`permit`](Self::permit) has let pass: the engine, or
    /// again one of the hosts. No plan and no redirect can name the engine itself, which serves more than APIs.
    ///
    /// # Errors
    /// Says why not.
    pub fn permit_mapped(&self, text: &str) -> Result<Url, Refusal> {
        let url = parse(text)?;
        if self.is_engine(&url) { Ok(url) } else { self.permit(text) }
    }

    /// Decides whether a connection to `address`, which `host` resolves to, may be opened. The engine is no exception
    /// here: it is reached by its address, and whatever else resolves to loopback is somebody's trick.
    ///
    /// # Errors
    /// Says which range it lies in.
    pub fn permit_address(&self, host: &str, address: SocketAddr) -> Result<(), Refusal> {
        match address::forbidden(address.ip()) {
            None => Ok(()),
            Some(what) => Err(Refusal::Address { host: host.to_owned(), address: address.ip().to_string(), what }),
        }
    }

    fn is_engine(&self, url: &Url) -> bool {
        let Some(engine) = self.engine else { return false };
        let same_address = match url.host() {
            Some(Host::Ipv4(address)) => engine.ip() == address,
            Some(Host::Ipv6(address)) => engine.ip() == address,
            _ => false,
        };
        same_address
            && url.scheme() == "http"
            && url.port_or_known_default() == Some(engine.port())
            && !has_credentials(url)
    }

    /// What every URL must be, whoever's host it is. The parser has by now turned every odd spelling of an address
    /// (decimal, octal, hexadecimal, short) into an address.
    fn shape(&self, url: &Url) -> Result<(), Refusal> {
        if has_credentials(url) {
            return Err(Refusal::Credentials);
        }
        match url.host() {
            Some(Host::Domain(_)) => {}
            Some(Host::Ipv4(address)) => return Err(Refusal::Literal(address.to_string())),
            Some(Host::Ipv6(address)) => return Err(Refusal::Literal(address.to_string())),
            None => return Err(Refusal::NotAUrl(url.to_string())),
        }
        if url.scheme() == "https" { Ok(()) } else { Err(Refusal::Scheme(url.scheme().to_owned())) }
    }
}

fn parse(text: &str) -> Result<Url, Refusal> {
    Url::parse(text).map_err(|_| Refusal::NotAUrl(text.chars().take(200).collect()))
}

fn has_credentials(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

fn origin(url: &Url) -> Origin {
    Origin {
        scheme: url.scheme().to_owned(),
        host: url.host_str().unwrap_or_default().trim_end_matches('.').to_ascii_lowercase(),
        port: url.port_or_known_default().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const API: &str = "https://abc.execute-api.us-east-1.amazonaws.com/prod";

    fn guard() -> Guard {
        Guard::new([API]).unwrap()
    }

    #[test]
    fn the_stacks_own_hosts_are_allowed() {
        for url in [API, "https://ABC.execute-api.us-east-1.amazonaws.com:443/other?x=1"] {
            assert!(guard().permit(url).is_ok(), "{url}");
        }
    }

    #[test]
    fn every_other_place_is_refused() {
        let check = |url: &str, expected: &str| {
            let refusal = guard().permit(url).unwrap_err().to_string();
            assert!(refusal.contains(expected), "{url}: {refusal}");
        };
        check("https://evil.example/", "not a host of the deployed stack");
        check("https://abc.execute-api.us-east-1.amazonaws.com.evil.example/", "not a host");
        check("https://abc.execute-api.us-east-1.amazonaws.com:8443/", "not a host");
        check("http://abc.execute-api.us-east-1.amazonaws.com/", "only https");
        check("https://abc.execute-api.us-east-1.amazonaws.com@evil.example/", "credentials");
        check("https://user:pass@abc.execute-api.us-east-1.amazonaws.com/", "credentials");
        check("file:///etc/passwd", "no URL");
        check("/etc/passwd", "no URL");
        check("gopher://evil.example/", "only https");
    }

    #[test]
    fn addresses_are_refused_in_every_spelling() {
        for url in [
            "https://127.0.0.1/",
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f000001/",
            "https://0177.0.0.1/",
            "https://0x7f.1/",
            "https://169.254.169.254/latest/meta-data/",
            "https://2852039166/",
            "https://[::1]/",
            "https://[::ffff:169.254.169.254]/",
            "https://[::ffff:a9fe:a9fe]/",
            "https://[fd00:ec2::254]/",
            "https://①②⑦.0.0.1/",
            "https://8.8.8.8/",
        ] {
            assert!(matches!(guard().permit(url), Err(Refusal::Literal(_))), "{url}: {:?}", guard().permit(url));
        }
    }

    #[test]
    fn the_engine_is_the_one_exception() {
        let engine: SocketAddr = "127.0.0.1:4566".parse().unwrap();
        let guard = guard().with_engine(engine);
        assert!(guard.permit_mapped("http://127.0.0.1:4566/x").is_ok());
        assert!(guard.permit("http://127.0.0.1:4566/x").is_err(), "only in place of a host, never by its own name");
        for url in
            ["http://127.0.0.1:4567/", "http://127.0.0.2:4566/", "https://127.0.0.1:4566/", "http://u@127.0.0.1:4566/"]
        {
            assert!(guard.permit_mapped(url).is_err(), "{url}");
        }
        assert!(guard.permit_address("localhost", engine).is_err());
        assert!(guard.permit_address("abc.execute-api.us-east-1.amazonaws.com", engine).is_err());
    }

    #[test]
    fn a_guard_for_an_address_cannot_be_made() {
        assert!(matches!(Guard::new(["https://10.0.0.1/"]), Err(Refusal::Literal(_))));
        assert!(matches!(Guard::new(["http://api.example/"]), Err(Refusal::Scheme(_))));
    }
}
