//! What a function logged while it was asked.

use super::signed::{Ask, Signed};
use drydock_sanity::run::Secrets;
use serde_json::{Value, json};

/// Most lines that are kept of one failed step.
const MOST_LINES: usize = 20;

/// Longest line that is kept, in characters.
const LINE_CHARS: usize = 500;

impl Signed {
    /// The lines that a function wrote between two times (milliseconds since 1970), without what Lambda itself adds
    /// to each invocation and without secrets.
    ///
    /// # Errors
    /// Why they cannot be read.
    pub async fn log_lines(
        &self,
        function: &str,
        from: i64,
        until: i64,
        secrets: &Secrets,
    ) -> Result<Vec<String>, String> {
        let group = format!("/aws/lambda/{function}");
        let body = json!({"logGroupName": group, "startTime": from, "endTime": until, "limit": 200}).to_string();
        let headers =
            [("content-type", "application/x-amz-json-1.1"), ("x-amz-target", "Logs_20140328.FilterLogEvents")];
        let found =
            self.ask(Ask { service: "logs", method: "POST", path: "/", headers: &headers, body: &body }).await?;
        let events = found.get("events").and_then(Value::as_array).cloned().unwrap_or_default();
        let messages = events.iter().filter_map(|event| event.get("message")?.as_str());
        Ok(kept(messages, secrets))
    }
}

/// What says something, the last lines of it. A secret may stand in several lines, such as a private key: they are
/// looked at together, without what Lambda writes between them.
fn kept<'a>(messages: impl Iterator<Item = &'a str>, secrets: &Secrets) -> Vec<String> {
    const ADDED: [&str; 4] = ["START RequestId:", "END RequestId:", "REPORT RequestId:", "INIT_START "];
    let lines = messages.flat_map(str::lines).map(str::trim_end);
    let lines: Vec<&str> =
        lines.filter(|line| !line.is_empty() && !ADDED.iter().any(|start| line.starts_with(start))).collect();
    let text = lines.join("\n");
    let clean = secrets.clean_said(&text);
    let mut lines: Vec<String> = clean.lines().map(|line| line.chars().take(LINE_CHARS).collect()).collect();
    lines.drain(..lines.len().saturating_sub(MOST_LINES));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_says_something_is_kept_without_secrets() {
        let lines = [
            "START RequestId: 1",
            "[ERROR] KeyError: 'x'",
            "",
            "token=ghp_0123456789abcdefghijABCDEFGHIJ password=short",
            "END RequestId: 1",
        ];
        let kept = kept(lines.into_iter(), &Secrets::default());
        assert_eq!(kept.len(), 2, "{kept:?}");
        assert_eq!(kept[0], "[ERROR] KeyError: 'x'");
        assert!(!kept[1].contains("ghp_") && !kept[1].contains("short"), "{kept:?}");
        let many: Vec<String> = (0..100).map(|n| format!("line {n}")).collect();
        assert_eq!(
            super::kept(many.iter().map(String::as_str), &Secrets::default()).first().map(String::as_str),
            Some("line 80")
        );
    }

    #[test]
    fn a_private_key_in_several_lines_is_masked() {
        let key = ["MIIEowIBAAKCAQEA0123456789", "abcdefghijklmnopqrstuvwxyz", "0123456789abcdefABCDEF=="];
        let (begin, end) = ("-----BEGIN RSA PRIVATE KEY-----", "-----END RSA PRIVATE KEY-----");
        let whole = [&["loaded", begin][..], &key, &[end, "ready"]].concat();
        let check = |messages: &[&str], expected: &[&str]| {
            assert_eq!(kept(messages.iter().copied(), &Secrets::default()), expected, "{messages:?}");
        };
        check(&whole, &["loaded", "[masked secret]", "ready"]);
        check(&[&whole.join("\n")], &["loaded", "[masked secret]", "ready"]);
        check(&[&whole[..4], &["START RequestId: 1"], &whole[4..]].concat(), &["loaded", "[masked secret]", "ready"]);
        // The window begins or ends in the middle of it.
        check(&whole[3..], &["[masked secret]", "ready"]);
        check(&whole[..4], &["loaded", "[masked secret]"]);
    }

    #[test]
    fn no_part_of_a_secret_is_left_where_a_line_is_cut() {
        let secrets = Secrets::new(["open-sesame"]);
        for before in 485..500 {
            let line = format!("{}open-sesame{}", "x".repeat(before), "y".repeat(50));
            let kept = kept(std::iter::once(line.as_str()), &secrets);
            assert!(!kept[0].contains("op"), "{kept:?}");
        }
    }
}
