//! Every message of the corpus is taken for what it is.

use drydock_diagnosis::{Class, Cure, find};
use std::collections::BTreeMap;

const CORPUS: &str = include_str!("messages.txt");

struct Case {
    line: usize,
    class: Class,
    cure: &'static str,
    message: String,
}

fn cures() -> [(Cure, &'static str); 4] {
    [(Cure::Code, "code"), (Cure::Request, "request"), (Cure::Person, "person"), (Cure::Time, "time")]
}

fn cases() -> Vec<Case> {
    let lines = CORPUS.lines().enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|(at, line)| {
            let mut fields = line.splitn(3, " | ");
            let mut field = || fields.next().unwrap_or_else(|| panic!("line {}: three fields", at + 1));
            let class = Class::parse(field()).unwrap_or_else(|| panic!("line {}: no class", at + 1));
            let word = field();
            let cure = cures().into_iter().map(|(_, known)| known).find(|known| *known == word);
            let cure = cure.unwrap_or_else(|| panic!("line {}: no cure", at + 1));
            Case { line: at + 1, class, cure, message: field().replace("\\n", "\n").replace("\\t", "\t") }
        })
        .collect()
}

#[test]
fn every_message_has_its_class_and_its_cure() {
    let mut wrong = Vec::new();
    for Case { line, class, cure, message } in cases() {
        let rule = find(&message);
        let found = rule.map_or(Class::Unknown, |rule| rule.class);
        let (_, word) = cures().into_iter().find(|(known, _)| *known == found.cure()).expect("every cure has a word");
        if (found, word) != (class, cure) {
            let parts = rule.map(|rule| rule.parts);
            wrong.push(format!("line {line}: {found} ({word}), not {class} ({cure}), by {parts:?}: {message}"));
        }
    }
    assert!(wrong.is_empty(), "{} messages are taken for something else:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_corpus_is_large_and_speaks_of_every_class_that_messages_tell() {
    let mut seen: BTreeMap<Class, usize> = BTreeMap::new();
    let cases = cases();
    for case in &cases {
        *seen.entry(case.class).or_default() += 1;
    }
    assert!(cases.len() >= 350, "{}", cases.len());
    // The others are told by a failure's code or by where it happened.
    let by_code = [
        Class::Repository,
        Class::ModelAccess,
        Class::RepairFailed,
        Class::ProjectDetection,
        Class::InvalidRequest,
        Class::NotAvailable,
        Class::TestFailure,
    ];
    let missing: Vec<_> =
        Class::ALL.iter().filter(|class| !seen.contains_key(class) && !by_code.contains(class)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    let mut messages: Vec<&str> = cases.iter().map(|case| case.message.as_str()).collect();
    messages.sort_unstable();
    messages.dedup();
    assert_eq!(messages.len(), cases.len(), "a message stands there twice");
}

/// Case does not matter: tools change it.
#[test]
fn case_does_not_matter() {
    for case in cases() {
        let upper = case.message.to_uppercase();
        assert_eq!(find(&upper).map(|rule| rule.class), find(&case.message).map(|rule| rule.class), "{upper}");
    }
}

#[test]
fn most_messages_that_an_edit_repairs_say_what_to_change() {
    let fixable: Vec<Case> = cases().into_iter().filter(|case| case.cure == "code").collect();
    let told = fixable.iter().filter(|case| find(&case.message).is_some_and(|rule| rule.change.is_some())).count();
    assert!(told * 100 >= fixable.len() * 75, "{told} of {}", fixable.len());
}
