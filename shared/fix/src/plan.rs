//! The plan: what is wrong and what will be done about it, in a form that programs can read.

use crate::invisible::strip;
use crate::secrets::mask;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What the repair will do, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// What is broken and why, in a few sentences.
    pub diagnosis: String,
    /// One sentence for people.
    pub summary: String,
    /// What to do, file by file.
    pub steps: Vec<PlanStep>,
    /// What the change may break.
    pub risk: Risk,
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanStep {
    /// Path inside the repository.
    pub file: String,
    /// What to change in it.
    pub change: String,
    /// Why that mends the fault.
    pub reason: String,
}

/// How likely a change breaks something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Risk {
    /// Hardly.
    Low,
    /// Perhaps.
    Medium,
    /// Look closely.
    High,
}

/// Longest texts of a plan, in characters: it is shown to people and kept with the session.
const MAX_DIAGNOSIS: usize = 2000;
const MAX_SUMMARY: usize = 300;
const MAX_TEXT: usize = 600;
/// Most steps.
const MAX_STEPS: usize = 20;

impl Plan {
    /// The tool whose input is a plan.
    pub(crate) fn tool() -> Value {
        let text = |description: &str| json!({"type": "string", "description": description});
        json!({
            "name": "submit_plan",
            "description": "Submit the plan of the repair. Call it once you know the root cause and before any edit.",
            "input_schema": {
                "type": "object",
                "additionalProperties": false,
                "required": ["diagnosis", "summary", "steps", "risk"],
                "properties": {
                    "diagnosis": text("What is broken and why: the root cause, with the evidence for it."),
                    "summary": text("One sentence for people: what will be changed."),
                    "steps": {
                        "type": "array", "minItems": 1, "maxItems": MAX_STEPS,
                        "items": {
                            "type": "object",
                            "additionalProperties": false,
                            "required": ["file", "change", "reason"],
                            "properties": {
                                "file": text("Path inside the repository."),
                                "change": text("What to change in it."),
                                "reason": text("Why that mends the fault."),
                            },
                        },
                    },
                    "risk": {"type": "string", "enum": ["low", "medium", "high"]},
                },
            },
        })
    }

    /// Reads the tool's input. Its texts are cut, masked and freed of what nobody sees.
    ///
    /// # Errors
    /// Says what is wrong with it, for the model.
    pub(crate) fn read(input: &Value) -> Result<Self, String> {
        let plan: Self = serde_json::from_value(input.clone()).map_err(|error| format!("this is no plan: {error}"))?;
        if plan.steps.is_empty() {
            return Err("the plan has no steps".to_owned());
        }
        if plan.diagnosis.trim().is_empty() || plan.summary.trim().is_empty() {
            return Err("diagnosis and summary must not be empty".to_owned());
        }
        Ok(Self {
            diagnosis: clean(&plan.diagnosis, MAX_DIAGNOSIS),
            summary: clean(&plan.summary, MAX_SUMMARY).replace('\n', " "),
            steps: plan
                .steps
                .into_iter()
                .take(MAX_STEPS)
                .map(|step| PlanStep {
                    file: clean(&step.file, MAX_TEXT),
                    change: clean(&step.change, MAX_TEXT),
                    reason: clean(&step.reason, MAX_TEXT),
                })
                .collect(),
            risk: plan.risk,
        })
    }
}

/// A text of the model for people: masked, without what nobody sees, at most so many characters.
pub(crate) fn clean(text: &str, most: usize) -> String {
    let stripped = strip(text.trim());
    let masked = mask(&stripped);
    let mut cut: String = masked.chars().take(most).collect();
    if masked.chars().nth(most).is_some() {
        cut.push('…');
    }
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input() -> Value {
        json!({
            "diagnosis": "The table is called Tabel.", "summary": "Correct the name.", "risk": "low",
            "steps": [{"file": "template.yaml", "change": "Table", "reason": "it exists"}],
        })
    }

    #[test]
    fn a_plan_is_read_and_cleaned() {
        let mut input = input();
        input["diagnosis"] = "key AKIAIOSFODNN7ABCDEFG\u{200b} leaks".into();
        input["summary"] = "one\ntwo".into();
        let plan = Plan::read(&input).unwrap();
        assert_eq!(plan.diagnosis, "key [masked secret] leaks");
        assert_eq!(plan.summary, "one two");
    }

    #[test]
    fn what_is_no_plan_is_refused_with_the_reason() {
        let check = |change: fn(&mut Value), expected: &str| {
            let mut input = input();
            change(&mut input);
            assert!(Plan::read(&input).unwrap_err().contains(expected), "{input}");
        };
        check(|plan| plan["steps"] = json!([]), "no steps");
        check(|plan| plan["risk"] = json!("none"), "unknown variant");
        check(|plan| plan["summary"] = json!(" "), "must not be empty");
        check(|plan| *plan = json!("{\"diagnosis\":"), "no plan");
    }
}
