//! Whether a value is called what the id of a new thing is called: in what `POST /orders` answers, `id` and `orderId`
//! name the order, `customerId` and `previous.id` something else.

use crate::plan::{Capture, Template};

/// What an id may be called, alone or behind the thing's own name.
const IDS: [&str; 21] = [
    "id",
    "uuid",
    "guid",
    "identifier",
    "key",
    "pk",
    "code",
    "slug",
    "sku",
    "isbn",
    "number",
    "no",
    "nr",
    "ref",
    "reference",
    "handle",
    "name",
    "username",
    "email",
    "token",
    "hash",
];

/// Members that a thing may be wrapped in.
const WRAPPERS: [&str; 15] = [
    "data",
    "item",
    "result",
    "body",
    "resource",
    "payload",
    "entity",
    "response",
    "attribute",
    "propertie",
    "record",
    "object",
    "document",
    "content",
    "created",
];

/// True if a capture from what a collection answers is, by its name, the id of what was made there. No element of a
/// list is, and nothing that is looked for.
pub(super) fn is_id_of(collection: &str, capture: &Capture) -> bool {
    let thing = thing(collection);
    match capture {
        Capture::Body(path) | Capture::Optional(path) => members(path).is_some_and(|members| {
            let Some((ids, wrappers)) = members.split_last() else { return false };
            let is_wrapper = |name: &str| WRAPPERS.contains(&single(name).as_str()) || single(name) == thing;
            ids.iter().all(|name| names(&thing, name)) && wrappers.iter().flatten().all(|name| is_wrapper(name))
        }),
        Capture::Header(name) => {
            let name = name.to_ascii_lowercase();
            names(&thing, name.strip_prefix("x-").unwrap_or(&name))
        }
    }
}

/// True if a member of what a collection answers is, by its name, the id of what was made there.
pub(crate) fn is_name_of(collection: &str, name: &str) -> bool {
    names(&thing(collection), name)
}

/// What is in a collection: `order` in `/customers/{{c}}/orders`.
fn thing(collection: &str) -> String {
    let mut words = collection.split('/').filter(|part| !part.is_empty() && Template(part).names().is_empty());
    single(words.next_back().unwrap_or_default())
}

fn names(thing: &str, name: &str) -> bool {
    if !thing.is_empty() && single(name) == thing {
        return true;
    }
    let words = words(name);
    let Some((last, before)) = words.split_last() else { return false };
    IDS.contains(&last.as_str()) && (before.is_empty() || single(&before.concat()) == thing)
}

/// The words of `orderId`, `order_id` and `Order-ID`, in small letters.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_small = false;
    for c in name.chars() {
        if !c.is_alphanumeric() || c.is_uppercase() && was_small {
            words.push(String::new());
        }
        was_small = c.is_lowercase() || c.is_numeric();
        if let (true, Some(word)) = (c.is_alphanumeric(), words.last_mut()) {
            word.extend(c.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// A name in small letters without signs, one of them: `Order-Items` is `orderitem`.
fn single(name: &str) -> String {
    let plain: String = name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    match plain.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => plain.strip_suffix('s').map(str::to_owned).unwrap_or(plain),
    }
}

/// The members that a JSONPath names, step by step, each with what it may be called instead: `$.a.b`, `$['a']["b"]`,
/// `$['a','b']`. `None` for one that looks for more than that.
fn members(path: &str) -> Option<Vec<Vec<String>>> {
    let mut rest = path.trim().strip_prefix('$')?;
    let mut members = Vec::new();
    while !rest.is_empty() {
        if let Some(behind) = rest.strip_prefix('.') {
            let end = behind.find(['.', '[']).unwrap_or(behind.len());
            members.push(vec![behind[..end].to_owned()]);
            rest = &behind[end..];
        } else {
            let (inner, behind) = rest.strip_prefix('[')?.split_once(']')?;
            members.push(inner.split(',').map(quoted).collect::<Option<_>>()?);
            rest = behind;
        }
    }
    let is_plain = |name: &String| !name.is_empty() && !name.contains(['*', '?', '@', '\\', '$']);
    members.iter().flatten().all(is_plain).then_some(members)
}

fn quoted(text: &str) -> Option<String> {
    let text = text.trim();
    let within = |quote: char| text.strip_prefix(quote)?.strip_suffix(quote);
    within('\'').or_else(|| within('"')).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_known_by_what_it_is_called() {
        let check = |collection: &str, path: &str, own: bool| {
            assert_eq!(is_id_of(collection, &Capture::Body(path.to_owned())), own, "{collection} {path}");
        };
        for path in [
            "$.id",
            "$['id']",
            "$[\"ID\"]",
            "$.orderId",
            "$.order_id",
            "$.OrderID",
            "$.order.id",
            "$.data.order.uuid",
            "$['id','orderId']",
            "$.order",
            "$.orderNumber",
            "$.slug",
        ] {
            check("/customers/{{c}}/orders", path, true);
        }
        for path in [
            "$.customerId",
            "$.previousOrderId",
            "$.customer.id",
            "$.previous.id",
            "$.owner",
            "$[0].id",
            "$..id",
            "$.*",
            "$.items[0].id",
            "$['id','customerId']",
            "$[?@.id]",
            "$",
            "$.",
            "$['a\\u0064']",
            "$.customer_id",
        ] {
            check("/customers/{{c}}/orders", path, false);
        }
        check("/categories", "$.categoryId", true);
        check("/order-items/", "$.orderItemId", true);
        check("", "$.id", true);
        check("", "$.ownerId", false);
        let header = |name: &str| is_id_of("/orders", &Capture::Header(name.to_owned()));
        assert!(header("X-Order-Id") && header("x-id") && !header("x-customer-id") && !header("location"));
    }
}
