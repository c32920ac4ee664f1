//! `Idempotency-Key`: the same caller, route and key give the same session id, so that the conditional write that
//! creates a session is what decides between two requests that race, and no second item is needed.

use crate::caller::Caller;
use drydock_contract::session::Idempotency;
use drydock_contract::{SessionId, SessionKind};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The namespace of the ids that are made here (RFC 9562, version 5); never to be changed.
const NAMESPACE: Uuid = Uuid::from_u128(0x6d1f_52b0_64a5_4f0e_9f0c_8b1c_3d2e_7a94);

/// A key that a client chose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key(String);

impl Key {
    /// Reads the header's value.
    ///
    /// # Errors
    /// The text is for the client.
    pub fn parse(header: &[u8]) -> Result<Self, String> {
        match std::str::from_utf8(header.trim_ascii()) {
            Ok(key) if (1..=255).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic()) => {
                Ok(Self(key.to_owned()))
            }
            _ => Err("the header `Idempotency-Key` must hold 1 to 255 visible ASCII characters without spaces; a \
                      UUID is a good choice"
                .to_owned()),
        }
    }
}

/// An id that no other session has, or the one id that belongs to `key`.
pub fn session_id(kind: SessionKind, caller: &Caller, key: Option<&Key>) -> SessionId {
    let uuid = match key {
        None => Uuid::new_v4(),
        // Neither an ARN nor a key holds a NUL, so the parts cannot run into each other.
        Some(key) => Uuid::new_v5(&NAMESPACE, [caller.as_str(), kind.as_str(), &key.0].join("\0").as_bytes()),
    };
    SessionId::new(kind, &uuid.to_string()).expect("a UUID's text has 8-4-4-4-12 lower-case hexadecimal digits")
}

/// The id of the teardown number `try_number` (from 0) of a session's deployment.
pub fn teardown_id(of: &SessionId, try_number: u32) -> SessionId {
    let name = ["teardown", of.as_str(), &try_number.to_string()].join("\0");
    let uuid = Uuid::new_v5(&NAMESPACE, name.as_bytes());
    SessionId::new(SessionKind::Teardown, &uuid.to_string()).expect("a UUID is what follows the prefix")
}

/// What makes two bodies the same: the JSON that they hold, whatever its spaces and the order of its keys.
pub fn fingerprint(kind: SessionKind, body: &Map<String, Value>) -> Idempotency {
    let mut body = Value::Object(body.clone());
    body.sort_all_objects();
    let digest = Sha256::new().chain_update(kind.as_str()).chain_update([0]).chain_update(body.to_string()).finalize();
    Idempotency { body_sha256: hex::encode(digest) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Key {
        Key::parse(text.as_bytes()).unwrap()
    }

    fn caller(name: &str) -> Caller {
        let authorizer = serde_json::from_value(serde_json::json!({"iam": {"userArn": name}})).unwrap();
        Caller::of(Some(&authorizer))
    }

    #[test]
    fn an_id_belongs_to_caller_route_and_key() {
        let id = |kind, name, text| session_id(kind, &caller(name), Some(&key(text)));
        let one = id(SessionKind::Deploy, "ann", "k");
        assert_eq!(one, id(SessionKind::Deploy, "ann", "k"));
        assert_ne!(one, id(SessionKind::Deploy, "bob", "k"));
        assert_ne!(one, id(SessionKind::Deploy, "ann", "k2"));
        assert_ne!(
            one.as_str(),
            id(SessionKind::Fixer, "ann", "k").as_str().trim_start_matches("fixer-"),
            "routes do not share keys"
        );
        // Pinned: an id that changes between two versions would open a second session on a retry.
        assert_eq!(one.as_str(), "ebb2ba82-9384-5ab0-96ce-c65dd5103843");
    }

    #[test]
    fn each_teardown_of_a_session_has_its_id() {
        let of = |id: &str| SessionId::parse(id).unwrap();
        let one = of("0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11");
        assert_eq!(teardown_id(&one, 0), teardown_id(&one, 0));
        assert_ne!(teardown_id(&one, 0), teardown_id(&one, 1));
        assert_ne!(teardown_id(&one, 0), teardown_id(&of("sdlc-0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11"), 0));
        assert!(teardown_id(&one, 0).as_str().starts_with("teardown-"));
    }

    #[test]
    fn without_a_key_every_session_is_new() {
        let id = || session_id(SessionKind::Sdlc, &caller("ann"), None);
        assert_ne!(id(), id());
        assert!(id().as_str().starts_with("sdlc-"));
    }

    #[test]
    fn the_same_json_is_the_same_body() {
        let print = |kind, text: &str| fingerprint(kind, &serde_json::from_str(text).unwrap());
        let one = print(SessionKind::Deploy, r#"{"a":1,"b":{"c":2,"d":[3]}}"#);
        assert_eq!(one, print(SessionKind::Deploy, r#" { "b": {"d":[3], "c":2}, "a":1 } "#));
        assert_ne!(one, print(SessionKind::Deploy, r#"{"a":1,"b":{"c":2,"d":[4]}}"#));
        assert_ne!(one, print(SessionKind::Fixer, r#"{"a":1,"b":{"c":2,"d":[3]}}"#));
        assert_eq!(one.body_sha256.len(), 64);
    }

    #[test]
    fn a_key_is_visible_ascii() {
        assert_eq!(Key::parse(b" abc "), Ok(Key("abc".to_owned())));
        for bad in [b"".as_slice(), b" ", b"a b", b"\xff", "ü".as_bytes(), &[b'x'; 256]] {
            assert!(Key::parse(bad).is_err(), "{bad:?}");
        }
    }
}
