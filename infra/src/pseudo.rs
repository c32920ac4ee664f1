//! What CloudFormation knows about the stack that is being created.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html>

use crate::Expression;

/// Twelve digits.
pub fn account_id<'s>() -> Expression<'s> {
    Expression::pseudo("AWS::AccountId")
}

/// `aws`, `aws-cn` or `aws-us-gov`.
pub fn partition<'s>() -> Expression<'s> {
    Expression::pseudo("AWS::Partition")
}

/// Such as `eu-central-1`.
pub fn region<'s>() -> Expression<'s> {
    Expression::pseudo("AWS::Region")
}

/// The stack's ARN.
pub fn stack_id<'s>() -> Expression<'s> {
    Expression::pseudo("AWS::StackId")
}

/// The stack's name. Unique in an account and region, so names that begin with it do not collide.
pub fn stack_name<'s>() -> Expression<'s> {
    Expression::pseudo("AWS::StackName")
}

/// As if the property were not there.
pub fn no_value<'s>() -> Expression<'s> {
    Expression::pseudo("AWS::NoValue")
}
