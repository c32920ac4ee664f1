//! Showing what would be done, and asking.

use super::Apply;
use crate::cloud::preview::{self, Preview, Resource};
use crate::cloud::view::{line, warning};
use crate::printer::{Printer, Tone};
use anyhow::Result;
use drydock_stack::ChangeSet;

impl Apply<'_> {
    /// Shows what would be done and asks. Data is not lost without a word of its own.
    pub(super) async fn agreed(&self, preview: &Preview, change_set: &ChangeSet) -> Result<bool> {
        let printer = self.printer;
        let paint = |tone: Tone, text: &str| printer.err(tone, text);
        if printer.is_json() {
            line(printer, "changeset", preview.json());
        } else if self.yes && printer.is_quiet() {
            // Who may do what is never changed without a word.
            if let Some(text) = preview::who_may_do_what(preview, &paint) {
                printer.diagnostic(format_args!("{text}\n"));
            }
        } else {
            // Nobody is asked to agree to what --quiet hides.
            printer.diagnostic(format_args!("\n{}\n", preview::render(preview, &paint)));
        }
        if self.refused(preview) {
            printer.error(format_args!("{}; to have it so, pass --allow-data-loss", would_lose(preview)));
            return Ok(false);
        }
        let at_risk = names(&preview.at_risk());
        if !at_risk.is_empty() && !self.allow_data_loss {
            let told = format!(
                "whether {at_risk} is replaced is known only when the changes are made; if it comes to that, the stack \
                 policy refuses it and the update is undone, unless you pass --allow-data-loss"
            );
            warning(printer, &told);
        }
        Ok(confirmed(printer, self.yes, &self.question(preview, change_set.creates)).await)
    }

    fn question(&self, preview: &Preview, creates: bool) -> String {
        let (lost, at_risk) = (preview.losses(), preview.at_risk());
        let stays = lost.iter().all(|resource| resource.data_stays);
        match (creates, names(&lost), names(&at_risk)) {
            (true, ..) => "Create this stack?".to_owned(),
            (_, lost, _) if !lost.is_empty() => {
                let word = if stays { "go on without" } else { "lose" };
                format!("Apply these changes, and {word} the data in {lost}?")
            }
            (.., at_risk) if !at_risk.is_empty() && self.allow_data_loss => {
                format!("Apply these changes, and go on without the data in {at_risk} if it is replaced?")
            }
            _ => "Apply these changes?".to_owned(),
        }
    }

    pub(super) fn refused(&self, preview: &Preview) -> bool {
        !self.allow_data_loss && !preview.losses().is_empty()
    }
}

fn names(resources: &[&Resource]) -> String {
    resources.iter().map(|resource| resource.logical_id.as_str()).collect::<Vec<_>>().join(", ")
}

/// What is refused, in words.
fn would_lose(preview: &Preview) -> String {
    let (left, gone): (Vec<&Resource>, Vec<&Resource>) = preview.losses().into_iter().partition(|it| it.data_stays);
    let gone = (!gone.is_empty()).then(|| format!("the data in {} would be lost", names(&gone)));
    let left = (!left.is_empty()).then(|| {
        format!("the stack would go on without the data in {}, which would stay in the account", names(&left))
    });
    gone.into_iter().chain(left).collect::<Vec<_>>().join("; ")
}

/// Asks a question that `--yes` answers. Without a terminal the answer is no, and how to say yes.
pub async fn confirmed(printer: &Printer, yes: bool, question: &str) -> bool {
    if yes {
        return true;
    }
    match printer.ask(format!("{question} {}", printer.err(Tone::Faint, "[y/N]"))).await {
        Some(answer) => matches!(answer.to_ascii_lowercase().as_str(), "y" | "yes"),
        None => {
            printer.error("nobody can be asked here: there is no terminal; pass --yes to go on without being asked");
            false
        }
    }
}
