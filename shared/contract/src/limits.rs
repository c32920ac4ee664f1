//! Limits of AWS that more than one part of Drydock must keep.

/// Most bytes of a template that lies in S3.
/// See <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html>.
pub const MAX_TEMPLATE_BYTES: usize = 1_000_000;
