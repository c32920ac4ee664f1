//! OpenAPI documents: in the repository, in a template, or served by the API itself.

use super::bundle;
use super::found::{Api, Found, Verb};
use super::text::{self, Repository, folder, join};
use super::{Token, path};
use crate::endpoint::{Endpoint, Operation, OriginKind};
use crate::openapi::{self, Budget};
use crate::plan::Auth;
use serde_json::Value;
use std::sync::Arc;

/// Paths at which APIs serve their documents, behind a target's base. The caller asks them, through the guard, and
/// hands over what has a status of 200.
pub const WELL_KNOWN: [&str; 12] = [
    "/openapi.json",
    "/openapi.yaml",
    "/openapi.yml",
    "/swagger.json",
    "/swagger.yaml",
    "/v3/api-docs",
    "/v2/api-docs",
    "/api-docs",
    "/api-docs.json",
    "/docs/openapi.json",
    "/api/openapi.json",
    "/swagger/v1/swagger.json",
];

/// Most documents that are read from a repository.
const MAX_DOCUMENTS: usize = 20;

/// A body that an API gave for a well-known path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Served {
    /// The target's name.
    pub target: String,
    /// The path that was asked.
    pub path: String,
    /// The answer's body.
    pub body: Vec<u8>,
}

/// A document and which API it may be about.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Document {
    pub place: String,
    pub api: Api,
    /// The path at which its paths begin, by its own word: of its first server, or `basePath`.
    pub base: String,
    endpoints: Vec<Endpoint>,
    /// What it promises of each of them: it may be a lot, and is asked for often.
    operations: Vec<Option<Arc<Operation>>>,
}

impl Document {
    fn of(value: &Value, place: &str, api: Api, budget: &Budget) -> Option<Self> {
        if !openapi::is_document(value) {
            return None;
        }
        let server = value.pointer("/servers/0/url").and_then(Value::as_str).unwrap_or_default();
        let server =
            server.split_once("://").map_or(server, |(_, rest)| rest.split_once('/').map_or("", |(_, path)| path));
        let base = value.get("basePath").and_then(Value::as_str).unwrap_or(server);
        let base = if base.contains('{') { "" } else { base.trim_matches('/') };
        let base = if base.is_empty() { String::new() } else { format!("/{base}") };
        let mut endpoints = openapi::endpoints(value, place, "", budget);
        let operations = endpoints.iter_mut().map(|endpoint| endpoint.operation.take().map(Arc::new)).collect();
        Some(Self { place: place.to_owned(), api, base, endpoints, operations })
    }

    /// The routes that it describes, with its paths as they are or behind its base.
    pub fn found(&self, behind_base: bool) -> Vec<Found> {
        let base = if behind_base { self.base.as_str() } else { "" };
        let found = |(endpoint, operation): (&Endpoint, &Option<Arc<Operation>>)| Found {
            auth: Some(endpoint.auth).filter(|auth| *auth != Auth::None),
            token: endpoint.token_header.as_deref().map(Token::of_header),
            operation: operation.clone(),
            ..Found::new(
                self.api.clone(),
                Verb::One(endpoint.method),
                path::normal(&format!("{base}{}", endpoint.path)),
                endpoint.origins[0].clone(),
            )
        };
        self.endpoints.iter().zip(&self.operations).map(found).collect()
    }
}

/// The documents among the project's files.
pub(super) fn in_repository(repository: &Repository<'_>) -> Vec<Document> {
    let read = |file: &str| {
        let text = repository.text(file)?;
        if !text.contains("paths") || !(text.contains("openapi") || text.contains("swagger")) {
            return None;
        }
        let document = text::parse(text).filter(openapi::is_document)?;
        Document::of(&bundle::whole(repository, file, document), file, Api::Unknown, &repository.budget)
    };
    repository.files(&["json", "yaml", "yml"]).filter_map(read).take(MAX_DOCUMENTS).collect()
}

/// The documents among what the APIs served.
pub(super) fn served(served: &[Served], budget: &Budget, notes: &mut Vec<String>) -> Vec<Document> {
    let mut documents: Vec<Document> = Vec::new();
    for one in served {
        let value = std::str::from_utf8(&one.body).ok().and_then(text::parse).filter(openapi::is_document);
        let Some(value) = value else { continue };
        let place = format!("served at {}", one.path);
        let api = Api::Target(one.target.clone());
        // The same document in another format.
        if documents.iter().any(|known| known.api == api) {
            notes.push(format!("{} {place} was not read: another document of the API was.", one.target));
        } else {
            documents.extend(Document::of(&value, &place, api, budget));
        }
    }
    documents
}

/// The document in a file that a template makes an API of.
pub(super) fn of_api(
    repository: &Repository<'_>,
    template: &str,
    file: &str,
    api: &str,
    notes: &mut Vec<String>,
) -> Vec<Found> {
    let file = join(folder(template), file);
    let Some(value) = repository.text(&file).and_then(text::parse) else {
        notes.push(format!("{file}, which {template} makes the API {api} of, could not be read."));
        return Vec::new();
    };
    let value = bundle::whole(repository, &file, value);
    found(repository, &value, &file, OriginKind::OpenApi, &Api::Logical(api.to_owned()))
}

/// The routes of a document that an API is made of. Such a document may promise nothing of the answers.
pub(super) fn found(
    repository: &Repository<'_>,
    value: &Value,
    place: &str,
    kind: OriginKind,
    api: &Api,
) -> Vec<Found> {
    let mut found = Vec::new();
    for (path, item) in value.get("paths").and_then(Value::as_object).into_iter().flatten() {
        if item.get("x-amazon-apigateway-any-method").is_some() {
            found.push(Found::new(
                api.clone(),
                Verb::Any,
                path::normal(path),
                crate::endpoint::Origin { kind, place: format!("{place}: ANY {path}") },
            ));
        }
    }
    if let Some(document) = Document::of(value, place, api.clone(), &repository.budget) {
        found.extend(document.found(false).into_iter().map(|mut found| {
            found.origin.kind = kind;
            found
        }));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_documents_base_is_what_it_says() {
        let base = |members: Value| {
            let mut document = json!({"openapi": "3.0.0", "paths": {}});
            document.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
            Document::of(&document, "d", Api::Unknown, &Budget::default()).unwrap().base
        };
        assert_eq!(base(json!({})), "");
        assert_eq!(base(json!({"servers": [{"url": "https://api.example.com/v1/"}]})), "/v1");
        assert_eq!(base(json!({"servers": [{"url": "/v2"}]})), "/v2");
        assert_eq!(base(json!({"servers": [{"url": "https://{host}/{stage}"}]})), "");
        assert_eq!(base(json!({"swagger": "2.0", "basePath": "/v3"})), "/v3");
    }

    #[test]
    fn what_is_served_is_read_once_an_api() {
        let body = br#"{"openapi": "3.1.0", "paths": {"/a": {"get": {}}}}"#.to_vec();
        let one = |path: &str, body: &[u8]| Served { target: "api".into(), path: path.into(), body: body.to_vec() };
        let mut notes = Vec::new();
        let documents = served(
            &[one("/x", b"<html>"), one("/openapi.json", &body), one("/openapi.yaml", &body)],
            &Budget::default(),
            &mut notes,
        );
        assert_eq!((documents.len(), notes.len()), (1, 1));
        assert_eq!(documents[0].found(false)[0].origin.place, "served at /openapi.json: GET /a");
    }
}
