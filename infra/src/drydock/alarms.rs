//! Dead letters ring.

use super::parameters::Parameters;
use super::queues::Queues;
use crate::Stack;
use crate::resource::{Alarm, Subscription, Topic, TopicHandle};

pub(super) fn add<'s>(stack: &mut Stack<'s>, parameters: &Parameters<'s>, queues: &Queues<'s>) {
    let topic = stack.add_if(&parameters.has_alarm_email, "AlarmTopic", Topic {});
    stack.add_with(&topic, "AlarmSubscription", |topic| Subscription::email(topic, parameters.alarm_email()));
    for (name, queue) in queues.dead_letters() {
        let actions = vec![topic.value(TopicHandle::arn)];
        let description = "A message failed three times and waits here to be looked at and sent again";
        stack.add(&format!("{name}DlqAlarm"), Alarm::on_messages(queue, description, actions));
    }
    let description = "An event about an execution that ended could not be delivered; the sweep ends its session";
    let actions = vec![topic.value(TopicHandle::arn)];
    stack.add("ExecutionsDlqAlarm", Alarm::on_messages(&queues.executions, description, actions));
}
