//! One repair: look and plan, then edit until the gate lets it through.

use crate::budget::{Budget, Spent};
use crate::circles::{Circles, Way};
use crate::error::FixError;
use crate::plan::{Plan, Risk, clean};
use crate::record::{Call, Record};
use crate::workspace::{Answer, Workspace};
use crate::{locate, prompt, remarks, tools};
use drydock_gate::{Comparison, Finding, Gate};
use drydock_model::{Client, Conversation, Message, StopReason, ToolResult, ToolUse};
use drydock_tree::{File, Tree};
use serde_json::Value;
use std::collections::BTreeMap;
use tokio::time::Instant;

/// What is to be repaired.
#[derive(Clone, Debug)]
pub struct Task {
    /// The repository's files.
    pub tree: Tree,
    /// The project's folder, empty for the repository's own: nothing outside it is changed.
    pub root: String,
    /// What the client says is wrong.
    pub instructions: String,
    /// What is deployed, as the client describes it.
    pub stack_details: Option<Value>,
    /// What the deployment's own analysis found.
    pub evidence: Option<String>,
}

/// A repair that passed the gate, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// One line, in the imperative.
    pub title: String,
    /// For the reviewer.
    pub summary: String,
    /// What it may break, as the model sees it.
    pub risk: Risk,
    /// What a reviewer should look at, as this crate sees it.
    pub remarks: Vec<String>,
}

/// Turns that may pass before there is a plan; then there must be one.
const LOOKING_TURNS: u32 = 12;
/// Tries to submit a plan that can be read.
const PLAN_TRIES: u32 = 3;
/// Answers without a tool in a row.
const MAX_IDLE: u32 = 3;
/// Refused attempts to finish.
const MAX_REFUSALS: u32 = 5;
/// A conversation larger than this, in bytes, loses its old tool results, down to so many bytes each.
const MAX_TALK_BYTES: usize = 360_000;
const OLD_RESULT_BYTES: usize = 600;
/// Messages at the end that stay whole.
const KEPT_MESSAGES: usize = 8;

/// A repair in progress.
pub struct Repair<'a> {
    client: &'a Client,
    budget: Budget,
    workspace: Workspace<'a>,
    talk: Conversation,
    spent: Spent,
    circles: Circles,
    began: Instant,
    found_before: Vec<Finding>,
    comparison: Comparison,
    plan: Option<Plan>,
    calls: Vec<Call>,
    refusals: u32,
}

/// What one answer of the model led to.
enum Step {
    Planned,
    Finished(Outcome),
    Onward,
}

impl<'a> Repair<'a> {
    /// Surveys the project and opens the conversation. The model is not asked yet.
    ///
    /// # Errors
    /// If the gate cannot be set up.
    pub fn begin(client: &'a Client, gate: &'a Gate, task: Task, budget: Budget) -> Result<Self, FixError> {
        let found_before = gate.survey(&task.tree, &task.root)?;
        let mut talk = Conversation::new(prompt::SYSTEM, tools::definitions());
        talk.user(locate::first_message(&task, &found_before));
        Ok(Self {
            client,
            budget,
            workspace: Workspace::new(task.tree, task.root, gate),
            talk,
            spent: Spent::new(client.settings().price),
            circles: Circles::default(),
            began: Instant::now(),
            found_before,
            comparison: Comparison::default(),
            plan: None,
            calls: Vec::new(),
            refusals: 0,
        })
    }

    /// Lets the model look around until it submits a plan.
    ///
    /// # Errors
    /// If it does not, or a budget is used up.
    pub async fn plan(&mut self) -> Result<Plan, FixError> {
        for round in 0..LOOKING_TURNS + PLAN_TRIES {
            let forced = (round >= LOOKING_TURNS).then_some("submit_plan");
            let message = self.turn(forced).await?;
            let remark = (round + 1 >= LOOKING_TURNS).then_some(prompt::PLAN_NOW);
            self.take(&message, remark)?;
            if let Some(plan) = &self.plan {
                return Ok(plan.clone());
            }
        }
        let last = self.calls.last().map(|call| call.answer.clone()).unwrap_or_default();
        Err(FixError::NoPlan(if last.is_empty() { "the model submitted none".to_owned() } else { last }))
    }

