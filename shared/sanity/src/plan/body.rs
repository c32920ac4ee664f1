//! Bodies that are forms, as they travel: `application/x-www-form-urlencoded` and `multipart/form-data`
//! ([RFC 7578](https://www.rfc-editor.org/rfc/rfc7578)).

use super::{BodyType, FilePart};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// A form, field by field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// For a form in parts what stands between them.
    boundary: Option<String>,
    /// In the order of the body's members.
    pub parts: Vec<Part>,
}

/// A field of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What it is called.
    pub name: String,
    /// What it holds.
    pub value: String,
    /// The file's name, if it is sent as one.
    pub file: Option<String>,
    /// Its media type, where that is said.
    pub content_type: Option<String>,
}

impl Form {
    /// The form that an object makes: a field for each member and for each element of a list; members that are `null`
    /// are left out, what is nested further is JSON. `None` for a body that is no form.
    pub fn of(body: &Value, body_type: BodyType, files: &BTreeMap<String, FilePart>) -> Option<Self> {
        let members = body.as_object().filter(|_| body_type != BodyType::Json)?;
        let mut parts = Vec::new();
        for (name, value) in members {
            let file = files.get(name);
            match value {
                Value::Array(items) => parts.extend(items.iter().filter_map(|item| part(name, item, file))),
                one => parts.extend(part(name, one, file)),
            }
        }
        let boundary = (body_type == BodyType::Multipart).then(|| boundary(&parts));
        Some(Self { boundary, parts })
    }

    /// The header `content-type` that goes with it.
    pub fn content_type(&self) -> String {
        match &self.boundary {
            Some(boundary) => format!("multipart/form-data; boundary={boundary}"),
            None => "application/x-www-form-urlencoded".to_owned(),
        }
    }

    /// True for a form in parts.
    pub fn is_multipart(&self) -> bool {
        self.boundary.is_some()
    }

    /// The body.
    pub fn text(&self) -> String {
        let Some(boundary) = &self.boundary else {
            let fields = self.parts.iter().map(|part| (&part.name, &part.value));
            return url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        };
        let mut text = String::new();
        for part in &self.parts {
            text += &format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"", escaped(&part.name));
            if let Some(file) = &part.file {
                text += &format!("; filename=\"{}\"", escaped(file));
            }
            if let Some(content_type) = &part.content_type {
                text += &format!("\r\nContent-Type: {content_type}");
            }
            text += &format!("\r\n\r\n{}\r\n", part.value);
        }
        text + &format!("--{boundary}--\r\n")
    }
}

fn part(name: &str, value: &Value, file: Option<&FilePart>) -> Option<Part> {
    let (text, nested) = match value {
        Value::Null => return None,
        Value::String(text) => (text.clone(), false),
        other => (other.to_string(), other.is_object() || other.is_array()),
    };
    let own = file.map(|file| file.content_type.clone());
    Some(Part {
        name: name.to_owned(),
        value: text,
        file: file.map(|file| file.name.clone()),
        content_type: own.or_else(|| nested.then(|| "application/json".to_owned())),
    })
}

/// A text that stands in none of the parts; the same parts have the same.
fn boundary(parts: &[Part]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.name.as_bytes());
        hash.update([0]);
        hash.update(part.value.as_bytes());
        hash.update([0]);
    }
    let mut boundary = format!("drydock-{}", hex::encode(&hash.finalize()[..12]));
    while parts.iter().any(|part| part.value.contains(&boundary)) {
        boundary = format!("drydock-{}", hex::encode(&Sha256::digest(boundary.as_bytes())[..12]));
    }
    boundary
}

/// As browsers write names: nothing in them ends the line or the quotes.
fn escaped(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn form(body: &Value, body_type: BodyType) -> Form {
        let file = FilePart { name: "a \"b\".txt".into(), content_type: "text/plain".into() };
        Form::of(body, body_type, &BTreeMap::from([("file".to_owned(), file)])).unwrap()
    }

    #[test]
    fn a_form_has_a_field_for_each_text() {
        let body = json!({"b": ["x y", "&"], "a": 1, "none": null, "deep": {"c": true}});
        let form = form(&body, BodyType::Form);
        assert_eq!(form.text(), "b=x+y&b=%26&a=1&deep=%7B%22c%22%3Atrue%7D");
        assert_eq!(form.content_type(), "application/x-www-form-urlencoded");
        assert_eq!(Form::of(&body, BodyType::Json, &BTreeMap::new()), None);
        assert_eq!(Form::of(&json!([1]), BodyType::Form, &BTreeMap::new()), None);
    }

    #[test]
    fn a_form_in_parts_has_files_and_nothing_gets_out_of_its_part() {
        let body = json!({"file": "hello\r\n", "note\"\r\nX: y": "n", "deep": [{"c": true}]});
        let form = form(&body, BodyType::Multipart);
        let content_type = form.content_type();
        let boundary = content_type.strip_prefix("multipart/form-data; boundary=").unwrap();
        let expected = [
            "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a %22b%22.txt\"\r\nContent-Type: text/plain\r\n\r\nhello\r\n\r\n",
            "--B\r\nContent-Disposition: form-data; name=\"note%22%0D%0AX: y\"\r\n\r\nn\r\n",
            "--B\r\nContent-Disposition: form-data; name=\"deep\"\r\nContent-Type: application/json\r\n\r\n{\"c\":true}\r\n--B--\r\n",
        ];
        assert_eq!(form.text().replace(boundary, "B"), expected.concat());
        let again = super::boundary(&form.parts);
        assert_eq!(again, boundary, "the same parts have the same boundary");
        let mut parts = form.parts.clone();
        parts[0].value = again;
        assert!(!parts[0].value.contains(&super::boundary(&parts)));
    }
}
