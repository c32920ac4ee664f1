//! The model's workflow takes the steps of the state machine that is deployed, and each message that it sends is the one
//! that the table of moves begins something with.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use asl::workflow::{Parameters, sdlc};
use asl::{Dynamic, Rule, State, StateMachine, Test, Transition};
use drydock_contract::transition::{Due, Position, first_stage};
use drydock_contract::workflow::Checkpoint;
use drydock_contract::{SessionKind, Stage, Status};
use drydock_proof::moves::{Choice, Move, What, moves};
use drydock_proof::scope::Scope;
use drydock_proof::step::step;
use drydock_proof::world::{Execution, Letter, Life, Step, World};

/// The round that everything is looked at in: the second, after a repair.
const ROUND: u32 = 2;

/// The stages that the machine has queues of.
const SENT_TO: [Stage; 3] = [Stage::CloneDetect, Stage::SanityTest, Stage::Fix];

/// The machine, read as the model has it.
struct Machine(StateMachine);

impl Machine {
    fn new() -> Self {
        Self(sdlc(&Parameters::default()))
    }

    fn state(&self, name: &str) -> &State {
        &self.0.states[name]
    }

    /// The stage that a state puts a message into the queue of.
    fn sends_to(state: &State) -> Option<Stage> {
        let State::Task(task) = state else { return None };
        Stage::parse(task.arguments.as_ref()?.get("MessageBody")?["stage"].as_str()?)
    }

    /// The state that sends to `stage`.
    fn sender(&self, stage: Stage) -> &State {
        self.0.states.values().find(|state| Self::sends_to(state) == Some(stage)).unwrap()
    }

    /// The next state in which it has a choice.
    fn choice_after<'m>(&'m self, mut state: &'m State) -> &'m asl::Choice {
        loop {
            match (state, state.transition()) {
                (State::Choice(choice), _) => return choice,
                (_, Some(Transition::Next(next))) => state = self.state(next),
                _ => panic!("it ends without a choice: {state:?}"),
            }
        }
    }

    /// What it does in the state `next`, to which `assigned` leads it.
    fn does(&self, next: &str, assigned: &asl::Assign) -> Step {
        let later = assigned.get("attempt").map(|attempt| assert_eq!(attempt, "{% $attempt + 1 %}"));
        let round = ROUND + u32::from(later.is_some());
        let state = self.state(next);
        if let Some(stage) = Self::sends_to(state) {
            return Step::Send(stage, round);
        }
        let State::Task(task) = state else { panic!("{next} is no task") };
        let asked = task.arguments.as_ref().unwrap()["Payload"].to_string();
        if asked.contains("decide") {
            return Step::Decide(round);
        }
        assert!(asked.contains("conclude"), "{asked}");
        Step::Conclude(assigned["conclusion"]["outcome"] == Status::Success.as_str())
    }

    /// What it does once the work that it has sent to `stage` has left `checkpoint`; `None` if it goes on waiting.
    fn after(&self, stage: Stage, checkpoint: Checkpoint) -> Option<Step> {
        let choice = self.choice_after(self.sender(stage));
        let rule = choice.choices.iter().find(|rule| asks(rule) == format!("$checkpoint = '{checkpoint}'"))?;
        Some(self.does(&rule.next, &rule.assign))
    }
}

fn asks(rule: &Rule) -> &str {
    match &rule.test {
        Test::Condition(Dynamic::Expression(condition)) => condition,
        other => panic!("{other:?}"),
    }
}

/// A session whose work has left `checkpoint`, and what leads it.
fn world(checkpoint: Option<Checkpoint>, status: Status, next: Step) -> World {
    let life = Life::opened(SessionKind::Sdlc, 3);
    let at = Position { status, stage: Stage::Workflow, attempt: ROUND, checkpoint, fixes: ROUND - 1, ..life.at };
    let life = Life { at, outbox: None, execution: Execution::Running(next), ..life };
    World { lives: vec![life], turns: Vec::new(), operation: None, stack: None, last: None }
}

