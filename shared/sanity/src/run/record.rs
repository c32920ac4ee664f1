//! What is kept of requests and answers. Nothing that lets its reader in is kept: neither our credentials, which are
//! added after a request is recorded, nor what an API hands out.

use super::{Answer, Sent};
use crate::plan::{Auth, Part};
use drydock_mask::{MASK, mask};
use serde::{Deserialize, Serialize};

/// Longest body that is kept, in characters.
const BODY_CHARS: usize = 4000;

/// What stands where something secret stood.
const REDACTED: &str = "[redacted]";

/// A request as it is reported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Recorded {
    /// The method.
    pub method: String,
    /// The deployed address.
    pub url: String,
    /// The plan's headers.
    pub headers: Vec<(String, String)>,
    /// The body, clipped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// The same request for a shell.
    pub curl: String,
}

/// An answer as it is reported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordedAnswer {
    /// The status.
    pub status: u16,
    /// The headers, secrets taken out.
    pub headers: Vec<(String, String)>,
    /// The body, clipped.
    pub body: String,
    /// Milliseconds.
    pub millis: u64,
}

impl Recorded {
    pub(super) fn of(sent: &Sent, auth: Auth) -> Self {
        let mut sent = sent.clone();
        // Behind the percent signs of a form nothing can be seen: it is masked field by field.
        if let Some(form) = &mut sent.form {
            form.parts.iter_mut().for_each(mask_field);
            sent.body = Some(form.text());
        }
        let headers: Vec<_> = sent.headers.iter().map(redact).collect();
        Self {
            method: sent.method.as_str().to_owned(),
            url: mask(&sent.url).into_owned(),
            curl: curl(&sent, &headers, auth),
            headers,
            body: sent.body.as_deref().map(|body| clip(&mask(body))),
        }
    }
}

impl RecordedAnswer {
    pub(super) fn of(answer: &Answer) -> Self {
        Self {
            status: answer.status,
            headers: answer.headers.iter().map(redact).collect(),
            body: clip(&mask(&String::from_utf8_lossy(&answer.body))),
            millis: answer.millis,
        }
    }
}

/// The request as one line for a shell; credentials come from the reader's own environment.
fn curl(sent: &Sent, headers: &[(String, String)], auth: Auth) -> String {
    let mut line = String::from("curl -i");
    if sent.method.as_str() != "GET" {
        line += &format!(" -X {}", sent.method.as_str());
    }
    match auth {
        Auth::None => {}
        Auth::Iam => {
            let service = if sent.url.contains(".lambda-url.") { "lambda" } else { "execute-api" };
            line += &format!(
                " --aws-sigv4 \"aws:amz:$AWS_REGION:{service}\" --user \"$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY\" -H \"x-amz-security-token: $AWS_SESSION_TOKEN\""
            );
        }
        Auth::ApiKey => line += " -H \"x-api-key: $API_KEY\"",
        Auth::Bearer => line += " -H \"authorization: Bearer $TOKEN\"",
    }
    let in_parts = sent.form.as_ref().filter(|form| form.is_multipart());
    for (name, value) in headers {
        // curl says itself what stands between its parts.
        if in_parts.is_none() || name != "content-type" {
            line += &format!(" -H {}", quote(&format!("{name}: {value}")));
        }
    }
    match (in_parts, &sent.body) {
        (Some(form), _) => form.parts.iter().for_each(|part| line += &field(part)),
        (None, Some(body)) => line += &format!(" --data-raw {}", quote(body)),
        (None, None) => {}
    }
    // What was captured from an answer may be secret.
    mask(&(line + " " + &quote(&sent.url))).into_owned()
}

/// A part of a form for curl, which reads quotes within its own argument.
fn field(part: &Part) -> String {
    let Part { name, value, file, content_type } = part;
    if file.is_none() && content_type.is_none() {
        return format!(" --form-string {}", quote(&format!("{name}={value}")));
    }
    let quoted = |text: &str| format!("\"{}\"", text.replace('\\', r"\\").replace('"', "\\\""));
    let mut text = format!("{name}={}", quoted(value));
    text += &file.as_ref().map_or_else(String::new, |file| format!(";filename={}", quoted(file)));
    text += &content_type.as_ref().map_or_else(String::new, |content_type| format!(";type={content_type}"));
    format!(" -F {}", quote(&text))
}

/// Masks a field's value, seen together with its name.
fn mask_field(part: &mut Part) {
    let seen = format!("{}={}", part.name, part.value);
    let masked = mask(&seen);
    if masked != seen {
        let value = masked.strip_prefix(&format!("{}=", part.name));
        part.value = value.map_or_else(|| MASK.to_owned(), str::to_owned);
    }
}

