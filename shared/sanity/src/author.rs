//! The plan with the model's help: bodies, parameters, order and meaning that evidence does not give.
//!
//! The model proposes steps, and nothing else. Which hosts there are, how much may be sent and what may be removed is
//! decided here: a proposal is put beside the steps that follow from evidence, and the whole must pass
//! [`check`](crate::plan::check) before a single request is sent. What does not pass is given back with its reasons,
//! a few times; then what passes is kept and the rest is left out. Without a model that answers, the plan is the one
//! from the evidence.

mod excerpt;
mod prompt;
mod proposal;

use crate::endpoint::Endpoint;
use crate::evidence::Evidence;
use crate::guard::Guard;
use crate::plan::{Auth, Bounds, CheckedPlan, InvalidPlan, TestPlan, check, steps_schema};
use drydock_model::{Client, Conversation, Message, ModelError, Price, StopReason, ToolResult, Usage};
use drydock_tree::Tree;
use proposal::Proposal;
use serde_json::{Value, json};
use tokio::time::Instant;

/// What is to be planned.
#[derive(Clone, Copy, Debug)]
pub struct Task<'a> {
    /// What is there.
    pub evidence: &'a Evidence,
    /// The plan that follows from it.
    pub derived: &'a TestPlan,
    /// The repository's files.
    pub tree: &'a Tree,
    /// The project's folder, `.` or empty for the repository's own.
    pub root: &'a str,
    /// Where requests may go.
    pub guard: &'a Guard,
    /// How much may be asked for.
    pub bounds: Bounds,
    /// What can be shown to APIs that ask for it.
    pub credentials: &'a [Auth],
}

impl Task<'_> {
    /// True if there is nothing to show to who asks for this.
    fn lacks(&self, auth: Auth) -> bool {
        auth != Auth::None && !self.credentials.contains(&auth)
    }
}

/// What the model may use in all.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Budget {
    /// Answers of the model.
    pub turns: u32,
    /// USD, by the configured prices. The first answer is asked for as long as this is more than nothing, another only
    /// if what it may cost at most is left.
    pub usd: f64,
    /// When it must have ended.
    pub until: Instant,
}

/// The plan, and how it came about.
#[derive(Clone, Debug, PartialEq)]
pub struct Authored {
    /// It was checked and may be run. An error only if the plan from the evidence itself does not pass.
    pub plan: Result<CheckedPlan, InvalidPlan>,
    /// How many of its steps are the model's.
    pub model_steps: usize,
    /// Endpoints that only the model names.
    pub endpoints: Vec<Endpoint>,
    /// For the report.
    pub notes: Vec<String>,
    /// Answers of the model.
    pub turns: u32,
    /// Its tokens.
    pub usage: Usage,
    /// USD by the configured prices.
    pub cost_usd: f64,
}

/// The tool by which steps are proposed.
const TOOL: &str = "submit_test_steps";

/// Most steps of the model.
const MAX_STEPS: usize = 80;

/// Plans `task`. This never fails for the model's sake.
pub async fn author(client: &Client, task: &Task<'_>, budget: Budget) -> Authored {
    let mut author = Author::new(client, task, budget);
    let (proposal, trouble) = author.ask().await;
    let mut notes: Vec<String> = trouble.into_iter().collect();
    let merged = proposal.unwrap_or_default().merge(task, &mut notes);
    let model_steps = merged.model_steps;
    if model_steps == 0 {
        notes.push("The plan comes from the evidence alone.".to_owned());
    }
    // Each part was checked; should the whole not pass, the plan from the evidence still does.
    let (plan, model_steps, endpoints) = match check(merged.plan, task.guard, task.bounds) {
        Ok(plan) => (Ok(plan), model_steps, merged.endpoints),
        Err(invalid) => {
            notes.push(format!("The model's steps were left out: {invalid}"));
            (check(task.derived.clone(), task.guard, task.bounds), 0, Vec::new())
        }
    };
    Authored {
        plan,
        model_steps,
        endpoints,
        notes,
        turns: author.turns,
        usage: author.usage,
        cost_usd: author.price.usd(&author.usage),
    }
}

struct Author<'a> {
    client: &'a Client,
    task: &'a Task<'a>,
    budget: Budget,
    price: Price,
    talk: Conversation,
    turns: u32,
    usage: Usage,
    /// Most tokens that the next answer reads.
    reads: u64,
}

