//! What the workflow asks and tells, against a table whose answers get lost and whose heads are written by others.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

mod world;

use serde_json::{Value, json};
use status_analyzer::{ServiceError, handle};
use world::{ID, SDLC, Trouble, World, failed, waiting};

async fn call(world: &World, payload: Value) -> Result<Value, ServiceError> {
    handle(&world.analyzer("http://127.0.0.1:9"), payload, "request-1").await
}

fn decide() -> Value {
    json!({"drydock": "decide", "sessionId": SDLC})
}

const RETIRED: &str = "Hello (AWS::Lambda::Function) CREATE_FAILED: The runtime parameter of python3.7 is no longer supported for creating or updating AWS Lambda functions.";

#[tokio::test]
async fn a_decision_to_fix_is_on_record_with_its_instructions() {
    let world = World::with(&waiting("deploy-failed", RETIRED), &["CREATE_IN_PROGRESS AWS::Lambda::Function Hello"]);
    let decision = call(&world, decide()).await.unwrap();
    assert_eq!((&decision["decision"], &decision["class"]), (&json!("fix"), &json!("lambda-configuration")));
    assert_eq!(decision["attempt"], 1);
    let head = world.head(SDLC);
    assert_eq!(head["workflow"]["rounds"][0]["class"], "lambda-configuration");
    let instructions = head["workflow"]["instructions"].as_str().unwrap();
    assert!(instructions.contains("Set `Runtime`"), "{instructions}");
    assert!(head["message"].as_str().unwrap().ends_with("repair 1 of 3 begins"), "{head}");
    let log = world.log(SDLC);
    assert!(log.last().unwrap().starts_with("lambda-configuration: "), "{log:?}");
}

#[tokio::test]
async fn what_no_edit_repairs_ends_at_once() {
    let message = "Role (AWS::IAM::Role) CREATE_FAILED: User: arn:aws:sts::1:assumed-role/cfn/AWSCloudFormation is not authorized to perform: iam:CreateRole on resource: x";
    let world = World::with(&waiting("deploy-failed", message), &[]);
    let decision = call(&world, decide()).await.unwrap();
    assert_eq!((&decision["decision"], &decision["class"]), (&json!("give-up"), &json!("iam-permission")));
    assert!(decision["reason"].as_str().unwrap().contains("it takes a person"), "{decision}");
    assert_eq!(world.head(SDLC)["workflow"].get("instructions"), None);
}

#[tokio::test]
async fn a_retried_invocation_decides_and_writes_the_same() {
    for troubles in [vec![], vec![Trouble::AnswerLost], vec![Trouble::Unreachable], vec![Trouble::Race, Trouble::Race]]
    {
        let world = World::with(&waiting("deploy-failed", RETIRED), &[]).next_writes(&troubles);
        let mut first = call(&world, decide()).await;
        if troubles.iter().any(|trouble| *trouble != Trouble::Race) {
            assert!(matches!(first, Err(ServiceError::Store(_))), "{troubles:?}");
            first = call(&world, decide()).await;
        }
        let (first, head, log) = (first.unwrap(), world.head(SDLC), world.log(SDLC));
        let again = call(&world, decide()).await.unwrap();
        assert_eq!((first, head, log), (again, world.head(SDLC), world.log(SDLC)), "{troubles:?}");
        assert_eq!(world.log(SDLC).len(), 1, "{troubles:?}");
    }
}

#[tokio::test]
async fn an_invocation_that_comes_late_leaves_the_record_as_it_is() {
    let world = World::with(&waiting("deploy-failed", RETIRED), &[]);
    let first = call(&world, decide()).await.unwrap();
    world.set(SDLC, "stage", &json!("fix"));
    let mut workflow = world.head(SDLC)["workflow"].clone();
    workflow.as_object_mut().unwrap().remove("checkpoint").unwrap();
    workflow["fixes"] = json!(1);
    world.set(SDLC, "workflow", &workflow);
    let (head, log) = (world.head(SDLC), world.log(SDLC));
    let late = call(&world, decide()).await.unwrap();
    assert_eq!((&late["decision"], &late["class"]), (&first["decision"], &first["class"]));
    assert_eq!((world.head(SDLC), world.log(SDLC)), (head, log));
}

