//! A repair that is ready to be pushed.

use drydock_contract::fix::FixSummary;
use drydock_source::Proposal;
use drydock_tree::File;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// All that is needed to make the very same commit again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Ready {
    /// The commit that it stands on.
    pub(crate) base: String,
    /// Its own id.
    pub(crate) commit: String,
    pub(crate) message: String,
    pub(crate) seconds: i64,
    pub(crate) edits: BTreeMap<String, ReadyFile>,
    pub(crate) fix: FixSummary,
}

/// One new content. Repairs change text only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ReadyFile {
    text: String,
    executable: bool,
}

/// Who commits.
const AUTHOR: (&str, &str) = ("Drydock", "drydock@users.noreply.invalid");

impl Ready {
    /// The commit as it is made.
    pub(crate) fn proposal(&self) -> Proposal {
        let file = |file: &ReadyFile| File { data: file.text.clone().into_bytes(), executable: file.executable };
        Proposal {
            message: self.message.clone(),
            author_name: AUTHOR.0.to_owned(),
            author_email: AUTHOR.1.to_owned(),
            seconds: self.seconds,
            edits: self.edits.iter().map(|(path, edit)| (path.clone(), Some(file(edit)))).collect(),
        }
    }
}

/// Changed files in a form that JSON holds.
pub(crate) fn files(edits: BTreeMap<String, Option<File>>) -> BTreeMap<String, ReadyFile> {
    let ready =
        |file: File| ReadyFile { text: String::from_utf8(file.data).unwrap_or_default(), executable: file.executable };
    edits.into_iter().filter_map(|(path, file)| Some((path, ready(file?)))).collect()
}
