//! Which Git hosts a repository may come from.

use std::fmt;

/// The allow-list, read from a comma-separated text.
///
/// An entry is a host (`github.com`, HTTPS on 443), a host with a port (`git.example.com:8443`, HTTPS) or, for the
/// embedded engine only, plain HTTP on loopback (`http://127.0.0.1:8080`, `http://127.0.0.1:*` for any port).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedHosts(Vec<Entry>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    plain_http: bool,
    host: String,
    port: Port,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Port {
    Any,
    Exactly(u16),
}

/// The list cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidHosts {
    /// No entry at all.
    #[error("the list of allowed Git hosts is empty; name at least one, such as github.com")]
    Empty,
    /// One entry is not understood.
    #[error("`{0}` is no Git host: write a host such as github.com, or host:port")]
    Entry(String),
    /// Plain HTTP anywhere but on this machine.
    #[error("`{0}`: plain HTTP is allowed on loopback only; use https")]
    PlainHttp(String),
}

/// Hosts that plain HTTP is allowed on.
const LOOPBACK: [&str; 2] = ["127.0.0.1", "localhost"];

impl AllowedHosts {
    /// Reads the list.
    ///
    /// # Errors
    /// If it is empty, or an entry is not understood.
    pub fn parse(list: &str) -> Result<Self, InvalidHosts> {
        let entries = list
            .split(',')
            .map(str::trim)
            .filter(|entry| !entry.is_empty())
            .map(entry)
            .collect::<Result<Vec<_>, _>>()?;
        if entries.is_empty() { Err(InvalidHosts::Empty) } else { Ok(Self(entries)) }
    }

    /// The first host that is asked over TLS, as it stands in a repository's address: with its port if that is not 443.
    pub fn first_encrypted(&self) -> Option<String> {
        self.0.iter().find(|entry| !entry.plain_http).map(|entry| match entry.port {
            Port::Any | Port::Exactly(443) => entry.host.clone(),
            Port::Exactly(port) => format!("{}:{port}", entry.host),
        })
    }

    /// True if a repository at this host and port may be fetched.
    pub fn allows(&self, plain_http: bool, host: &str, port: u16) -> bool {
        self.0.iter().any(|entry| {
            entry.plain_http == plain_http
                && entry.host == host
                && match entry.port {
                    Port::Any => true,
                    Port::Exactly(allowed) => allowed == port,
                }
        })
    }
}

fn entry(text: &str) -> Result<Entry, InvalidHosts> {
    let invalid = || InvalidHosts::Entry(text.to_owned());
    let (plain_http, rest) = text.strip_prefix("http://").map_or((false, text), |rest| (true, rest));
    let rest = rest.strip_prefix("https://").unwrap_or(rest);
    let (host, port) = match rest.split_once(':') {
        None => (rest, Port::Exactly(if plain_http { 80 } else { 443 })),
        Some((host, "*")) if plain_http => (host, Port::Any),
        Some((host, port)) => (host, Port::Exactly(port.parse().map_err(|_| invalid())?)),
    };
    let host = host.to_ascii_lowercase();
    if !is_host(&host) {
        return Err(invalid());
    }
    if plain_http && !LOOPBACK.contains(&host.as_str()) {
        return Err(InvalidHosts::PlainHttp(text.to_owned()));
    }
    Ok(Entry { plain_http, host, port })
}

/// Labels of letters, digits and hyphens, joined by dots.
pub(crate) fn is_host(host: &str) -> bool {
    !host.is_empty()
        && host.len() <= 253
        && host.split('.').all(|label| {
            !label.is_empty()
                && label.len() <= 63
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        })
}

impl fmt::Display for AllowedHosts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, entry) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str(", ")?;
            }
            if entry.plain_http {
                f.write_str("http://")?;
            }
            f.write_str(&entry.host)?;
            match entry.port {
                Port::Any => f.write_str(":*")?,
                Port::Exactly(443) if !entry.plain_http => {}
                Port::Exactly(port) => write!(f, ":{port}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_says_who_may_be_asked() {
        let hosts = AllowedHosts::parse("github.com, git.example.com:8443,http://127.0.0.1:*").unwrap();
        assert!(hosts.allows(false, "github.com", 443));
        assert!(!hosts.allows(true, "github.com", 80));
        assert!(!hosts.allows(false, "github.com", 8443));
        assert!(hosts.allows(false, "git.example.com", 8443));
        assert!(hosts.allows(true, "127.0.0.1", 40123));
        assert!(!hosts.allows(false, "github.com.evil.example", 443));
        assert_eq!(hosts.to_string(), "github.com, git.example.com:8443, http://127.0.0.1:*");
    }

    #[test]
    fn the_first_host_over_tls_is_written_as_in_addresses() {
        let first = |list: &str| AllowedHosts::parse(list).unwrap().first_encrypted();
        assert_eq!(first("http://127.0.0.1:*, GitHub.com:443, b.example").as_deref(), Some("github.com"));
        assert_eq!(first("git.example.com:8443, github.com").as_deref(), Some("git.example.com:8443"));
        assert_eq!(first("http://127.0.0.1:8080"), None);
    }

    #[test]
    fn a_bad_list_says_what_to_write() {
        let check = |list: &str, expected: &str| {
            let error = AllowedHosts::parse(list).unwrap_err().to_string();
            assert!(error.contains(expected), "{list}: {error}");
        };
        check(" , ", "name at least one");
        check("github.com/x", "write a host");
        check("github.com:http", "write a host");
        check("http://github.com", "plain HTTP");
        check("a..b", "write a host");
    }
}
