//! What clients may ask for: a plan that is run again, another deployment, nothing to test, and addresses that nobody
//! may ask.

use crate::fixture::{self, Fixture};
use crate::{alone, report, test};
use drydock_contract::message::Work;
use drydock_contract::{Session, Stage, Status};
use drydock_e2e::World;
use drydock_model_server::{Answer, ModelServer, Script, tool};
use drydock_sanity::report::Verdict;
use drydock_sanity::run::{CheckName, Outcome};
use serde_json::json;

#[tokio::test]
async fn a_plan_is_run_again_as_it_is_and_judges_the_repair() {
    let _alone = alone().await;
    let world = World::new().await;
    world.take_model().await;
    let broken = fixture::read("node-http-api");
    let (repository, details) = broken.deploy(&world).await;
    let first = test(&world, &repository, &details, json!({})).await;
    let plan_id = first.sanity.as_ref().unwrap().plan_id.clone().unwrap();
    let steps = |report: &drydock_sanity::report::Report| {
        report.steps.iter().map(|step| step.result.id.clone()).collect::<Vec<_>>()
    };
    let before = report(&first).await;
    assert_eq!(before.verdict, Verdict::Failed);

    let again = test(&world, &repository, &details, json!({"planId": plan_id})).await;
    let after = report(&again).await;
    assert_eq!((after.plan_id.as_str(), steps(&after)), (plan_id.as_str(), steps(&before)));
    assert_eq!(after.verdict, Verdict::Failed);

    // The repair goes into the same stack, and the very tests that failed judge it.
    let source = std::fs::read_to_string(fixture::folder().join("node-http-api/repository/src/index.mjs")).unwrap();
    let template = std::fs::read_to_string(fixture::folder().join("node-http-api/repository/template.yaml")).unwrap();
    let repaired =
        source.replace("let shelf;", "const shelf = { find: (id) => lamps.find((lamp) => lamp.id === id) ?? {} };");
    let fixed = world.git.files("sanity/node-http-api", &[("template.yaml", &template), ("src/index.mjs", &repaired)]);
    let stack = details["stackName"].as_str().unwrap();
    let name = stack.strip_prefix(&format!("{}-app-", world.stack_name)).unwrap();
    let body = json!({"repository": fixed, "branch": "main", "stackName": name});
    world.open("/deploy", &body).await.until_terminal().await.succeeded();
    let mended = test(&world, &fixed, &details, json!({"planId": plan_id})).await;
    assert_eq!(mended.status, Status::Success, "{mended:#?}");
    let mended = report(&mended).await;
    assert_eq!((mended.verdict, steps(&mended)), (Verdict::Passed, steps(&before)));

    let other = json!({"apiUrl": "https://api.example.com/v1"});
    let error = test(&world, &repository, &other, json!({"planId": plan_id})).await.error.unwrap();
    assert!(error.contains("reachable: expected an answer"), "its tests are run where the request says: {error}");
    let unknown = "plan-00000000-0000-5000-8000-000000000000";
    let error = test(&world, &repository, &details, json!({"planId": unknown})).await.error.unwrap();
    assert!(error.contains("there is no plan plan-0000"), "{error}");
    let refused = json!({"repository": repository, "branch": "main", "stackDetails": details, "planId": "../x"});
    let refused = world.post("/sanity-test", &refused).await.expect(400);
    assert!(refused["error"].as_str().unwrap().contains("`planId` must be"), "{refused}");
}

#[tokio::test]
async fn nothing_to_test_is_a_verdict_of_its_own() {
    let _alone = alone().await;
    let world = World::new().await;
    world.take_model().await;
    let queue = "Resources: {Orders: {Type: 'AWS::SQS::Queue'}}";
    let repository = world.git.files("sanity/queue", &[("template.yaml", queue)]);
    let deployed = world.deploy_url(&repository, "main").await.until_terminal().await.succeeded().body;
    let details = serde_json::to_value(deployed.deployed_resources.unwrap()).unwrap();
    let status = test(&world, &repository, &details, json!({})).await;
    let session: Session = world.head(&status.session_id).await;
    assert_eq!(session.error.clone().unwrap_or_else(|| panic!("{status:#?}")).code, "nothing-to-test");
    let sanity = status.sanity.as_ref().unwrap();
    assert_eq!((sanity.verdict, sanity.counts.total), (Some(Verdict::NothingToTest), 0));
    assert_eq!(report(&status).await.verdict, Verdict::NothingToTest);
}

