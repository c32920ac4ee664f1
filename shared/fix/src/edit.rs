//! Replacing one text by another, with errors that say how to do it right.

use crate::invisible::{is_invisible, strip_with_places};

/// Replaces the one place where `old` stands.
///
/// Line breaks follow the file's own. Invisible characters of the file, which the model never sees, do not keep a
/// text from being found; those inside it go with it.
pub(crate) fn replace(path: &str, text: &str, old: &str, new: &str) -> Result<String, String> {
    if old.is_empty() {
        return Err("old_str is empty; to write a new file use create".to_owned());
    }
    if old == new {
        return Err("old_str and new_str are the same: that changes nothing".to_owned());
    }
    let (old, new) = if text.contains("\r\n") && !old.contains('\r') {
        (old.replace('\n', "\r\n"), new.replace("\r\n", "\n").replace('\n', "\r\n"))
    } else {
        (old.to_owned(), new.to_owned())
    };
    if text.chars().any(is_invisible) {
        let (stripped, places) = strip_with_places(text);
        let at = only(path, &stripped, &old)?;
        return Ok([&text[..places[at]], &new, &text[places[at + old.len()]..]].concat());
    }
    let at = only(path, text, &old)?;
    Ok([&text[..at], &new, &text[at + old.len()..]].concat())
}

/// Where `old` stands, if that is one place.
fn only(path: &str, text: &str, old: &str) -> Result<usize, String> {
    let mut places = text.match_indices(old).map(|(at, _)| at);
    match (places.next(), places.next()) {
        (Some(at), None) => Ok(at),
        (Some(_), Some(_)) => {
            let lines: Vec<String> =
                text.match_indices(old).take(8).map(|(at, _)| line_of(text, at).to_string()).collect();
            let count = text.matches(old).count();
            Err(format!(
                "old_str stands {count} times in {path} (lines {}); nothing was changed. Add lines around it until it is the \
                 only one.",
                lines.join(", ")
            ))
        }
        (None, _) => Err(format!("old_str is not in {path}; nothing was changed. {}", nearest(text, old))),
    }
}

fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

/// Lines that the model may have meant: the same but for white space, or the most alike.
fn nearest(text: &str, old: &str) -> String {
    let Some(wanted) = old.lines().map(str::trim).find(|line| !line.is_empty()) else {
        return "It is only white space.".to_owned();
    };
    let same: Vec<String> = text
        .lines()
        .enumerate()
        .filter(|(_, line)| line.trim() == wanted)
        .take(3)
        .map(|(at, line)| format!("{}\t{line}", at + 1))
        .collect();
    if !same.is_empty() {
        return format!(
            "Its first line is there but for white space, or the lines after it differ:\n{}",
            same.join("\n")
        );
    }
    let alike = text
        .lines()
        .enumerate()
        .map(|(at, line)| (shared_words(line, wanted), at, line))
        .max_by_key(|(score, at, _)| (*score, usize::MAX - at));
    match alike {
        Some((score, at, line)) if score > 0 => format!("The most similar line is:\n{}\t{line}", at + 1),
        _ => "View the file and copy the text exactly.".to_owned(),
    }
}

fn shared_words(line: &str, wanted: &str) -> usize {
    let is_part = |char: char| !char.is_alphanumeric();
    let words: Vec<&str> = wanted.split(is_part).filter(|word| !word.is_empty()).collect();
    line.split(is_part).filter(|word| words.contains(word)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "A: 1\n  B: 2\nC: 1\n";

    #[test]
    fn exactly_one_place_is_replaced() {
        assert_eq!(replace("a", TEXT, "A: 1", "A: 3").unwrap(), "A: 3\n  B: 2\nC: 1\n");
        assert_eq!(replace("a", TEXT, "  B: 2\n", "").unwrap(), "A: 1\nC: 1\n");
    }

    #[test]
    fn errors_tell_how_to_do_it_right() {
        let check = |old: &str, expected: &str| {
            let error = replace("a.yaml", TEXT, old, "x").unwrap_err();
            assert!(error.contains(expected), "{error}");
        };
        check(": 1", "stands 2 times in a.yaml (lines 1, 3)");
        check("B: 2\n  C: 1", "2\t  B: 2");
        check("C: 17", "similar line is:\n");
        check("zzz", "View the file");
        check("", "create");
        assert!(replace("a", TEXT, "A", "A").unwrap_err().contains("changes nothing"));
    }

    #[test]
    fn line_breaks_stay_the_files_own() {
        assert_eq!(replace("a", "a\r\nb\r\nc\r\n", "a\nb\n", "x\ny\n").unwrap(), "x\r\ny\r\nc\r\n");
    }

    #[test]
    fn what_the_model_cannot_see_does_not_stop_it() {
        let text = "a\u{200b}b: 1\nc\u{200b}d: 2\n";
        assert_eq!(replace("a", text, "ab: 1", "ab: 2").unwrap(), "ab: 2\nc\u{200b}d: 2\n");
    }
}
