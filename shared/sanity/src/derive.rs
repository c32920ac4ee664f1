//! The plan that follows from evidence alone, without a model. The same evidence gives the same plan, and an
//! expectation is only written down where evidence supports it.

use crate::endpoint::Endpoint;
use crate::evidence::Evidence;
use crate::plan::{Auth, Expect, Method, Phase, Request, Retry, RetryReason, Step, TestPlan, VERSION};
use std::collections::BTreeMap;

/// How much is planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Most steps.
    pub steps: usize,
    /// Milliseconds that an answer may take; `None` for no such check.
    pub max_response_time_ms: Option<u64>,
    /// What can be shown to APIs that ask for it; [`Auth::None`] needs not be in it.
    pub credentials: Vec<Auth>,
}

impl Default for Options {
    fn default() -> Self {
        Self { steps: 120, max_response_time_ms: Some(5000), credentials: vec![Auth::Iam] }
    }
}

/// A plan and what it leaves out.
#[derive(Clone, Debug, PartialEq)]
pub struct Derived {
    /// The plan.
    pub plan: TestPlan,
    /// What it leaves out and why, for the report.
    pub notes: Vec<String>,
}

/// Makes the plan.
pub fn derive(evidence: &Evidence, options: &Options) -> Derived {
    let reachable = evidence
        .endpoints
        .iter()
        .filter(|endpoint| endpoint.method == Method::Get && endpoint.path_parameters().is_empty());
    let steps = reachable.take(options.steps).enumerate().map(|(at, endpoint)| reach(at, endpoint, options)).collect();
    let plan = TestPlan { version: VERSION, targets: evidence.targets.clone(), promises: BTreeMap::new(), steps };
    Derived { plan, notes: Vec::new() }
}

fn reach(at: usize, endpoint: &Endpoint, options: &Options) -> Step {
    Step {
        id: format!("reach-{}", at + 1),
        name: format!("{} {}", endpoint.method.as_str(), endpoint.path),
        phase: Phase::Test,
        request: Request {
            target: endpoint.target.clone(),
            method: endpoint.method,
            path: endpoint.path.clone(),
            query: BTreeMap::new(),
            headers: BTreeMap::new(),
            body: None,
            auth: Some(endpoint.auth),
            anonymous: false,
        },
        expect: Expect { max_response_time_ms: options.max_response_time_ms, ..Expect::default() },
        capture: BTreeMap::new(),
        retry: Some(Retry { attempts: 3, delay_ms: 1000, reason: RetryReason::ColdStart }),
        timeout_ms: None,
    }
}
