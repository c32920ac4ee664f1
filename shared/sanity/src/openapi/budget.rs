//! How much may be taken out of documents. A part of one may be referred to from everywhere, and each schema and example
//! is a copy: a document of a megabyte could fill all memory.

use crate::schema::Schema;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;

/// Most memory for all schemas and examples that are taken, in bytes.
const MOST_KEPT: usize = 64 * 1024 * 1024;

/// Most that is looked at for it, in bytes of memory: what is passed over takes time as well.
const MOST_SEEN: usize = 256 * 1024 * 1024;

/// Most memory for one of them.
const MOST_FOR_ONE: usize = 4 * 1024 * 1024;

/// What finding out that a schema cannot be used counts as.
const UNUSABLE: usize = 256 * 1024;

/// What a value of no length takes, and an object that is not empty, and each of its members, in bytes.
const VALUE: usize = 72;
const OBJECT: usize = 300;
const MEMBER: usize = 40;

/// What may still be taken out of documents, all of them together.
#[derive(Debug)]
pub(crate) struct Budget {
    kept: Cell<usize>,
    seen: Cell<usize>,
    passed_over: Cell<usize>,
    /// Whether schemas can be used, by a hash of their text: the same one is there for many answers.
    usable: RefCell<HashMap<[u8; 32], bool>>,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            kept: Cell::new(MOST_KEPT),
            seen: Cell::new(MOST_SEEN),
            passed_over: Cell::default(),
            usable: RefCell::default(),
        }
    }
}

impl Budget {
    /// Counts a value that is to be copied; true if there is room for it.
    pub fn take(&self, value: &Value) -> bool {
        let room = MOST_FOR_ONE.min(self.kept.get()).min(self.seen.get());
        let mut left = room;
        let fits = weigh(value, &mut left);
        let weight = room - left;
        self.seen.set(self.seen.get() - weight);
        self.kept.set(self.kept.get() - if fits { weight } else { 0 });
        fits
    }

    /// Counts a value that is made, with a text of so many bytes; true if there is room for it.
    pub fn take_made(&self, bytes: usize) -> bool {
        let room = self.kept.get().checked_sub(OBJECT + bytes);
        self.kept.set(room.unwrap_or_default());
        room.is_some()
    }

    /// True if a schema can be used. It takes a moment to find out, more so if it cannot.
    pub fn is_usable(&self, schema: &Value) -> bool {
        let name = Sha256::digest(schema.to_string()).into();
        if let Some(known) = self.usable.borrow().get(&name) {
            return *known;
        }
        let is_usable = self.seen.get() > 0 && Schema::for_answers(schema).is_ok();
        if !is_usable {
            self.seen.set(self.seen.get().saturating_sub(UNUSABLE));
        }
        self.usable.borrow_mut().insert(name, is_usable);
        is_usable
    }

    /// How much there is room for.
    pub fn room(&self) -> usize {
        self.kept.get()
    }

    /// Says that what was taken since there was so much room is not kept after all.
    pub fn give_back(&self, room: usize) {
        self.kept.set(room);
    }

    /// Counts something that was not taken.
    pub fn pass_over(&self) {
        self.passed_over.set(self.passed_over.get() + 1);
    }

    /// What is to be said of what was not taken.
    pub fn note(&self) -> Option<String> {
        let count = self.passed_over.get();
        (count > 0).then(|| {
            format!(
                "{count} schemas and examples of documents were passed over: they are too large, refer to what is elsewhere, or cannot be used."
            )
        })
    }
}

/// Takes what a value weighs from what is left; false, and nothing left, if it weighs more.
fn weigh(value: &Value, left: &mut usize) -> bool {
    let mut take = |bytes: usize| {
        let room = left.checked_sub(bytes);
        *left = room.unwrap_or_default();
        room.is_some()
    };
    match value {
        Value::String(text) => take(VALUE + text.len()),
        Value::Number(number) => take(VALUE + number.as_str().len()),
        Value::Array(items) => take(VALUE) && items.iter().all(|item| weigh(item, left)),
        Value::Object(members) => {
            take(VALUE + if members.is_empty() { 0 } else { OBJECT })
                && members.iter().all(|(name, member)| {
                    let room = left.checked_sub(MEMBER + name.len());
                    *left = room.unwrap_or_default();
                    room.is_some() && weigh(member, left)
                })
        }
        _ => take(VALUE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_too_much_is_not_taken_and_not_even_weighed_for_long() {
        let budget = Budget::default();
        let small = json!({"a": "x".repeat(100_000)});
        let large: Value = vec![small.clone(); 100].into();
        assert!(budget.take(&small) && !budget.take(&large));
        let taken = (0..10_000).filter(|_| budget.take(&small)).count();
        assert!((500..700).contains(&taken), "{taken}");
        let budget = Budget::default();
        assert!((0..10_000).all(|_| !budget.take(&large)));
        assert!(!budget.take(&small), "all that may be looked at was looked at");
    }
}
