//! What is kept of requests and answers. Nothing that lets its reader in is kept: neither our credentials, which are
//! added after a request is recorded, nor what an API hands out.

mod curl;

use super::{Answer, Secrets, Sent};
use crate::plan::{Auth, Part};
use drydock_mask::MASK;
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
    pub(super) fn of(sent: &Sent, auth: Auth, secrets: &Secrets) -> Self {
        let mut sent = sent.clone();
        // Behind the percent signs of a form nothing can be seen: it is masked field by field.
        if let Some(form) = &mut sent.form {
            form.parts.iter_mut().for_each(|part| mask_field(part, secrets));
            sent.body = Some(form.text());
        }
        let headers: Vec<_> = sent.headers.iter().map(redact).collect();
        Self {
            method: sent.method.as_str().to_owned(),
            url: secrets.clean(&sent.url).into_owned(),
            // What was captured from an answer may be secret.
            curl: secrets.clean(&curl::line(&sent, &headers, auth)).into_owned(),
            headers,
            body: sent.body.as_deref().map(|body| clip(&secrets.clean(body))),
        }
    }
}

impl RecordedAnswer {
    pub(super) fn of(answer: &Answer, secrets: &Secrets) -> Self {
        Self {
            status: answer.status,
            headers: answer.headers.iter().map(redact).collect(),
            body: clip(&secrets.clean_said(&String::from_utf8_lossy(&answer.body))),
            millis: answer.millis,
        }
    }
}

/// Masks a field's value, seen together with its name.
fn mask_field(part: &mut Part, secrets: &Secrets) {
    let seen = format!("{}={}", part.name, part.value);
    let masked = secrets.clean(&seen);
    if masked != seen {
        let value = masked.strip_prefix(&format!("{}=", part.name));
        part.value = value.map_or_else(|| MASK.to_owned(), str::to_owned);
    }
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
            token_header: None,
        };
        let recorded = Recorded::of(&sent, Auth::None, &Secrets::default());
        (recorded.body.unwrap(), recorded.curl)
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
        let recorded = RecordedAnswer::of(&answer, &Secrets::default());
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
        let body = RecordedAnswer::of(&answer, &Secrets::default()).body;
        assert!(!body.contains("eyJ") && !body.contains("AKIA") && body.contains("accessToken"), "{body}");
    }

    #[test]
    fn no_part_of_a_secret_is_left_where_a_body_is_cut() {
        let secrets = Secrets::new(["open/sesame"]);
        for (before, form) in
            (3985..4000).flat_map(|before| ["open/sesame", "open%2Fsesame"].map(|form| (before, form)))
        {
            let body = format!("{}{form}{}", "x".repeat(before), "y".repeat(50));
            let answer = Answer { body: body.clone().into_bytes(), ..Answer::default() };
            let sent = Sent {
                method: Method::Post,
                url: format!("https://h/{form}"),
                headers: Vec::new(),
                body: Some(body),
                form: None,
                token_header: None,
            };
            let recorded = Recorded::of(&sent, Auth::None, &secrets);
            for text in
                [RecordedAnswer::of(&answer, &secrets).body, recorded.body.unwrap(), recorded.curl, recorded.url]
            {
                assert!(!text.contains("op"), "{before} {form}: {text}");
            }
        }
    }
}
