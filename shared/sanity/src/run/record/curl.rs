//! A request as a line for a shell. It sends what was sent: nothing in it is read as an option, as a file to upload, as
//! a pattern of several addresses, or by the shell.

use crate::plan::{Auth, Method, Part};
use crate::run::Sent;

/// The line; credentials come from the reader's own environment.
pub(super) fn line(sent: &Sent, headers: &[(String, String)], auth: Auth) -> String {
    let mut line = String::from("curl -i");
    match sent.method {
        // With `-X HEAD`, curl waits for a body that never comes.
        Method::Head => line += " --head",
        Method::Get if sent.body.is_none() => {}
        method => line += &format!(" -X {}", method.as_str()),
    }
    if sent.url.contains(['[', ']', '{', '}']) {
        line += " --globoff";
    }
    match auth {
        Auth::None | Auth::Other => {}
        Auth::Iam => {
            let service = if sent.url.contains(".lambda-url.") { "lambda" } else { "execute-api" };
            line += &format!(
                " --aws-sigv4 \"aws:amz:$AWS_REGION:{service}\" --user \"$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY\" -H \"x-amz-security-token: $AWS_SESSION_TOKEN\""
            );
        }
        Auth::ApiKey => line += " -H \"x-api-key: $API_KEY\"",
        Auth::Bearer => match &sent.token_header {
            Some(name) => line += &format!(" -H \"{name}: $TOKEN\""),
            None => line += " -H \"authorization: Bearer $TOKEN\"",
        },
    }
    // curl writes no name that ends its own argument: then the body is given as it was sent.
    let in_parts = sent.form.as_ref().filter(|form| form.is_multipart() && form.parts.iter().all(has_plain_name));
    for (name, value) in headers {
        // curl says itself what stands between its parts.
        if in_parts.is_none() || name != "content-type" {
            // `name:` without a value would take the header away.
            let header = if value.is_empty() { format!("{name};") } else { format!("{name}: {value}") };
            line += &format!(" -H {}", quote(&header));
        }
    }
    match (in_parts, &sent.body) {
        (Some(form), _) => form.parts.iter().for_each(|part| line += &field(part)),
        (None, Some(body)) => line += &format!(" --data-raw {}", quote(body)),
        (None, None) => {}
    }
    line + " " + &quote(&sent.url)
}

