//! Version wishes as package managers write them, compared with the few versions that Lambda offers.
//!
//! A runtime is one line of versions (`22` for Node.js, `3.12` for Python) of which Lambda runs the newest patch, so
//! a wish is compared only as far as the line goes: `>=22.4` is met by 22.

use std::cmp::Ordering;

/// True if a line such as `[22]` or `[3, 12]` meets `wish`: alternatives by `||`, conditions by space or comma.
pub(crate) fn meets(line: &[u32], wish: &str) -> bool {
    wish.split("||").any(|alternative| all_conditions(line, alternative.trim()))
}

fn all_conditions(line: &[u32], conditions: &str) -> bool {
    if let Some((from, to)) = conditions.split_once(" - ") {
        return condition(line, &format!(">={}", from.trim())) && condition(line, &format!("<={}", to.trim()));
    }
    // `>= 18` is one condition.
    let mut joined = conditions.to_owned();
    for operator in ["=", "<", ">", "~", "^"] {
        while joined.contains(&format!("{operator} ")) {
            joined = joined.replace(&format!("{operator} "), operator);
        }
    }
    joined.split([',', ' ']).filter(|part| !part.is_empty()).all(|part| condition(line, part))
}

fn condition(line: &[u32], text: &str) -> bool {
    let split = text.find(|character: char| !"<>=!~^".contains(character)).unwrap_or(text.len());
    let (operator, version) = text.split_at(split);
    let Some(wanted) = numbers(version) else { return true };
    let shared = wanted.len().min(line.len());
    let order = line[..shared].cmp(&wanted[..shared]);
    // `<23.5` still admits the line 23, `<23` does not.
    let finer = wanted.len() > line.len() && wanted[line.len()..].iter().any(|part| *part > 0);
    match operator {
        ">=" => order != Ordering::Less,
        "<=" => order != Ordering::Greater,
        ">" => order == Ordering::Greater || order == Ordering::Equal && wanted.len() > line.len(),
        "<" => order == Ordering::Less || order == Ordering::Equal && finer,
        "!=" => order != Ordering::Equal || wanted.len() > line.len(),
        "^" => line.first() == wanted.first() && order != Ordering::Less,
        "~=" => {
            let kept = wanted.len().saturating_sub(1).min(line.len());
            line[..kept] == wanted[..kept] && order != Ordering::Less
        }
        _ => order == Ordering::Equal,
    }
}

/// The numbers of `v22.1.0`, `3.12.*`, `python-3.12`, `lts/jod`; `None` if any version will do.
fn numbers(version: &str) -> Option<Vec<u32>> {
    let version = version.trim().trim_start_matches("python-").trim_start_matches(['v', 'V']);
    let code_name = match version.to_ascii_lowercase().as_str() {
        "lts/hydrogen" => Some(18),
        "lts/iron" => Some(20),
        "lts/jod" => Some(22),
        "lts/krypton" => Some(24),
        _ => None,
    };
    if let Some(major) = code_name {
        return Some(vec![major]);
    }
    let parts: Vec<u32> = version.split(['.', '-', '+']).map_while(|part| part.parse().ok()).collect();
    (!parts.is_empty()).then_some(parts)
}

/// Whether everything that `wish` names is older than `line`; for saying what to do with one that cannot be met.
pub(crate) fn is_older(wish: &str, line: &[u32]) -> bool {
    let first = wish.find(|character: char| character.is_ascii_digit()).unwrap_or(wish.len());
    let end = wish[first..]
        .find(|character: char| !character.is_ascii_digit() && character != '.')
        .unwrap_or(wish.len() - first);
    numbers(&wish[first..first + end]).is_some_and(|wanted| wanted.as_slice() < line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wishes_are_read_as_package_managers_read_them() {
        let node = [[20], [22], [24]];
        let check = |wish: &str, expected: &[u32]| {
            let met: Vec<u32> = node.iter().filter(|line| meets(*line, wish)).map(|line| line[0]).collect();
            assert_eq!(met, expected, "{wish}");
        };
        check("22", &[22]);
        check("v22.11.0", &[22]);
        check("22.x", &[22]);
        check("^20.9.0", &[20]);
        check("~22.3", &[22]);
        check(">=18", &[20, 22, 24]);
        check(">= 22.4 < 24", &[22]);
        check(">20", &[22, 24]);
        check("<22.5", &[20, 22]);
        check("<=22", &[20, 22]);
        check("18 || 20 || 22", &[20, 22]);
        check("20 - 22", &[20, 22]);
        check("lts/jod", &[22]);
        check("lts/*", &[20, 22, 24]);
        check("*", &[20, 22, 24]);
        check("18.x", &[]);
    }

    #[test]
    fn python_lines_have_two_numbers() {
        let python = [[3, 10], [3, 11], [3, 12], [3, 13], [3, 14]];
        let check = |wish: &str, expected: &[u32]| {
            let met: Vec<u32> = python.iter().filter(|line| meets(*line, wish)).map(|line| line[1]).collect();
            assert_eq!(met, expected, "{wish}");
        };
        check("3.12", &[12]);
        check("python-3.11.4", &[11]);
        check("3.12.7", &[12]);
        check(">=3.12,<4", &[12, 13, 14]);
        check(">=3.9,<3.12", &[10, 11]);
        check("==3.12.*", &[12]);
        check("~=3.12", &[12, 13, 14]);
        check("~=3.12.1", &[12]);
        check("^3.13", &[13, 14]);
        check("!=3.12,>=3.11", &[11, 13, 14]);
        check("3.8", &[]);
    }

    #[test]
    fn old_wishes_are_told_from_new_ones() {
        assert!(is_older("18.x", &[20]));
        assert!(!is_older("^25", &[20]));
        assert!(is_older("python-3.8.1", &[3, 10]));
        assert!(!is_older(">=3.15", &[3, 10]));
    }
}
