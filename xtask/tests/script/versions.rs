//! S3, as it keeps the versions of a bucket's objects.

use crate::loopback::{Asked, Reply};

/// Key and version of an object, or of the marker that it was deleted.
pub type Version = (&'static str, &'static str);

/// How many S3 lists at a time, for it lists a thousand.
const PAGE: usize = 2;

/// What a bucket holds.
#[derive(Default)]
pub(super) struct Versions {
    pub(super) standing: Vec<Version>,
    held: &'static str,
}

impl Versions {
    pub(super) fn new(standing: &[Version], held: &'static str) -> Self {
        Self { standing: standing.to_vec(), held }
    }

    /// The answer to who lists or deletes versions.
    pub(super) fn answer(&mut self, request: &Asked) -> Option<Reply> {
        let (_, query) = request.path.split_once('?')?;
        let asks = |word: &str| query.split('&').any(|part| part.trim_end_matches('=') == word);
        match request.method.as_str() {
            "GET" if asks("versions") => Some(self.list()),
            "POST" if asks("delete") => Some(self.delete(&request.body)),
            _ => None,
        }
    }

    fn list(&self) -> Reply {
        let listed = self.standing.iter().take(PAGE).map(|(key, version)| {
            let element = if version.starts_with("marker") { "DeleteMarker" } else { "Version" };
            format!("<{element}><Key>{key}</Key><VersionId>{version}</VersionId></{element}>")
        });
        let truncated = self.standing.len() > PAGE;
        let listed = format!("<IsTruncated>{truncated}</IsTruncated>{}", listed.collect::<String>());
        Reply::Answer(200, format!("<ListVersionsResult>{listed}</ListVersionsResult>"))
    }

    /// What is held stays, with an error of its own in an answer that is no error.
    fn delete(&mut self, body: &str) -> Reply {
        let named = |(key, version): &Version| {
            body.contains(&format!("<Object><Key>{key}</Key><VersionId>{version}</VersionId></Object>"))
        };
        let (mut errors, held) = (String::new(), self.held);
        self.standing.retain(|at| {
            if named(at) && at.0 == held {
                let why = "<Code>AccessDenied</Code>\
                           <Message>Access Denied because object protected by object lock.</Message>";
                errors += &format!("<Error><Key>{}</Key><VersionId>{}</VersionId>{why}</Error>", at.0, at.1);
            }
            !named(at) || at.0 == held
        });
        Reply::Answer(200, format!("<DeleteResult>{errors}</DeleteResult>"))
    }
}