#[tokio::test]
async fn what_the_plan_did_not_make_is_removed_only_if_the_request_allows_it() {
    let _alone = alone().await;
    let world = World::new().await;
    let (repository, details) = fixture::read("python-crud").deploy(&world).await;
    let api = details["outputs"]["ApiUrl"].as_str().unwrap().to_owned();
    let kept = world.tell(&format!("{api}/notes"), &json!({"text": "the owner's own"})).await.expect(201);
    let path = format!("/notes/{}", kept["id"].as_str().unwrap());
    let step = json!({"id": "take", "name": "take", "request": {"target": "api", "method": "DELETE", "path": path},
                      "expect": {"status": [204]}});
    let script = Script::new().forever(Answer::Message(vec![tool("submit_test_steps", json!({"steps": [step]}))]));
    let server = ModelServer::start_with(script, Some("sk-played")).unwrap();
    world.give_model(&server.url()).await;
    for (more, answer) in [(json!({}), 200), (json!({"allowDestructive": true}), 404)] {
        let report = report(&test(&world, &repository, &details, more).await).await;
        let taken = report.steps.iter().any(|step| step.result.id == "take");
        assert_eq!(taken, answer == 404, "{:#?}", report.notes);
        world.ask(&format!("{api}{path}")).await.expect(answer);
    }
    world.take_model().await;
}

#[tokio::test]
async fn addresses_that_nobody_may_ask_are_not_asked_and_the_report_says_so() {
    let _alone = alone().await;
    let world = World::new().await;
    world.take_model().await;
    let repository = world.git.example("sam-python-api");
    let engine = std::env::var("AWS_ENDPOINT_URL").unwrap();
    let port = engine.rsplit(':').next().unwrap();
    // Each spelling of an address; and a name that resolves to one.
    for (url, reason) in [
        ("https://169.254.169.254/latest/meta-data".to_owned(), "is an address"),
        (format!("https://127.0.0.1:{port}"), "is an address"),
        (format!("https://2130706433:{port}"), "is an address"),
        ("https://0251.0376.0251.0376".to_owned(), "is an address"),
        ("https://[::ffff:169.254.169.254]".to_owned(), "is an address"),
        ("https://10.1.2.3".to_owned(), "is an address"),
        (format!("https://localhost:{port}"), "loopback"),
    ] {
        let status = test(&world, &repository, &json!({"apiUrl": url}), json!({})).await;
        assert_eq!(status.status, Status::Failed, "{url}: {status:#?}");
        let text = serde_json::to_string(&report(&status).await).unwrap();
        assert!(text.contains(reason), "{url}: {text}");
        assert!(!text.contains("\"answer\":{"), "{url}: something answered: {text}");
    }
}

#[tokio::test]
async fn what_a_template_writes_into_its_outputs_names_nobody_elses_api() {
    let _alone = alone().await;
    let world = World::new().await;
    world.take_model().await;
    let folder = fixture::folder().join("node-http-api/repository");
    let text = |path: &str| std::fs::read_to_string(folder.join(path)).unwrap();
    let template =
        format!("{}\n  PartnerApiUrl:\n    Value: https://partner.example/v1\n", text("template.yaml").trim_end());
    let files = [("template.yaml", template.as_str()), ("src/index.mjs", &text("src/index.mjs"))];
    let repository = world.git.files("sanity/partner", &files);
    let deployed = world.deploy_url(&repository, "main").await.until_terminal().await.succeeded().body;
    let details = serde_json::to_value(deployed.deployed_resources.unwrap()).unwrap();
    assert_eq!(details["outputs"]["PartnerApiUrl"], "https://partner.example/v1");
    let report = report(&test(&world, &repository, &details, json!({})).await).await;
    assert!(report.steps.iter().any(|step| step.result.outcome == Outcome::Passed), "{report:#?}");
    let sent = report.steps.iter().filter_map(|step| step.result.request.as_ref());
    assert!(sent.clone().all(|request| !request.url.contains("partner")), "{report:#?}");
    let said = report.notes.iter().any(|note| note.contains("partner.example") && note.contains("was not asked"));
    assert!(said, "{:#?}", report.notes);
}

