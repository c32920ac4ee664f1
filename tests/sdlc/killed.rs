//! Functions that are killed at their work, in every stage of a workflow. The engine sees their process end, as Lambda
//! does when an invocation runs out of memory or its machine is gone.

use crate::host::{Fault, Host};
use crate::scene::Scene;
use crate::{end, open, rounds};
use drydock_contract::message::Work;
use drydock_contract::workflow::Checkpoint;
use drydock_contract::{Session, SessionId, Stage, Status};
use drydock_e2e::{Caught, Moment, Trap};

/// Every stage of a round that has a handler, in its order.
const STAGES: [Stage; 5] = [Stage::CloneDetect, Stage::Deploy, Stage::Monitor, Stage::SanityTest, Stage::Fix];

/// Where a function can be killed.
#[derive(Clone, Copy, Debug)]
enum Point {
    Work(Stage),
    Decision,
    Conclusion,
}

/// A first round from its beginning to its repair, and the end.
const POINTS: [Point; 7] = [
    Point::Work(Stage::CloneDetect),
    Point::Work(Stage::Deploy),
    Point::Work(Stage::Monitor),
    Point::Work(Stage::SanityTest),
    Point::Decision,
    Point::Work(Stage::Fix),
    Point::Conclusion,
];

fn trap(scene: &Scene, id: &SessionId, point: Point, moment: Moment) -> Trap {
    match point {
        Point::Work(stage) => scene.end_of(id, stage, moment),
        Point::Decision => scene.decision(id, moment),
        Point::Conclusion => scene.conclusion(id, moment),
    }
}

/// The message of the work of `stage` that a head was left with, written or not.
fn message(head: &Session, stage: Stage, moment: Moment) -> Work {
    let look = match stage {
        // It may have decided on its next look.
        Stage::Monitor if moment == Moment::After && head.stage == stage => head.look - 1,
        Stage::Monitor => head.look,
        _ => 0,
    };
    Work { look, ..Work::new(head.session_id.clone(), stage, head.attempt) }
}

/// Kills a function, and lets what would take the queue's whole time come at once: its lease is over, and its message
/// is there again. Of the analyzer, Step Functions knows, and asks again by itself.
async fn kill(scene: &Scene, id: &SessionId, point: Point, moment: Moment, caught: Caught) {
    let head = scene.head(id).await;
    caught.kill();
    let Point::Work(stage) = point else { return };
    if moment == Moment::Before {
        scene.lapse(id).await;
    }
    scene.send_message(stage, &message(&head, stage, moment).to_body()).await;
}

/// Every function dies once, and nothing is lost or done twice.
async fn killed_everywhere(moment: Moment) {
    let scene = Scene::new().await;
    let host = Host::new(Fault::Code);
    let run = open(&scene, &host.url(), 3).await;
    let mut next = trap(&scene, &run.id, POINTS[0], moment);
    for (at, point) in POINTS.into_iter().enumerate() {
        let caught = next.caught().await;
        next = trap(&scene, &run.id, POINTS[(at + 1) % POINTS.len()], moment);
        kill(&scene, &run.id, point, moment, caught).await;
    }
    let body = end(&run).await;
    assert_eq!(body.status, Status::Success, "{body:#?}");
    assert_eq!(scene.until_execution_ends(&run.id).await, "SUCCEEDED");
    let [one, two] = &rounds(&scene, &run.id).await[..] else { panic!("{body:#?}") };
    assert_eq!((one.tests, two.tests), (Some(Checkpoint::TestFailed), Some(Checkpoint::Tested)));
    let branch = format!("fix/{}", run.id);
    assert_eq!(host.git(&["rev-list", "--count", &format!("main..{branch}")]), "1", "one repair");
    assert_eq!(host.git(&["branch", "--list", "fix/*"]).lines().count(), 1, "on one branch");
    let made = scene.footprint(&run.id).await;
    let begun = made.iter().filter(|line| line.ends_with("AWS::CloudFormation::Stack CREATE_IN_PROGRESS")).count();
    assert_eq!(begun, 1, "one stack: {made:#?}");
}

#[tokio::test]
async fn whoever_is_killed_before_it_has_written_is_followed_by_one_who_does_it_again() {
    killed_everywhere(Moment::Before).await;
}

#[tokio::test]
async fn whoever_is_killed_once_it_has_written_is_followed_by_one_who_goes_on_from_there() {
    killed_everywhere(Moment::After).await;
}

/// The tester of the second round dies before it has looked for a plan.
#[tokio::test]
async fn a_repair_is_judged_by_the_same_tests_although_the_tester_was_killed() {
    let scene = Scene::new().await;
    let host = Host::new(Fault::Code);
    let run = open(&scene, &host.url(), 1).await;
    let repaired = scene.end_of(&run.id, Stage::Fix, Moment::Before).caught().await;
    let plan = scene.head(&run.id).await.sanity.and_then(|sanity| sanity.plan_id).expect("a plan");
    let planning = scene.progress(&run.id, Status::Generating, Moment::After);
    repaired.release();
    let planning = planning.caught().await;
    kill(&scene, &run.id, Point::Work(Stage::SanityTest), Moment::Before, planning).await;
    let body = end(&run).await;
    assert_eq!(body.status, Status::Success, "{body:#?}");
    assert_eq!(body.sanity.and_then(|sanity| sanity.plan_id).as_deref(), Some(plan.as_str()));
    assert!(body.logs.iter().any(|line| line.ends_with(&format!("running {plan} again as it is"))), "{:#?}", body.logs);
    let [one, two] = &rounds(&scene, &run.id).await[..] else { panic!("not two rounds") };
    assert!(one.tests_cost_usd > 0.0 && two.tests_cost_usd == 0.0, "{one:#?} {two:#?}");
}

/// Nobody takes its work up again: the sweep settles the stage, and the workflow has the last word.
async fn given_up(stage: Stage) {
    let scene = Scene::new().await;
    let host = Host::new(Fault::Hopeless);
    let run = open(&scene, &host.url(), u32::from(stage == Stage::Fix)).await;
    scene.end_of(&run.id, stage, Moment::Before).caught().await.kill();
    scene.lapse_for_good(&run.id).await;
    scene.sweep().await;
    let body = end(&run).await;
    assert_eq!(body.status, Status::Failed, "{stage}: {body:#?}");
    let rounds = rounds(&scene, &run.id).await;
    let failure = match stage {
        Stage::Fix => rounds[0].fix.as_ref().and_then(|fix| fix.failure.clone()),
        _ => rounds[0].failure.clone(),
    };
    assert_eq!(failure.map(|failure| failure.code).as_deref(), Some("abandoned"), "{stage}: {rounds:#?}");
    assert_eq!(scene.until_execution_ends(&run.id).await, "SUCCEEDED", "{stage}: it was concluded");
    // Its message comes after all.
    let head = scene.head(&run.id).await;
    scene.redeliver(&[message(&head, stage, Moment::Before)]).await;
    assert_eq!(scene.head(&run.id).await, head, "{stage}");
}

#[tokio::test]
async fn a_stage_that_died_for_good_is_a_failed_one() {
    let [one, two, three, four, five] = STAGES.map(given_up);
    tokio::join!(one, two, three, four, five);
}
