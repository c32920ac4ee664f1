//! Dead letters to a bucket.

use infra::Stack;
use infra::resource::{Bucket, Queue, Redrive};

fn main() {
    Stack::build("one", |stack| {
        let bucket = stack.add("Bucket", Bucket::default());
        stack.add("Queue", Queue::<30> { redrive_policy: Some(Redrive::to(&bucket, 3)), ..Default::default() });
    });
}
