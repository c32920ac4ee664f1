//! A pull request on GitHub, or on a host that speaks as GitHub does
//! (<https://docs.github.com/en/rest/pulls/pulls#create-a-pull-request>).

use crate::access::host;
use crate::text::printable;
use crate::{Remote, Token};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use reqwest::{RequestBuilder, StatusCode, Url};
use serde_json::{Value, json};
use std::time::Duration;

/// What is proposed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PullRequest {
    /// The branch that it goes into.
    pub base: String,
    /// The branch that it comes from.
    pub head: String,
    /// One line.
    pub title: String,
    /// Markdown.
    pub body: String,
}

/// There is no pull request. No variant ever holds a token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PullRequestError {
    /// Nobody opens one as nobody.
    #[error("there is no token for {0}")]
    NoToken(String),
    /// The host says no, or does not know what that is.
    #[error("{host} does not open it: {reason}")]
    Refused {
        /// Host and port.
        host: String,
        /// What it answered.
        reason: String,
    },
}

/// How long the host may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Opens it and gives its address; one that is open already for the branch is that one.
///
/// # Errors
/// If there is no token, or the host refuses.
pub async fn open_pull_request(remote: &Remote, request: &PullRequest) -> Result<String, PullRequestError> {
    let host = host(&remote.repository).to_owned();
    let token = remote.token.as_ref().filter(|token| token.host() == host);
    let Some(token) = token else { return Err(PullRequestError::NoToken(host)) };
    let body = json!({"title": request.title, "head": request.head, "base": request.base, "body": request.body});
    let refused = |reason: String| PullRequestError::Refused { host: host.clone(), reason: printable(&reason, 300) };
    let posted = remote.client.post(address(remote)).header(CONTENT_TYPE, "application/json").body(body.to_string());
    let (status, said) = answer(posted, token).await.map_err(refused)?;
    if let Some(url) = url(&said).filter(|_| status.is_success()) {
        return Ok(url);
    }
    // Whoever opened it may have died before it could say so.
    if status == StatusCode::UNPROCESSABLE_ENTITY
        && let Some(url) = standing(remote, request, token).await
    {
        return Ok(url);
    }
    let text = |place: &str| said.pointer(place).and_then(Value::as_str).unwrap_or_default();
    Err(refused(format!("HTTP {} {} {}", status.as_u16(), text("/message"), text("/errors/0/message"))))
}

/// The address of the open one from that branch
/// (<https://docs.github.com/en/rest/pulls/pulls#list-pull-requests>). `None` also where the host does not tell.
async fn standing(remote: &Remote, request: &PullRequest, token: &Token) -> Option<String> {
    let head = format!("{}:{}", remote.repository.owner(), request.head);
    let query = [("state", "open"), ("base", &request.base), ("head", &head)];
    let address = Url::parse_with_params(&address(remote), query).ok()?;
    let (status, said) = answer(remote.client.get(address), token).await.ok()?;
    url(said.get(0).filter(|_| status.is_success())?)
}

async fn answer(request: RequestBuilder, token: &Token) -> Result<(StatusCode, Value), String> {
    let request = request.timeout(PATIENCE).header(AUTHORIZATION, token.authorization());
    // GitHub refuses requests without a user agent.
    let request = request.header(ACCEPT, "application/vnd.github+json").header(USER_AGENT, "drydock");
    let answer = request.send().await.map_err(|error| error.without_url().to_string())?;
    let status = answer.status();
    let bytes = answer.bytes().await.map_err(|error| error.without_url().to_string())?;
    Ok((status, serde_json::from_slice(&bytes).unwrap_or_default()))
}

fn url(said: &Value) -> Option<String> {
    let url = said.get("html_url")?.as_str()?;
    url.starts_with("http").then(|| printable(url, 300))
}

/// GitHub's own API has a host of its own; others have it beside their repositories.
fn address(remote: &Remote) -> String {
    let repository = &remote.repository;
    let scheme = if repository.is_encrypted() { "https" } else { "http" };
    let api = match host(repository) {
        "github.com" => "https://api.github.com".to_owned(),
        host => format!("{scheme}://{host}/api/v3"),
    };
    format!("{api}/repos/{}/{}/pulls", repository.owner(), repository.name())
}

#[cfg(test)]
mod tests {
    use super::*;
    use drydock_contract::hosts::AllowedHosts;
    use drydock_contract::input::RepositoryUrl;
    use drydock_model_server::{Answer, ModelServer, Script};

    fn remote(repository: &str, token_for: &str) -> Remote {
        let hosts = AllowedHosts::parse("github.com,git.example.com,http://127.0.0.1:*").unwrap();
        Remote {
            client: drydock_aws::reqwest_client(drydock_aws::Roots::Bundled).unwrap(),
            repository: RepositoryUrl::parse(repository, &hosts).unwrap(),
            token: Token::new("t0ken", token_for),
        }
    }

    fn request() -> PullRequest {
        let text = str::to_owned;
        PullRequest { base: text("main"), head: text("fix/1"), title: text("Repair it"), body: text("Why.") }
    }

    #[test]
    fn every_host_has_its_api() {
        let check = |repository: &str, expected: &str| assert_eq!(address(&remote(repository, "")), expected);
        check("https://github.com/o/n", "https://api.github.com/repos/o/n/pulls");
        check("https://git.example.com/o/n", "https://git.example.com/api/v3/repos/o/n/pulls");
    }

    #[tokio::test]
    async fn a_pull_request_is_opened_or_the_reason_is_told() {
        let script = Script::new()
            .then(Answer::Raw("application/json", r#"{"html_url": "https://git.example.com/o/n/pull/7"}"#))
            .then(Answer::Error(422, "x", None))
            .then(Answer::Raw("application/json", "[]"))
            .then(Answer::Error(422, "x", None))
            .then(Answer::Raw("application/json", r#"[{"html_url": "https://git.example.com/o/n/pull/7"}]"#));
        let server = ModelServer::start(script).unwrap();
        let host = server.url().replace("http://", "");
        let repository = format!("{}/o/n", server.url());
        let opened = open_pull_request(&remote(&repository, &host), &request()).await;
        assert_eq!(opened.as_deref(), Ok("https://git.example.com/o/n/pull/7"));
        let sent = &server.requests()[0];
        assert_eq!((sent.path.as_str(), &sent.body["head"]), ("/api/v3/repos/o/n/pulls", &json!("fix/1")));
        let refused = open_pull_request(&remote(&repository, &host), &request()).await.unwrap_err().to_string();
        assert!(refused.contains("HTTP 422") && !refused.contains("t0ken"), "{refused}");
        let nobody = open_pull_request(&remote(&repository, "github.com"), &request()).await.unwrap_err();
        assert!(matches!(nobody, PullRequestError::NoToken(_)));
        assert_eq!(server.requests().len(), 3, "a token for another host is not sent");
        // It was opened before.
        let opened = open_pull_request(&remote(&repository, &host), &request()).await;
        assert_eq!(opened.as_deref(), Ok("https://git.example.com/o/n/pull/7"));
        let asked = &server.requests()[4].path;
        assert_eq!(asked, "/api/v3/repos/o/n/pulls?state=open&base=main&head=o%3Afix%2F1");
    }
}
