//! The rules for what clients may send. Everything is checked before anything is stored, and again before use.

use crate::hosts::{AllowedHosts, is_host};
use std::fmt;

/// A field that was refused, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{field}` {problem}")]
pub struct InvalidInput {
    /// The field's name in the body.
    pub field: &'static str,
    /// What is wrong and what to write, as the rest of a sentence.
    pub problem: String,
}

/// Shorthand for an error in `field`.
pub fn invalid<T>(field: &'static str, problem: impl Into<String>) -> Result<T, InvalidInput> {
    Err(InvalidInput { field, problem: problem.into() })
}

/// Where a repository is: `https://host/owner/name`, without `.git` at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepositoryUrl {
    text: String,
    owner: String,
    name: String,
}

impl RepositoryUrl {
    /// Reads and checks a URL against the allow-list.
    ///
    /// # Errors
    /// If it is not `https://<allowed host>/<owner>/<name>`, or carries credentials, a query or a fragment.
    pub fn parse(text: &str, allowed: &AllowedHosts) -> Result<Self, InvalidInput> {
        const FIELD: &str = "repository";
        let form = "must be https://<host>/<owner>/<name>";
        let (plain_http, rest) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
            (Some(rest), _) => (false, rest),
            (_, Some(rest)) => (true, rest),
            _ => return invalid(FIELD, form),
        };
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        if authority.contains('@') {
            return invalid(FIELD, "must not carry a user name or a token; store a token with `cargo xtask secrets`");
        }
        let (host, port) = match authority.split_once(':') {
            None => (authority, Some(if plain_http { 80 } else { 443 })),
            Some((host, port)) => (host, port.parse().ok()),
        };
        let host = host.to_ascii_lowercase();
        let Some(port) = port.filter(|_| is_host(&host)) else { return invalid(FIELD, form) };
        if !allowed.allows(plain_http, &host, port) {
            return invalid(FIELD, format!("is on a host that is not allowed; allowed: {allowed}"));
        }
        let path = path.strip_suffix('/').unwrap_or(path);
        let path = path.strip_suffix(".git").unwrap_or(path);
        let mut parts = path.split('/');
        let (Some(owner), Some(name), None) = (parts.next(), parts.next(), parts.next()) else {
            return invalid(FIELD, form);
        };
        if !is_path_part(owner) || !is_path_part(name) {
            return invalid(FIELD, format!("{form}, with letters, digits, `.`, `_` and `-` in owner and name"));
        }
        let scheme = if plain_http { "http" } else { "https" };
        let port = match (plain_http, port) {
            (false, 443) | (true, 80) => String::new(),
            (_, port) => format!(":{port}"),
        };
        Ok(Self {
            text: format!("{scheme}://{host}{port}/{owner}/{name}"),
            owner: owner.to_owned(),
            name: name.to_owned(),
        })
    }

    /// The URL in its one canonical form.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The first part of the path.
    pub fn owner(&self) -> &str {
        &self.owner
    }

    /// The second part of the path, without `.git`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// True if a token may be sent there: over TLS only.
    pub fn is_encrypted(&self) -> bool {
        self.text.starts_with("https://")
    }
}