    /// Lets the model edit until its change passes the gate.
    ///
    /// # Errors
    /// If it does not get there, or a budget is used up.
    pub async fn edit(&mut self) -> Result<Outcome, FixError> {
        let mut idle = 0;
        loop {
            let message = self.turn(None).await?;
            idle = if message.tool_uses().next().is_none() { idle + 1 } else { 0 };
            if idle >= MAX_IDLE {
                let said = clean(&message.text(), 500);
                let reason = if said.is_empty() { "the model stopped without a word".to_owned() } else { said };
                return Err(FixError::GaveUp { reason, learned: self.learned() });
            }
            if let Step::Finished(outcome) = self.take(&message, None)? {
                return Ok(outcome);
            }
        }
    }

    /// The files that were changed, as a commit takes them.
    pub fn edits(&self) -> BTreeMap<String, Option<File>> {
        self.workspace.edits()
    }

    /// The files as they are now.
    pub fn tree(&self) -> &Tree {
        &self.workspace.now
    }

    /// Everything so far. It can be asked for at any time, after an error too.
    pub fn record(&self, error: Option<&FixError>) -> Record {
        Record {
            model: self.client.settings().model.clone(),
            plan: self.plan.clone(),
            calls: self.calls.clone(),
            found_before: self.found_before.clone(),
            found_new: self.comparison.new.clone(),
            found_solved: self.comparison.solved.clone(),
            diff: self.workspace.diff(),
            turns: self.spent.turns,
            usage: self.spent.usage,
            cost_usd: self.spent.usd(),
            seconds: self.began.elapsed().as_secs_f64(),
            error: error.map(ToString::to_string),
        }
    }

    /// Asks the model once, if there is something left to ask it with.
    async fn turn(&mut self, tool: Option<&str>) -> Result<Message, FixError> {
        if let Err(what) = self.spent.check(&self.budget) {
            return Err(FixError::Exhausted { what, learned: self.learned() });
        }
        if self.talk.bytes() > MAX_TALK_BYTES {
            let saved = self.talk.shorten(KEPT_MESSAGES, OLD_RESULT_BYTES);
            tracing::info!(saved, "old results were shortened");
        }
        let message = match self.client.ask(&self.talk, tool, self.budget.until).await {
            Ok(message) => message,
            Err(drydock_model::ModelError::TimedOut) => {
                return Err(FixError::Exhausted { what: crate::Exhausted::Time, learned: self.learned() });
            }
            Err(error) => return Err(error.into()),
        };
        self.spent.add(message.usage);
        if message.stop() == StopReason::Refusal {
            return Err(FixError::Declined);
        }
        Ok(message)
    }

    /// Does what an answer asks for and answers it.
    fn take(&mut self, message: &Message, remark: Option<&str>) -> Result<Step, FixError> {
        self.talk.assistant(message);
        let mut results = Vec::new();
        let mut step = Step::Onward;
        for wish in message.tool_uses() {
            let answer = match wish.name {
                "give_up" => {
                    let reason = wish.input.get("reason").and_then(Value::as_str).unwrap_or("it gave no reason");
                    return Err(FixError::GaveUp { reason: clean(reason, 1000), learned: self.learned() });
                }
                "submit_plan" => self.submit(wish.input).inspect(|_| step = Step::Planned),
                "finish" => self.finish(wish.input)?.map(|outcome| {
                    step = Step::Finished(outcome);
                    "finished".to_owned()
                }),
                "validate" => self.validate()?,
                "str_replace" | "create" if self.plan.is_none() => {
                    Err("first submit a plan with submit_plan".to_owned())
                }
                "str_replace" | "create" => self.workspace.edit(wish.name, wish.input),
                _ => self.workspace.look(wish.name, wish.input),
            };
            self.calls.push(Call::new(self.spent.turns, wish.name, wish.input, &answer));
            let text = self.watch(&wish, &answer)?;
            results.push(ToolResult { id: wish.id.to_owned(), text, is_error: answer.is_err() });
            if matches!(step, Step::Finished(_)) {
                return Ok(step);
            }
        }
        let remark = match (results.is_empty(), message.stop()) {
            (_, StopReason::MaxTokens) => Some(prompt::CUT_OFF),
            (true, StopReason::PauseTurn) => return Ok(step),
            (true, _) => Some(remark.unwrap_or(prompt::CALL_A_TOOL)),
            (false, _) => remark.filter(|_| self.plan.is_none()),
        };
        self.talk.tool_results(results, remark);
        Ok(step)
    }

