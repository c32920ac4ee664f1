//! A dangling reference: the queue is in another stack.

use infra::Stack;
use infra::resource::{Queue, Redrive};

fn main() {
    Stack::build("one", |one| {
        let dead_letters = one.add("DeadLetters", Queue::<30>::default());
        Stack::build("two", |two| {
            two.add(
                "Queue",
                Queue::<30> { redrive_policy: Some(Redrive::to(&dead_letters, 3)), ..Default::default() },
            );
        });
    });
}
