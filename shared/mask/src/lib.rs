//! Secrets in text: what looks like one is masked before it reaches a model, a log, a record or a commit.
//!
//! [`mask`] leaves code as it is that speaks of secrets, for a model that mends it must see it. [`mask_data`] is for what
//! programs say: there a value that is called a password is one, however short and plain it is.

use regex::{Captures, Regex};
use std::borrow::Cow;
use std::sync::LazyLock;

/// What stands in a secret's place.
pub const MASK: &str = "[masked secret]";

/// Forms that are secrets wherever they stand. The first group, where there is one, is kept.
static FORMS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    [
        // Private keys, whole or cut off at either end.
        r"-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\z)",
        r"(?:[A-Za-z0-9+/=]{8,}(?:\s|\\[nr])+)+-----END [A-Z ]*PRIVATE KEY-----",
        // AWS, GitHub, GitLab, Slack, Google, Stripe, npm, PyPI, model providers.
        r"\b(?:AKIA|ASIA|AROA|AIDA)[0-9A-Z]{16}\b",
        r"\bgh[opsur]_[A-Za-z0-9]{20,}",
        r"\bgithub_pat_[A-Za-z0-9_]{20,}",
        r"\bglpat-[A-Za-z0-9_-]{16,}",
        r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}",
        r"\bAIza[0-9A-Za-z_-]{30,}",
        r"\b[rs]k_(?:live|test)_[0-9A-Za-z]{16,}",
        r"\bnpm_[A-Za-z0-9]{30,}",
        r"\bpypi-[A-Za-z0-9_-]{30,}",
        r"\bsk-[A-Za-z0-9_-]{20,}",
        // JSON Web Tokens.
        r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*",
        // A password in an address.
        r"([a-z][a-z0-9+.-]*://[^\s/:@'\x22]{0,100}:)[^\s/@'\x22$\{\}]{3,}@",
    ]
    .into_iter()
    .map(|form| Regex::new(form).expect("a constant expression"))
    .collect()
});

/// Words without which no name speaks of a secret. They are found sooner than what may stand around them.
static WORDS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)pass(?:word|wd|phrase)|pwd|secret|token|key|credential").expect("a constant expression")
});

/// A name that speaks of a secret, and the value that it is given.
static ASSIGNMENT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?i)([a-z0-9_.-]*(?:password|passwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credential)[a-z0-9_.-]*['"]?\s*(?::=|=>|[:=])\s*['"]?)([A-Za-z0-9+/=_.~!@#%^&*-]{12,})"#,
    )
    .expect("a constant expression")
});

/// What is a secret by its name: `dbPassword`, `API_KEY`, `refresh_token`, and neither `passwordPolicy` nor `nextToken`.
const NAME: &str = r"(?:[a-z0-9_.-]*(?:password|passwd|passphrase|pwd|secret|api[_-]?key|private[_-]?key|secret[_-]?access[_-]?key)|(?:(?:access|auth|bearer|id|refresh|session)[_-]?)?token)";

