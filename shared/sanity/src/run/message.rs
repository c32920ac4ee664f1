//! Requests and answers, and what shows who is asking.

use super::{Check, Secrets};
use crate::plan::{Auth, Form, Method};
use serde_json::Value;
use std::cell::OnceCell;
use std::future::Future;
use std::pin::Pin;

/// Gives the headers that show a target who is asking.
pub trait Credentials: Send + Sync {
    /// Why there are no credentials of this kind for `url`, in words; `None` if there are. A step that needs what is
    /// not there is not sent: its answer would say nothing about the API.
    fn lacks(&self, auth: Auth, url: &str) -> Option<String>;

    /// What is shown and must stand in no report, should an API repeat it.
    fn secrets(&self) -> Secrets {
        Secrets::default()
    }

    /// Headers to add to a request that has been filled in and permitted.
    ///
    /// # Errors
    /// If there are no credentials of this kind, in words.
    fn headers<'a>(
        &'a self,
        auth: Auth,
        method: Method,
        url: &'a str,
        headers: &'a [(String, String)],
        body: &'a [u8],
    ) -> Showing<'a>;
}

/// Headers to come, or why there are none.
pub type Showing<'a> = Pin<Box<dyn Future<Output = Result<Vec<(String, String)>, String>> + Send + 'a>>;

/// A request as it is sent, without what shows who is asking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The method.
    pub method: Method,
    /// The deployed address, not the engine's.
    pub url: String,
    /// The plan's headers.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Option<String>,
    /// The body field by field, if it is a form.
    pub(crate) form: Option<Form>,
    /// The header in which a token is shown, if it is not `authorization`.
    pub(crate) token_header: Option<String>,
}

/// An answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, up to the limit.
    pub body: Vec<u8>,
    /// True if there was more of it, or it is more than can be looked at.
    pub truncated: bool,
    /// True if HTTP allows no body: the answer to `HEAD`.
    pub bodyless: bool,
    /// From sending to the last byte, redirects included.
    pub millis: u64,
    /// What is to be said of a redirect that was not followed.
    pub redirect: Option<Check>,
}

impl Answer {
    /// The first header of this name, in whatever case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The body, if it is JSON and whole.
    pub fn json(&self) -> Option<Value> {
        if self.truncated { None } else { serde_json::from_slice(&self.body).ok() }
    }
}

/// An answer's body as JSON. That takes many times the memory of its text, so it is read once, and if it is asked for.
pub(super) struct Json<'a> {
    answer: &'a Answer,
    read: OnceCell<Option<Value>>,
}

impl<'a> Json<'a> {
    pub const fn of(answer: &'a Answer) -> Self {
        Self { answer, read: OnceCell::new() }
    }

    /// The body, if it is JSON.
    pub fn get(&self) -> Option<&Value> {
        self.read.get_or_init(|| self.answer.json()).as_ref()
    }
}