#[tokio::test]
async fn a_test_that_is_over_is_not_run_again() {
    let _alone = alone().await;
    let world = World::new().await;
    world.take_model().await;
    let (repository, details) = fixture::read("node-openapi").deploy(&world).await;
    let status = test(&world, &repository, &details, json!({})).await;
    let before = report(&status).await;
    let work = Work::new(status.session_id.clone(), Stage::SanityTest, 1);
    let id = &status.session_id;
    let again = async || report(&world.run(id.clone()).until_terminal().await.body).await;

    // A message that comes once more finds the session past it.
    world.redeliver(std::slice::from_ref(&work)).await;
    assert_eq!(again().await, before);

    // After a crash between the report and the head, the report that is there is used.
    world.rewind(id, Stage::SanityTest, Status::Testing).await;
    world.redeliver(std::slice::from_ref(&work)).await;
    assert_eq!(again().await, before);
    let log = world.run(id.clone()).status().await.logs;
    assert!(log.iter().any(|line| line.contains("it was tested before")), "{log:#?}");
}

#[tokio::test]
async fn an_api_that_lets_nobody_in_has_not_passed() {
    let _alone = alone().await;
    let world = World::new().await;
    world.take_model().await;
    let fixture = fixture::read("python-authorized");
    let expired = Fixture { secret: Some(json!({"bearer": "expired-0123456789"})), ..fixture.clone() };
    let (repository, mut details) = expired.deploy(&world).await;
    let failed = test(&world, &repository, &details, json!({})).await;
    assert_eq!(failed.status, Status::Failed, "{failed:#?}");
    let failed = report(&failed).await;
    let refused =
        failed.steps.iter().map(|step| &step.result).find(|result| result.outcome == Outcome::Failed).unwrap();
    let check = refused.checks.iter().find(|check| !check.passed).unwrap();
    assert_eq!((refused.name.as_str(), check.name), ("GET /me", CheckName::AccessGranted), "{refused:#?}");

    // What is put aside for this stack is not shown to whatever else a client names.
    let elsewhere =
        json!({"apiUrl": "https://api.example.com/live", "credentialsSecret": details["credentialsSecret"]});
    let elsewhere = report(&test(&world, &repository, &elsewhere, json!({})).await).await;
    let said = elsewhere.notes.iter().any(|note| note.contains("is not shown to https://api.example.com/live"));
    let shown =
        elsewhere.steps.iter().filter_map(|step| step.result.request.as_ref()).any(|sent| sent.curl.contains("$TOKEN"));
    assert!(said && !shown, "{elsewhere:#?}");

    // Without credentials what is open is tested, and the report says what is not.
    details.as_object_mut().unwrap().remove("credentialsSecret");
    let open = test(&world, &repository, &details, json!({})).await;
    assert_eq!(open.status, Status::Success, "{open:#?}");
    assert!(report(&open).await.notes.iter().any(|note| note.contains("GET /me asks for credentials")), "{open:#?}");

    // Where nothing is open, nothing is known.
    let folder = fixture::folder().join("python-authorized/repository");
    let text = |path: &str| std::fs::read_to_string(folder.join(path)).unwrap();
    let template = text("template.yaml");
    let (before, rest) = template.split_once("        Signed:").unwrap();
    let (_, after) = rest.split_once("\nOutputs:").unwrap();
    let closed = format!("{before}\nOutputs:{after}");
    let (app, word) = (text("src/app.py"), text("src/word.py"));
    let files = [("template.yaml", closed.as_str()), ("src/app.py", &app), ("src/word.py", &word)];
    let repository = world.git.files("sanity/closed", &files);
    let deployed = world.deploy_url(&repository, "main").await.until_terminal().await.succeeded().body;
    let details = serde_json::to_value(deployed.deployed_resources.unwrap()).unwrap();
    let closed = test(&world, &repository, &details, json!({})).await;
    let session: Session = world.head(&closed.session_id).await;
    let error = session.error.clone().unwrap_or_else(|| panic!("{closed:#?}"));
    assert_eq!(error.code, "nothing-to-test", "{error:?}");
    assert!(error.message.contains("nothing could be tested without credentials"), "{error:?}");
    assert!(error.remedy.unwrap().contains("credentialsSecret"));
}