/// A text that a POSIX shell takes as it is.
fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

fn redact((name, value): &(String, String)) -> (String, String) {
    let lower = name.to_ascii_lowercase();
    let secret = ["authorization", "cookie", "token", "api-key", "secret", "signature"];
    let value = if secret.iter().any(|word| lower.contains(word)) { REDACTED } else { value };
    (name.clone(), value.to_owned())
}

fn clip(text: &str) -> String {
    let kept: String = text.chars().take(BODY_CHARS).collect();
    let cut = text.chars().count() - kept.chars().count();
    if cut == 0 { kept } else { format!("{kept}… ({cut} more characters)") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{BodyType, FilePart, Form, Method};
    use serde_json::json;

    #[test]
    fn a_curl_line_survives_the_shell_and_holds_no_secret() {
        let sent = Sent {
            method: Method::Post,
            url: "https://api.example/it's".into(),
            headers: vec![("x-session-token".into(), "s3cret".into())],
            body: Some("{\"a\":\"it's $HOME\"}".into()),
            form: None,
        };
        let recorded = Recorded::of(&sent, Auth::ApiKey);
        assert_eq!(
            recorded.curl,
            "curl -i -X POST -H \"x-api-key: $API_KEY\" -H 'x-session-token: [redacted]' \
             --data-raw '{\"a\":\"it'\\''s $HOME\"}' 'https://api.example/it'\\''s'"
        );
    }

    /// The body and the curl line of a form that was sent.
    fn form(body: &serde_json::Value, body_type: BodyType) -> (String, String) {
        let file = FilePart { name: "a.txt".into(), content_type: "text/plain".into() };
        let form = Form::of(body, body_type, &[("file".to_owned(), file)].into()).unwrap();
        let sent = Sent {
            method: Method::Post,
            url: "https://api.example/".into(),
            headers: vec![("content-type".into(), form.content_type())],
            body: Some(form.text()),
            form: Some(form),
        };
        let recorded = Recorded::of(&sent, Auth::None);
        (recorded.body.unwrap(), recorded.curl)
    }

    #[test]
    fn a_form_is_a_line_for_curl_too() {
        let (_, curl) = form(&json!({"tag": ["it's", "@b"]}), BodyType::Form);
        let header = "-H 'content-type: application/x-www-form-urlencoded'";
        let rest = "--data-raw 'tag=it%27s&tag=%40b' 'https://api.example/'";
        assert_eq!(curl, format!("curl -i -X POST {header} {rest}"));
        let body = json!({"deep": {"c": 1}, "file": "say \"x\\y\"", "note": "@it's"});
        let (_, curl) = form(&body, BodyType::Multipart);
        assert_eq!(
            curl,
            "curl -i -X POST -F 'deep=\"{\\\"c\\\":1}\";type=application/json' \
             -F 'file=\"say \\\"x\\\\y\\\"\";filename=\"a.txt\";type=text/plain' --form-string 'note=@it'\\''s' \
             'https://api.example/'"
        );
    }

    #[test]
    fn secrets_in_forms_are_masked_though_they_are_encoded() {
        let secret = json!({"dbPassword": "S3cr3t/Passw0rd!+x", "note": "url = postgres://admin:hunter2hunter@db/x"});
        for body_type in [BodyType::Form, BodyType::Multipart] {
            let (body, curl) = form(&secret, body_type);
            for text in [body, curl] {
                for part in ["S3cr3t", "Passw0rd", "hunter2"] {
                    assert!(!text.contains(part), "{text}");
                }
                assert!(text.contains("masked"), "{text}");
            }
        }
    }

    #[test]
    fn what_an_api_hands_out_is_not_kept() {
        let answer = Answer {
            status: 200,
            headers: vec![("set-cookie".into(), "sid=1".into()), ("etag".into(), "e".into())],
            body: vec![b'x'; 5000],
            truncated: false,
            bodyless: false,
            millis: 1,
            redirect: None,
        };
        let recorded = RecordedAnswer::of(&answer);
        assert_eq!(recorded.headers, [("set-cookie".into(), REDACTED.into()), ("etag".into(), "e".into())]);
        assert!(recorded.body.ends_with("(1000 more characters)"));
    }

    #[test]
    fn secrets_in_bodies_are_masked() {
        let answer = Answer {
            status: 200,
            headers: Vec::new(),
            body: br#"{"accessToken": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "key": "AKIAIOSFODNN7ABCDEFG"}"#.to_vec(),
            truncated: false,
            bodyless: false,
            millis: 1,
            redirect: None,
        };
        let body = RecordedAnswer::of(&answer).body;
        assert!(!body.contains("eyJ") && !body.contains("AKIA") && body.contains("accessToken"), "{body}");
    }
}
