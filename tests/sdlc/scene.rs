//! What all of these tests share: the stack, a played model, and a gate before the table and before Lambda. The first
//! test puts them in place, and the last one takes them away again.

use crate::host;
use drydock_contract::{SessionId, Stage, Status};
use drydock_e2e::{Gate, Moment, Trap, World};
use drydock_model_server::ModelServer;
use std::ops::Deref;
use std::sync::OnceLock;
use tokio::sync::Mutex;

static TESTS: Mutex<usize> = Mutex::const_new(0);
static MODEL: OnceLock<ModelServer> = OnceLock::new();
static GATE: OnceLock<Gate> = OnceLock::new();

/// The stack as one test sees it.
pub struct Scene {
    world: World,
    gate: &'static Gate,
}

impl Scene {
    pub async fn new() -> Self {
        let world = World::new().await;
        let mut tests = TESTS.lock().await;
        let model = MODEL.get_or_init(|| ModelServer::start_with(host::model(), Some("sk-played")).unwrap());
        let gate = GATE.get_or_init(|| Gate::to(world.endpoint()));
        if *tests == 0 {
            world.give_model(&model.url()).await;
            world.reach_table_and_lambda_at(Some(&gate.url())).await;
        }
        *tests += 1;
        Self { world, gate }
    }

    /// Holds the write that ends the next piece of work of `stage`.
    pub fn end_of(&self, id: &SessionId, stage: Stage, moment: Moment) -> Trap {
        let taken_on = format!(r#""stage":{{"S":"{stage}"}}"#);
        let taken_on = [id.as_str(), "#claim = :claim", &taken_on];
        let ended = [id.as_str(), "REMOVE #claim"];
        match stage {
            // The session is opened before it can be waited for, and begins with this stage.
            Stage::CloneDetect => self.gate.trap(&[&ended], moment),
            _ => self.gate.trap(&[&taken_on, &ended], moment),
        }
    }

    /// Holds the write with which a piece of work comes to `status`.
    pub fn progress(&self, id: &SessionId, status: Status, moment: Moment) -> Trap {
        let comes_to = format!(r#"":status":{{"S":"{status}"}}"#);
        self.gate.trap(&[&[id.as_str(), &comes_to]], moment)
    }

    /// Holds the write that says who deploys to its target from now on.
    pub fn listed(&self, id: &SessionId, moment: Moment) -> Trap {
        let last = format!(r#""last":{{"S":"{id}"}}"#);
        self.gate.trap(&[&["DynamoDB_20120810.PutItem", "target#", &last]], moment)
    }

    /// Holds the next look at the session's head.
    pub fn look(&self, id: &SessionId) -> Trap {
        self.gate.trap(&[&[id.as_str(), "DynamoDB_20120810.GetItem"]], Moment::After)
    }

    /// Holds what Lambda answers when a function that is deployed is looked at for the `nth` time from now on.
    pub fn function_look(&self, name: &str, nth: usize) -> Trap {
        let look = format!("GET /2015-03-31/functions/{name} ");
        self.gate.trap(&vec![&[look.as_str()][..]; nth], Moment::After)
    }

    /// Holds the request that deletes a deployed function's URL.
    pub fn url_deletion(&self, name: &str, moment: Moment) -> Trap {
        let deletion = format!("DELETE /2021-10-31/functions/{name}/url");
        self.gate.trap(&[&[deletion.as_str()]], moment)
    }

    /// Holds what the analyzer writes when it is asked whether a repair is worth trying.
    pub fn decision(&self, id: &SessionId, moment: Moment) -> Trap {
        self.gate.trap(&[&[id.as_str(), ":workflow", r#""class":{"S":"#]], moment)
    }

    /// Holds what the analyzer writes at the end.
    pub fn conclusion(&self, id: &SessionId, moment: Moment) -> Trap {
        self.gate.trap(&[&[id.as_str(), r#"":stage":{"S":"done"}"#]], moment)
    }
}

impl Deref for Scene {
    type Target = World;

    fn deref(&self) -> &World {
        &self.world
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        // A test's own runtime is about to end, or blocked by this.
        let leave = || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let mut tests = TESTS.lock().await;
                *tests -= 1;
                if *tests == 0 {
                    let world = World::new().await;
                    world.take_model().await;
                    world.reach_table_and_lambda_at(None).await;
                }
            });
        };
        std::thread::scope(|scope| scope.spawn(leave).join().unwrap());
    }
}
