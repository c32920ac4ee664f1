//! Characters that nobody sees: they hide instructions in text, and differences between texts that look the same.

/// True for characters without a shape of their own that no source file needs: zero-width, directional, tags,
/// variation selectors, and controls but for tab and line breaks.
pub(crate) fn is_invisible(char: char) -> bool {
    match char {
        '\t' | '\n' | '\r' => false,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{feff}' | '\u{115f}' | '\u{1160}' | '\u{3164}' => true,
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => true,
        '\u{fe00}'..='\u{fe0f}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}' => true,
        char => char.is_control(),
    }
}

/// The text without them.
pub(crate) fn strip(text: &str) -> String {
    text.chars().filter(|char| !is_invisible(*char)).collect()
}

/// The text without them, and where each of its bytes stands in the original; the last place is the original's end.
pub(crate) fn strip_with_places(text: &str) -> (String, Vec<usize>) {
    let mut stripped = String::with_capacity(text.len());
    let mut places = Vec::with_capacity(text.len() + 1);
    for (at, char) in text.char_indices().filter(|(_, char)| !is_invisible(*char)) {
        stripped.push(char);
        places.extend(at..at + char.len_utf8());
    }
    places.push(text.len());
    (stripped, places)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_sees_goes_and_the_rest_stays() {
        assert_eq!(strip("a\u{200b}b\u{202e}c\u{e0041}d\u{feff}\u{1b}[0m\tä\n"), "abcd[0m\tä\n");
    }

    #[test]
    fn places_lead_back() {
        let text = "ä\u{200b}b";
        let (stripped, places) = strip_with_places(text);
        assert_eq!(stripped, "äb");
        assert_eq!(places, [0, 1, 5, 6]);
    }
}
