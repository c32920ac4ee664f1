//! What a failure is.
