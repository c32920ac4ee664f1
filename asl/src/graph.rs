//! A machine as a diagram, in Mermaid.
//! <https://mermaid.js.org/syntax/stateDiagram.html>

use crate::machine::States;
use crate::{Inner, State, StateMachine};
use std::collections::BTreeMap;
use std::fmt::Write;

impl StateMachine {
    /// The machine as a Mermaid state diagram. Ways that are taken on an error are marked as such. The same machine
    /// always gives the same text.
    pub fn to_mermaid(&self) -> String {
        let mut ids = BTreeMap::new();
        self.each_state(&mut |name, _| {
            let next = ids.len();
            ids.entry(name.to_owned()).or_insert_with(|| id(name, next));
        });
        let mut text = String::from("stateDiagram-v2\n");
        scope(&self.start_at, &self.states, &ids, 1, &mut text);
        text
    }
}

/// Letters and digits stay; a name with anything else gets a number, so that no two collide.
fn id(name: &str, number: usize) -> String {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    if plain == name { plain } else { format!("{plain}_{number}") }
}

fn scope(start_at: &str, states: &States, ids: &BTreeMap<String, String>, depth: usize, text: &mut String) {
    let pad = "    ".repeat(depth);
    let id = |name: &str| ids.get(name).cloned().unwrap_or_else(|| "missing".to_owned());
    // Writing to a String cannot fail.
    for (name, state) in states {
        let _ = match state {
            State::Choice(_) => writeln!(text, "{pad}state {} <<choice>>", id(name)),
            _ => writeln!(text, "{pad}{} : {}", id(name), label(name, state)),
        };
        inside(name, &state.inner(), ids, depth, text);
    }
    let _ = writeln!(text, "{pad}[*] --> {}", id(start_at));
    for (name, state) in states {
        for (target, why) in ways(state) {
            let (from, to) = (id(name), id(target));
            let _ = match why {
                Some(why) => writeln!(text, "{pad}{from} --> {to} : {}", plain(why)),
                None => writeln!(text, "{pad}{from} --> {to}"),
            };
        }
        if state.is_end() {
            let _ = writeln!(text, "{pad}{} --> [*]", id(name));
        }
    }
}

fn inside(name: &str, all: &[Inner<'_>], ids: &BTreeMap<String, String>, depth: usize, text: &mut String) {
    if all.is_empty() {
        return;
    }
    let pad = "    ".repeat(depth);
    let _ = writeln!(text, "{pad}state {} {{", ids.get(name).map_or("missing", String::as_str));
    for (number, inner) in all.iter().enumerate() {
        if number > 0 {
            let _ = writeln!(text, "{pad}    --");
        }
        scope(inner.start_at, inner.states, ids, depth + 1, text);
    }
    let _ = writeln!(text, "{pad}}}");
}

/// What is written into the box: the name, and what it calls.
fn label(name: &str, state: &State) -> String {
    match state {
        State::Task(task) => match task.resource.call() {
            Some(call) => plain(&format!("{name} ({})", call.replace(':', " "))),
            None => plain(name),
        },
        _ => plain(name),
    }
}

/// Where it goes, with what is written beside the arrow.
fn ways(state: &State) -> Vec<(&str, Option<&str>)> {
    if let State::Choice(choice) = state {
        let rules = choice.choices.iter().map(|rule| (rule.next.as_str(), rule.comment.as_deref()));
        return rules.chain(choice.default.iter().map(|name| (name.as_str(), Some("otherwise")))).collect();
    }
    let why = |field| (field == "Catch").then_some("on an error");
    state.targets().into_iter().map(|(field, target)| (target, why(field))).collect()
}

/// Colons and line ends mean something to Mermaid.
fn plain(text: &str) -> String {
    text.replace([':', ';', '\n', '#'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_is_drawn_with_its_branches_and_errors() {
        let machine = StateMachine::from_json(
            r#"{
                "QueryLanguage": "JSONata", "StartAt": "Ask it",
                "States": {
                    "Ask it": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Arguments": {"FunctionName": "f"},
                               "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Bad"}], "Next": "Which"},
                    "Which": {"Type": "Choice", "Default": "Bad",
                              "Choices": [{"Comment": "well: fine", "Condition": "{% $ok %}", "Next": "Both"}]},
                    "Both": {"Type": "Parallel", "End": true, "Branches": [
                        {"StartAt": "One", "States": {"One": {"Type": "Pass", "End": true}}},
                        {"StartAt": "Two", "States": {"Two": {"Type": "Pass", "End": true}}}]},
                    "Bad": {"Type": "Fail"}
                }
            }"#,
        )
        .unwrap();
        insta::assert_snapshot!(machine.to_mermaid(), @r"
        stateDiagram-v2
            Askit_0 : Ask it (lambda invoke)
            state Which <<choice>>
            Both : Both
            state Both {
                One : One
                [*] --> One
                One --> [*]
                --
                Two : Two
                [*] --> Two
                Two --> [*]
            }
            Bad : Bad
            [*] --> Askit_0
            Askit_0 --> Which
            Askit_0 --> Bad : on an error
            Which --> Both : well  fine
            Which --> Bad : otherwise
            Both --> [*]
            Bad --> [*]
        ");
    }
}
