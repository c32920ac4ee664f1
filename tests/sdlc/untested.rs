//! Deployments that no test says anything of: with nothing to test, and with what nobody lets the tester in to.

use crate::scene::Scene;
use crate::{end, open, rounds};
use drydock_contract::workflow::Checkpoint;
use drydock_contract::{Session, SessionId, Status};
use serde_json::json;

/// An API with one route, for those who know the word.
const TEMPLATE: &str = "\
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {CodeUri: src/, Runtime: python3.13, Timeout: 10}
Resources:
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: live
      Auth:
        DefaultAuthorizer: Word
        Authorizers:
          Word: {FunctionArn: !GetAtt WordFunction.Arn}
  WordFunction:
    Type: AWS::Serverless::Function
    Properties: {Handler: word.handler}
  GateFunction:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.handler
      Events:
        Me: {Type: Api, Properties: {RestApiId: !Ref Api, Path: /me, Method: get}}
Outputs:
  ApiUrl: {Value: !Sub 'https://${Api}.execute-api.${AWS::Region}.amazonaws.com/live'}
";
const APP: &str = include_str!("../sanity-fixtures/python-authorized/repository/src/app.py");
const WORD: &str = include_str!("../sanity-fixtures/python-authorized/repository/src/word.py");

fn closed(scene: &Scene) -> String {
    let files = [("template.yaml", TEMPLATE), ("src/app.py", APP), ("src/word.py", WORD)];
    scene.git.files("sdlc/closed", &files)
}

fn queue(scene: &Scene) -> String {
    scene.git.files("sdlc/queue", &[("template.yaml", "Resources: {Orders: {Type: 'AWS::SQS::Queue'}}")])
}

/// The head of a session with one round and no repair, and why the tests of that round say nothing.
async fn untested(scene: &Scene, id: &SessionId, how: Checkpoint) -> (Session, String) {
    let rounds = rounds(scene, id).await;
    let [round] = &rounds[..] else { panic!("{rounds:#?}") };
    assert_eq!((round.deployment, round.tests), (Some(Checkpoint::Deployed), Some(how)), "{round:#?}");
    assert_eq!(round.fix, None, "no edit mends that");
    let failure = round.failure.clone().expect("a reason");
    assert_eq!(failure.code, "nothing-to-test");
    assert_eq!(scene.until_execution_ends(id).await, "SUCCEEDED");
    (scene.head(id).await, failure.message)
}

#[tokio::test]
async fn what_has_no_endpoint_needs_no_tests_and_says_so() {
    let scene = Scene::new().await;
    let run = open(&scene, &queue(&scene), 3).await;
    let body = end(&run).await;
    assert_eq!((body.status, body.error.as_deref()), (Status::Success, None), "{body:#?}");
    assert!(body.sanity.as_ref().is_some_and(|sanity| sanity.no_endpoint), "{body:#?}");
    let (head, why) = untested(&scene, &run.id, Checkpoint::NothingToTest).await;
    assert_eq!(why, "there is nothing to test: what is deployed has no endpoint");
    assert!(head.message.contains(&format!("nothing was tested: {why}")), "{}", head.message);
}

#[tokio::test]
async fn what_lets_nobody_in_is_no_success_until_the_tester_has_the_word() {
    let scene = Scene::new().await;
    let repository = closed(&scene);
    let run = open(&scene, &repository, 3).await;
    let body = end(&run).await;
    assert_eq!(body.status, Status::Failed, "{body:#?}");
    let (head, why) = untested(&scene, &run.id, Checkpoint::Untested).await;
    assert!(why.contains("nothing could be tested without credentials"), "{why}");
    assert!(head.message.starts_with("Deployed, but not tested: "), "{}", head.message);
    let error = head.error.expect("an error");
    assert_eq!((error.code.as_str(), &error.message), ("nothing-to-test", &why));
    assert!(error.remedy.is_some_and(|remedy| remedy.contains("credentialsSecret")));

    // What the remedy says helps.
    let secret = scene.give_test_secret(&json!({"bearer": "open-sesame-0123456789"}).to_string()).await;
    let details = json!({"credentialsSecret": secret});
    let body = json!({"repository": repository, "branch": "main", "maxFixAttempts": 0, "stackDetails": details});
    let run = scene.open("/sdlc-deploy", &body).await;
    let body = end(&run).await;
    assert_eq!(body.status, Status::Success, "{body:#?}");
    assert_eq!(rounds(&scene, &run.id).await[0].tests, Some(Checkpoint::Tested));
}
