//! Texts that must stand in no report, in the forms that requests and answers give them.

use drydock_mask::{MASK, mask, mask_data};
use std::borrow::Cow;
use std::fmt;

/// What was shown to an API, and what it may repeat.
#[derive(Clone, Default)]
pub struct Secrets(Vec<String>);

impl Secrets {
    /// These texts, as they are and behind percent signs or backslashes.
    pub fn new<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut forms: Vec<String> = texts.into_iter().filter(|text| !text.is_empty()).flat_map(forms).collect();
        // The longer first: one may be a part of another.
        forms.sort_by(|one, other| (other.len(), one).cmp(&(one.len(), other)));
        forms.dedup();
        Self(forms)
    }

    /// Replaces each of them, and what looks like a secret. A text must be whole for that: what was cut through the
    /// middle of one is not known any more.
    pub fn clean<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.masked(text, mask)
    }

    /// The same for what an API or a function says: what is called a password there is one.
    pub fn clean_said<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.masked(text, mask_data)
    }

    fn masked<'t>(&self, text: &'t str, mask: impl Fn(&str) -> Cow<'_, str>) -> Cow<'t, str> {
        let mut clean = Cow::Borrowed(text);
        for secret in &self.0 {
            if clean.contains(secret.as_str()) {
                clean = Cow::Owned(clean.replace(secret.as_str(), MASK));
            }
        }
        match mask(&clean) {
            Cow::Owned(masked) => Cow::Owned(masked),
            Cow::Borrowed(_) => clean,
        }
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secrets({} forms)", self.0.len())
    }
}

fn forms(text: &str) -> Vec<String> {
    let in_form: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
    let in_path = crate::plan::encode_segment(text);
    let in_json = serde_json::Value::from(text).to_string();
    let in_json = in_json[1..in_json.len() - 1].to_owned();
    let small = |encoded: &str| {
        let mut parts = encoded.split('%');
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |all, part| {
            let (code, rest) = part.split_at(part.len().min(2));
            format!("{all}%{}{rest}", code.to_ascii_lowercase())
        })
    };
    vec![text.to_owned(), small(&in_form), small(&in_path), in_form, in_path, in_json]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_known_in_every_form() {
        let secrets = Secrets::new(["s/c=r t\"x", "s/c=r t\"xtra", ""]);
        for text in [
            "s/c=r t\"x",
            "s%2Fc%3Dr+t%22x",
            "s%2Fc%3Dr%20t%22x",
            "s%2fc%3dr+t%22x",
            "s%2fc%3dr%20t%22x",
            "s/c=r t\\\"x",
            "s/c=r t\"xtra",
        ] {
            assert_eq!(secrets.clean(&format!("a {text} b")), format!("a {MASK} b"), "{text}");
        }
        assert_eq!(secrets.clean("harmless"), "harmless");
        let said = r#"{"password": "hunter"}"#;
        assert_eq!((secrets.clean(said), secrets.clean_said(said)), (said.into(), said.replace("hunter", MASK).into()));
        assert_eq!(Secrets::default().clean("key AKIAIOSFODNN7ABCDEFG"), format!("key {MASK}"));
        assert!(!format!("{secrets:?}").contains("s/c"));
    }
}
