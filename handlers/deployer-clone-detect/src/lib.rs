//! The pipeline's first stage: fetches a branch, keeps its archive in the bucket and says what kind of project it is.
//!
//! A commit's archive is kept under the repository and the commit's id, so the same commit is fetched once. Whether
//! the branch still stands there is asked anew each time, which also asks the host whether we may read it.

mod archives;
mod obtain;
mod token;
mod worker;

pub use archives::{Archives, Report, S3Archives, archive_key};
pub use obtain::{Obtained, obtain};
pub use token::GitToken;
pub use worker::{CloneDetect, examine};
