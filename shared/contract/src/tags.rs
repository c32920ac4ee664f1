//! Tags of what is made in the account.

/// For which repository something was made: its address, 256 characters at most.
pub const REPOSITORY: &str = "drydock:repository";

/// Which session made it; later ones that deploy to it leave the tag as it is.
pub const SESSION: &str = "drydock:session";