/// What the model does then; `None` if it goes on waiting.
fn model(world: &World, choice: Choice) -> Option<Execution> {
    let scope = Scope::everything(&[(SessionKind::Sdlc, 3)]);
    let one = Move { who: 0, what: What::Step(choice) };
    moves(world, &scope).contains(&one).then(|| step(world, one, &scope).lives[0].execution)
}

#[test]
fn what_follows_a_piece_of_work_follows_in_the_model() {
    let machine = Machine::new();
    let mut seen = 0;
    for stage in SENT_TO {
        for checkpoint in Checkpoint::ALL {
            let expected = machine.after(stage, checkpoint);
            let found = model(&world(Some(checkpoint), Status::Deploying, Step::Await(stage, ROUND)), Choice::On);
            assert_eq!(found, expected.map(Execution::Running), "{checkpoint} after {stage}");
            seen += usize::from(expected.is_some());
        }
        assert_eq!(model(&world(None, Status::Deploying, Step::Await(stage, ROUND)), Choice::On), None);
    }
    assert_eq!(seen, Checkpoint::ALL.len(), "each is waited for after one of them");
}

#[test]
fn what_has_ended_elsewhere_is_over_in_both() {
    let machine = Machine::new();
    for stage in SENT_TO {
        let first = &machine.choice_after(machine.sender(stage)).choices[0];
        assert_eq!(asks(first), "$ended");
        assert!(matches!(machine.state(&first.next), State::Succeed(_)));
        let ended = world(Some(Checkpoint::Deployed), Status::Cancelled, Step::Await(stage, ROUND));
        assert_eq!(model(&ended, Choice::On), Some(Execution::Over));
    }
}

#[test]
fn what_is_decided_is_done_in_both() {
    let machine = Machine::new();
    let decide = machine.state("Decide");
    assert_eq!(machine.does("Decide", &asl::Assign::new()), Step::Decide(ROUND));
    let decision = machine.choice_after(decide);
    let [fix] = &decision.choices[..] else { panic!("{decision:?}") };
    let failed = world(Some(Checkpoint::TestFailed), Status::Testing, Step::Decide(ROUND));
    assert_eq!(model(&failed, Choice::Fix), Some(Execution::Running(machine.does(&fix.next, &fix.assign))));
    let otherwise = machine.does(decision.default.as_deref().unwrap(), &decision.assign);
    assert_eq!(model(&failed, Choice::GiveUp), Some(Execution::Running(otherwise)));
}

#[test]
fn both_begin_with_the_first_round() {
    let machine = Machine::new();
    let State::Pass(begin) = machine.state(&machine.0.start_at) else { panic!("no beginning") };
    assert_eq!(begin.assign["attempt"], 1);
    let Transition::Next(next) = &begin.transition else { panic!("it ends") };
    assert_eq!(Machine::sends_to(machine.state(next)), Some(first_stage(SessionKind::Sdlc)));
    let life = Life::opened(SessionKind::Sdlc, 3);
    assert_eq!(life.outbox.map(|letter| (letter.stage, letter.attempt)), Some((Stage::CloneDetect, 1)));
}

/// The table of moves begins something with what the machine sends then, and with nothing else.
#[test]
fn each_message_of_the_machine_is_the_one_that_is_due() {
    let machine = Machine::new();
    for checkpoint in Checkpoint::ALL {
        let Some(next) = SENT_TO.into_iter().find_map(|stage| machine.after(stage, checkpoint)) else {
            panic!("nothing follows {checkpoint}")
        };
        let sent = match next {
            Step::Send(stage, round) => Some((stage, round)),
            // Where it decides to repair.
            Step::Decide(round) => Some((Stage::Fix, round)),
            Step::Await(..) | Step::Conclude(_) => None,
        };
        let at = world(Some(checkpoint), Status::Deploying, next).lives[0].at;
        for stage in Stage::ALL {
            for round in 1..=ROUND + 2 {
                let due = at.due(&Letter::new(stage, round, 0).work());
                // The stage that it is in has no queue.
                let expected = sent == Some((stage, round)) || stage == Stage::Workflow && round == ROUND;
                assert_eq!(due != Due::Past, expected, "{checkpoint}: {stage} in round {round}");
                assert!(sent != Some((stage, round)) || matches!(due, Due::Begins(_)), "{checkpoint}: {due:?}");
            }
        }
    }
}