    fn submit(&mut self, input: &Value) -> Answer {
        let plan = Plan::read(input)?;
        self.plan = Some(plan);
        Ok("The plan is stored. Edit now.".to_owned())
    }

    fn validate(&mut self) -> Result<Answer, FixError> {
        self.comparison = self.workspace.compare()?;
        let list =
            |findings: &[Finding]| findings.iter().take(30).map(ToString::to_string).collect::<Vec<_>>().join("\n");
        let Comparison { new, solved } = &self.comparison;
        let mut text = if new.is_empty() {
            "The change brings no new findings.".to_owned()
        } else {
            format!("New:\n{}", list(new))
        };
        if !solved.is_empty() {
            text += &format!("\nMended:\n{}", list(solved));
        }
        Ok(Ok(text))
    }

    fn finish(&mut self, input: &Value) -> Result<Result<Outcome, String>, FixError> {
        self.comparison = self.workspace.compare()?;
        let field = |name: &str| input.get(name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
        let refusal = match (&self.plan, field("title"), field("summary")) {
            (None, ..) => Some("first submit a plan with submit_plan".to_owned()),
            (_, None, _) | (_, _, None) => Some("title and summary must not be empty".to_owned()),
            _ => self.workspace.no_repair(&self.comparison),
        };
        if let Some(reason) = refusal {
            self.refusals += 1;
            if self.refusals >= MAX_REFUSALS {
                let what = format!("it wanted to finish {MAX_REFUSALS} times although {reason}");
                return Err(FixError::Circles { what: clean(&what, 600), learned: self.learned() });
            }
            return Ok(Err(format!("not finished: {reason}")));
        }
        let risk = field("risk").and_then(|risk| serde_json::from_value(risk.into()).ok());
        Ok(Ok(Outcome {
            title: clean(field("title").unwrap_or_default(), 200),
            summary: clean(field("summary").unwrap_or_default(), 4000),
            risk: risk.or(self.plan.as_ref().map(|plan| plan.risk)).unwrap_or(Risk::Medium),
            remarks: remarks::of(&self.workspace.base, &self.workspace.now),
        }))
    }

    /// Notices circles: the first time the model is told, then it is stopped.
    fn watch(&mut self, wish: &ToolUse<'_>, answer: &Answer) -> Result<String, FixError> {
        let (text, failed) = match answer {
            Ok(text) => (text, false),
            Err(text) => (text, true),
        };
        let mut way = self.circles.call(wish.name, &wish.input.to_string(), text, failed);
        let is_edit = matches!(wish.name, "str_replace" | "create");
        if is_edit && !failed && self.circles.state(self.workspace.state()) == Way::Circle {
            way = Way::Circle;
        }
        match way {
            Way::Onward => Ok(text.clone()),
            Way::Repeating => Ok(format!("{text}\n[This is what the same call gave before. Do something else.]")),
            Way::Circle => {
                let what = format!("{} again and again ({})", wish.name, clean(text, 300).replace('\n', " "));
                Err(FixError::Circles { what, learned: self.learned() })
            }
        }
    }

    /// What is known, in a few sentences.
    fn learned(&self) -> String {
        let mut learned = self.plan.as_ref().map(|plan| clean(&plan.diagnosis, 600)).unwrap_or_default();
        let open: Vec<String> = self.comparison.blocking().take(2).map(ToString::to_string).collect();
        if !open.is_empty() {
            learned += &format!(" The change so far brings: {}", clean(&open.join("; "), 400));
        } else if self.plan.is_none()
            && let Some(first) = self.found_before.first()
        {
            learned = clean(&first.to_string(), 300);
        }
        learned
    }
}
