//! The report as one page that needs nothing else: light and dark, wide and narrow. Everything that comes from a
//! deployment is escaped by the template; there is no script.

use super::{Report, ReportedEndpoint, ReportedStep, Verdict};
use crate::plan::Phase;
use crate::run::{CheckName, Outcome};
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// Every colour is said once, for light and for dark.
const STYLE: &str = "
:root{color-scheme:light dark;--page:#f6f7f9;--card:#fff;--ink:#1a2230;--soft:#5a6675;--line:#dde2e9;--good:#0a7d43;
--bad:#b8232f;--warn:#8a5a00;--idle:#5a6675;--code:#f0f2f5;--hover:#f3f5f8}
@media(prefers-color-scheme:dark){:root{--page:#12161c;--card:#1a2029;--ink:#e6eaf0;--soft:#9aa7b6;--line:#2c3542;
--good:#4cc38a;--bad:#ff7b84;--warn:#e9b44c;--idle:#9aa7b6;--code:#10151b;--hover:#202833}}
*{box-sizing:border-box}body{margin:0;background:var(--page);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:60rem;margin:0 auto;padding:1.5rem 1rem 4rem}h1{font-size:1rem;font-weight:600;margin:0;overflow-wrap:anywhere}
h2{font-size:1.1rem;margin:2rem 0 .6rem}p{margin:.5rem 0}
code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
.soft{color:var(--soft);font-size:.9rem}.card{background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:1.1rem 1.2rem}
header.card{border-top:.35rem solid currentColor}header>*{color:var(--ink)}header>.soft{color:var(--soft)}
.verdict{display:inline-block;font-weight:700;font-size:2rem;line-height:1.2;margin:.5rem 0 .2rem}.verdict::first-letter{text-transform:uppercase}
.passed,header>.passed{color:var(--good)}.failed,header>.failed{color:var(--bad)}
.flaky{color:var(--warn)}.skipped,.nothing,header>.nothing{color:var(--idle)}
.bar{display:flex;gap:2px;height:.5rem;border-radius:.25rem;overflow:hidden;margin:.7rem 0}.bar span{background:currentColor;min-width:3px}
.counts{display:flex;flex-wrap:wrap;gap:.2rem 1.4rem;margin:.6rem 0;padding:0;list-style:none}
.wrong ul{list-style:none;padding:0;margin:0}.wrong li{padding:.35rem 0 .35rem 4.6rem;text-indent:-4.6rem}
.wrong b{display:inline-block;min-width:4.2rem;text-indent:0;margin-right:.4rem}#notes ul{padding-left:1.2rem;margin:0}
details{background:var(--card);border:1px solid var(--line);margin-top:-1px;scroll-margin-top:1rem}
details:first-of-type{border-radius:.6rem .6rem 0 0}details:last-of-type{border-radius:0 0 .6rem .6rem}details:only-of-type{border-radius:.6rem}
details:target{outline:2px solid var(--soft);outline-offset:-2px}
summary{cursor:pointer;padding:.55rem 1rem;display:flex;gap:.8rem;align-items:baseline;list-style:none}summary::-webkit-details-marker{display:none}
summary:hover{background:var(--hover)}summary::before{content:'▸';color:var(--soft);width:.8rem;flex:none}details[open]>summary::before{content:'▾'}
summary b{min-width:4.8rem}summary span{overflow-wrap:anywhere;min-width:0}summary>span:last-child{margin-left:auto;white-space:nowrap}
.inside{padding:.2rem 1rem 1rem;border-top:1px solid var(--line)}
pre{background:var(--code);border-radius:.4rem;padding:.7rem;white-space:pre-wrap;overflow-wrap:anywhere;font-size:.85rem;margin:.4rem 0}
pre.request{user-select:all}
a{color:inherit;text-underline-offset:.15em}li{overflow-wrap:anywhere}code{overflow-wrap:anywhere;font-size:.9em}
h3{font-size:.85rem;color:var(--soft);margin:.9rem 0 0;font-weight:600}
.checks{list-style:none;margin:.3rem 0;padding:0}.checks li{padding:.15rem 0 .15rem 1.3rem;text-indent:-1.3rem}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.35rem .8rem .35rem 0;border-bottom:1px solid var(--line);vertical-align:top}
th{font-size:.85rem;color:var(--soft)}
@media(max-width:34rem){main{padding:.8rem .7rem 3rem}summary{flex-wrap:wrap;gap:.1rem .6rem;padding:.55rem .8rem}
summary b{min-width:0}summary>span:nth-of-type(1){flex-basis:100%;padding-left:1.4rem;order:1}summary>span:last-child{order:0}
.wrong li{padding-left:0;text-indent:0}.wrong b{min-width:0}}
@media print{body{background:none}details{break-inside:avoid}}
";

impl Report {
    /// One self-contained page.
    pub fn to_html(&self) -> String {
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="robots" content="noindex";
                    title { "Sanity test: " (self.verdict.as_str()) " – " (self.repository) }
                    style { (PreEscaped(STYLE)) }
                }
                body { main {
                    (self.head())
                    (self.wrong())
                    @if !self.notes.is_empty() { section id="notes" { h2 { "Notes" } ul { @for note in &self.notes { li { (note) } } } } }
                    section id="steps" {
                        h2 { "Steps" }
                        @if self.steps.is_empty() { p.soft { "No request was sent." } }
                        @for step in &self.steps { (details(step)) }
                    }
                    (endpoints(&self.endpoints))
                } }
            }
        }
        .into_string()
    }

    /// What went wrong, in a line each, with the way to it.
    fn wrong(&self) -> Markup {
        let wrong = self.steps.iter().filter(|step| matches!(step.result.outcome, Outcome::Failed | Outcome::Flaky));
        let (judged, clean_up): (Vec<_>, Vec<_>) = wrong.partition(|step| step.is_judged());
        html! {
            @if !judged.is_empty() { section id="wrong" class="wrong" { h2 { "What went wrong" } (lines(&judged)) } }
            @if !clean_up.is_empty() {
                section id="clean-up" class="wrong" { h2 { "Clean-up that failed (not judged)" } (lines(&clean_up)) }
            }
        }
    }

    fn head(&self) -> Markup {
        let class = match self.verdict {
            Verdict::Passed => "passed",
            Verdict::Failed => "failed",
            Verdict::NothingToTest => "nothing",
        };
        let counts = &self.counts;
        let shown = [
            ("passed", counts.passed),
            ("failed", counts.failed),
            ("flaky", counts.flaky),
            ("skipped", counts.skipped),
        ];
        html! {
            header class={ "card " (class) } {
                h1 { (self.repository) }
                p.soft { "Sanity test of the branch " (self.branch) ", " (minute(&self.created_at)) }
                span id="verdict" class={ "verdict " (class) } { (self.verdict.as_str()) }
                @if counts.total > 0 {
                    div.bar aria-hidden="true" {
                        @for (name, count) in shown { @if count > 0 { span class=(name) style={ "flex-grow:" (count) } {} } }
                    }
                }
                ul.counts {
                    @for (name, count) in shown { li class=(name) { b { (count) } " " (name) } }
                    li.soft { (self.counts.total) " steps in " (time(self.duration_ms)) }
                }
                p.soft { "Session " code { (self.session_id) } ", plan " code { (self.plan_id) } }
            }
        }
    }
}

