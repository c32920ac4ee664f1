//! Text as people read it: tables, sizes, durations, and words from outside that do no harm.

/// Text from outside in one line that cannot move the cursor, ring or recolour: control characters are written out.
pub fn harmless(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\t' => out.push(' '),
            character if character.is_control() => out.extend(character.escape_default()),
            // Turn the direction of what follows.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => out.extend(character.escape_unicode()),
            character => out.push(character),
        }
    }
    out
}

/// Rows under a head, columns as wide as their widest cell. Cells of columns in `right` are set to the right.
pub fn table(head: &[&str], rows: &[Vec<String>], right: &[usize]) -> String {
    let mut widths: Vec<usize> = head.iter().map(|cell| cell.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let mut text = String::new();
        for (at, (cell, width)) in cells.zip(&widths).enumerate() {
            let gap = " ".repeat(width - cell.chars().count());
            let (before, after) = if right.contains(&at) { (gap.as_str(), "") } else { ("", gap.as_str()) };
            text.push_str(if at == 0 { "" } else { "  " });
            text.push_str(before);
            text.push_str(cell);
            text.push_str(after);
        }
        text.truncate(text.trim_end().len());
        text
    };
    std::iter::once(line(&mut head.iter().copied()))
        .chain(rows.iter().map(|row| line(&mut row.iter().map(String::as_str))))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Bytes as people read them.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 3] = ["kB", "MB", "GB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let (mut tenths, mut unit) = (bytes / 100, 0);
    while tenths >= 10_000 && unit + 1 < UNITS.len() {
        tenths /= 1000;
        unit += 1;
    }
    format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit])
}

/// A duration as people read it.
pub fn elapsed(duration: std::time::Duration) -> String {
    let seconds = duration.as_secs();
    if seconds >= 60 {
        format!("{}m {:02}s", seconds / 60, seconds % 60)
    } else {
        format!("{}.{}s", seconds, duration.subsec_millis() / 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn sizes_read_well() {
        for (bytes, expected) in
            [(0, "0 B"), (999, "999 B"), (1_000, "1.0 kB"), (3_345_678, "3.3 MB"), (12_000_000_000, "12.0 GB")]
        {
            assert_eq!(size(bytes), expected);
        }
    }

    #[test]
    fn durations_read_well() {
        assert_eq!(elapsed(Duration::from_millis(1_290)), "1.2s");
        assert_eq!(elapsed(Duration::from_secs(125)), "2m 05s");
    }

    #[test]
    fn tables_line_up_and_leave_nothing_at_the_end() {
        let rows =
            vec![vec!["api".to_owned(), "7".to_owned(), "x".to_owned()], vec!["b".into(), "12".into(), "".into()]];
        assert_eq!(table(&["name", "n", "note"], &rows, &[1]), "name   n  note\napi    7  x\nb     12");
    }

    #[test]
    fn text_from_outside_cannot_play_with_the_terminal() {
        assert_eq!(harmless("a\tb\n\x1b[31mred \u{202e}ü"), "a b\\n\\u{1b}[31mred \\u{202e}ü");
    }
}
