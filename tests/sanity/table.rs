//! The table in docs/sanity.md, written by the test itself.

use crate::fixture::{Fixture, Judged};
use std::fmt::Write as _;
use std::path::Path;

const BEGIN: &str = "<!-- planted faults: begin -->\n";
const END: &str = "<!-- planted faults: end -->";

/// Compares the table with the documented one. With `DRYDOCK_UPDATE_DOCS=1` it is written there instead.
pub fn check(rows: &[(&Fixture, Judged, Judged)]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/sanity.md");
    let document = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = document.split_once(BEGIN).unwrap();
    let (is, after) = rest.split_once(END).unwrap();
    let table = table(rows);
    if std::env::var_os("DRYDOCK_UPDATE_DOCS").is_some() {
        std::fs::write(&path, format!("{before}{BEGIN}{table}{END}{after}")).unwrap();
    } else {
        assert_eq!(is, table, "docs/sanity.md is not what was measured; run this again with DRYDOCK_UPDATE_DOCS=1");
    }
}

fn table(rows: &[(&Fixture, Judged, Judged)]) -> String {
    let mut text = String::from(
        "| Fixture | Planted | Found without a model | False alarms | Found with the played model | False alarms |\n\
         |---|---|---|---|---|---|\n",
    );
    let mut sum = [0; 5];
    for (fixture, without, with) in rows {
        let numbers = [
            fixture.faults.len(),
            without.found.len(),
            without.false_alarms.len(),
            with.found.len(),
            with.false_alarms.len(),
        ];
        sum.iter_mut().zip(numbers).for_each(|(sum, number)| *sum += number);
        let numbers = numbers.map(|number| number.to_string()).join(" | ");
        writeln!(text, "| `{}`: {} | {numbers} |", fixture.name, fixture.what).unwrap();
    }
    let sum = sum.map(|number| number.to_string()).join(" | ");
    writeln!(text, "| All | {sum} |").unwrap();
    text
}
