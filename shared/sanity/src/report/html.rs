//! The report as one page that needs nothing else: light and dark, wide and narrow. Everything that comes from a
//! deployment is escaped by the template; there is no script.

use super::{Report, ReportedEndpoint, ReportedStep, Verdict};
use crate::plan::Phase;
use crate::run::{CheckName, Outcome};
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// Every colour is said once, for light and for dark.
const STYLE: &str = "
:root{color-scheme:light dark;--page:#f6f7f9;--card:#fff;--ink:#1a2230;--soft:#5a6675;--line:#dde2e9;--good:#0a7d43;
--bad:#b8232f;--warn:#8a5a00;--idle:#5a6675;--code:#f0f2f5}
@media(prefers-color-scheme:dark){:root{--page:#12161c;--card:#1a2029;--ink:#e6eaf0;--soft:#9aa7b6;--line:#2c3542;
--good:#4cc38a;--bad:#ff7b84;--warn:#e9b44c;--idle:#9aa7b6;--code:#10151b}}
*{box-sizing:border-box}body{margin:0;background:var(--page);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:60rem;margin:0 auto;padding:1.5rem 1rem 4rem}h1{font-size:1.5rem;margin:0}h2{font-size:1.1rem;margin:2rem 0 .6rem}
.soft{color:var(--soft);font-size:.9rem}.card{background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:1rem}
.verdict{display:inline-block;font-weight:700;font-size:1.15rem}.passed{color:var(--good)}.failed{color:var(--bad)}
.flaky{color:var(--warn)}.skipped,.nothing{color:var(--idle)}
.counts{display:flex;flex-wrap:wrap;gap:.4rem 1.4rem;margin:.6rem 0 0;padding:0;list-style:none}
details{background:var(--card);border:1px solid var(--line);border-radius:.6rem;margin:.5rem 0}
summary{cursor:pointer;padding:.7rem 1rem;display:flex;gap:.8rem;align-items:baseline}summary::marker{content:''}
summary b{min-width:4.2rem}summary span:last-child{margin-left:auto;white-space:nowrap}.inside{padding:0 1rem 1rem;border-top:1px solid var(--line)}
pre{background:var(--code);border-radius:.4rem;padding:.7rem;white-space:pre-wrap;overflow-wrap:anywhere;font-size:.85rem;margin:.4rem 0}
a{color:inherit}li{overflow-wrap:anywhere}code{overflow-wrap:anywhere}h3{font-size:.85rem;color:var(--soft);margin:.9rem 0 0;text-transform:uppercase;letter-spacing:.04em}
.checks{list-style:none;margin:.3rem 0;padding:0}.checks li{padding:.15rem 0}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.35rem .8rem .35rem 0;border-bottom:1px solid var(--line);vertical-align:top}
th{font-size:.85rem;color:var(--soft)}
@media(max-width:34rem){summary{flex-wrap:wrap}summary span:last-child{margin-left:0}}
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
                    @if !self.notes.is_empty() { section id="notes" { h2 { "Notes" } ul { @for note in &self.notes { li { (note) } } } } }
                    (self.wrong())
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
        let wrong = |step: &&ReportedStep| matches!(step.result.outcome, Outcome::Failed | Outcome::Flaky);
        let steps: Vec<&ReportedStep> = self.steps.iter().filter(wrong).collect();
        html! {
            @if !steps.is_empty() {
                section id="wrong" {
                    h2 { "What went wrong" }
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
            header.card {
                h1 { "Sanity test" }
                p.soft { (self.repository) " · " (self.branch) " · " (self.created_at) }
                span id="verdict" class={ "verdict " (class) } { (self.verdict.as_str()) }
                ul.counts {
                    @for (name, count) in shown { li class=(name) { b { (count) } " " (name) } }
                    li.soft { (self.counts.total) " steps in " (seconds(self.duration_ms)) }
                }
                p.soft { "Session " code { (self.session_id) } ", plan " code { (self.plan_id) } }
            }
        }
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
                span.soft { @if let Some(answer) = &result.answer { (answer.status) " · " (answer.millis) " ms" } }
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
                @if let Some(request) = &result.request { h3 { "Request" } pre { (request.curl) } }
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

fn seconds(millis: u64) -> String {
    format!("{}.{} s", millis / 1000, millis % 1000 / 100)
}

#[cfg(test)]
mod tests {
    use crate::report::tests::{report, step};

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
        assert!(!page.contains("<script"));
        assert!(!page.contains("http-equiv") && !page.contains("src=\"http"), "the page needs nothing else");
    }
}
