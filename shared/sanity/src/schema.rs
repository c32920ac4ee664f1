//! JSON Schemas that documents and models write, used within bounds. One that refers to its parts often enough takes
//! years for a small value, and no time-out ends what a thread is busy with: so what comparing would take is counted
//! beforehand, and where it is too much nothing is said.

mod work;

use jsonschema::{Draft, PatternOptions, ValidationOptions, Validator};
use serde_json::Value;
use std::cell::Cell;

/// Most bytes of a schema with all that it refers to.
pub(crate) const MOST_BYTES: usize = 64 * 1024;

/// Most expressions in one, and what each may become, in bytes.
const MOST_PATTERNS: usize = 100;
const PATTERN_BYTES: usize = 256 * 1024;

/// How far an expression with look-around is followed for one text. Others take no longer than their text.
const MOST_BACKTRACKS: usize = 1000;

/// Most parts of a schema that are looked at for one value; some 50 nanoseconds each. An answer has megabytes, a value
/// of a plan is short.
const MOST_FOR_ANSWERS: u64 = 1_000_000;
const MOST_FOR_PLANS: u64 = 50_000;

/// Most that are looked at for any value at all.
const MOST_FOR_NOTHING: u64 = 10_000;

/// Up to so much work all errors are looked for, else the first.
const FEW: u64 = 50_000;

/// Most errors that are said.
const MOST_ERRORS: usize = 3;

/// Members that move what references lead to: nobody could say beforehand what they mean.
const MOVING: [&str; 6] = ["$id", "$anchor", "$dynamicAnchor", "$dynamicRef", "$recursiveAnchor", "$recursiveRef"];

/// Why a schema cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unusable {
    #[error("the schema has {0} bytes; at most {MOST_BYTES} are allowed")]
    TooLong(usize),
    #[error("the schema has {0} expressions; at most {MOST_PATTERNS} are allowed")]
    TooManyPatterns(usize),
    #[error("the schema refers to its own parts too often")]
    TooMuch,
    #[error("the schema has `{0}`, which is not followed; refer to its parts by their place: `#/$defs/name`")]
    NotFollowed(String),
    #[error(
        "the schema is written in `{0}`, which is not read; leave `$schema` out and write it in JSON Schema 2020-12"
    )]
    Dialect(String),
    #[error("the schema is not valid: {0}")]
    Invalid(String),
}

/// A schema that can be used.
pub(crate) struct Schema<'s> {
    whole: &'s Value,
    validator: Validator,
    has_look_around: bool,
    most: u64,
    done: Cell<u64>,
}

impl<'s> Schema<'s> {
    /// For the answers of an API.
    ///
    /// # Errors
    /// If it cannot be used.
    pub fn for_answers(whole: &'s Value) -> Result<Self, Unusable> {
        Self::new(whole, false, MOST_FOR_ANSWERS)
    }

    /// For the values of a plan. Formats are part of what is promised.
    ///
    /// # Errors
    /// If it cannot be used.
    pub fn for_plans(whole: &'s Value) -> Result<Self, Unusable> {
        Self::new(whole, true, MOST_FOR_PLANS)
    }

    fn new(whole: &'s Value, formats: bool, most: u64) -> Result<Self, Unusable> {
        let bytes = whole.to_string().len();
        if bytes > MOST_BYTES {
            return Err(Unusable::TooLong(bytes));
        }
        let mut patterns = 0;
        scan(whole, whole, &mut patterns)?;
        if patterns > MOST_PATTERNS {
            return Err(Unusable::TooManyPatterns(patterns));
        }
        work::of(whole, &Value::Null, false, MOST_FOR_NOTHING).ok_or(Unusable::TooMuch)?;
        let options = || jsonschema::options().should_validate_formats(formats);
        let linear = PatternOptions::regex().size_limit(PATTERN_BYTES).dfa_size_limit(PATTERN_BYTES);
        if let Ok(validator) = options().with_pattern_options(linear).build(whole) {
            return Ok(Self { whole, validator, has_look_around: false, most, done: Cell::default() });
        }
        let validator =
            with_look_around(options()).build(whole).map_err(|error| Unusable::Invalid(error.to_string()))?;
        Ok(Self { whole, validator, has_look_around: true, most, done: Cell::default() })
    }

    /// Whether a value conforms; `None` where it would take too long to say.
    pub fn allows(&self, value: &Value) -> Option<bool> {
        self.work(value)?;
        Some(self.validator.is_valid(value))
    }

