//! The reason of a failed event as data: its class, and who lacked what on which resource.

use drydock_diagnosis::{Class, classify};
use serde::{Deserialize, Serialize};

/// What a status reason says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reason {
    /// What kind of failure it is.
    pub class: Class,
    /// The service's words, without what the resource handler wraps around them.
    pub message: String,
    /// The handler's error code, such as `AlreadyExists`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handler_code: Option<String>,
    /// The action that was refused, such as `iam:CreateRole`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// The ARN, name or identifier that the failure is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Whoever was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub principal: Option<String>,
    /// The property, parameter or capability that the failure is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub property: Option<String>,
}

impl Reason {
    /// Reads a `ResourceStatusReason`, a change set's `StatusReason` or the message of a refused request.
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        let handler_code = between(text, "HandlerErrorCode: ", &[")", ","]).map(str::to_owned);
        let message = unwrap_handler(text);
        let class = classify(text);
        Self {
            class,
            action: action(message),
            subject: subject(message, class),
            principal: between(message, "User: ", &[" is not authorized"]).map(str::to_owned),
            property: property(message, class),
            message: message.to_owned(),
            handler_code,
        }
    }
}

/// `Resource handler returned message: "…" (RequestToken: …, HandlerErrorCode: …)` without its wrapper.
fn unwrap_handler(text: &str) -> &str {
    let Some((_, rest)) = text.split_once("Resource handler returned message: \"") else { return text };
    let end = rest.rfind("\" (RequestToken:").or_else(|| rest.rfind('"')).unwrap_or(rest.len());
    rest[..end].trim()
}

/// The text after `start` up to the first of `ends`, or to the end.
fn between<'t>(text: &'t str, start: &str, ends: &[&str]) -> Option<&'t str> {
    let (_, rest) = text.split_once(start)?;
    let end = ends.iter().filter_map(|end| rest.find(end)).min().unwrap_or(rest.len());
    Some(rest[..end].trim()).filter(|found| !found.is_empty())
}

fn action(message: &str) -> Option<String> {
    let named = between(message, "not authorized to perform: ", &[" ", ",", "\""])
        .or_else(|| between(message, "API: ", &[" ", ","]))
        .or_else(|| between(message, "does not have permissions to call ", &[" "]));
    named.map(|action| action.trim_end_matches('.').to_owned())
}

fn subject(message: &str, class: Class) -> Option<String> {
    let found = match class {
        Class::IamPermission | Class::FunctionPermission | Class::AccountPolicy => {
            between(message, "on resource: ", &[" ", ",", "\""])
        }
        Class::StackPolicy => between(message, "[LogicalResourceId/", &["]"]),
        Class::NestedStack => between(message, "Embedded stack ", &[" "]),
        Class::MissingReference => between(message, "No export named ", &[" "])
            .or_else(|| between(message, "Stack with id ", &[" "]))
            .or_else(|| quoted_or_bracketed(message)),
        Class::ResourceExists => between(message, "with identifier '", &["' already"])
            .or_else(|| between(message, "with name ", &[" already"]))
            .or_else(|| between(message, "named ", &[" already"]))
            .or_else(|| word_before(message, " already exist"))
            .or_else(|| quoted_or_bracketed(message)),
        Class::Quota => between(message, "quota for ", &[":", " "])
            .or_else(|| between(message, "maximum number of ", &[" has been reached", " "])),
        Class::ResourceInUse => between(message, "Export ", &[" cannot be deleted"]),
        Class::TemplateValidation => between(message, "dependencies [", &["]"])
            .or_else(|| between(message, "resource types: [", &["]"]))
            .or_else(|| between(message, "Circular dependency between resources: [", &["]"]))
            .or_else(|| between(message, "undefined resource ", &[" "])),
        _ => None,
    };
    found.map(|found| found.trim_end_matches(['.', ',', ';']).to_owned())
}

fn property(message: &str, class: Class) -> Option<String> {
    let found = match class {
        Class::TemplateValidation | Class::LambdaConfiguration => between(message, "extraneous key [", &["]"])
            .or_else(|| between(message, "required key [", &["]"]))
            .or_else(|| between(message, "unsupported property ", &[" "]))
            .or_else(|| between(message, "Value of property ", &[" "]))
            .or_else(|| between(message, "Parameters: [", &["]"]))
            .or_else(|| between(message, "Parameter '", &["'"]))
            .or_else(|| between(message, "Parameter ", &[" failed", " must"]))
            .or_else(|| between(message, "[#/", &[":", "]"]))
            .or_else(|| between(message, "Reserved keys used in this request: ", &["\"", " "]))
            .or_else(|| between(message, "at '", &["' failed to satisfy"])),
        Class::Capability => between(message, "capabilities : [", &["]"]),
        _ => None,
    };
    found.map(|found| found.trim_end_matches(['.', ',']).to_owned())
}

/// The single word that ends where `marker` begins.
fn word_before<'t>(text: &'t str, marker: &str) -> Option<&'t str> {
    let (before, _) = text.split_once(marker)?;
    let word = before.rsplit(char::is_whitespace).next()?;
    let word = word.trim_matches(['[', ']', '\'', '"', '`']);
    (!word.is_empty() && !matches!(word, "name" | "resource" | "it" | "that")).then_some(word)
}

fn quoted_or_bracketed(text: &str) -> Option<&str> {
    [("'", "'"), ("[", "]"), ("\"", "\"")].into_iter().find_map(|(open, close)| between(text, open, &[close]))
}
