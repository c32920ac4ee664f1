//! How uploads are told: a line for each zip that was sent, and below them on a terminal one for all that are under way.

use crate::printer::{Printer, size};

/// Tells uploads, see the module.
pub struct Uploads<'a> {
    printer: &'a Printer,
    begun: Sum,
    done: Sum,
    /// True while the line for all stands on the terminal.
    drawn: bool,
}

/// Zips and their bytes.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    zips: usize,
    bytes: u64,
}

impl Sum {
    const fn add(&mut self, bytes: u64) {
        self.zips += 1;
        self.bytes += bytes;
    }
}

impl<'a> Uploads<'a> {
    /// Before the first.
    pub fn new(printer: &'a Printer) -> Self {
        Self { printer, begun: Sum::default(), done: Sum::default(), drawn: false }
    }

    /// A zip of so many bytes is being sent.
    pub fn begun(&mut self, bytes: u64) {
        self.erase();
        self.begun.add(bytes);
        self.draw();
    }

    /// It was sent.
    pub fn done(&mut self, name: &str, bytes: u64) {
        self.erase();
        self.done.add(bytes);
        self.printer.step("Uploaded", format_args!("{name} ({})", size(bytes)));
        self.draw();
    }

    fn draw(&mut self) {
        if self.done.zips < self.begun.zips && self.printer.is_live() {
            self.printer.step("Uploading", line(self.done, self.begun));
            self.drawn = true;
        }
    }

    fn erase(&mut self) {
        if std::mem::take(&mut self.drawn) {
            self.printer.draw("\x1b[1A\x1b[J");
        }
    }
}

fn line(done: Sum, begun: Sum) -> String {
    format!("{} of {} zips, {} of {}", done.zips, begun.zips, size(done.bytes), size(begun.bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_counts_what_was_sent_of_what_is_being_sent() {
        let mut sums = (Sum::default(), Sum::default());
        sums.0.add(2_500_000);
        [2_500_000, 5_000_000].into_iter().for_each(|bytes| sums.1.add(bytes));
        assert_eq!(line(sums.0, sums.1), "1 of 2 zips, 2.5 MB of 7.5 MB");
    }
}
