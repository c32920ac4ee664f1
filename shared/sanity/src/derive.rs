//! The plan that follows from evidence alone, without a model. The same evidence gives the same plan, and an
//! expectation is only written down where evidence supports it: a deployed route is reached, a document's promises
//! are kept, nothing answers with 5xx.
//!
//! Each endpoint gives requests that are right ([`positive`]), resources that are made, read and removed again
//! ([`chain`]), requests that are wrong ([`negative`]) and values at the edges of what a document allows
//! ([`coverage`]). If they are too many, the least telling are left out.

mod chain;
mod coverage;
mod draft;
mod expected;
mod ids;
mod negative;
mod own;
mod positive;
mod shape;
mod wire;

use crate::evidence::Evidence;
use crate::plan::{Auth, TestPlan};
use draft::Draft;

/// How much is planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Most steps.
    pub steps: usize,
    /// Most steps that look at the edges of one endpoint's values.
    pub coverage: usize,
    /// Milliseconds that an answer may take; `None` for no such check.
    pub max_response_time_ms: Option<u64>,
    /// What can be shown to APIs that ask for it; [`Auth::None`] needs not be in it.
    pub credentials: Vec<Auth>,
}

impl Default for Options {
    fn default() -> Self {
        Self { steps: 120, coverage: 16, max_response_time_ms: Some(5000), credentials: vec![Auth::Iam] }
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
    let mut draft = Draft::new(evidence, options);
    let mut chains = chain::chains(evidence);
    chains.retain(|chain| chain.right(&draft).is_some());
    for chain in &chains {
        chain.plan(&mut draft);
    }
    for endpoint in &evidence.endpoints {
        let chain = chains.iter().find(|chain| chain.covers(endpoint));
        positive::plan(&mut draft, endpoint, chain);
        negative::plan(&mut draft, endpoint, chain, evidence);
        coverage::plan(&mut draft, endpoint, chain);
    }
    for chain in &chains {
        chain.end(&mut draft);
    }
    draft.finish()
}

#[cfg(test)]
mod tests;