#[tokio::test]
async fn the_end_is_written_once_whatever_gets_lost() {
    let end = json!({"drydock": "conclude", "sessionId": SDLC, "outcome": "failed"});
    for troubles in [vec![], vec![Trouble::AnswerLost], vec![Trouble::Unreachable], vec![Trouble::Race]] {
        let world = World::with(&waiting("deploy-failed", RETIRED), &[]).next_writes(&troubles);
        let mut conclusion = call(&world, end.clone()).await;
        if conclusion.is_err() {
            conclusion = call(&world, end.clone()).await;
        }
        let conclusion = conclusion.unwrap();
        assert_eq!(conclusion["status"], "failed", "{troubles:?}");
        assert!(conclusion["message"].as_str().unwrap().starts_with("Not deployed: Hello"), "{conclusion}");
        let head = world.head(SDLC);
        assert_eq!((&head["status"], &head["stage"]), (&json!("failed"), &json!("done")));
        assert_eq!(head["error"]["code"], "stack-failed");
        // The other end comes late: an aborted execution's event, or the workflow's own last try.
        let late = json!({"drydock": "conclude", "sessionId": SDLC, "outcome": "success"});
        assert_eq!(call(&world, late).await.unwrap(), conclusion, "{troubles:?}");
        assert_eq!(world.head(SDLC), head, "{troubles:?}");
    }
}

#[tokio::test]
async fn success_clears_what_was_mended() {
    let mut session = waiting("tested", "old");
    session["workflow"]["rounds"][0]["tests"] = "tested".into();
    session["workflow"]["rounds"][0]["testCounts"] = json!({"total": 12, "passed": 12});
    let world = World::with(&session, &[]);
    let end = json!({"drydock": "conclude", "sessionId": SDLC, "outcome": "success"});
    let conclusion = call(&world, end).await.unwrap();
    assert_eq!(conclusion["message"], "Deployed and tested (12 passed) from branch main.");
    let head = world.head(SDLC);
    assert_eq!((&head["status"], head.get("error")), (&json!("success"), None));
    assert_eq!(world.log(SDLC), ["Deployed and tested (12 passed) from branch main."]);
}

#[tokio::test]
async fn an_execution_that_was_stopped_ends_its_session_and_no_other() {
    let stopped = |name: &str| {
        json!({
            "source": "aws.states", "detail-type": "Step Functions Execution Status Change",
            "detail": {"name": name, "status": "ABORTED", "executionArn": "arn:x", "cause": "by hand"},
        })
    };
    let world = World::with(&waiting("deployed", "x"), &[]);
    assert_eq!(call(&world, stopped("somebody-elses")).await, Ok(Value::Null));
    assert_eq!(call(&world, stopped(&SDLC.replace("0b0f", "aaaa"))).await, Ok(Value::Null));
    let conclusion = call(&world, stopped(SDLC)).await.unwrap();
    assert_eq!(conclusion["status"], "failed");
    let head = world.head(SDLC);
    assert_eq!(head["error"]["code"], "execution-aborted");
    assert!(head["error"]["message"].as_str().unwrap().contains("stopped from outside (by hand)"), "{head}");
}

#[tokio::test]
async fn a_cancelled_session_stays_cancelled() {
    let mut session = waiting("deploy-failed", RETIRED);
    session["status"] = "cancelled".into();
    let world = World::with(&session, &[]);
    let before = world.head(SDLC);
    assert_eq!(call(&world, decide()).await.unwrap()["decision"], "give-up");
    let end = json!({"drydock": "conclude", "sessionId": SDLC, "outcome": "failed", "code": "out-of-time"});
    assert_eq!(call(&world, end).await.unwrap()["status"], "cancelled");
    assert_eq!((world.head(SDLC), world.log(SDLC).len()), (before, 0));
}

#[tokio::test]
async fn only_a_workflow_has_something_to_decide() {
    let world = World::with(&failed(), &[]);
    let asked = call(&world, json!({"drydock": "decide", "sessionId": ID})).await;
    assert!(matches!(asked, Err(ServiceError::NoWorkflow(_))), "{asked:?}");
}
