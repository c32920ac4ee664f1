//! Times as the language writes them: RFC 3339, with a capital `T` and, without an offset, a capital `Z`.
//! <https://states-language.net/#timestamps>

/// True if `text` is a time, such as `2016-03-14T01:59:00Z` or `2016-03-14T01:59:00.5+01:00`.
pub(super) fn is_time(text: &str) -> bool {
    let Some((date, time)) = text.split_once('T') else { return false };
    let (clock, offset) = match time.strip_suffix('Z') {
        Some(clock) => (clock, None),
        None => {
            let Some(at) = time.rfind(['+', '-']) else { return false };
            (&time[..at], Some(&time[at + 1..]))
        }
    };
    let (seconds, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    is_date(date)
        && numbers(seconds, ':', [2, 2, 2])
            .is_some_and(|[hour, minute, second]| hour < 24 && minute < 60 && second <= 60)
        && !fraction.is_empty()
        && fraction.bytes().all(|byte| byte.is_ascii_digit())
        && offset
            .is_none_or(|offset| numbers(offset, ':', [2, 2]).is_some_and(|[hour, minute]| hour < 24 && minute < 60))
}

fn is_date(text: &str) -> bool {
    let Some([year, month, day]) = numbers(text, '-', [4, 2, 2]) else { return false };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u32::from(leap),
        _ => 31,
    };
    (1..=12).contains(&month) && (1..=days).contains(&day)
}

/// Numbers of so many digits each, with `separator` between them.
fn numbers<const N: usize>(text: &str, separator: char, digits: [usize; N]) -> Option<[u32; N]> {
    let mut parts = text.split(separator);
    let mut all = [0; N];
    for (number, digits) in all.iter_mut().zip(digits) {
        let part =
            parts.next().filter(|part| part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit()))?;
        *number = part.parse().ok()?;
    }
    parts.next().is_none().then_some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_one_form() {
        for time in [
            "2016-03-14T01:59:00Z",
            "2016-03-14T01:59:00.123Z",
            "2016-03-14T01:59:00+01:00",
            "2016-03-14T01:59:00.5-11:30",
            "2024-02-29T23:59:60Z",
        ] {
            assert!(is_time(time), "{time}");
        }
        for other in [
            "",
            "tomorrow",
            "2016-03-14",
            "2016-03-14 01:59:00Z",
            "2016-03-14t01:59:00Z",
            "2016-03-14T01:59:00z",
            "2016-03-14T01:59:00",
            "2016-03-14T01:59Z",
            "2016-03-14T01:59:00.Z",
            "2016-13-14T01:59:00Z",
            "2023-02-29T01:59:00Z",
            "2016-03-14T24:00:00Z",
            "2016-03-14T01:59:00+0100",
            "+016-03-14T01:59:00Z",
        ] {
            assert!(!is_time(other), "{other}");
        }
    }
}
