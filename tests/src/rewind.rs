//! Sessions as a crash leaves them between the end of a stage's work and the write that says so.

use crate::World;
use aws_sdk_dynamodb::types::AttributeValue;
use drydock_contract::{SessionId, Stage, Status};

impl World {
    /// Takes a session that has ended back to the moment before that was written. What its work left elsewhere stays.
    pub async fn rewind(&self, id: &SessionId, stage: Stage, status: Status) {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        self.dynamodb()
            .update_item()
            .table_name(self.output("DeploymentsTable"))
            .key("sessionId", text(id.as_str()))
            .key("entry", text("session"))
            .update_expression("SET #status = :status, #stage = :stage REMOVE #claim, #outbox, #error")
            .expression_attribute_names("#status", "status")
            .expression_attribute_names("#stage", "stage")
            .expression_attribute_names("#claim", "claim")
            .expression_attribute_names("#outbox", "outbox")
            .expression_attribute_names("#error", "error")
            .expression_attribute_values(":status", text(status.as_str()))
            .expression_attribute_values(":stage", text(stage.as_str()))
            .send()
            .await
            .expect("written");
    }
}
