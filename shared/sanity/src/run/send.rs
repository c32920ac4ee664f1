//! One request: filled, guarded, signed, sent, and its answer read within bounds.

use super::pace::Pace;
use super::weight;
use super::{Answer, Check, CheckName, Credentials, Sent};
use crate::guard::{Guard, Refusal};
use crate::plan::{
    Auth, Bounds, Form, Method, Request, Target, Template, Unsendable, check_sizes, fill_path, fill_value, hold_path,
    path_bytes, query_bytes,
};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use std::collections::BTreeMap;
use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};
use url::Url;

/// Redirects that are followed, for methods that change nothing.
const MAX_REDIRECTS: usize = 3;

/// Maps an address of AWS to where it answers: itself, or the embedded engine's address and a `Host` header.
pub type AddressMap = Arc<dyn Fn(&str) -> (String, Option<String>) + Send + Sync>;

/// Everything that a request needs.
#[derive(Clone)]
pub struct Sender {
    /// A client that resolves names through the guard, follows no redirects and uses no proxy.
    pub client: reqwest::Client,
    /// Decides on every URL.
    pub guard: Arc<Guard>,
    /// Where addresses answer.
    pub addresses: AddressMap,
    /// What the targets' callers must show.
    pub credentials: Arc<dyn Credentials>,
    /// Most bytes of an answer that are read.
    pub answer_bytes: usize,
}

/// Why there is no answer.
pub(super) struct NoAnswer {
    pub check: Check,
    pub why: Why,
}

/// Whose doing it is that there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// It took too long, as a cold start may.
    TimedOut,
    /// The run may send nothing more.
    Limit,
    /// Anything else.
    Failed,
}

impl Sender {
    /// Fills in a request, and holds it once more to the bounds of its plan. The URL is built from the target's base, so
    /// that no part of the plan can change its host.
    pub(super) fn prepare(
        &self,
        target: &Target,
        request: &Request,
        values: &BTreeMap<String, Value>,
        bounds: Bounds,
    ) -> Result<Sent, Unsendable> {
        let path = fill_path(&request.path, values)?;
        let mut query = Vec::new();
        for (name, texts) in &request.query {
            for text in texts.all() {
                query.push((name.clone(), Template(text).fill(values, str::to_owned)?));
            }
        }
        let mut headers = Vec::new();
        for (name, value) in &request.headers {
            headers.push((name.to_ascii_lowercase(), Template(value).fill(values, one_line)?));
        }
        let body = request.body.as_ref().map(|body| fill_value(body, values)).transpose()?;
        let mut files = request.files.clone();
        for file in files.values_mut() {
            file.name = Template(&file.name).fill(values, one_line)?;
        }
        let form = body.as_ref().and_then(|body| Form::of(body, request.body_type, &files));
        let body = body.map(|body| form.as_ref().map_or_else(|| body.to_string(), Form::text));
        let query_bytes: usize = query.iter().map(|(name, value)| query_bytes(name, value)).sum();
        let header_bytes: usize = headers.iter().map(|(name, value)| name.len() + value.len()).sum();
        let mut found = Vec::new();
        let body_bytes = body.as_ref().map_or(0, String::len);
        check_sizes(body_bytes, path_bytes(&path) + query_bytes + header_bytes, bounds, &mut found);
        if !found.is_empty() {
            return Err(Unsendable::Refused(format!("with its values {}", found.join("; "))));
        }
        if body.is_some() && !headers.iter().any(|(name, _)| name == "content-type") {
            let content_type = form.as_ref().map_or_else(|| "application/json".to_owned(), Form::content_type);
            headers.push(("content-type".to_owned(), content_type));
        }
        let mut url = format!("{}{path}", target.base_url.trim_end_matches('/'));
        if !query.is_empty() {
            let mut serializer = url::form_urlencoded::Serializer::new(String::new());
            url = format!("{url}?{}", serializer.extend_pairs(query).finish());
        }
        hold_path(&url, &target.base_url, &path)?;
        let token_header = request.token_header.as_ref().map(|name| name.to_ascii_lowercase());
        Ok(Sent { method: request.method, url, headers, body, form, token_header })
    }

    /// Sends it and follows redirects within the stack's hosts, unless the redirect is what is `wanted`, for as long as
    /// there may be another request.
    pub(super) async fn send(
        &self,
        sent: &Sent,
        auth: Auth,
        timeout: Duration,
        wanted: impl Fn(u16) -> bool,
        pace: &mut Pace,
    ) -> Result<Answer, NoAnswer> {
        let begun = Instant::now();
        let mut sent = sent.clone();
        for hop in 0..=MAX_REDIRECTS {
            if hop > 0 && !pace.next().await {
                return Err(unreachable("a redirect, and no more requests may be sent".to_owned(), Why::Limit));
            }
            let left = timeout.saturating_sub(begun.elapsed());
            let mut answer = tokio::time::timeout(left, self.once(&sent, auth)).await.unwrap_or_else(|_| {
                Err(unreachable(format!("no answer within {} ms", timeout.as_millis()), Why::TimedOut))
            })?;
            answer.millis = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
            let location = answer.header("location").filter(|_| (300..400).contains(&answer.status));
            let location = location.filter(|_| sent.method.is_safe() && !wanted(answer.status));
            let Some(location) = location else { return Ok(answer) };
            let Ok(next) = Url::parse(&sent.url).and_then(|url| url.join(location)) else { return Ok(answer) };
            if let Err(refusal) = self.guard.permit(next.as_str()) {
                answer.redirect = Some(not_followed(&refusal));
                return Ok(answer);
            }
            sent.url = next.to_string();
        }
        Err(unreachable(format!("more than {MAX_REDIRECTS} redirects"), Why::Failed))
    }

