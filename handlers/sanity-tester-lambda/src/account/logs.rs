//! What a function logged while it was asked.

use super::signed::{Ask, Signed};
use drydock_sanity::run::Secrets;
use serde_json::{Value, json};
use std::collections::VecDeque;

/// Most pages that are read, of a megabyte at most, and most messages that are looked at: the last ones.
const PAGES: usize = 5;
const MOST_MESSAGES: usize = 200;

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
        let headers =
            [("content-type", "application/x-amz-json-1.1"), ("x-amz-target", "Logs_20140328.FilterLogEvents")];
        let mut wanted =
            json!({"logGroupName": format!("/aws/lambda/{function}"), "startTime": from, "endTime": until});
        let mut messages = VecDeque::new();
        for page in 0..PAGES {
            let body = wanted.to_string();
            let ask = Ask { service: "logs", method: "POST", path: "/", headers: &headers, body: &body };
            let found = match self.ask(ask).await {
                Ok(found) => found,
                Err(error) if page == 0 => return Err(error),
                // What was read so far says something.
                Err(_) => break,
            };
            add(&found, &mut messages);
            // A page may be empty, and others come behind it.
            let Some(next) = found.get("nextToken").filter(|token| token.is_string()) else { break };
            wanted["nextToken"] = next.clone();
        }
        Ok(kept(messages.iter().map(String::as_str), secrets))
    }
}

/// Adds a page, oldest first, and keeps the last messages.
fn add(page: &Value, messages: &mut VecDeque<String>) {
    let events = page.get("events").and_then(Value::as_array).into_iter().flatten();
    messages.extend(events.filter_map(|event| Some(event.get("message")?.as_str()?.to_owned())));
    messages.drain(..messages.len().saturating_sub(MOST_MESSAGES));
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
    use aws_credential_types::Credentials;
    use aws_credential_types::provider::SharedCredentialsProvider;
    use std::io::{BufRead, BufReader, Read, Write};
    use std::net::TcpListener;

    /// Serves these pages in turn, and gives what each request asked for.
    fn serve(pages: Vec<Value>) -> (String, std::thread::JoinHandle<Vec<Value>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let answer = move |page: Value| {
            let mut stream = BufReader::new(listener.accept().unwrap().0);
            let mut length = 0;
            loop {
                let mut line = String::new();
                stream.read_line(&mut line).unwrap();
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                if line.trim().is_empty() {
                    break;
                }
            }
            let mut body = vec![0; length];
            stream.read_exact(&mut body).unwrap();
            let page = page.to_string();
            let head = format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", page.len());
            stream.get_mut().write_all((head + &page).as_bytes()).unwrap();
            serde_json::from_slice(&body).unwrap()
        };
        (endpoint, std::thread::spawn(move || pages.into_iter().map(answer).collect()))
    }

    async fn read(pages: Vec<Value>) -> (Vec<String>, Vec<Value>) {
        let (endpoint, served) = serve(pages);
        let keys = Credentials::new("AKIDEXAMPLE", "k", None, None, "test");
        let http = drydock_aws::reqwest_client(drydock_aws::Roots::Bundled).unwrap();
        let signed = Signed::new(http, SharedCredentialsProvider::new(keys), "eu-central-1", Some(endpoint));
        let lines = signed.log_lines("f", 1, 2, &Secrets::default()).await.unwrap();
        (lines, served.join().unwrap())
    }

    #[tokio::test]
    async fn the_last_lines_are_found_on_whatever_page_they_are() {
        let page = |lines: std::ops::Range<usize>, next: Option<&str>| {
            let events: Vec<Value> = lines.map(|n| json!({"message": format!("line {n}\n")})).collect();
            json!({"events": events, "nextToken": next})
        };
        let pages = vec![page(0..0, Some("a")), page(0..300, Some("b")), page(0..0, Some("c")), page(300..310, None)];
        let (lines, asked) = read(pages).await;
        let tokens: Vec<_> = asked.iter().map(|asked| asked["nextToken"].as_str()).collect();
        assert_eq!(tokens, [None, Some("a"), Some("b"), Some("c")]);
        assert!(asked.iter().all(|asked| asked["logGroupName"] == "/aws/lambda/f" && asked["endTime"] == 2));
        assert_eq!((lines.len(), lines[0].as_str(), lines[19].as_str()), (20, "line 290", "line 309"));
        // There is an end to it.
        let (lines, asked) = read((0..PAGES).map(|n| page(n..n + 1, Some("more"))).collect()).await;
        assert_eq!((lines.len(), asked.len()), (PAGES, PAGES));
    }

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