    /// What is wrong with a value, the first of it; `None` where it would take too long to say.
    pub fn errors(&self, value: &Value) -> Option<Vec<String>> {
        let work = self.work(value)?;
        let text = |error: &jsonschema::ValidationError<'_>| {
            let at = error.instance_path().to_string();
            format!("{}: {error}", if at.is_empty() { "body" } else { &at })
        };
        // The iterator holds all that are found before the first is seen.
        Some(if work <= FEW {
            self.validator.iter_errors(value).take(MOST_ERRORS).map(|error| text(&error)).collect()
        } else {
            self.validator.validate(value).err().iter().map(text).collect()
        })
    }

    /// How much has been looked at for all values so far.
    pub fn done(&self) -> u64 {
        self.done.get()
    }

    fn work(&self, value: &Value) -> Option<u64> {
        let work = work::of(self.whole, value, self.has_look_around, self.most);
        self.done.set(self.done.get().saturating_add(work.unwrap_or(self.most)));
        work
    }
}

fn with_look_around(options: ValidationOptions<'_>) -> ValidationOptions<'_> {
    let patterns = PatternOptions::fancy_regex().backtrack_limit(MOST_BACKTRACKS);
    options.with_pattern_options(patterns.size_limit(PATTERN_BYTES).dfa_size_limit(PATTERN_BYTES))
}

/// Counts expressions in a part of `whole`, and refuses what the work for a value could not be counted for: references
/// that lead elsewhere or nowhere, what moves them, and dialects in which other members do.
fn scan(whole: &Value, part: &Value, patterns: &mut usize) -> Result<(), Unusable> {
    match part {
        Value::Array(items) => items.iter().try_for_each(|item| scan(whole, item, patterns)),
        Value::Object(members) => members.iter().try_for_each(|(name, member)| {
            match member {
                // A property may be called like that.
                Value::Object(_) => {}
                _ if MOVING.contains(&name.as_str()) => return Err(Unusable::NotFollowed(name.clone())),
                Value::String(place) if name == "$ref" && work::find(whole, place).is_none() => {
                    return Err(Unusable::NotFollowed(place.clone()));
                }
                // In draft 4 `id` moves references, and a dialect of one's own is itself a schema.
                Value::String(dialect)
                    if name == "$schema"
                        && matches!(Draft::from_schema_uri(dialect), Draft::Draft4 | Draft::Unknown) =>
                {
                    return Err(Unusable::Dialect(dialect.clone()));
                }
                _ => {}
            }
            *patterns += match (name.as_str(), member) {
                ("pattern", Value::String(_)) => 1,
                ("patternProperties", Value::Object(members)) => members.len(),
                _ => 0,
            };
            scan(whole, member, patterns)
        }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Map, json};

    fn problem(schema: &Value) -> String {
        Schema::for_answers(schema).err().map(|error| error.to_string()).unwrap_or_default()
    }

    /// Each of these refers to the next one twice.
    fn doubling(levels: usize, part: impl Fn(Value) -> Value) -> Value {
        let mut parts = Map::new();
        for level in 0..levels {
            let next = json!({"$ref": format!("#/$defs/X{}", level + 1)});
            parts.insert(format!("X{level}"), part(next));
        }
        parts.insert(format!("X{levels}"), json!({"type": "object"}));
        json!({"$ref": "#/$defs/X0", "$defs": parts})
    }

    #[test]
    fn what_would_never_end_is_not_begun() {
        for keyword in ["allOf", "anyOf", "oneOf"] {
            let schema = doubling(40, |next| json!({keyword: [next, next]}));
            assert!(problem(&schema).contains("too often"), "{keyword}");
        }
        let schema = doubling(40, |next| json!({"if": next, "then": next, "not": {"not": next}}));
        assert!(problem(&schema).contains("too often"));
        let schema = doubling(40, |next| json!({"allOf": [next], "unevaluatedProperties": false}));
        assert!(problem(&schema).contains("too often"));
        assert_eq!(problem(&doubling(8, |next| json!({"allOf": [next, next]}))), "");
        // It holds itself, at the same place.
        assert!(problem(&json!({"allOf": [{"$ref": "#"}]})).contains("too often"));
    }

    #[test]
    fn a_place_is_written_in_one_way() {
        // What the validator takes for a part of the same document. Each would take as long as that part does.
        for place in [
            "",
            "/",
            "./",
            "?",
            "json-schema:///",
            "/#/$defs/x",
            "json-schema:///#/$defs/x",
            "#/$defs/%78",
            "#/allOf/00",
            "#/allOf/+0",
            "#/$defs/~~1",
            "#x",
            "#/$defs/nowhere",
            "https://json-schema.org/draft/2020-12/schema",
        ] {
            let schema =
                json!({"allOf": [{}], "$defs": {"x": {}, "~/": {}, "~~1": {}}, "properties": {"a": {"$ref": place}}});
            assert!(problem(&schema).contains(&format!("`{place}`, which is not followed")), "{place}");
        }
        let schema = json!({"$defs": {"a/b": {}, "~": {"anyOf": [{}]}}, "anyOf": [{"$ref": "#/$defs/a~1b"}, {"$ref": "#/$defs/~0/anyOf/0"}]});
        assert_eq!(problem(&schema), "");
    }

    #[test]
    fn no_dialect_gives_a_place_another_meaning() {
        let written = |dialect: &str| {
            // Draft 4 takes `id` for a new base.
            let part = json!({"$schema": dialect, "id": "https://x.example/", "allOf": [{"$ref": "#/$defs/x"}]});
            problem(&json!({"properties": {"a": part}, "$defs": {"x": {}}}))
        };
        for dialect in ["http://json-schema.org/draft-04/schema#", "json-schema:///", "#", ""] {
            assert!(written(dialect).contains(&format!("`{dialect}`, which is not read")), "{dialect}");
        }
        for dialect in ["https://json-schema.org/draft/2020-12/schema", "http://json-schema.org/draft-07/schema#"] {
            assert_eq!(written(dialect), "");
        }
        // A property may be called like that.
        assert_eq!(problem(&json!({"properties": {"$schema": {"type": "string"}}})), "");
    }

    #[test]
    fn what_is_too_much_for_one_value_is_not_said_of_it() {
        // Twice as much with each level of the value.
        let again = json!({"properties": {"a": {"$ref": "#"}}});
        let whole = json!({"type": ["object", "null"], "allOf": [again, again]});
        let schema = Schema::for_answers(&whole).unwrap();
        let deep = |levels| (0..levels).fold(Value::Null, |inner, _| json!({"a": inner}));
        assert_eq!((schema.allows(&deep(4)), schema.errors(&deep(4))), (Some(true), Some(vec![])));
        assert_eq!((schema.allows(&deep(100)), schema.errors(&deep(100))), (None, None));
        // A tree is no such thing.
        let whole = json!({"type": ["object", "null"], "properties": {"a": {"$ref": "#"}}});
        assert_eq!(Schema::for_answers(&whole).unwrap().allows(&deep(100)), Some(true));
    }

    #[test]
    fn expressions_take_no_longer_than_their_text() {
        let texts = |count: usize| -> Value { vec![Value::from("a".repeat(40) + "!"); count].into() };
        let of = |pattern: &str| json!({"items": {"anyOf": [{"pattern": pattern}, {}]}});
        let whole = of("^(a|a)*$");
        assert_eq!(Schema::for_answers(&whole).unwrap().allows(&texts(5_000)), Some(true));
        // These may go back a thousand times for each text.
        let whole = of("^(a|a)*\\1b");
        assert_eq!(Schema::for_answers(&whole).unwrap().allows(&texts(50_000)), None);
        assert_eq!(Schema::for_answers(&whole).unwrap().allows(&texts(50)), Some(true));
        let whole = json!({"pattern": "^(?=.*[A-Z])(?=.*[0-9]).{8,}$"});
        let password = Schema::for_plans(&whole).unwrap();
        assert_eq!(password.allows(&json!("Passw0rdPassw0rd")), Some(true));
        assert_eq!(password.allows(&json!("password")), Some(false));
    }

    #[test]
    fn what_is_too_large_or_cannot_be_followed_is_not_used() {
        let many: Vec<Value> = (0..101).map(|at| json!({"pattern": format!("a{at}")})).collect();
        assert!(problem(&json!({"allOf": many})).contains("at most 100"));
        assert!(problem(&json!({"pattern": "(a{1000}){1000}"})).contains("not valid"));
        assert!(problem(&json!({"description": "x".repeat(70_000)})).contains("at most 65536"));
        assert!(problem(&json!({"$ref": "https://evil.example/schema"})).contains("`https://evil.example/schema`"));
        assert!(problem(&json!({"$id": "https://x.example/", "$ref": "#a"})).contains("`$id`"));
        assert!(problem(&json!({"properties": {"b": {"$anchor": "a"}}})).contains("`$anchor`"));
        assert!(problem(&json!({"$ref": "#/$defs/a%20b", "$defs": {"a b": {}}})).contains("`#/$defs/a%20b`"));
        assert!(problem(&Value::Null).contains("not valid"));
        assert_eq!(problem(&json!({"properties": {"$id": {"type": "string"}, "pattern": {"type": "string"}}})), "");
    }

    #[test]
    fn the_first_errors_are_said_with_their_place() {
        let whole = json!({"items": {"type": "integer"}});
        let schema = Schema::for_answers(&whole).unwrap();
        let errors = |length: usize| schema.errors(&vec![json!("x"); length].into()).unwrap();
        assert_eq!(errors(2), ["/0: \"x\" is not of type \"integer\"", "/1: \"x\" is not of type \"integer\""]);
        assert_eq!((errors(10).len(), errors(100_000).len()), (3, 1));
    }
}