/// A line for each step, with the way to it.
fn lines(steps: &[&ReportedStep]) -> Markup {
    html! {
        ul { @for step in steps {
            @let failed = step.result.checks.iter().find(|check| !check.passed);
            li {
                b class=(word(step.result.outcome)) { (word(step.result.outcome)) } " "
                a href={ "#" (step.result.id) } { (step.result.name) }
                @if let Some(check) = failed { ": expected " (check.expected) ", got " (check.actual) }
            }
        } }
    }
}

const fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Passed => "passed",
        Outcome::Failed => "failed",
        Outcome::Flaky => "flaky",
        Outcome::Skipped => "skipped",
    }
}

fn details(step: &ReportedStep) -> Markup {
    let result = &step.result;
    let word = word(result.outcome);
    let phase = match result.phase {
        Phase::SetUp => " (set-up)",
        Phase::Test => "",
        Phase::CleanUp => " (clean-up)",
    };
    html! {
        details id=(result.id) open[matches!(result.outcome, Outcome::Failed | Outcome::Flaky)] {
            summary {
                b class=(word) { (word) }
                span { (result.name) span.soft { (phase) } }
                span.soft { @if let Some(answer) = &result.answer { (answer.status) " · " (time(answer.millis)) } }
            }
            div.inside {
                @if let Some(reason) = &result.reason { p { (reason) } }
                @if !result.checks.is_empty() {
                    h3 { "Checks" }
                    ul.checks {
                        @for check in &result.checks {
                            @if check.passed {
                                li {
                                    span.passed { "✓ " } code { (check.name) }
                                    @if check.name == CheckName::RedirectAllowed { ": " (check.actual) }
                                }
                            }
                            @else { li { span.failed { "✗ " } code { (check.name) } ": expected " (check.expected) ", got " (check.actual) } }
                        }
                    }
                }
                @if let Some(request) = &result.request { h3 { "Request" } pre.request { (request.curl) } }
                @if let Some(answer) = &result.answer {
                    h3 { "Answer" }
                    pre { "HTTP " (answer.status) "\n" @for (name, value) in &answer.headers { (name) ": " (value) "\n" } "\n" (answer.body) }
                }
                @if let Some(file) = &step.likely_file { h3 { "Likely file" } p { code { (file) } } }
                @if !step.log_lines.is_empty() { h3 { "Function log" } pre { @for line in &step.log_lines { (line) "\n" } } }
                @if result.tries > 1 { p.soft { "Sent " (result.tries) " times." } }
            }
        }
    }
}

