//! The table that sorts messages: of CloudFormation, of the services behind it, of tools and of running code.
//!
//! The first rule that fits decides, so the order of sections and of the rules in them is part of the table: what
//! follows from other failures comes first, then words that only one tool or service uses, then general ones.

mod access;
mod build;
mod general;
mod hosts;
mod lambda;
mod runtime;
mod services;
mod stack;
mod terraform;

use crate::Class;

/// Sorts a message that contains every part, whatever the case and wherever it stands.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// What such a message tells.
    pub class: Class,
    /// All in lower case.
    pub parts: &'static [&'static str],
    /// What to change because of this very message. `{location}`, `{subject}`, `{property}` and `{permission}` stand
    /// for what the message names.
    pub change: Option<&'static str>,
    /// What that may look like.
    pub example: Option<&'static str>,
    /// Where to read on.
    pub documentation: Option<&'static str>,
}

const fn rule(class: Class, parts: &'static [&'static str]) -> Rule {
    Rule { class, parts, change: None, example: None, documentation: None }
}

impl Rule {
    const fn change(self, change: &'static str) -> Self {
        Self { change: Some(change), ..self }
    }

    const fn example(self, example: &'static str) -> Self {
        Self { example: Some(example), ..self }
    }

    const fn read(self, documentation: &'static str) -> Self {
        Self { documentation: Some(documentation), ..self }
    }

    /// `message` is in lower case.
    fn fits(&self, message: &str) -> bool {
        self.parts.iter().all(|part| message.contains(part))
    }
}

/// Every rule, in the order in which they are tried.
const SECTIONS: &[&[Rule]] = &[
    stack::CONSEQUENCES,
    hosts::RULES,
    stack::CUSTOM_RESOURCES,
    runtime::PERMISSIONS,
    access::REFUSALS,
    build::TOOLS,
    runtime::RULES,
    terraform::RULES,
    build::COMPILERS,
    lambda::RULES,
    services::RULES,
    access::RULES,
    stack::RULES,
    general::RULES,
];

/// Every rule, in the order in which they are tried.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    SECTIONS.iter().copied().flatten()
}

/// The rule that decides on a message, if any fits.
pub fn find(message: &str) -> Option<&'static Rule> {
    let lower = message.to_lowercase();
    rules().find(|rule| rule.fits(&lower))
}

/// What a message tells.
pub fn classify(message: &str) -> Class {
    find(message).map_or(Class::Unknown, |rule| rule.class)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_in_lower_case_and_no_rule_is_shadowed() {
        let all: Vec<&Rule> = rules().collect();
        let mut shadowed = Vec::new();
        for (at, later) in all.iter().enumerate() {
            assert!(!later.parts.is_empty());
            assert!(later.parts.iter().all(|part| *part == part.to_lowercase()), "{:?}", later.parts);
            let first =
                all[..at].iter().find(|rule| rule.parts.iter().all(|a| later.parts.iter().any(|b| b.contains(a))));
            shadowed
                .extend(first.map(|first| format!("{:?} never decides: {:?} comes first", later.parts, first.parts)));
        }
        assert!(shadowed.is_empty(), "{}", shadowed.join("\n"));
    }

    #[test]
    fn what_is_to_be_changed_is_said_of_what_can_be_changed() {
        for rule in rules() {
            let told = rule.change.is_some();
            assert!(told || rule.example.is_none(), "{:?}: an example of what?", rule.parts);
            assert!(!told || rule.class.is_fixable_in_code(), "{:?}: nobody edits because of it", rule.parts);
            assert!(rule.documentation.is_none_or(|url| url.starts_with("https://")), "{:?}", rule.parts);
            assert!(rule.change.is_none_or(|change| change.ends_with('.')), "{:?}", rule.parts);
        }
    }
}
