//! YAML as CloudFormation reads it: continuation lines of `{…}`, `[…]` and quoted text may stand further left than
//! YAML 1.2 allows, so templates have them (JSON policies that were pasted in, for instance).
//!
//! Where the strict parser stumbles over such a line, the line is read as if it were indented. White space there means
//! nothing, so the values are the same, and positions are counted back to the text as it is.

use super::{SyntaxError, byte_offsets};
use std::collections::BTreeSet;

/// Columns that a line is moved by: further right than anything reasonable.
const MOVED: usize = 160;

/// Most lines that are moved.
const MAX_MOVED: usize = 200;

/// A text with some lines moved to the right.
pub(super) struct Lenient<'text> {
    text: &'text str,
    /// Where the moved lines begin, in bytes of the text as it is.
    moved: BTreeSet<usize>,
}

impl<'text> Lenient<'text> {
    pub fn new(text: &'text str) -> Self {
        Self { text, moved: BTreeSet::new() }
    }

    /// The text for the parser.
    pub fn shown(&self) -> String {
        let mut shown = String::with_capacity(self.text.len() + self.moved.len() * MOVED);
        let mut done = 0;
        for line in &self.moved {
            shown.push_str(&self.text[done..*line]);
            shown.push_str(&" ".repeat(MOVED));
            done = *line;
        }
        shown.push_str(&self.text[done..]);
        shown
    }

    /// Moves the line that the parser stumbled over. False if that is not what is wrong.
    pub fn move_line(&mut self, error: &SyntaxError) -> bool {
        let next = match error.problem.as_str() {
            "invalid indentation" | "invalid indentation in flow construct" => error.line,
            // Told of the line in which the quotes open; one of the lines that follow is too far left.
            "invalid indentation in quoted scalar" => error.line + 1,
            _ => return false,
        };
        let starts = std::iter::once(0).chain(self.text.match_indices('\n').map(|(at, _)| at + 1));
        let unmoved = starts.skip(next - 1).find(|start| !self.moved.contains(start));
        match unmoved {
            Some(start) if self.moved.len() < MAX_MOVED && start < self.text.len() => self.moved.insert(start),
            _ => false,
        }
    }

    /// Turns positions in characters of `shown` into positions in bytes of the text as it is.
    pub fn offsets(&self, shown: &str) -> impl Fn(usize) -> usize {
        let in_shown = byte_offsets(shown);
        let moved: Vec<usize> = self.moved.iter().copied().collect();
        move |index| {
            let at = in_shown(index);
            // The line at `start` is shown `before` lines' moves further right; inside of its own move is its start.
            let before = moved.iter().enumerate().take_while(|(before, start)| at >= *start + before * MOVED).count();
            match before {
                0 => at,
                _ => (at.saturating_sub(before * MOVED)).max(moved[before - 1]),
            }
        }
    }
}
