//! An endpoint of a deployment and everything that is known about it.

use crate::plan::{Auth, BodyType, FilePart, Method};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// A method and a path, with what the evidence says about them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Endpoint {
    /// The API that it belongs to: a name in the plan's targets.
    pub target: String,
    /// The method; a route for any method stands once for each that the code or a document shows, else for GET.
    pub method: Method,
    /// Behind the target's base URL, with `{parameters}`.
    pub path: String,
    /// Where it was seen, most certain first.
    pub origins: Vec<Origin>,
    /// What callers must show.
    #[serde(default)]
    pub auth: Auth,
    /// The header that a token is read from, if it is not `authorization`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_header: Option<String>,
    /// What a document promises.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<Operation>,
    /// The file that most likely answers it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub likely_file: Option<String>,
    /// The function that answers it: its name in the account where that is known, else in the template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function: Option<String>,
}

/// Where something was seen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Origin {
    /// What kind of evidence it is.
    pub kind: OriginKind,
    /// Resource, document, or file and line.
    pub place: String,
}

/// Kinds of evidence, most certain first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OriginKind {
    /// A resource or an output of the deployed stack.
    DeployedStack,
    /// The request's own `stackDetails`.
    Request,
    /// The template or the service definition in the repository.
    Template,
    /// An OpenAPI document.
    OpenApi,
    /// A route in the code.
    Code,
    /// The model.
    Model,
}

impl Endpoint {
    /// The names of the parameters in its path, in order.
    pub fn path_parameters(&self) -> Vec<&str> {
        let names = self.path.split('{').skip(1).filter_map(|rest| rest.split_once('}'));
        names.map(|(name, _)| name.trim_end_matches('+')).collect()
    }

    /// Paths of the same shape are the same endpoint, whatever their parameters are called.
    pub fn shape(&self) -> String {
        let parts = self.path.trim_end_matches('/').split('/').map(|part| if part.contains('{') { "{}" } else { part });
        format!("{} {} {}", self.target, self.method.as_str(), parts.collect::<Vec<_>>().join("/"))
    }
}

/// What a document promises about an endpoint.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Operation {
    /// Parameters in path, query and headers.
    pub parameters: Vec<Parameter>,
    /// The request's body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<Body>,
    /// Other forms that the body may have.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub other_bodies: Vec<Body>,
    /// True if it takes a body of a media type that is not sent here: then only what needs no body can be asked.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub other_body: bool,
    /// By status: `200`, `4XX` or `default`.
    pub responses: BTreeMap<String, Response>,
}

/// A parameter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// `path`, `query` or `header`.
    pub place: String,
    /// True if a request without it is wrong.
    pub required: bool,
    /// A value that is right.
    pub example: Value,
    /// True if the document itself says so, so that it may name something that is there.
    #[serde(default)]
    pub given: bool,
    /// Its JSON Schema, whole in itself; `null` for one that cannot be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<Value>,
    /// How a value that is no single text is written.
    #[serde(default)]
    pub style: Style,
}

/// How lists and objects are written where there is only text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Style {
    /// The name once for each element, and each member under its own name: `tag=a&tag=b`, `x=1&y=2`.
    #[default]
    Repeated,
    /// One text with this between its elements, or between its members' names and values.
    Joined(char),
    /// Each member under the parameter's name: `at[x]=1&at[y]=2`.
    Deep,
    /// JSON.
    Json,
}

/// A request's body.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Body {
    /// How it is written.
    #[serde(default, skip_serializing_if = "BodyType::is_json")]
    pub body_type: BodyType,
    /// The members that are sent as files.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<String, FilePart>,
    /// Members of a form that are not written in the usual way.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub styles: BTreeMap<String, Style>,
    /// True if a request without it is wrong.
    pub required: bool,
    /// Its JSON Schema, whole in itself; `null` for one that cannot be used.
    pub schema: Value,
    /// A body that is right.
    pub example: Value,
    /// Further bodies that the document itself gives, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub examples: BTreeMap<String, Value>,
}

/// An answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Response {
    /// Media types, and for JSON the schema, whole in itself.
    pub content: BTreeMap<String, Option<Value>>,
    /// Headers, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, Header>,
}

/// A header of an answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Header {
    /// True if it must be there.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
    /// What its value must conform to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema: Option<Value>,
}

/// What `responses` promise for a status: the status itself before its class before `default`.
pub(crate) fn response(responses: &BTreeMap<String, Response>, status: u16) -> Option<&Response> {
    let class = format!("{}XX", status / 100);
    [status.to_string(), class, "default".to_owned()].iter().find_map(|key| responses.get(key))
}

impl Body {
    /// True if what is sent as a file is what the document asks for: a picture cannot be made here.
    pub(crate) fn is_certain(&self) -> bool {
        self.files.values().all(|file| matches!(file.content_type.as_str(), "text/plain" | "application/octet-stream"))
    }
}

impl Operation {
    /// Every form that its body may have.
    pub(crate) fn bodies(&self) -> impl Iterator<Item = &Body> {
        self.body.iter().chain(&self.other_bodies)
    }

    /// What is promised for a status.
    pub fn response(&self, status: u16) -> Option<&Response> {
        response(&self.responses, status)
    }
}
