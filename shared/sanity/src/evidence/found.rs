//! What a reader of evidence says about one route, before it is known which target it belongs to.

use super::Token;
use crate::endpoint::{Operation, Origin};
use crate::plan::{Auth, Method};
use std::sync::Arc;

/// A route that was seen somewhere.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Found {
    /// Which API it belongs to.
    pub api: Api,
    /// Its method.
    pub verb: Verb,
    /// In the one form of [`super::path`].
    pub path: String,
    /// Where it was seen.
    pub origin: Origin,
    /// True if its reader may well have missed others: then nothing follows from a route that is not there.
    pub partial: bool,
    /// What callers must show, where that is said.
    pub auth: Option<Auth>,
    /// Where a token is read, if that is said.
    pub token: Option<Token>,
    /// What a document promises.
    pub operation: Option<Arc<Operation>>,
    /// The file that answers it.
    pub file: Option<String>,
    /// The function that answers it, by whatever name is known.
    pub function: Option<String>,
}

impl Found {
    /// A route of which nothing more is known.
    pub fn new(api: Api, verb: Verb, path: String, origin: Origin) -> Self {
        Self {
            api,
            verb,
            path,
            origin,
            partial: false,
            auth: None,
            token: None,
            operation: None,
            file: None,
            function: None,
        }
    }
}

/// Which API a route belongs to, by the name that its reader knows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Api {
    /// By its id in the account, or a function's address.
    Id(String),
    /// By its name in the template.
    Logical(String),
    /// By the target's name.
    Target(String),
    /// Not said: any that can have it.
    Unknown,
}

/// A method, or any.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Verb {
    /// This one.
    One(Method),
    /// All of them.
    Any,
}

impl Verb {
    /// Reads a method in whatever case; `ANY`, `*`, `ALL` and nothing mean any. `None` for one that is not sent here.
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word.trim().to_ascii_uppercase().as_str() {
            "GET" => Self::One(Method::Get),
            "HEAD" => Self::One(Method::Head),
            "OPTIONS" => Self::One(Method::Options),
            "POST" => Self::One(Method::Post),
            "PUT" => Self::One(Method::Put),
            "PATCH" => Self::One(Method::Patch),
            "DELETE" => Self::One(Method::Delete),
            "" | "*" | "ANY" | "ALL" | "X-AMAZON-APIGATEWAY-ANY-METHOD" => Self::Any,
            _ => return None,
        })
    }
}
