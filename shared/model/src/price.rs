//! What was used, and what it costs.

use serde::{Deserialize, Serialize};
use std::ops::AddAssign;

/// Tokens of one answer, or of many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Usage {
    /// Read in full.
    pub input_tokens: u64,
    /// Written.
    pub output_tokens: u64,
    /// Read and put into the cache.
    #[serde(deserialize_with = "nullable")]
    pub cache_creation_input_tokens: u64,
    /// Read from the cache.
    #[serde(deserialize_with = "nullable")]
    pub cache_read_input_tokens: u64,
}

/// The API writes `null` for what does not apply.
fn nullable<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

impl AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        self.input_tokens += other.input_tokens;
        self.output_tokens += other.output_tokens;
        self.cache_creation_input_tokens += other.cache_creation_input_tokens;
        self.cache_read_input_tokens += other.cache_read_input_tokens;
    }
}

/// USD for a million tokens. Configuration: prices change without us.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Price {
    /// Read in full.
    pub input: f64,
    /// Written.
    pub output: f64,
    /// Read and put into the cache.
    pub cache_write: f64,
    /// Read from the cache.
    pub cache_read: f64,
}

impl Price {
    /// The cache's prices follow from that of input: a quarter more to write, a tenth to read
    /// (<https://docs.anthropic.com/en/docs/build-with-claude/prompt-caching#pricing>).
    pub fn new(input: f64, output: f64) -> Self {
        Self { input, output, cache_write: input * 1.25, cache_read: input * 0.1 }
    }

    /// Reads `input,output`, such as `3,15`; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let (input, output) = text.split_once(',')?;
        let amount = |text: &str| text.trim().parse().ok().filter(|usd: &f64| usd.is_finite() && *usd >= 0.0);
        Some(Self::new(amount(input)?, amount(output)?))
    }

    /// What `usage` costs in USD.
    #[expect(clippy::cast_precision_loss, reason = "2^52 tokens cost more than there is money")]
    pub fn usd(&self, usage: &Usage) -> f64 {
        let part = |tokens: u64, price: f64| tokens as f64 * price / 1e6;
        part(usage.input_tokens, self.input)
            + part(usage.output_tokens, self.output)
            + part(usage.cache_creation_input_tokens, self.cache_write)
            + part(usage.cache_read_input_tokens, self.cache_read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_token_has_its_price() {
        let million = 1_000_000;
        let check = |usage: Usage, expected: f64| {
            assert!((Price::new(3.0, 15.0).usd(&usage) - expected).abs() < 1e-9, "{usage:?}");
        };
        check(Usage { input_tokens: million, ..Usage::default() }, 3.0);
        check(Usage { output_tokens: million, ..Usage::default() }, 15.0);
        check(Usage { cache_creation_input_tokens: million, ..Usage::default() }, 3.75);
        check(Usage { cache_read_input_tokens: million, ..Usage::default() }, 0.3);
    }

    #[test]
    fn prices_are_two_amounts() {
        assert_eq!(Price::parse(" 3, 15 "), Some(Price::new(3.0, 15.0)));
        for bad in ["", "3", "3,x", "-1,2", "nan,1", "3,15,1"] {
            assert_eq!(Price::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn what_does_not_apply_is_nothing() {
        let usage: Usage = serde_json::from_str(r#"{"input_tokens":1,"cache_read_input_tokens":null}"#).unwrap();
        assert_eq!(usage, Usage { input_tokens: 1, ..Usage::default() });
    }
}
