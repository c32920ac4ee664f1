//! Changes and events as people read them.

use crate::printer::{Printer, Tone};
use drydock_stack::{Change, ChangeAction, Replacement, ResourceStatus, StackEvent};

/// The changes of a change set, one line each, the dangerous ones last so that they stay in sight.
pub fn changes(printer: &Printer, changes: &[Change]) -> String {
    let mut sorted: Vec<&Change> = changes.iter().collect();
    sorted.sort_by_key(|change| (change.destroys(), change.action, change.logical_id.clone()));
    let width = sorted.iter().map(|change| change.logical_id.chars().count()).max().unwrap_or(0);
    let mut lines: Vec<String> = sorted
        .iter()
        .map(|change| {
            let (word, tone) = word(change);
            let mark = printer.err(tone, format_args!("{word:>11}"));
            let kind = printer.err(Tone::Faint, &change.resource_type);
            let mut line = format!("{mark} {:width$}  {kind}", change.logical_id);
            if change.action == ChangeAction::Modify {
                line.push_str(&format!("  {}", properties(change)));
            }
            line.trim_end().to_owned()
        })
        .collect();
    lines.push(String::new());
    lines.push(summary(changes));
    lines.join("\n")
}

fn word(change: &Change) -> (&'static str, Tone) {
    match (change.action, change.replacement) {
        (ChangeAction::Add, _) => ("add", Tone::Good),
        (ChangeAction::Import, _) => ("import", Tone::Good),
        (ChangeAction::Modify, Replacement::Yes) => ("REPLACE", Tone::Bad),
        (ChangeAction::Modify, Replacement::Maybe) => ("may replace", Tone::Warning),
        (ChangeAction::Modify, Replacement::No) => ("change", Tone::Busy),
        (ChangeAction::Remove, _) if change.destroys() => ("REMOVE", Tone::Bad),
        (ChangeAction::Remove, _) => ("let go", Tone::Warning),
        (ChangeAction::Dynamic, _) => ("depends", Tone::Warning),
    }
}

/// The names of the changed properties, each once.
fn properties(change: &Change) -> String {
    let mut names: Vec<&str> = change
        .properties
        .iter()
        .map(|property| property.path.trim_start_matches("/Properties/").trim_start_matches("Properties."))
        .collect();
    names.sort_unstable();
    names.dedup();
    names.join(", ")
}

/// One line that says how many of what.
pub fn summary(changes: &[Change]) -> String {
    let count = |test: &dyn Fn(&Change) -> bool| changes.iter().filter(|change| test(change)).count();
    let replaced = count(&|change| change.action == ChangeAction::Modify && change.replacement == Replacement::Yes);
    let parts = [
        (count(&|change| change.action == ChangeAction::Add), "to add"),
        (count(&|change| change.action == ChangeAction::Modify) - replaced, "to change"),
        (replaced, "to REPLACE"),
        (count(&|change| change.action == ChangeAction::Remove), "to REMOVE"),
    ];
    let said: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    if said.is_empty() { "no resource changes".to_owned() } else { said.join(", ") }
}

/// One event in one line: time, status, resource, and the reason where there is one.
pub fn event(printer: &Printer, event: &StackEvent) -> String {
    let time = event.at.get(11..19).unwrap_or(&event.at);
    let status = printer.err(tone(&event.status), format_args!("{:<28}", event.status.as_str()));
    let kind = printer.err(Tone::Faint, &event.resource_type);
    let mut line = format!("{} {status} {:<34} {kind}", printer.err(Tone::Faint, time), event.logical_id);
    if let Some(reason) = event.reason.as_deref().filter(|_| event.status.is_failure()) {
        line.push_str(&format!("\n         {reason}"));
    }
    line
}

fn tone(status: &ResourceStatus) -> Tone {
    if status.is_failure() || status.as_str().contains("ROLLBACK") {
        Tone::Bad
    } else if status.is_in_progress() {
        Tone::Busy
    } else {
        Tone::Good
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(action: ChangeAction, logical_id: &str, replacement: Replacement) -> Change {
        Change {
            action,
            logical_id: logical_id.into(),
            physical_id: None,
            resource_type: "AWS::SQS::Queue".into(),
            replacement,
            policy: None,
            properties: ["/Properties/B", "Properties.A", "/Properties/B"]
                .map(|path| drydock_stack::PropertyChange {
                    path: path.into(),
                    before: None,
                    after: None,
                    replacement,
                    caused_by: None,
                    certain: true,
                })
                .to_vec(),
            nested_change_set: None,
        }
    }

    #[test]
    fn what_is_lost_stands_last_and_loud() {
        let printer = Printer::new(false, false, true);
        let text = changes(
            &printer,
            &[
                change(ChangeAction::Remove, "Gone", Replacement::No),
                change(ChangeAction::Modify, "Other", Replacement::Yes),
                change(ChangeAction::Modify, "Same", Replacement::No),
                change(ChangeAction::Add, "New", Replacement::No),
            ],
        );
        insta::assert_snapshot!(text, @r"
                add New    AWS::SQS::Queue
             change Same   AWS::SQS::Queue  A, B
            REPLACE Other  AWS::SQS::Queue  A, B
             REMOVE Gone   AWS::SQS::Queue

        1 to add, 1 to change, 1 to REPLACE, 1 to REMOVE
        ");
    }

    #[test]
    fn nothing_to_do_is_said() {
        assert_eq!(summary(&[]), "no resource changes");
    }
}
