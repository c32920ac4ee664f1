//! The client against a played Messages API: what is sent, what is tried again, what is not.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use drydock_aws::Roots;
use drydock_model::{ApiKey, Client, Conversation, Message, ModelError, Settings, ToolResult};
use drydock_model_server::{Answer, ModelServer, Script, say, think, tool};
use serde_json::json;
use std::time::Duration;
use tokio::time::Instant;

fn client(server: &ModelServer, key: &str) -> Result<Client, ModelError> {
    let mut settings = Settings::new(&server.url(), "played", "").unwrap();
    settings.backoff = Duration::from_millis(5);
    settings.silence = Duration::from_millis(300);
    settings.retries = 3;
    Client::new(drydock_aws::reqwest_client(Roots::Bundled).unwrap(), ApiKey::new(key), settings)
}

fn talk() -> Conversation {
    let mut talk = Conversation::new("be good", vec![json!({"name": "view", "input_schema": {"type": "object"}})]);
    talk.user("hello");
    talk
}

async fn ask(server: &ModelServer) -> Result<Message, ModelError> {
    client(server, "sk-test").unwrap().ask(&talk(), None, Instant::now() + Duration::from_secs(5)).await
}

fn fine() -> Answer {
    Answer::Message(vec![say("fine")])
}

#[tokio::test]
async fn an_answer_comes_back_as_it_was_given() {
    let script = Script::new()
        .then(Answer::Message(vec![think("hm", "sig=="), tool("view", json!({"path": "ä.yaml"}))]))
        .then(fine());
    let server = ModelServer::start(script).unwrap();
    let client = client(&server, "sk-test").unwrap();
    let deadline = Instant::now() + Duration::from_secs(5);
    let mut talk = talk();
    let first = client.ask(&talk, None, deadline).await.unwrap();
    let wish = first.tool_uses().next().unwrap();
    assert_eq!((wish.name, wish.input), ("view", &json!({"path": "ä.yaml"})));
    talk.assistant(&first);
    talk.tool_results([ToolResult { id: wish.id.to_owned(), text: "x: 1".into(), is_error: false }], None);
    assert_eq!(client.ask(&talk, Some("view"), deadline).await.unwrap().text(), "fine");

    let sent = server.requests();
    assert_eq!((sent[0].path.as_str(), sent[0].key.as_str()), ("/v1/messages", "sk-test"));
    assert_eq!(sent[1].body["messages"][1]["content"][0], think("hm", "sig=="), "thoughts go back unchanged");
    assert_eq!(sent[1].body["messages"][2]["content"][0]["tool_use_id"], "toolu_0_1");
    assert_eq!(sent[1].body["tool_choice"], json!({"type": "tool", "name": "view"}));
}

#[tokio::test]
async fn what_may_pass_is_tried_again() {
    for trouble in [
        Answer::Error(408, "timeout_error", None),
        Answer::Error(409, "conflict", None),
        Answer::Error(429, "rate_limit_error", Some("0.01")),
        Answer::Error(500, "api_error", None),
        Answer::Error(529, "overloaded_error", None),
        Answer::Interrupted("overloaded_error"),
        Answer::CutOff,
        Answer::Silent,
    ] {
        let server = ModelServer::start(Script::new().then(trouble.clone()).then(fine())).unwrap();
        assert_eq!(ask(&server).await.unwrap().text(), "fine", "{trouble:?}");
        assert_eq!(server.requests().len(), 2);
    }
}

#[tokio::test]
async fn what_will_not_pass_is_not_tried_again() {
    let check = async |trouble: Answer, code: &str| {
        let server = ModelServer::start(Script::new().then(trouble).then(fine())).unwrap();
        assert_eq!(ask(&server).await.unwrap_err().code(), code);
        assert_eq!(server.requests().len(), 1);
    };
    check(Answer::Error(400, "invalid_request_error", None), "model-refused").await;
    check(Answer::Error(401, "authentication_error", None), "model-key-refused").await;
    check(Answer::Error(403, "permission_error", None), "model-key-refused").await;
    check(Answer::Error(404, "not_found_error", None), "model-unknown").await;
    check(Answer::Interrupted("invalid_request_error"), "model-refused").await;
    check(Answer::Raw("text/html", "<html>"), "model-protocol").await;
    check(Answer::Raw("text/event-stream", "data: {\n\n"), "model-protocol").await;
}

#[tokio::test]
async fn tries_end() {
    let server = ModelServer::start(Script::new().forever(Answer::Error(529, "overloaded_error", None))).unwrap();
    let error = ask(&server).await.unwrap_err();
    assert!(error.is_retryable() && error.to_string().contains("req_scripted"), "{error}");
    assert_eq!(server.requests().len(), 4);
}

#[tokio::test]
async fn a_wait_beyond_the_deadline_is_not_begun() {
    let server = ModelServer::start(Script::new().forever(Answer::Error(429, "rate_limit_error", Some("60")))).unwrap();
    let began = Instant::now();
    let error = ask(&server).await.unwrap_err();
    assert!(matches!(error, ModelError::Unavailable { retry_after: Some(wait), .. } if wait.as_secs() == 60));
    assert!(began.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn a_missing_and_a_wrong_key_are_told_apart_and_never_shown() {
    let server = ModelServer::start_with(Script::new().forever(fine()), Some("right")).unwrap();
    assert_eq!(client(&server, " ").unwrap_err(), ModelError::MissingKey);
    let wrong = client(&server, "wrong-secret").unwrap();
    let error = wrong.ask(&talk(), None, Instant::now() + Duration::from_secs(5)).await.unwrap_err();
    assert_eq!(error.code(), "model-key-refused");
    assert!(!format!("{error} {error:?} {wrong:?}").contains("wrong-secret"), "{error}");
}

#[tokio::test]
async fn nobody_there_is_worth_another_try() {
    let server = ModelServer::start(Script::new()).unwrap();
    let client = client(&server, "k").unwrap();
    drop(server);
    let error = client.ask(&talk(), None, Instant::now() + Duration::from_secs(5)).await.unwrap_err();
    assert!(error.is_retryable() && error.to_string().contains("cannot be reached"), "{error}");
}