/// Such a name and its value, which is the second group: in quotes, behind `=`, a number, alone on a line, or an element
/// of XML. JSON may stand in a text of JSON, with backslashes before its quotes. What is in a list or an object is not
/// known by the name of the whole.
static PAIRS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let before = r"(?:^|[^a-z0-9_.-])";
    [
        format!(r#"(?i)({before}{NAME}["']?\s*[:=]\s*")((?:[^"\\]|\\.)+)"#),
        format!(r#"(?i)({before}{NAME}\\+"\s*[:=]\s*\\+")([^"\\]+)"#),
        format!(r#"(?i)({before}{NAME}["']?\s*[:=]\s*')([^'\n]+)"#),
        format!(r#"(?i)({before}{NAME}=)([^\s"'&;,\\]+)"#),
        format!(r#"(?i)({before}{NAME}\\*["']?\s*[:=]\s*)(-?[0-9][^\s"'&;,\\)\]}}]*)"#),
        format!(r"(?i)(<(?:[a-z0-9_.-]+:)?{NAME}(?:\s[^<>]*)?>\s*(?:<!\[CDATA\[)?)([^<\s][^<]*)"),
        format!(r"(?im)(^\s*(?:- )?{NAME}:[ \t]+)(\S+)[ \t\r]*$"),
    ]
    .into_iter()
    .map(|form| Regex::new(&form).expect("a constant expression"))
    .collect()
});

/// Replaces every secret, and every value that is one by its name, in what a program says: a log, an answer.
pub fn mask_data(text: &str) -> Cow<'_, str> {
    let mut masked = mask(text);
    if !WORDS.is_match(text) {
        return masked;
    }
    for pair in PAIRS.iter() {
        if pair.captures_iter(&masked).any(|found| says_something(&found[2])) {
            let replace = |found: &Captures<'_>| {
                let value = if says_something(&found[2]) { MASK } else { &found[2] };
                format!("{}{value}", &found[1])
            };
            masked = Cow::Owned(pair.replace_all(&masked, replace).into_owned());
        }
    }
    masked
}

/// False for what was masked before, and for what stands where there is nothing.
fn says_something(value: &str) -> bool {
    let nothing = ["null", "none", "undefined", "true", "false"];
    !value.contains("[masked") && !nothing.contains(&value.to_ascii_lowercase().as_str())
}

/// Replaces every secret.
pub fn mask(text: &str) -> Cow<'_, str> {
    let mut masked = Cow::Borrowed(text);
    for form in FORMS.iter() {
        if form.is_match(&masked) {
            let replace = |found: &Captures<'_>| match found.get(1) {
                Some(kept) => format!("{}{MASK}@", kept.as_str()),
                None => MASK.to_owned(),
            };
            masked = Cow::Owned(form.replace_all(&masked, replace).into_owned());
        }
    }
    if WORDS.is_match(&masked) && ASSIGNMENT.captures_iter(&masked).any(|found| is_secret(&found[2])) {
        let replace = |found: &Captures<'_>| {
            if is_secret(&found[2]) { format!("{}{MASK}", &found[1]) } else { found[0].to_owned() }
        };
        masked = Cow::Owned(ASSIGNMENT.replace_all(&masked, replace).into_owned());
    }
    masked
}

/// How many secrets a text holds.
pub fn count(text: &str) -> usize {
    mask(text).matches(MASK).count().saturating_sub(text.matches(MASK).count())
}