impl fmt::Display for RepositoryUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn is_path_part(part: &str) -> bool {
    !part.is_empty()
        && part.len() <= 100
        && part != "."
        && part != ".."
        && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

/// Checks a branch name by the rules of `git check-ref-format --branch`
/// (<https://git-scm.com/docs/git-check-ref-format>).
///
/// # Errors
/// Says which rule is broken.
pub fn branch(name: &str) -> Result<&str, InvalidInput> {
    const FIELD: &str = "branch";
    let refused = |why: &str| invalid(FIELD, format!("is no Git branch name: it must not {why}"));
    if name.is_empty() {
        return invalid(FIELD, "must be the name of a branch, such as main");
    }
    if name.len() > 244 {
        return refused("be longer than 244 bytes");
    }
    if name.starts_with('-') {
        return refused("begin with `-`");
    }
    if name == "@" || name == "HEAD" {
        return refused("be `@` or `HEAD`");
    }
    if name.bytes().any(|byte| byte <= b' ' || byte == 0x7f || b"~^:?*[\\".contains(&byte)) {
        return refused("contain white space, control characters or any of ~^:?*[\\");
    }
    if name.contains("..") || name.contains("@{") || name.contains("//") {
        return refused("contain `..`, `@{` or `//`");
    }
    if name.ends_with('.') || name.ends_with('/') || name.starts_with('/') {
        return refused("begin or end with `/`, or end with `.`");
    }
    if name.split('/').any(|part| part.starts_with('.') || part.ends_with(".lock")) {
        return refused("have a part that begins with `.` or ends with `.lock`");
    }
    Ok(name)
}

/// Checks a folder inside the repository and puts it in its one form: parts joined by `/`; `None` for the root.
///
/// # Errors
/// If it is absolute, climbs out or has parts that are no file names.
pub fn root_folder(field: &'static str, folder: &str) -> Result<Option<String>, InvalidInput> {
    if folder.len() > 1024 {
        return invalid(field, "must not be longer than 1024 bytes");
    }
    if folder.starts_with('/') || folder.contains('\\') || folder.contains(':') || folder.chars().any(char::is_control)
    {
        return invalid(field, "must be a folder inside the repository, such as services/api, with `/` between parts");
    }
    let parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    if parts.contains(&"..") || parts.iter().any(|part| part.eq_ignore_ascii_case(".git")) {
        return invalid(field, "must stay inside the repository: no `..` and no `.git`");
    }
    Ok(if parts.is_empty() { None } else { Some(parts.join("/")) })
}

/// Checks the name that a client wants its stack or function to have: what both services allow, short enough for
/// the installation's prefix to stand before it.
///
/// # Errors
/// Says what is allowed.
pub fn stack_name(name: &str) -> Result<&str, InvalidInput> {
    let good = name.len() <= 36
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if good {
        Ok(name)
    } else {
        invalid("stackName", "must begin with a letter and hold letters, digits and hyphens only, 36 at most")
    }
}

/// Checks the id of a test plan: `plan-` and a UUID, as `/status` shows it.
///
/// # Errors
/// Says what it looks like.
pub fn plan_id(id: &str) -> Result<&str, InvalidInput> {
    let uuid = id.strip_prefix("plan-").unwrap_or_default();
    let good = uuid.len() == 36
        && uuid.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        });
    if good { Ok(id) } else { invalid("planId", "must be the id of a plan as `/status` of a sanity test shows it") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts() -> AllowedHosts {
        AllowedHosts::parse("github.com,http://127.0.0.1:*").unwrap()
    }

    #[test]
    fn a_plan_is_named_as_it_was_shown() {
        assert!(plan_id("plan-0b0f1a52-7a3c-5a55-9a43-1f6a0d2b9c11").is_ok());
        for id in ["", "plan-", "0b0f1a52-7a3c-5a55-9a43-1f6a0d2b9c11", "plan-../../../../../../../../../../../x.json"]
        {
            assert!(plan_id(id).unwrap_err().to_string().starts_with("`planId` must be"), "{id}");
        }
    }

    #[test]
    fn repositories_take_one_form() {
        let check = |text: &str, expected: &str| {
            assert_eq!(RepositoryUrl::parse(text, &hosts()).map(|url| url.to_string()), Ok(expected.to_owned()));
        };
        check("https://github.com/o/n", "https://github.com/o/n");
        check("https://GitHub.com:443/o/n.git/", "https://github.com/o/n");
        check("http://127.0.0.1:4000/o/n.git", "http://127.0.0.1:4000/o/n");
    }

    #[test]
    fn other_repositories_are_refused_with_the_rule() {
        let check = |text: &str, expected: &str| {
            let error = RepositoryUrl::parse(text, &hosts()).unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        };
        check("", "must be https://");
        check("git@github.com:o/n", "must be https://");
        check("ssh://github.com/o/n", "must be https://");
        check("http://github.com/o/n", "not allowed");
        check("https://gitlab.com/o/n", "not allowed; allowed: github.com");
        check("https://token@github.com/o/n", "must not carry");
        check("https://github.com/o", "must be https://");
        check("https://github.com/o/n/tree/main", "must be https://");
        check("https://github.com/o/..", "letters, digits");
        check("https://github.com/o/n?x", "letters, digits");
        check("https://github.com/o/n#x", "letters, digits");
        check("https://github.com:99999/o/n", "must be https://");
        check("https://169.254.169.254/o/n", "not allowed");
    }

    #[test]
    fn branches_follow_gits_rules() {
        for good in ["main", "feature/x", "v1.0", "a@b", "Ümlaut", "fix/0b0f1a52"] {
            assert_eq!(branch(good), Ok(good));
        }
        for bad in [
            "", "-x", "@", "HEAD", "a b", "a..b", "a~1", "a^", "a:b", "a?", "a*", "a[", "a\\b", "/a", "a/", "a//b",
            ".a", "a/.b", "a.lock", "a.lock/b", "a.", "a@{b", "a\x7f", "a\n",
        ] {
            assert!(branch(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn folders_stay_inside() {
        let check = |folder: &str, expected: Option<&str>| {
            assert_eq!(root_folder("projectRoot", folder), Ok(expected.map(str::to_owned)), "{folder}");
        };
        check("", None);
        check(".", None);
        check("./a//b/", Some("a/b"));
        for bad in ["/etc", "..", "a/../b", "a\\b", "C:/x", "a\0b", ".git", "x/.GIT/hooks"] {
            assert!(root_folder("projectRoot", bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn stack_names_fit_behind_the_prefix() {
        assert!(stack_name("my-api2").is_ok());
        for bad in ["", "2x", "a_b", "a b", &"a".repeat(37)] {
            assert!(stack_name(bad).is_err(), "{bad:?}");
        }
    }
}
