//! How things are named: what an id is called, and the first of a list.

use super::draft::Draft;
use super::expected::optional;
use crate::endpoint::Endpoint;
use crate::plan::{Capture, Method, Request, singulars};

/// Where nothing better is known, a thing is read by the first id that its collection lists.
pub(super) fn from_list(draft: &Draft<'_>, endpoint: &Endpoint, request: &mut Request) {
    let parameters = endpoint.operation.iter().flat_map(|operation| &operation.parameters);
    let given = parameters.filter(|parameter| parameter.place == "path").any(|parameter| parameter.given);
    let Some(list) = draft.list_of(endpoint).filter(|_| endpoint.method == Method::Get && !given) else { return };
    if let Some((collection, _)) = request.path.trim_end_matches('/').rsplit_once('/') {
        request.path = format!("{collection}/{{{{{}}}}}", list_name(&list.path));
    }
}

/// If the endpoint is a list of what another endpoint reads: the first one's id, if there is one.
pub(super) fn list_capture(endpoint: &Endpoint, draft: &Draft<'_>) -> Option<(String, Capture)> {
    let item = draft.item_of(endpoint)?;
    let parameter = *item.path_parameters().last()?;
    let names: Vec<String> = id_names(&endpoint.path, parameter).iter().map(|name| format!("'{name}'")).collect();
    Some((list_name(&endpoint.path), optional(&format!("$..[0][{}]", names.join(",")))))
}

/// What the id in a list is called among captured values.
fn list_name(path: &str) -> String {
    let name: String = path.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    format!("first{name}")
}

/// Names that an id may have in a body, likeliest first: the parameter's own, `id`, `itemId`, `item_id`.
pub(super) fn id_names(collection: &str, parameter: &str) -> Vec<String> {
    let last = collection.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let plain: String = last.chars().filter(char::is_ascii_alphanumeric).collect();
    let mut names = vec![parameter.to_owned(), "id".to_owned()];
    for single in singulars(&plain) {
        names.extend([format!("{single}Id"), format!("{single}_id"), format!("{single}ID")]);
    }
    names.extend(["Id", "ID", "uuid", "key"].map(str::to_owned));
    let mut seen = Vec::new();
    names.retain(|name| {
        let new = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') && !seen.contains(name);
        seen.push(name.clone());
        new
    });
    names
}