impl<'a> Author<'a> {
    fn new(client: &'a Client, task: &'a Task<'a>, budget: Budget) -> Self {
        let tool = json!({
            "name": TOOL,
            "description": "Propose the steps of the test. They are checked; what is wrong is said.",
            "input_schema": steps_schema(MAX_STEPS),
        });
        let mut talk = Conversation::new(prompt::SYSTEM, vec![tool]);
        talk.user(prompt::first_message(task));
        Self { client, task, budget, price: client.settings().price, talk, turns: 0, usage: Usage::default(), reads: 0 }
    }

    /// Asks until a proposal passes or the budget is used up. The best proposal, and what went wrong.
    async fn ask(&mut self) -> (Option<Proposal>, Option<String>) {
        let mut best: Option<Proposal> = None;
        loop {
            if let Some(over) = self.exhausted() {
                let trouble = format!("The model's proposal was not mended before its budget of {over} was used up.");
                return (best, Some(trouble));
            }
            let message = match self.client.ask(&self.talk, Some(TOOL), self.budget.until).await {
                Ok(message) => message,
                Err(error) => return (best, Some(failed(&error))),
            };
            self.turns += 1;
            self.usage += message.usage;
            let Usage { input_tokens, output_tokens, cache_creation_input_tokens, cache_read_input_tokens } =
                message.usage;
            self.reads = input_tokens + cache_creation_input_tokens + cache_read_input_tokens + output_tokens;
            if message.stop() == StopReason::Refusal {
                return (best, Some("The model declined to plan.".to_owned()));
            }
            let (proposal, problems) = self.read(&message);
            if let Some(proposal) = proposal.filter(|new| best.as_ref().is_none_or(|best| best.sound <= new.sound)) {
                best = Some(proposal);
            }
            if problems.is_empty() {
                return (best, None);
            }
            self.answer(&message, &problems);
        }
    }

    fn exhausted(&self) -> Option<&'static str> {
        if self.turns >= self.budget.turns {
            Some("turns")
        } else if self.budget.usd <= 0.0 || self.turns > 0 && self.price.usd(&self.with_another()) > self.budget.usd {
            Some("money")
        } else if Instant::now() >= self.budget.until {
            Some("time")
        } else {
            None
        }
    }

    /// What will have been used after another answer, at most: it may be as long as it can, and read nothing from the
    /// cache.
    fn with_another(&self) -> Usage {
        let mut usage = self.usage;
        usage += Usage {
            output_tokens: self.client.settings().max_tokens.into(),
            cache_creation_input_tokens: self.reads,
            ..Usage::default()
        };
        usage
    }

    /// The proposal in an answer, and everything that is wrong with it.
    fn read(&self, message: &Message) -> (Option<Proposal>, Vec<String>) {
        let cut = (message.stop() == StopReason::MaxTokens).then(|| prompt::CUT_OFF.to_owned());
        let Some(wish) = message.tool_uses().find(|wish| wish.name == TOOL) else {
            return (None, vec![cut.unwrap_or_else(|| prompt::CALL_THE_TOOL.to_owned())]);
        };
        match Proposal::read(wish.input, self.task) {
            Ok(proposal) => {
                let problems = proposal.problems.clone();
                (Some(proposal), problems)
            }
            Err(problem) => (None, vec![cut.unwrap_or(problem)]),
        }
    }

    /// Gives the problems back.
    fn answer(&mut self, message: &Message, problems: &[String]) {
        self.talk.assistant(message);
        let text = prompt::problems(problems);
        let results: Vec<ToolResult> = message
            .tool_uses()
            .map(|wish| ToolResult { id: wish.id.to_owned(), text: text.clone(), is_error: true })
            .collect();
        // Three bytes are a token or more.
        let said = (results.len() + 1) * text.len() + prompt::ONCE_MORE.len();
        self.reads += u64::try_from(said / 3).unwrap_or(u64::MAX);
        let remark = if results.is_empty() { text.as_str() } else { prompt::ONCE_MORE };
        self.talk.tool_results(results, Some(remark));
    }
}

fn failed(error: &ModelError) -> String {
    format!("The model was not of use: {error}. {}", error.remedy())
}

/// Empty input where a model leaves it out.
fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_default()
}
