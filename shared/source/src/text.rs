//! Text that comes from a repository or its server, made fit for logs and messages.

/// `text` on one line without control characters, at most `most` characters of it.
pub(crate) fn printable(text: &str, most: usize) -> String {
    let clean = |character: char| {
        // Bidirectional overrides would let a name pose as another.
        let misleading =
            matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if character.is_control() || misleading { '\u{fffd}' } else { character }
    };
    let mut printable: String = text.chars().take(most).map(clean).collect();
    if text.chars().nth(most).is_some() {
        printable.push('…');
    }
    printable
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_moves_the_cursor_or_runs_on() {
        assert_eq!(printable("a\nb\u{1b}[2J\u{202e}c", 20), "a\u{fffd}b\u{fffd}[2J\u{fffd}c");
        assert_eq!(printable("abcdef", 3), "abc…");
        assert_eq!(printable("Ümläut", 6), "Ümläut");
    }
}
