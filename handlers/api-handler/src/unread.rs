//! What is said of a session that another version of Drydock wrote.

use drydock_contract::{Session, tags};

/// Said of a session whose head does not say any more what it has deployed: the tags do.
pub(crate) fn unknown_target(head: &Session) -> String {
    let (tag, value) = match head.repository.as_str() {
        "" => (tags::SESSION, head.session_id.as_str()),
        repository => (tags::REPOSITORY, repository),
    };
    format!(
        "another version of Drydock wrote down what it has deployed, which this one cannot read: look for stacks and \
         functions with the tag {tag} = {value}"
    )
}
