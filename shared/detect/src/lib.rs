//! What kind of project a repository holds, read from what its files say.
//!
//! Each reader looks for one kind and gives [`Candidate`](candidate::Candidate)s with what it saw. What belongs to
//! another candidate (nested templates, modules, function code) is dropped, then one is chosen: the folder that was
//! asked for first, then the only project below it. Where files leave a choice the answer is an error that lists it.
//!
//! Pure functions over a [`Tree`]: no I/O, and nothing of the repository is executed.

mod candidate;
mod choose;
mod error;
mod folders;
mod lambda;
mod readers;
mod source_text;

pub use error::DetectError;
pub use lambda::{Architecture, PlanError, SimpleLambdaPlan, simple_lambda};

use drydock_contract::detection::{Detection, IacType};
use drydock_tree::Tree;

/// Finds the project in `tree`.
///
/// `root` is the folder that the client named (`None` or `.` for the repository's own root), `wanted` the type that
/// it asked for; with a type only readings of that type count. A template with the `AWS::Serverless` transform may be
/// asked for as CloudFormation and a plain one as SAM: both are the same format.
///
/// # Errors
/// If the folder is missing, nothing is found, or more than one project is.
pub fn detect(tree: &Tree, root: Option<&str>, wanted: Option<IacType>) -> Result<Detection, DetectError> {
    let base = folders::normal(root.unwrap_or("."));
    if !tree.has_folder(&base) {
        return Err(DetectError::root_missing(tree, &base));
    }
    let (candidates, hints) = readers::read(tree, &base);
    choose::choose(tree, &base, wanted, candidates, hints)
}
