//! Whether a value is called what the id of a new thing is called: in what `POST /orders` answers, `id` and `orderId`
//! name the order, `customerId` and `previous.id` something else.

use crate::plan::{Capture, Template};
use std::collections::BTreeSet;

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

/// What nothing but an id is called: a name may be changed, and a number may be an amount.
const PLAIN_IDS: [&str; 5] = ["id", "uuid", "guid", "identifier", "pk"];

/// Words before an id that say nothing of whose it is: `shortCode`, `newId`.
const PLAIN: [&str; 6] = ["short", "public", "unique", "new", "created", "own"];

/// Words that a member for a new thing begins with: `newOrder`, `createdItem`.
const NEW: [&str; 6] = ["new", "created", "added", "inserted", "saved", "stored"];

/// Members that a thing may be wrapped in.
const WRAPPERS: [&str; 17] = [
    "data",
    "item",
    "result",
    "body",
    "resource",
    "payload",
    "entity",
    "response",
    "attribute",
    "property",
    "record",
    "object",
    "document",
    "content",
    "detail",
    "info",
    "model",
];

/// True if a capture from what a collection answers is, by its name, the id of what was made there. No element of a
/// list is, and nothing that is looked for.
pub(crate) fn is_id_of(collection: &str, capture: &Capture) -> bool {
    let thing = thing(collection);
    match capture {
        Capture::Body(path) | Capture::Optional(path) => members(path).is_some_and(|members| {
            let Some((ids, wrappers)) = members.split_last() else { return false };
            let mut wrappers = wrappers.iter().flatten();
            ids.iter().all(|name| names(&thing, name)) && wrappers.all(|name| is_wrapper(&thing, name))
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

/// True if a member is called what ids are called: `id`, `customer_id`, `likeIds`, `sku`.
pub(crate) fn is_id_word(name: &str) -> bool {
    words(name).last().is_some_and(|last| is_one_of(last, &IDS))
}

/// True if a member is called what nothing but ids are called: `id`, `customer_id`, `itemIds`.
pub(crate) fn is_plain_id(name: &str) -> bool {
    words(name).last().is_some_and(|last| is_one_of(last, &PLAIN_IDS))
}

/// True if a member of a request to a path says which thing it is about: `id`, `ids` and `itemId` for `/items/{{made}}`.
pub(crate) fn says_which(path: &str, name: &str) -> bool {
    let words = words(name);
    let Some((_, before)) = words.split_last().filter(|_| is_plain_id(name)) else { return false };
    let is_plain = matches!(before, [one] if PLAIN.contains(&one.as_str()));
    before.is_empty() || is_plain || path.split('/').any(|part| is_thing(&thing(part), before))
}

/// True if a member of a request to a path holds what it is about: `data`, `item` for `/items/{{made}}`.
pub(super) fn wraps(path: &str, name: &str) -> bool {
    path.split('/').any(|part| is_wrapper(&thing(part), name))
}

/// What is in a collection, in every form that it may be called by: `order` in `/customers/{{c}}/orders`, and `item` in
/// `/order-items`, too.
fn thing(collection: &str) -> BTreeSet<String> {
    let mut parts = collection.split('/').filter(|part| !part.is_empty() && Template(part).names().is_empty());
    let words = words(parts.next_back().unwrap_or_default());
    let mut forms = singulars(&words.concat());
    forms.extend(words.last().into_iter().flat_map(|last| singulars(last)));
    forms
}

/// True if the words, taken together, are a form of the thing.
fn is_thing(thing: &BTreeSet<String>, words: &[String]) -> bool {
    singulars(&words.concat()).iter().any(|form| thing.contains(form))
}

fn names(thing: &BTreeSet<String>, name: &str) -> bool {
    let words = words(name);
    let Some((last, before)) = words.split_last() else { return false };
    let is_plain = || matches!(before, [one] if PLAIN.contains(&one.as_str()));
    let is_id = IDS.contains(&last.as_str()) && (before.is_empty() || is_plain() || is_thing(thing, before));
    is_id || is_thing(thing, &words)
}

/// True for `data`, `order`, `newOrder`, `orderDetails`, and not for `customer` or `previousOrder`.
fn is_wrapper(thing: &BTreeSet<String>, name: &str) -> bool {
    let words = words(name);
    if words.is_empty() {
        return false;
    }
    let mut rest = &words[..];
    while let [first, behind @ ..] = rest
        && NEW.contains(&first.as_str())
    {
        rest = behind;
    }
    let is_rest = |rest: &[String]| rest.is_empty() || is_thing(thing, rest);
    let mut is_one = is_rest(rest);
    while let [before @ .., last] = rest
        && is_one_of(last, &WRAPPERS)
    {
        rest = before;
        is_one |= is_rest(rest);
    }
    is_one
}

fn is_one_of(word: &str, list: &[&str]) -> bool {
    singulars(word).iter().any(|form| list.contains(&form.as_str()))
}

/// What one of several may be called: of `movies` `movie`, and of `boxes` `box`, with what no dictionary has among them.
/// Two words mean the same if their forms meet.
pub(crate) fn singulars(word: &str) -> BTreeSet<String> {
    let mut forms = BTreeSet::new();
    let mut add = |stem: Option<&str>, end: &str| {
        forms.extend(stem.filter(|stem| !stem.is_empty()).map(|stem| format!("{stem}{end}")));
    };
    add(Some(word), "");
    add(word.strip_suffix('s'), "");
    add(word.strip_suffix("es"), "");
    add(word.strip_suffix("ies"), "y");
    add(word.strip_suffix("ies"), "ie");
    for (many, one) in [("people", "person"), ("children", "child"), ("indices", "index")] {
        add(word.strip_suffix(many).map(|_| one), "");
    }
    forms
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
        for (collection, paths) in [
            ("/categories", &["$.categoryId"][..]),
            ("/movies", &["$.movieId", "$.movie.id", "$.newMovie.movieId"]),
            ("/addresses", &["$.addressId", "$.address_id"]),
            ("/classes", &["$.classId"]),
            ("/boxes", &["$.boxId"]),
            ("/matches", &["$.matchId"]),
            ("/branches", &["$.branchId"]),
            ("/statuses", &["$.statusId"]),
            ("/people", &["$.personId", "$.person.id"]),
            ("/line-items", &["$.itemId", "$.lineItemId", "$.line_item.id"]),
            ("/blog-posts", &["$.postId", "$.blogPost.id"]),
            ("/blogPosts", &["$.postId"]),
            ("/urls", &["$.shortCode", "$.urlId"]),
            ("/items", &["$.newItem.id", "$.created.id", "$.createdItem.itemId", "$.itemDetails.id"]),
        ] {
            paths.iter().for_each(|path| check(collection, path, true));
        }
        for (collection, path) in [
            ("/movies", "$.directorId"),
            ("/movies", "$.newDirector.id"),
            ("/movies", "$.previousMovie.id"),
            ("/movies", "$.previousMovieId"),
            ("/line-items", "$.lineId"),
            ("/blog-posts", "$.blogId"),
            ("/blog-posts", "$.blog.id"),
            ("/items", "$.ownerData.id"),
            ("/items", "$.$.id"),
        ] {
            check(collection, path, false);
        }
        check("/order-items/", "$.orderItemId", true);
        check("", "$.id", true);
        check("", "$.ownerId", false);
        let header = |name: &str| is_id_of("/orders", &Capture::Header(name.to_owned()));
        assert!(header("X-Order-Id") && header("x-id") && !header("x-customer-id") && !header("location"));
    }
}
