//! What of a client's free JSON the table can hold.

use serde_json::Value;

/// DynamoDB nests 32 deep, and the value lies a few levels down in the head already
/// (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html>).
const MAX_DEPTH: usize = 20;

/// A value takes a few bytes beside its own; with this many they stay far from the 400 KB that an item may have.
const MAX_VALUES: usize = 10_000;

/// A head has 400 KB for this and for all that is found out later; what a status lists as deployed is far smaller.
const MAX_BYTES: usize = 160 * 1024;

/// The range of DynamoDB's numbers, whatever the sign.
const NUMBERS: std::ops::Range<f64> = 1e-130..1e125;

/// Checks a value.
///
/// # Errors
/// Says what it must not hold, as the rest of a sentence.
pub fn check(value: &Value) -> Result<(), String> {
    let mut left = MAX_VALUES;
    walk(value, MAX_DEPTH, &mut left)?;
    let bytes = value.to_string().len();
    if bytes > MAX_BYTES {
        return Err(format!("must not have more than {MAX_BYTES} bytes, and has {bytes}"));
    }
    Ok(())
}

fn walk(value: &Value, depth: usize, left: &mut usize) -> Result<(), String> {
    *left = left.checked_sub(1).ok_or_else(|| format!("must not hold more than {MAX_VALUES} values"))?;
    let inner = || depth.checked_sub(1).ok_or_else(|| format!("must not be nested more than {MAX_DEPTH} deep"));
    match value {
        Value::Null | Value::Bool(_) | Value::String(_) => Ok(()),
        Value::Number(number) => match number.as_f64().map(f64::abs) {
            Some(size) if size == 0.0 || NUMBERS.contains(&size) => Ok(()),
            _ => Err(format!("must not hold the number {number}; write it as a text")),
        },
        Value::Array(values) => {
            let depth = inner()?;
            values.iter().try_for_each(|value| walk(value, depth, left))
        }
        Value::Object(fields) => {
            let depth = inner()?;
            if fields.contains_key("") {
                return Err("must not have an empty name".to_owned());
            }
            fields.values().try_for_each(|value| walk(value, depth, left))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_clients_send_is_storable() {
        let details = json!({
            "apiUrl": "https://x", "outputs": [{"OutputKey": "Url", "OutputValue": ""}], "n": [0, -1, 0.5, 1e20],
            "none": null, "yes": true, "account": 123_456_789_012_u64
        });
        assert_eq!(check(&details), Ok(()));
    }

    #[test]
    fn what_the_table_would_refuse_is_refused_first() {
        let refused = |value: Value, expected: &str| {
            let error = check(&value).unwrap_err();
            assert!(error.contains(expected), "{error}");
        };
        let nested = |depth: usize| (0..depth).fold(json!(1), |inner, _| json!([inner]));
        assert_eq!(check(&nested(MAX_DEPTH)), Ok(()));
        refused(nested(MAX_DEPTH + 1), "20 deep");
        refused(json!({"a": 1e300}), "the number 1e+300");
        refused(json!({"a": -1e-200}), "write it as a text");
        refused(json!({"a": {"": 1}}), "empty name");
        refused(json!(vec![0; MAX_VALUES]), "10000 values");
        assert_eq!(check(&json!("x".repeat(MAX_BYTES - 2))), Ok(()));
        refused(json!("x".repeat(MAX_BYTES)), "more than 163840 bytes, and has 163842");
    }
}
