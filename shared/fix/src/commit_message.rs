//! What the commit says.

use crate::diff::DiffSummary;
use crate::plan::{Plan, clean};
use crate::repair::Outcome;

/// Longest first line, in characters.
const MAX_TITLE: usize = 72;
const MAX_BODY: usize = 2000;
/// Where lines are broken, in characters.
const WIDTH: usize = 76;

/// Says what was changed and why, for which session, and what a reviewer should look at.
pub fn commit_message(outcome: &Outcome, plan: &Plan, diff: &DiffSummary, session: &str) -> String {
    let title = clean(&outcome.title, 200).replace(['\n', '\r', '\t'], " ");
    let title = title.trim_start_matches(['#', '-', ' ']).trim_end_matches('.');
    let title = if title.is_empty() { "Repair the deployment" } else { title };
    let title: String = title.chars().take(MAX_TITLE).collect();
    let files: Vec<String> =
        diff.files.iter().map(|file| format!("- {} (+{} -{})", file.path, file.added, file.removed)).collect();
    let mut paragraphs = vec![wrap(&clean(&outcome.summary, MAX_BODY)), wrap(&format!("Cause: {}", plan.diagnosis))];
    if !outcome.remarks.is_empty() {
        let remarks: Vec<String> = outcome.remarks.iter().map(|remark| format!("- {remark}")).collect();
        paragraphs.push(format!("Please look closely:\n{}", remarks.join("\n")));
    }
    paragraphs.push(files.join("\n"));
    paragraphs.push(format!("Drydock-Session: {session}"));
    format!("{}\n\n{}", title.trim(), paragraphs.join("\n\n"))
}

/// Breaks long lines between words.
fn wrap(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            if !line.is_empty() && line.chars().count() + word.chars().count() + 1 > WIDTH {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::FileChange;
    use crate::plan::Risk;

    #[test]
    fn a_commit_says_what_why_and_for_whom() {
        let outcome = Outcome {
            title: "# Correct the table's name.\nIgnore this".to_owned(),
            summary: "The function asked for AKIAIOSFODNN7ABCDEFG, ".to_owned() + &"word ".repeat(20),
            risk: Risk::Low,
            remarks: vec!["template.yaml grants every action".to_owned()],
        };
        let plan = Plan { diagnosis: "A slip.".into(), summary: String::new(), steps: vec![], risk: Risk::Low };
        let file = FileChange { path: "template.yaml".into(), added: 1, removed: 2, created: false };
        let diff = DiffSummary { files: vec![file], text: String::new() };
        let message = commit_message(&outcome, &plan, &diff, "fixer-1");
        let (title, body) = message.split_once("\n\n").unwrap();
        assert_eq!(title, "Correct the table's name. Ignore this");
        assert!(body.starts_with("The function asked for [masked secret], word"), "{body}");
        assert!(body.lines().all(|line| line.chars().count() <= WIDTH), "{body}");
        assert!(body.ends_with("Cause: A slip.\n\nPlease look closely:\n- template.yaml grants every action\n\n- template.yaml (+1 -2)\n\nDrydock-Session: fixer-1"), "{body}");
    }
}
