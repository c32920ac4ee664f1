//! Durations and sizes, so that seconds are never taken for minutes.

use serde::{Serialize, Serializer};

/// A duration that is known when the program is compiled, so that the compiler can compare it with another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FixedSeconds<const SECONDS: u32>;

impl<const SECONDS: u32> Serialize for FixedSeconds<SECONDS> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(SECONDS)
    }
}

/// That many minutes, for a [`FixedSeconds`].
pub const fn minutes(minutes: u32) -> u32 {
    minutes * 60
}

/// A duration in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Seconds(u32);

impl Seconds {
    /// That many seconds.
    pub const fn new(seconds: u32) -> Self {
        Self(seconds)
    }

    /// That many minutes.
    pub const fn minutes(minutes: u32) -> Self {
        Self(minutes * 60)
    }

    /// That many days.
    pub const fn days(days: u32) -> Self {
        Self(days * 24 * 60 * 60)
    }
}

/// A duration in days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Days(pub u32);

/// A size in units of 1024 × 1024 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Mebibytes(pub u32);
