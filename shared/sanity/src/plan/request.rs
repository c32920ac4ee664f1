//! A request of a plan.

use super::{Auth, Target, Template};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::slice;

/// A request. Every text in it may hold `{{name}}`: a value captured by an earlier step, or `{{unique}}`, a text
/// that no other run has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Request {
    /// A name in [`TestPlan::targets`](super::TestPlan::targets).
    pub target: String,
    /// In capitals.
    pub method: Method,
    /// Behind the target's base URL; begins with `/`.
    pub path: String,
    /// The query string; several texts under one name repeat it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub query: BTreeMap<String, Texts>,
    /// Further headers.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// What is sent; for a form an object with a field for each member.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// How the body is written.
    #[serde(default, skip_serializing_if = "BodyType::is_json")]
    pub body_type: BodyType,
    /// The members of a `multipart` body whose texts are sent as files.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<String, FilePart>,
    /// What it shows, where that is not what the target asks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<Auth>,
    /// The header in which a bearer token is shown as it is; without it `authorization`, behind `Bearer`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_header: Option<String>,
    /// True to send it without any credentials.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub anonymous: bool,
}

impl Request {
    /// What it shows of who is asking.
    pub fn shows(&self, target: &Target) -> Auth {
        if self.anonymous { Auth::None } else { self.auth.unwrap_or(target.auth) }
    }

    /// True if it changes or removes something that is there. A query or a form may say another method than the
    /// request's own: `_method=DELETE`.
    pub(crate) fn is_destructive(&self) -> bool {
        let in_body = self.body.as_ref().and_then(Value::as_object);
        let in_body = in_body.is_some_and(|members| members.keys().any(|name| says_method(name)));
        self.method.is_destructive() || in_body || self.query.keys().any(|name| says_method(name))
    }

    /// True if it removes something, or may: nobody knows which other method a query or a form says.
    pub(crate) fn removes(&self) -> bool {
        !matches!(self.method, Method::Put | Method::Patch)
    }

    /// The names of all placeholders in it.
    pub(crate) fn placeholders(&self) -> BTreeSet<String> {
        let body = self.body.as_ref().map(Value::to_string).unwrap_or_default();
        self.texts(&body).flat_map(|text| Template(text).names()).map(str::to_owned).collect()
    }

    /// How many placeholders it has.
    pub(crate) fn placeholder_count(&self) -> usize {
        let body = self.body.as_ref().map(Value::to_string).unwrap_or_default();
        self.texts(&body).map(|text| Template(text).count()).sum()
    }

    /// Every text in which placeholders are filled.
    fn texts<'a>(&'a self, body: &'a str) -> impl Iterator<Item = &'a str> {
        let texts = [self.path.as_str(), body].into_iter().chain(self.query.values().flat_map(Texts::all));
        let texts = texts.chain(self.headers.values().map(String::as_str));
        texts.chain(self.files.values().map(|file| file.name.as_str()))
    }
}

/// True for names under which many frameworks look for the request's method, with `_` for `-` or not.
pub(super) fn says_method(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('_', "-");
    matches!(name.as_str(), "-method" | "x-http-method" | "x-http-method-override" | "x-method-override")
}

/// One text, or several under the same name: `tag=a&tag=b`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, try_from = "Value")]
pub enum Texts {
    /// Once.
    One(String),
    /// Once for each.
    Many(Vec<String>),
}

impl TryFrom<Value> for Texts {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, Self::Error> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        match &value {
            Value::Array(items) => items.iter().map(text).collect::<Option<_>>().map(Self::Many),
            one => text(one).map(Self::One),
        }
        .ok_or_else(|| format!("{value} is no text and no list of texts"))
    }
}

impl Texts {
    /// Each of them.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        let texts = match self {
            Self::One(text) => slice::from_ref(text),
            Self::Many(texts) => texts,
        };
        texts.iter().map(String::as_str)
    }
}

/// How a body is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BodyType {
    /// `application/json`
    #[default]
    Json,
    /// `application/x-www-form-urlencoded`
    Form,
    /// `multipart/form-data`
    Multipart,
}

impl BodyType {
    /// True for what a body is without further word.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
    pub(crate) fn is_json(&self) -> bool {
        *self == Self::Json
    }
}

/// What a file that is sent is called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FilePart {
    /// Its name, without a folder.
    pub name: String,
    /// Its media type, such as `text/plain`.
    pub content_type: String,
}

/// A request's method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// Reads.
    Get,
    /// Reads the headers.
    Head,
    /// Asks what is possible.
    Options,
    /// Creates, or does something.
    Post,
    /// Puts something in its place.
    Put,
    /// Changes something.
    Patch,
    /// Removes something.
    Delete,
}

impl Method {
    /// The word in a request.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Options => "OPTIONS",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    /// True if it changes nothing, so that it may be repeated unchanged.
    pub const fn is_safe(self) -> bool {
        matches!(self, Self::Get | Self::Head | Self::Options)
    }

    /// True if it changes or removes something that is there.
    pub const fn is_destructive(self) -> bool {
        matches!(self, Self::Put | Self::Patch | Self::Delete)
    }
}
