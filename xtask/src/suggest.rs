//! "Did you mean …?"

/// The known word that was most likely meant, if any is near.
pub fn meant<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |word: &str| word.to_lowercase().replace('_', "-");
    known
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&plain(word), &plain(candidate)), candidate))
        .filter(|(likeness, _)| *likeness > 0.7)
        .max_by(|(left, _), (right, _)| left.total_cmp(right))
        .map(|(_, candidate)| candidate)
}

/// The same as the end of a sentence: `; did you mean …?`, or nothing.
pub fn hint<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    meant(word, known).map_or_else(String::new, |candidate| format!("; did you mean `{candidate}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_found() {
        let known = ["stack-name", "region", "profile"];
        assert_eq!(meant("stack_name", known), Some("stack-name"));
        assert_eq!(meant("Region", known), Some("region"));
        assert_eq!(meant("profil", known), Some("profile"));
        assert_eq!(meant("xyz", known), None);
        assert_eq!(hint("regio", known), "; did you mean `region`?");
        assert_eq!(hint("xyz", known), "");
    }
}