/// Whether a value that is called a secret may be one: names, paths and references have one kind of letter and
/// telling words; secrets are mixed.
fn is_secret(value: &str) -> bool {
    if value.contains(MASK) || value.starts_with("arn:") || value.contains("://") || value.contains("..") {
        return false;
    }
    let kinds = [
        value.bytes().any(|byte| byte.is_ascii_lowercase()),
        value.bytes().any(|byte| byte.is_ascii_uppercase()),
        value.bytes().any(|byte| byte.is_ascii_digit()),
        value.bytes().any(|byte| !byte.is_ascii_alphanumeric() && !matches!(byte, b'.' | b'_' | b'-')),
    ];
    // `os.environ` and `aws_secretsmanager_secret.x.arn` are code.
    let is_path = value.split('.').count() > 1
        && value.split('.').all(|part| part.chars().all(|c| c.is_alphabetic() || c == '_'));
    let is_placeholder =
        ["example", "placeholder", "changeme", "your"].iter().any(|word| value.to_lowercase().contains(word));
    !is_path
        && !is_placeholder
        && kinds.into_iter().filter(|kind| *kind).count() >= 2
        && value.bytes().any(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_of_every_form_are_masked() {
        for (text, secret) in [
            ("key = AKIAIOSFODNN7ABCDEFG\n", "AKIAIOSFODNN7ABCDEFG"),
            ("ghp_abcdefghijklmnopqrstuvwxyz0123456789", "ghp_abc"),
            ("token: sk-ant-api03-abcdefghijklmnop_qrst", "sk-ant"),
            ("url = postgres://admin:hunter2hunter@db/x", "hunter2hunter"),
            ("-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----\n", "MIIEow"),
            ("-----BEGIN PRIVATE KEY-----\nMIIEow", "MIIEow"),
            ("MIIEowIBAAKCAQEA\nabcDEF0123456789\n-----END RSA PRIVATE KEY-----\n", "MIIEow"),
            ("aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzzzzzzKEY", "wJalrXUtnFEMI"),
            ("{\"dbPassword\": \"S3cr3tPassw0rd!\"}", "S3cr3tPassw0rd"),
            ("DB_PASSWORD=abc123def456ghi", "abc123def456ghi"),
            ("authorization: eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "eyJhbGci"),
        ] {
            let masked = mask(text);
            assert!(masked.contains(MASK) && !masked.contains(secret), "{masked}");
            assert_eq!(count(text), 1, "{text}");
        }
    }

    #[test]
    fn what_is_a_secret_by_its_name_is_masked_in_what_programs_say() {
        for (text, expected) in [
            (r#"{"password": "hunter", "user": "me"}"#, r#"{"password": "[masked secret]", "user": "me"}"#),
            (r#"{"dbPassword":"a\"b"}"#, r#"{"dbPassword":"[masked secret]"}"#),
            (r#"{\"token\":\"abc\",\"n\":1}"#, r#"{\"token\":\"[masked secret]\",\"n\":1}"#),
            ("{'api_key': 'short'}", "{'api_key': '[masked secret]'}"),
            ("login?user=me&password=hunter&x=1", "login?user=me&password=[masked secret]&x=1"),
            ("DB_PASSWORD=hunter2", "DB_PASSWORD=[masked secret]"),
            ("db:\n  password: hunter\n  port: 1\n", "db:\n  password: [masked secret]\n  port: 1\n"),
            ("- refresh_token: x\r\n", "- refresh_token: [masked secret]"),
            (r#"{"password": 123456, "n": 1}"#, r#"{"password": [masked secret], "n": 1}"#),
            (r#"{"token":-1.5e3}"#, r#"{"token":[masked secret]}"#),
            (r#"{\"pwd\": 4711}"#, r#"{\"pwd\": [masked secret]}"#),
            ("{ password: 123456, port: 80 }", "{ password: [masked secret], port: 80 }"),
            ("login (password: 5f4dcc3b) failed", "login (password: [masked secret]) failed"),
            ("<user>me</user><password>x</password>", "<user>me</user><password>[masked secret]</password>"),
            ("<a:dbPassword type=\"t\">x y</a:dbPassword>", "<a:dbPassword type=\"t\">[masked secret]</a:dbPassword>"),
            ("<token><![CDATA[x]]></token>", "<token><![CDATA[[masked secret]</token>"),
        ] {
            assert_eq!(mask_data(text).trim_end_matches(['\r', '\n']), expected.trim_end_matches('\n'), "{text}");
        }
        for text in [
            "Invalid password: it must be longer",
            r#"{"passwordPolicy": "strict", "nextToken": "abc", "tokenType": "Bearer", "token": null}"#,
            "password: null",
            "password=",
            "KeyError: 'password'",
            "keyword=hunter",
            r#"{"max_tokens": 100, "passwordLength": 12, "password": true, "password": []}"#,
            "<passwordPolicy>strict</passwordPolicy><password></password><password/>",
        ] {
            assert_eq!(mask_data(text), text);
        }
        let once = mask_data("password=hunter, token: sk-ant-api03-abcdefghijklmnop_qrst").into_owned();
        assert_eq!(mask_data(&once), once);
    }

    #[test]
    fn code_that_speaks_of_secrets_is_left_alone() {
        for text in [
            "SecretArn: !Ref DatabaseSecret\n",
            "token = os.environ['API_TOKEN']\n",
            "password = get_secret_value(secret_name)\n",
            "secret_arn = aws_secretsmanager_secret.database.arn\n",
            "MasterUserPassword: '{{resolve:secretsmanager:db:SecretString:password}}'\n",
            "TokenTable: !GetAtt TokenTable.Arn\n",
            "apiKeyRequired: true\n",
            "const token = process.env.API_TOKEN\n",
            "password: changeme-example-1234\n",
            "https://example.com:8443/path@x\n",
        ] {
            assert_eq!(mask(text), text);
        }
    }
}
