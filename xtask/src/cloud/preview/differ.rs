//! Two values, and the places at which they differ.

use serde_json::Value;

/// One place at which two values differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Names and indices, from the outside in.
    pub path: Vec<String>,
    /// What stood there; null if nothing did.
    pub before: Value,
    /// What will stand there; null if nothing will.
    pub after: Value,
}

/// Every smallest place at which two values differ. Elements of a list that moved are no difference, unless nothing
/// else is.
pub fn differences(before: &Value, after: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    walk(&mut Vec::new(), before, after, &mut found);
    found
}

fn walk(path: &mut Vec<String>, before: &Value, after: &Value, found: &mut Vec<Difference>) {
    if before == after {
        return;
    }
    match (before, after) {
        (Value::Object(old), Value::Object(new)) if !is_intrinsic(before) && !is_intrinsic(after) => {
            let added = new.keys().filter(|key| !old.contains_key(*key));
            for key in old.keys().chain(added) {
                inside(path, key, old.get(key), new.get(key), found);
            }
        }
        (Value::Array(old), Value::Array(new)) => list(path, old, new, found),
        _ => found.push(Difference { path: path.clone(), before: before.clone(), after: after.clone() }),
    }
}

fn inside(path: &mut Vec<String>, key: &str, old: Option<&Value>, new: Option<&Value>, found: &mut Vec<Difference>) {
    path.push(key.to_owned());
    walk(path, old.unwrap_or(&Value::Null), new.unwrap_or(&Value::Null), found);
    path.pop();
}

fn list(path: &mut Vec<String>, old: &[Value], new: &[Value], found: &mut Vec<Difference>) {
    if old.len() == new.len() {
        let changed: Vec<usize> = (0..old.len()).filter(|at| old[*at] != new[*at]).collect();
        if let [at] = changed.as_slice() {
            return inside(path, &at.to_string(), old.get(*at), new.get(*at), found);
        }
    }
    let mut left: Vec<&Value> = new.iter().collect();
    let mut gone = Vec::new();
    for value in old {
        match left.iter().position(|other| *other == value) {
            Some(at) => drop(left.remove(at)),
            None => gone.push(value),
        }
    }
    if gone.is_empty() && left.is_empty() {
        let (before, after) = (old.to_vec().into(), new.to_vec().into());
        found.push(Difference { path: path.clone(), before, after });
        return;
    }
    let at =
        |before: &Value, after: &Value| Difference { path: path.clone(), before: before.clone(), after: after.clone() };
    found.extend(gone.into_iter().map(|value| at(value, &Value::Null)));
    found.extend(left.into_iter().map(|value| at(&Value::Null, value)));
}

fn is_intrinsic(value: &Value) -> bool {
    let single = value.as_object().filter(|map| map.len() == 1).and_then(|map| map.keys().next());
    single.is_some_and(|name| name == "Ref" || name.starts_with("Fn::"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[expect(clippy::needless_pass_by_value, reason = "so that a case is one line")]
    fn check(before: Value, after: Value, expected: &[(&str, Value, Value)]) {
        let found: Vec<_> =
            differences(&before, &after).into_iter().map(|it| (it.path.join("."), it.before, it.after)).collect();
        let expected: Vec<_> =
            expected.iter().map(|(path, before, after)| ((*path).to_owned(), before.clone(), after.clone())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn the_smallest_places_are_found() {
        check(json!({"a": 1}), json!({"a": 1}), &[]);
        check(json!(1), json!(2), &[("", json!(1), json!(2))]);
        check(
            json!({"Variables": {"A": "1", "B": "2"}}),
            json!({"Variables": {"A": "1", "B": "3", "C": "4"}}),
            &[("Variables.B", json!("2"), json!("3")), ("Variables.C", Value::Null, json!("4"))],
        );
        let (old, new) = (json!({"Ref": "A"}), json!({"Ref": "B"}));
        check(json!({"Role": old}), json!({"Role": new}), &[("Role", old.clone(), new.clone())]);
    }

    #[test]
    fn lists_are_compared_by_what_is_in_them() {
        check(json!(["a", "b"]), json!(["b", "c", "a"]), &[("", Value::Null, json!("c"))]);
        check(json!(["a", "b", "c"]), json!(["c"]), &[("", json!("a"), Value::Null), ("", json!("b"), Value::Null)]);
        check(json!([{"x": 1}, {"y": 1}]), json!([{"x": 1}, {"y": 2}]), &[("1.y", json!(1), json!(2))]);
        check(json!(["a", "b"]), json!(["b", "a"]), &[("", json!(["a", "b"]), json!(["b", "a"]))]);
    }
}
