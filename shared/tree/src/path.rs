//! Which paths a tree may hold.

/// A path that has no place in a tree.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unsafe path `{path}`: {reason}")]
pub struct UnsafePath {
    /// The path, with control characters escaped.
    pub path: String,
    /// The rule that it breaks.
    pub reason: &'static str,
}

/// Longest path, in bytes: what Linux allows.
const MAX_BYTES: usize = 4095;

/// Checks that `path` is relative, in its one form and harmless on every file system.
pub(crate) fn check(path: &str) -> Result<(), UnsafePath> {
    let refuse = |reason| Err(UnsafePath { path: path.escape_debug().take(200).collect(), reason });
    if path.is_empty() || path.len() > MAX_BYTES {
        return refuse("empty or too long");
    }
    if path.starts_with('/') || path.contains('\\') {
        return refuse("absolute, or with a backslash");
    }
    if path.chars().any(char::is_control) {
        return refuse("with control characters");
    }
    for part in path.split('/') {
        if matches!(part, "" | "." | "..") {
            return refuse("with an empty part, `.` or `..`");
        }
        // What file systems of other machines take for `.git`.
        let folded = part.trim_end_matches(['.', ' ']).to_ascii_lowercase();
        if folded == ".git" || folded == "git~1" || folded.starts_with(".git:") {
            return refuse("names Git's own folder");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_relative_paths_pass() {
        for good in ["a", "a/b.c", ".gitignore", ".github/workflows/x.yml", "Ümlaut", "a b"] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for bad in
            ["", "/a", "a//b", "a/", "..", "a/../b", "./a", ".git/config", ".GIT", "GIT~1/x", ".git./x", "a\\b", "a\nb"]
        {
            assert!(check(bad).is_err(), "{bad:?}");
        }
    }
}
