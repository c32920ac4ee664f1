//! Names, tokens and tags of what is made for a session. All follow from the session alone, so that a repeated run
//! finds what an earlier one made.

use crate::failure::failed;
use drydock_contract::Session;
use drydock_contract::detection::IacType;
use drydock_contract::session::Target;
pub(crate) use drydock_contract::tags::{REPOSITORY as REPOSITORY_TAG, SESSION as SESSION_TAG};
use drydock_runtime::WorkError;
use std::collections::BTreeMap;

/// Longest name of a function and of a role.
const MAX_FUNCTION_NAME: usize = 64;

/// The stack's name: prefix and the requested name, or the whole session id.
pub(crate) fn stack(prefix: &str, session: &Session) -> String {
    format!("{prefix}{}", own_name(session))
}

/// The name of a function and of its role. Only the longest prefixes with the longest session ids need more room than
/// there is; then the id stands without its hyphens.
pub(crate) fn function(prefix: &str, session: &Session) -> String {
    let name = stack(prefix, session);
    if name.len() <= MAX_FUNCTION_NAME { name } else { format!("{prefix}{}", own_name(session).replace('-', "")) }
}

/// What a session of that type brings up, as long as nothing but its name is known.
pub(crate) fn target(prefix: &str, session: &Session, iac_type: IacType) -> Target {
    match iac_type {
        IacType::SimpleLambda => Target::Function { name: function(prefix, session) },
        _ => Target::Stack { name: stack(prefix, session), id: None, token: None },
    }
}

fn own_name(session: &Session) -> &str {
    session.request.stack_name.as_deref().unwrap_or(session.session_id.as_str())
}

/// Name of the change set and token of its execution: one for each round of a session, so that a round is executed
/// once however often its message comes.
pub(crate) fn token(session: &Session) -> String {
    format!("drydock-{}-{}", session.session_id, session.attempt)
}

/// The repository as a tag can hold it: 256 characters at most.
pub(crate) fn repository_tag(session: &Session) -> String {
    session.repository.chars().take(256).collect()
}

/// Tags of what is made: the file's, the request's over them, and ours.
///
/// `standing` are the tags of what stands already: ours say who made it, and in which spelling of the repository, and do
/// not change with each deployment, because a changed tag would touch every resource of a stack.
pub(crate) fn tags(
    session: &Session,
    file: &BTreeMap<String, String>,
    standing: Option<&BTreeMap<String, String>>,
) -> Result<BTreeMap<String, String>, WorkError> {
    let mut tags = file.clone();
    tags.extend(session.request.tags.clone());
    if let Some(reserved) = tags.keys().find(|key| key.starts_with("drydock:") || key.starts_with("aws:")) {
        let message = format!("the tag `{reserved}` cannot be set: `drydock:` and `aws:` are reserved");
        return Err(failed("tag-reserved", message, "Give the tag another name.", ""));
    }
    for (key, value) in
        [(REPOSITORY_TAG, repository_tag(session)), (SESSION_TAG, session.session_id.as_str().to_owned())]
    {
        let kept = standing.and_then(|standing| standing.get(key)).cloned();
        tags.insert(key.to_owned(), kept.unwrap_or(value));
    }
    Ok(tags)
}

