//! One test a state, named for it.

mod bucket;
mod creation;
mod data;
mod deletion;
mod doctor;
mod drift;
mod earlier;
mod emptied;
mod following;
mod interrupted;
mod kept;
mod passing;
mod rollbacks;
mod streamed;
mod whose;

use crate::answers::{Answer, event, events, resource, resources};
use crate::script::TOKEN;

const STACK: &str = "AWS::CloudFormation::Stack";
const QUEUE: &str = "AWS::SQS::Queue";
const DEPLOY: &str = "deploy --skip-build --stack-name drydock";

/// An update of one queue that goes well.
const UPDATED: [(&str, &str, &str, &str); 4] = [
    ("drydock", STACK, "UPDATE_IN_PROGRESS", "User Initiated"),
    ("Queue", QUEUE, "UPDATE_IN_PROGRESS", ""),
    ("Queue", QUEUE, "UPDATE_COMPLETE", ""),
    ("drydock", STACK, "UPDATE_COMPLETE", ""),
];

/// The queue that holds a stack, with why.
fn held(status: &str) -> Answer {
    resources(&[
        resource("Queue", QUEUE, status, "the queue is in use"),
        resource("Topic", "AWS::SNS::Topic", "UPDATE_COMPLETE", ""),
    ])
}

/// The events of our own update.
fn finished() -> Answer {
    let told = (1..)
        .zip(UPDATED)
        .map(|(at, (id, kind, status, reason))| event("drydock", at, id, kind, status, TOKEN, reason));
    let mut told: Vec<String> = told.collect();
    told.reverse();
    events(&told, "")
}

/// A stack that stands, with more elements than the usual ones.
fn stack_with(elements: &str) -> Answer {
    crate::answers::stack_with("drydock", "UPDATE_COMPLETE", elements)
}

/// What stands in an element of an answer.
fn result<'a>(body: &'a str, element: &str) -> &'a str {
    let (start, end) = (format!("<{element}>"), format!("</{element}>"));
    body.split(&start).nth(1).unwrap().split(&end).next().unwrap()
}
