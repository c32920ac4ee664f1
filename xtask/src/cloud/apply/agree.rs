//! Showing what would be done, and asking.

use super::Apply;
use crate::cloud::preview::{self, Preview};
use crate::cloud::view::line;
use crate::printer::{Printer, Tone};
use anyhow::Result;
use drydock_stack::ChangeSet;

impl Apply<'_> {
    /// Shows what would be done and asks. Data is not lost without a word of its own.
    pub(super) async fn agreed(&self, preview: &Preview, change_set: &ChangeSet) -> Result<bool> {
        let printer = self.printer;
        let text = preview::render(preview, &|tone, text| printer.err(tone, text));
        if printer.is_json() {
            line(printer, "changeset", preview.json());
        } else if self.yes {
            printer.progress(format_args!("\n{text}\n"));
        } else {
            printer.diagnostic(format_args!("\n{text}\n")); // Nobody is asked to agree to what --quiet hides.
        }
        let lost: Vec<&str> = preview.losses().into_iter().map(|resource| resource.logical_id.as_str()).collect();
        if self.refused(preview) {
            printer.error(format_args!(
                "the data in {} would be lost; to have it so, pass --allow-data-loss",
                lost.join(", ")
            ));
            return Ok(false);
        }
        let question = match (change_set.creates, lost.is_empty()) {
            (true, _) => "Create this stack?".to_owned(),
            (false, true) => "Apply these changes?".to_owned(),
            (false, false) => format!("Apply these changes, and lose the data in {}?", lost.join(", ")),
        };
        Ok(confirmed(printer, self.yes, &question).await)
    }

    pub(super) fn refused(&self, preview: &Preview) -> bool {
        !self.allow_data_loss && !preview.losses().is_empty()
    }
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
