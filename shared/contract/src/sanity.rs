//! What the sanity tester found: `sanity` of a session, short enough to stand in its head.

use serde::{Deserialize, Serialize};

/// Code of the failure of a test that could test nothing.
pub const NOTHING_TO_TEST: &str = "nothing-to-test";

/// The answer to "does it work?".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Every test passed; flaky ones are named.
    Passed,
    /// At least one test failed.
    Failed,
    /// There was nothing that could be tested: neither good nor bad.
    NothingToTest,
}

impl Verdict {
    /// The word for people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::NothingToTest => "nothing to test",
        }
    }
}

/// A test run, as far as it has come. The whole of it is in the reports.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SanitySummary {
    /// What came of it, once it has ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// The plan that is run; `planId` of a later request runs it again as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan_id: Option<String>,
    /// Endpoints that were found.
    pub endpoints: u32,
    /// True if all that is deployed was looked at, and nothing of it takes requests that the tester could send.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub no_endpoint: bool,
    /// How many steps became what.
    pub counts: Counts,
    /// Milliseconds that the run took.
    pub duration_ms: u64,
    /// The first steps that failed.
    pub failed_steps: Vec<FailedStep>,
    /// Names of the first steps that failed and then passed unchanged.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub flaky_steps: Vec<String>,
    /// What a reader must know about how the plan came about and what it could not cover.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Keys of the reports in the artifacts bucket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub report_keys: Option<Reports>,
    /// Addresses at which the reports can be read for an hour. Made for each answer of `/status`, never stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reports: Option<Reports>,
    /// Who was asked for the plan, if anybody was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Tokens that went to the model, from its cache or not.
    pub input_tokens: u64,
    /// Tokens that came back.
    pub output_tokens: u64,
    /// USD by the configured prices.
    pub cost_usd: f64,
}

/// How many of the steps that are judged became what; clean-up is not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counts {
    /// All of them.
    pub total: usize,
    /// Passed at once or after a planned retry.
    pub passed: usize,
    /// Failed.
    pub failed: usize,
    /// Failed and then passed unchanged.
    pub flaky: usize,
    /// Not sent.
    pub skipped: usize,
}

/// One report in its three forms.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Reports {
    /// A page for people.
    pub html: String,
    /// Everything, for programs.
    pub json: String,
    /// For CI systems.
    pub junit: String,
}

/// A step that failed, with what its reader needs to see it again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct FailedStep {
    /// What it shows.
    pub name: String,
    /// The first check that failed, such as `status_code_conformance`.
    pub check: String,
    /// What was expected, in words.
    pub expected: String,
    /// What there was, in words.
    pub actual: String,
    /// The request as a line for a shell, without credentials.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub curl: Option<String>,
    /// The file that most likely answers it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub likely_file: Option<String>,
    /// The function's last log lines around it, those that look like errors first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub log_lines: Vec<String>,
}

/// Most failed steps, flaky names and notes that a head holds.
const MOST: usize = 10;

/// Most log lines of a failed step that a head holds.
const MOST_LINES: usize = 5;

/// Longest text that a head holds, in characters.
const TEXT_CHARS: usize = 600;

impl SanitySummary {
    /// Leaves out and clips what a session's head has no room for: at most about 60 KB are left.
    pub fn fit(&mut self) {
        self.failed_steps.truncate(MOST);
        self.flaky_steps.truncate(MOST);
        self.notes.truncate(MOST);
        for step in &mut self.failed_steps {
            step.log_lines.truncate(MOST_LINES);
            let texts = [&mut step.name, &mut step.check, &mut step.expected, &mut step.actual];
            texts.into_iter().chain(&mut step.curl).chain(&mut step.likely_file).for_each(clip);
            step.log_lines.iter_mut().for_each(clip);
        }
        self.flaky_steps.iter_mut().chain(&mut self.notes).for_each(clip);
    }
}

fn clip(text: &mut String) {
    if let Some((at, _)) = text.char_indices().nth(TEXT_CHARS) {
        text.truncate(at);
        text.push('…');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_much_for_a_head_is_left_out() {
        let long = || "é".repeat(10_000);
        let step = FailedStep {
            name: long(),
            curl: Some(long()),
            log_lines: vec![long(); 100],
            actual: "500".to_owned(),
            ..FailedStep::default()
        };
        let mut summary = SanitySummary {
            failed_steps: vec![step; 200],
            flaky_steps: vec![long(); 200],
            notes: vec![long(); 200],
            ..SanitySummary::default()
        };
        summary.fit();
        assert_eq!((summary.failed_steps.len(), summary.notes.len()), (MOST, MOST));
        assert_eq!(summary.failed_steps[0].actual, "500");
        assert!(summary.failed_steps[0].name.ends_with("é…"));
        assert!(serde_json::to_string(&summary).unwrap().len() < 130_000);
        let again = summary.clone();
        summary.fit();
        assert_eq!(summary.notes, again.notes);
    }

    #[test]
    fn a_summary_is_read_back_as_it_was_written() {
        let summary = SanitySummary {
            verdict: Some(Verdict::NothingToTest),
            counts: Counts { total: 3, passed: 1, failed: 1, flaky: 1, skipped: 0 },
            cost_usd: 0.25,
            ..SanitySummary::default()
        };
        let json = serde_json::to_value(&summary).unwrap();
        assert_eq!(json["verdict"], "nothing-to-test");
        assert_eq!(serde_json::from_value::<SanitySummary>(json).unwrap(), summary);
    }
}