    /// Reads a path behind a base address without credentials, such as a document that an API serves.
    ///
    /// # Errors
    /// Why there is no answer, in words.
    pub async fn read_path(&self, base_url: &str, path: &str, timeout: Duration) -> Result<Answer, String> {
        let url = format!("{}{path}", base_url.trim_end_matches('/'));
        let sent = Sent { method: Method::Get, url, headers: Vec::new(), body: None, form: None, token_header: None };
        let mut pace = Pace::new(u32::MAX, Duration::ZERO);
        self.send(&sent, Auth::None, timeout, |_| false, &mut pace).await.map_err(|no_answer| no_answer.check.actual)
    }

    async fn once(&self, sent: &Sent, auth: Auth) -> Result<Answer, NoAnswer> {
        let refused = |text: String| unreachable(text, Why::Failed);
        let url = self.guard.permit(&sent.url).map_err(|refusal| refused(refusal.to_string()))?;
        let mut headers = sent.headers.clone();
        let body = sent.body.clone().unwrap_or_default();
        let signed = self.credentials.headers(auth, sent.method, url.as_str(), &headers, body.as_bytes()).await;
        headers.extend(in_their_places(signed.map_err(refused)?, auth, sent));
        let (address, host) = (self.addresses)(url.as_str());
        // What stands in for the address is checked as well: it is the engine or the host itself, nothing else.
        let address = self.guard.permit_mapped(&address).map_err(|refusal| refused(refusal.to_string()))?;
        if let Some(host) = host {
            headers.push(("host".to_owned(), host));
        }
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                map.insert(name, value);
            }
        }
        let request = self.client.request(method(sent.method), address).headers(map);
        let request = if sent.body.is_some() { request.body(body) } else { request };
        let answer = request.send().await.map_err(|error| broken(&error))?;
        self.read(answer, sent.method).await
    }

    async fn read(&self, mut answer: reqwest::Response, method: Method) -> Result<Answer, NoAnswer> {
        let status = answer.status().as_u16();
        let headers = answer
            .headers()
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        let mut body = Vec::new();
        let mut truncated = false;
        while let Some(chunk) = answer.chunk().await.map_err(|error| broken(&error))? {
            let room = self.answer_bytes - body.len();
            body.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if chunk.len() > room {
                truncated = true;
                break;
            }
        }
        let truncated = truncated || !weight::fits(&body);
        Ok(Answer { status, headers, body, truncated, bodyless: method == Method::Head, millis: 0, redirect: None })
    }
}

/// A token where the API reads it. Where that is no usual place, the word before it is not usual either, and what else
/// would be shown there, a key in `x-api-key`, is not.
fn in_their_places(shown: Vec<(String, String)>, auth: Auth, sent: &Sent) -> Vec<(String, String)> {
    let Some(header) = sent.token_header.as_ref().filter(|_| auth == Auth::Bearer) else { return shown };
    let others = shown.into_iter().filter(|(name, _)| name != header);
    let placed = others.map(|(name, value)| match name.as_str() {
        "authorization" => (header.clone(), value.strip_prefix("Bearer ").unwrap_or(&value).to_owned()),
        _ => (name, value),
    });
    placed.collect()
}

/// The answer stands as it is. That an API sends its callers elsewhere is its business, as long as that is a public
/// name; an address or an unencrypted place is none that it can mean.
fn not_followed(refusal: &Refusal) -> Check {
    let elsewhere = matches!(refusal, Refusal::Host(_));
    let actual = format!("a redirect that was not followed: {refusal}");
    Check::new(CheckName::RedirectAllowed, elsewhere, "no redirect to a forbidden place", actual)
}

fn unreachable(actual: String, why: Why) -> NoAnswer {
    NoAnswer { check: Check::new(CheckName::Reachable, false, "an answer", actual), why }
}

fn broken(error: &reqwest::Error) -> NoAnswer {
    unreachable(root(error), if error.is_timeout() { Why::TimedOut } else { Why::Failed })
}

/// The innermost cause, which is the one that says something.
fn root(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

const fn method(method: Method) -> reqwest::Method {
    match method {
        Method::Get => reqwest::Method::GET,
        Method::Head => reqwest::Method::HEAD,
        Method::Options => reqwest::Method::OPTIONS,
        Method::Post => reqwest::Method::POST,
        Method::Put => reqwest::Method::PUT,
        Method::Patch => reqwest::Method::PATCH,
        Method::Delete => reqwest::Method::DELETE,
    }
}

fn one_line(value: &str) -> String {
    value.chars().filter(|c| !c.is_control()).collect()
}
