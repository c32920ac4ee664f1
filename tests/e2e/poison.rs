//! Messages that nobody can work on end in the dead-letter queue and stop nothing else.

use drydock_contract::SessionId;
use drydock_contract::Stage;
use drydock_contract::message::Work;
use drydock_e2e::World;

#[tokio::test]
async fn poison_goes_to_the_dead_letter_queue_of_its_stage() {
    let world = World::new().await;
    let nobody = SessionId::parse("00000000-0000-4000-8000-000000000000").expect("an id");
    for stage in [Stage::CloneDetect, Stage::Deploy, Stage::Monitor, Stage::Fix, Stage::SanityTest] {
        let other = if stage == Stage::Fix { Stage::Deploy } else { Stage::Fix };
        let bodies = [
            format!("not JSON, for {stage}"),
            format!(r#"{{"version":99,"for":"{stage}"}}"#),
            format!(r#"{{"version":1,"sessionId":"../{stage}","stage":"{stage}","attempt":1}}"#),
            Work::new(nobody.clone(), other, 7).to_body(),
            Work::new(nobody.clone(), stage, 7).to_body(),
        ];
        for body in &bodies {
            world.send_message(stage, body).await;
        }
        for body in &bodies {
            world.until_dead(stage, body).await;
        }
    }
}

#[tokio::test]
async fn poison_stops_nothing_else() {
    let world = World::new().await;
    for stage in [Stage::CloneDetect, Stage::Deploy, Stage::Monitor] {
        for _ in 0..5 {
            world.send_message(stage, "poison between good messages").await;
        }
    }
    world.deploy("simple-lambda-python").await.until_terminal().await.succeeded();
}