fn has_plain_name(part: &Part) -> bool {
    let plain = |c: char| !c.is_control() && !matches!(c, '=' | ';' | '"' | '@' | '<' | ',' | '\\');
    !part.name.is_empty() && part.name.chars().all(plain)
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

/// A text that a POSIX shell takes as it is.
fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{BodyType, FilePart, Form};
    use serde_json::{Value, json};

    fn sent(method: Method, url: &str, body: Option<&str>) -> Sent {
        Sent {
            method,
            url: url.to_owned(),
            headers: Vec::new(),
            body: body.map(str::to_owned),
            form: None,
            token_header: None,
        }
    }

    fn form(body: &Value, body_type: BodyType) -> Sent {
        let file = FilePart { name: "a.txt".into(), content_type: "text/plain".into() };
        let form = Form::of(body, body_type, &[("file".to_owned(), file)].into()).unwrap();
        let headers = vec![("content-type".to_owned(), form.content_type())];
        Sent { headers, body: Some(form.text()), form: Some(form), ..sent(Method::Post, "https://h/", None) }
    }

    #[test]
    fn a_line_says_the_method_and_the_address_that_were_sent() {
        let check = |method, url: &str, body: Option<&str>, expected: &str| {
            assert_eq!(line(&sent(method, url, body), &[], Auth::None), format!("curl -i{expected}"));
        };
        check(Method::Get, "https://h/a", None, " 'https://h/a'");
        check(Method::Get, "https://h/a", Some("{}"), " -X GET --data-raw '{}' 'https://h/a'");
        check(Method::Head, "https://h/a", None, " --head 'https://h/a'");
        check(Method::Delete, "https://h/a", None, " -X DELETE 'https://h/a'");
        check(Method::Get, "https://h/[1-9]", None, " --globoff 'https://h/[1-9]'");
        check(Method::Put, "https://h/{a,b}", Some("@x"), " -X PUT --globoff --data-raw '@x' 'https://h/{a,b}'");
    }

    #[test]
    fn a_line_survives_the_shell() {
        let sent = sent(Method::Post, "https://api.example/it's", Some("{\"a\":\"it's $HOME\"}"));
        let headers = [("x-session-token".to_owned(), "[redacted]".to_owned()), ("x-empty".to_owned(), String::new())];
        assert_eq!(
            line(&sent, &headers, Auth::ApiKey),
            "curl -i -X POST -H \"x-api-key: $API_KEY\" -H 'x-session-token: [redacted]' -H 'x-empty;' \
             --data-raw '{\"a\":\"it'\\''s $HOME\"}' 'https://api.example/it'\\''s'"
        );
    }

    #[test]
    fn a_token_stands_where_it_was_shown() {
        let usual = sent(Method::Get, "https://h/", None);
        let own = Sent { token_header: Some("x-token".to_owned()), ..usual.clone() };
        assert_eq!(line(&usual, &[], Auth::Bearer), "curl -i -H \"authorization: Bearer $TOKEN\" 'https://h/'");
        assert_eq!(line(&own, &[], Auth::Bearer), "curl -i -H \"x-token: $TOKEN\" 'https://h/'");
    }

    #[test]
    fn a_form_is_a_line_too() {
        let one = form(&json!({"tag": ["it's", "@b"]}), BodyType::Form);
        let header = "-H 'content-type: application/x-www-form-urlencoded'";
        assert_eq!(
            line(&one, &one.headers, Auth::None),
            format!("curl -i -X POST {header} --data-raw 'tag=it%27s&tag=%40b' 'https://h/'")
        );
        let one = form(&json!({"deep": {"c": 1}, "file": "say \"x\\y\"", "note": "@it's"}), BodyType::Multipart);
        assert_eq!(
            line(&one, &one.headers, Auth::None),
            "curl -i -X POST -F 'deep=\"{\\\"c\\\":1}\";type=application/json' \
             -F 'file=\"say \\\"x\\\\y\\\"\";filename=\"a.txt\";type=text/plain' --form-string 'note=@it'\\''s' \
             'https://h/'"
        );
    }

    #[test]
    fn no_name_makes_curl_read_a_file() {
        for name in ["a=@/etc/passwd;b", "a=</etc/passwd;b", "a;type=x", "a\"b", "@a", "a\nb", "=", "a,b"] {
            let one = form(&json!({name: {"c": 1}, "file": "x"}), BodyType::Multipart);
            let line = line(&one, &one.headers, Auth::None);
            assert!(!line.contains(" -F ") && !line.contains("--form"), "{line}");
            assert!(
                line.contains("-H 'content-type: multipart/form-data; boundary=") && line.contains("--data-raw"),
                "{line}"
            );
        }
    }

    /// What curl itself makes of such a line, where there is one: it would send the very body, and no file.
    #[test]
    fn curl_sends_what_the_line_says() {
        use std::io::{Read as _, Write as _};
        if std::process::Command::new("curl").arg("--version").output().is_err() {
            return;
        }
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/[x]", listener.local_addr().unwrap());
        let mut one = form(&json!({"a=@/etc/passwd;b": {"c": 1}, "file": "x"}), BodyType::Multipart);
        one.url = url;
        let served = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let (mut read, mut buffer) = (Vec::new(), [0; 4096]);
            while !String::from_utf8_lossy(&read).ends_with("--\r\n") {
                let count = stream.read(&mut buffer).unwrap();
                assert!(count > 0, "{}", String::from_utf8_lossy(&read));
                read.extend_from_slice(&buffer[..count]);
            }
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").unwrap();
            String::from_utf8(read).unwrap()
        });
        let line = line(&one, &one.headers, Auth::None).replacen("curl ", "curl -s --max-time 20 --noproxy '*' ", 1);
        let ran = std::process::Command::new("sh").args(["-c", &line]).output().unwrap();
        assert!(ran.status.success(), "{ran:?}");
        let arrived = served.join().unwrap();
        assert!(arrived.starts_with("POST /[x] HTTP/1.1\r\n"), "{arrived}");
        assert!(arrived.ends_with(one.body.as_deref().unwrap()) && !arrived.contains("root:"), "{arrived}");
    }
}
