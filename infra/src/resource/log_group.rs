//! `AWS::Logs::LogGroup`
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-loggroup.html>

use super::RoleHandle;
use crate::Expression;
use crate::policy::Statement;
use serde::{Serialize, Serializer};

/// A log group.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct LogGroup<'s> {
    /// Its name.
    pub log_group_name: Expression<'s>,
    /// How long lines are kept.
    pub retention_in_days: Retention,
}

/// How long lines are kept. CloudWatch knows only certain numbers of days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retention {
    /// One day.
    OneDay = 1,
    /// 7 days.
    OneWeek = 7,
    /// 30 days.
    OneMonth = 30,
}

impl Serialize for Retention {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(*self as u32)
    }
}

resource! {
    LogGroup = "AWS::Logs::LogGroup",
    /// A log group of the stack.
    LogGroupHandle {
        /// Its name.
        name = Ref,
        /// Its ARN, with `:*` at the end.
        arn = "Arn",
    }
}

impl<'s> LogGroupHandle<'s> {
    /// Lets the role write to it; not create it, so that a late line does not bring back a deleted group.
    pub fn grant_write(&self, role: &RoleHandle<'s>) {
        role.grant(Statement::allow(&["logs:CreateLogStream", "logs:PutLogEvents"], [self.arn()]));
    }
}
