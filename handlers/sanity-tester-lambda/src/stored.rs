//! What is kept in the artifacts bucket: plans, so that they can be run again, and reports.

use drydock_contract::SessionId;
use drydock_contract::sanity::Reports;
use drydock_sanity::endpoint::Endpoint;
use drydock_sanity::plan::TestPlan;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A plan as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StoredPlan {
    pub(crate) plan: TestPlan,
    /// How it came about and what it leaves out.
    pub(crate) notes: Vec<String>,
    /// Endpoints that only the model names.
    #[serde(default)]
    pub(crate) endpoints: Vec<Endpoint>,
    /// Who was asked for it, and what that cost.
    #[serde(default)]
    pub(crate) model: ModelUse,
}

/// What asking the model took.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ModelUse {
    pub(crate) name: Option<String>,
    pub(crate) input_tokens: u64,
    pub(crate) output_tokens: u64,
    pub(crate) cost_usd: f64,
}

impl ModelUse {
    /// What it took of the round that runs the plan: one that was made before costs nothing again.
    pub(crate) fn in_round(self, made_there: bool) -> Self {
        if made_there { self } else { Self { name: self.name, ..Self::default() } }
    }
}

/// The id of the plan that a session makes in a round: the same each time the work is repeated.
pub(crate) fn plan_id(id: &SessionId, attempt: u32) -> String {
    let name = format!("drydock:plan:{id}:{attempt}");
    format!("plan-{}", Uuid::new_v5(&Uuid::NAMESPACE_URL, name.as_bytes()))
}

/// The key of a plan.
pub(crate) fn plan_key(plan_id: &str) -> String {
    format!("plans/{plan_id}.json")
}

/// The keys of the reports of a session's round.
pub(crate) fn report_keys(id: &SessionId, attempt: u32) -> Reports {
    let key = |name: &str| format!("reports/{id}/{attempt}/{name}");
    Reports { html: key("report.html"), json: key("report.json"), junit: key("junit.xml") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_costs_the_round_that_makes_it() {
        let model = ModelUse { name: Some("m".to_owned()), input_tokens: 9, output_tokens: 8, cost_usd: 0.2 };
        assert_eq!(model.clone().in_round(true), model);
        let again = ModelUse { name: Some("m".to_owned()), ..ModelUse::default() };
        assert_eq!(model.in_round(false), again);
    }

    #[test]
    fn a_repeated_round_makes_the_same_plan_and_another_round_another() {
        let id = SessionId::parse("sanity-0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11").unwrap();
        assert_eq!(plan_id(&id, 1), plan_id(&id, 1));
        assert_ne!(plan_id(&id, 1), plan_id(&id, 2));
        assert!(drydock_contract::input::plan_id(&plan_id(&id, 1)).is_ok());
        assert_eq!(report_keys(&id, 2).html, format!("reports/{id}/2/report.html"));
    }
}