fn endpoints(endpoints: &[ReportedEndpoint]) -> Markup {
    html! {
        section id="endpoints" {
            h2 { "Endpoints" }
            @if endpoints.is_empty() { p.soft { "None was found." } }
            @else {
                div.scroll { table {
                    thead { tr { th { "Method" } th { "Path" } th { "Tested" } th { "Seen in" } } }
                    tbody { @for endpoint in endpoints {
                        tr {
                            td { (endpoint.method) } td { code { (endpoint.path) } }
                            td { @if endpoint.tested { span.passed { "yes" } } @else { span.skipped { "no" } } }
                            td.soft { (endpoint.origins.join("; ")) }
                        }
                    } }
                } }
            }
        }
    }
}

/// Milliseconds where they tell, else seconds.
fn time(millis: u64) -> String {
    if millis < 1000 { format!("{millis} ms") } else { format!("{}.{} s", millis / 1000, millis % 1000 / 100) }
}

/// `2026-01-01T12:30:00.5Z` for people.
fn minute(timestamp: &str) -> String {
    match (timestamp.split_once('T'), timestamp.ends_with('Z')) {
        (Some((day, time)), true) if time.is_char_boundary(5) && time.len() > 5 => format!("{day} {} UTC", &time[..5]),
        _ => timestamp.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{minute, time};
    use crate::report::tests::{report, step};

    #[test]
    fn times_are_said_for_people() {
        assert_eq!(
            (time(48), time(999), time(1204), time(61_950)),
            ("48 ms".into(), "999 ms".into(), "1.2 s".into(), "61.9 s".into())
        );
        assert_eq!(minute("2026-01-01T12:30:59.123Z"), "2026-01-01 12:30 UTC");
        assert_eq!(minute("yesterday"), "yesterday");
    }

    #[test]
    fn the_page_shows_every_part_and_runs_nothing() {
        let steps = ["passed", "failed", "flaky", "skipped"].map(|outcome| step(outcome, "test", outcome));
        let page = report(steps.to_vec()).to_html();
        for part in [
            "id=\"verdict\" class=\"verdict failed\">failed<",
            "<details id=\"failed\" open><summary><b class=\"failed\">",
            "<a href=\"#failed\">step &lt;failed&gt;</a>",
            "step &lt;failed&gt;",
            "&lt;script&gt;alert(1)&lt;/script&gt;",
            "No model key",
            "src/app.py",
            "prefers-color-scheme:dark",
            "name=\"viewport\"",
        ] {
            assert!(page.contains(part), "{part} is not in {page}");
        }
        assert!(!page.contains("id=\"clean-up\""));
        let page_of_left = report(vec![step("left", "clean-up", "failed")]).to_html();
        assert!(page_of_left.contains("id=\"clean-up\"") && !page_of_left.contains("id=\"wrong\""));
        assert!(!page.contains("<script"));
        assert!(!page.contains("http-equiv") && !page.contains("src=\"http"), "the page needs nothing else");
    }
}
