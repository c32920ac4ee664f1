//! A dangling reference: a handle of something that was never added.

use infra::Stack;
use infra::resource::{Queue, QueueHandle, Redrive};

fn main() {
    Stack::build("one", |stack| {
        let dead_letters = QueueHandle::<30> { id: "DeadLetters" };
        stack.add("Queue", Queue::<30> { redrive_policy: Some(Redrive::to(&dead_letters, 3)), ..Default::default() });
    });
}