/// Why something under our name may not be touched; `None` if it was made for the same repository. Git servers find a
/// repository however its name is spelled.
pub(crate) fn foreign(session: &Session, what: &str, name: &str, tags: &BTreeMap<String, String>) -> Option<WorkError> {
    let owner = tags.get(REPOSITORY_TAG);
    if owner.is_some_and(|owner| owner.to_lowercase() == repository_tag(session).to_lowercase()) {
        return None;
    }
    let whose = match owner {
        Some(owner) => format!("belongs to {owner}"),
        None => "was not made by Drydock".to_owned(),
    };
    let remedy = "Choose another `stackName`, or delete what stands under this one.";
    Some(failed("name-taken", format!("the {what} {name} {whose}"), remedy, name))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use drydock_contract::SessionId;

    pub(crate) const UUID: &str = "0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11";

    /// A session in the deploy stage.
    pub(crate) fn session(id: &str, stack_name: Option<&str>) -> Session {
        Session {
            session_id: SessionId::parse(id).unwrap(),
            kind: SessionId::parse(id).unwrap().kind(),
            status: drydock_contract::Status::Deploying,
            stage: drydock_contract::Stage::Deploy,
            attempt: 2,
            look: 0,
            version: 3,
            created_at: String::new(),
            updated_at: String::new(),
            repository: "https://github.com/o/n".to_owned(),
            branch: "main".to_owned(),
            project_root: None,
            message: String::new(),
            request: drydock_contract::session::RequestDetails {
                stack_name: stack_name.map(str::to_owned),
                ..Default::default()
            },
            source: None,
            detection: None,
            target: None,
            deployed_resources: None,
            fix: None,
            sanity: None,
            deployment_job: None,
            workflow: None,
            error: None,
            outbox: None,
            claim: None,
            idempotency: None,
        }
    }

    #[test]
    fn names_hold_the_whole_id_and_fit() {
        assert_eq!(stack("drydock-app-", &session(UUID, None)), format!("drydock-app-{UUID}"));
        assert_eq!(stack("drydock-app-", &session(UUID, Some("shop"))), "drydock-app-shop");
        let longest_prefix = format!("{}-app-", "x".repeat(20));
        let longest = function(&longest_prefix, &session(&format!("sdlc-{UUID}"), None));
        assert!(longest.len() <= 64 && longest.ends_with("0b0f1a527a3c4a559a431f6a0d2b9c11"), "{longest}");
        assert_eq!(function("drydock-app-", &session(UUID, None)), format!("drydock-app-{UUID}"));
    }

    #[test]
    fn a_token_names_the_round() {
        assert_eq!(token(&session(UUID, Some("shop"))), format!("drydock-{UUID}-2"));
    }

    #[test]
    fn the_request_s_tags_win_and_ours_cannot_be_set() {
        let mut asked = session(UUID, None);
        asked.request.tags.insert("team".to_owned(), "b".to_owned());
        let file = BTreeMap::from([("team".to_owned(), "a".to_owned()), ("cost".to_owned(), "1".to_owned())]);
        let new = tags(&asked, &file, None).unwrap();
        assert_eq!((new[SESSION_TAG].as_str(), new[REPOSITORY_TAG].as_str()), (UUID, "https://github.com/o/n"));
        let ours = [(SESSION_TAG, "older"), (REPOSITORY_TAG, "https://github.com/O/n"), ("team", "z")];
        let standing = ours.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
        let found = tags(&asked, &file, Some(&standing)).unwrap();
        assert_eq!(found["team"], "b");
        assert_eq!(found["cost"], "1");
        assert_eq!(found[REPOSITORY_TAG], "https://github.com/O/n", "a changed tag touches every resource");
        assert_eq!(found[SESSION_TAG], "older");
        let reserved = BTreeMap::from([(REPOSITORY_TAG.to_owned(), "x".to_owned())]);
        assert!(tags(&asked, &reserved, None).is_err());
    }

    #[test]
    fn what_another_repository_made_is_not_touched() {
        let check = |tags: &[(&str, &str)], expected: Option<&str>| {
            let tags = tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
            let found = foreign(&session(UUID, None), "stack", "s", &tags).map(|error| error.to_string());
            assert_eq!(found.as_deref(), expected);
        };
        check(&[(REPOSITORY_TAG, "https://github.com/o/n")], None);
        check(&[(REPOSITORY_TAG, "https://github.com/O/N")], None);
        check(&[(REPOSITORY_TAG, "https://github.com/o/m")], Some("the stack s belongs to https://github.com/o/m"));
        check(&[], Some("the stack s was not made by Drydock"));
    }
}
