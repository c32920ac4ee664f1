//! The HTML report in a real browser: every part is there, nothing sticks out, and what is written can be read, in
//! light and dark, on a desk and on a phone. The pictures stay in `target/sanity-page/`.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use drydock_sanity::report::{Report, counts, verdict};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What is shown: a report with every kind of step, long lines and text that would break a page that does not escape.
fn report() -> Report {
    let answer =
        json!({"status": 200, "headers": [["content-type", "application/json"]], "body": "{\"id\":7}", "millis": 48});
    let steps = json!([
        step("GET /orders", "passed", json!([check("not_a_server_error", true)]), &answer),
        step(
            "GET /orders/{id}",
            "failed",
            json!([
                check("not_a_server_error", false),
                check("status_code_conformance", false),
                check("max_response_time", true),
            ]),
            &json!({
                "status": 500, "headers": [["content-type", "text/html"], ["x-amzn-requestid", "9f1e6f1c-58c4-4b0e-9a55-1f9d7e0c2a64"]],
                "body": format!("<script>alert(1)</script>{}", "a-very-long-word-without-any-place-to-break-it".repeat(8)), "millis": 1204,
            })
        ),
        step("GET /stock", "flaky", json!([check("response_schema_conformance", false)]), &answer),
        step("DELETE /orders/{id} after it was removed", "skipped", json!([]), &Value::Null),
    ]);
    let steps: Vec<drydock_sanity::report::ReportedStep> = serde_json::from_value(steps).unwrap();
    let mut report: Report = serde_json::from_value(json!({
        "version": 1, "sessionId": "sanity-0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11",
        "planId": "plan-0b0f1a52-7a3c-5a55-9a43-1f6a0d2b9c11", "repository": "https://github.com/octocat/orders",
        "branch": "main", "createdAt": "2026-01-01T00:00:00Z", "durationMs": 4321, "verdict": "passed", "steps": [],
        "counts": {"total": 0, "passed": 0, "failed": 0, "flaky": 0, "skipped": 0},
        "endpoints": [
            {"method": "GET", "path": "/orders/{id}", "origins": ["Api: GET /orders/{id}", "openapi.yaml: GET /orders/{id}"], "tested": true},
            {"method": "DELETE", "path": "/orders/{id}", "origins": ["src/app.py:12"], "tested": false},
        ],
        "notes": ["No model key is stored: the plan comes from the evidence alone."],
    })).unwrap();
    report.counts = counts(&steps);
    report.verdict = verdict(&steps);
    report.steps = steps;
    report
}

fn check(name: &str, passed: bool) -> Value {
    json!({"name": name, "passed": passed, "expected": "a status below 500", "actual": "500"})
}

#[expect(clippy::needless_pass_by_value, reason = "callers write it down where they call")]
fn step(name: &str, outcome: &str, checks: Value, answer: &Value) -> Value {
    let sent = !answer.is_null();
    json!({
        "likelyFile": sent.then_some("src/orders/handlers/read.py"),
        "logLines": if outcome == "failed" { json!(["[ERROR] KeyError: 'id'", "Traceback (most recent call last):"]) } else { json!([]) },
        "result": {
            "id": name.to_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "-"), "name": name, "phase": "test",
            "outcome": outcome, "checks": checks, "tries": 1,
            "reason": (!sent).then_some("there is no value for {{order}}: the step that captures it did not succeed"),
            "request": sent.then(|| json!({"method": "GET", "url": "https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com/Prod/orders/7",
                "headers": [], "curl": "curl -i --aws-sigv4 \"aws:amz:$AWS_REGION:execute-api\" --user \"$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY\" 'https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com/Prod/orders/7?expand=lines'"})),
            "answer": sent.then_some(answer),
        },
    })
}

/// Measures the page and leaves what it found in the document. The page itself runs nothing; this stands in a copy.
const MEASURE: &str = r#"<script>
const light = (colour) => { const [r, g, b] = colour.match(/[\d.]+/g).map(Number).map((v) => v / 255)
  .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
const behind = (element) => { for (let e = element; e; e = e.parentElement) {
  const colour = getComputedStyle(e).backgroundColor; if (!/, 0\)$|transparent/.test(colour)) return colour; } return 'rgb(255, 255, 255)'; };
const contrast = (element) => { const [a, b] = [light(getComputedStyle(element).color), light(behind(element))];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05); };
const parts = ['#verdict', '#wrong a', '#wrong b', 'ul.counts', '#notes li', '#steps details[open] pre', '#steps summary b.failed', '#steps summary b.flaky',
  '#steps summary b.skipped', '#steps summary b.passed', '#endpoints table', '.soft', '.checks .failed', '#endpoints th'];
const found = Object.fromEntries(parts.map((part) => { const element = document.querySelector(part);
  const box = element?.getBoundingClientRect(); return [part, element && { contrast: contrast(element), shown: box.width > 0 && box.height > 0 }]; }));
document.documentElement.setAttribute('data-found', JSON.stringify({ parts: found, wide: document.documentElement.scrollWidth,
  width: document.documentElement.clientWidth, page: getComputedStyle(document.body).backgroundColor,
  open: document.querySelectorAll('details[open]').length, size: parseFloat(getComputedStyle(document.body).fontSize),
  outside: performance.getEntriesByType('resource').length }));
</script>"#;

fn browser() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path)
        .flat_map(|folder| ["chromium", "chromium-browser", "google-chrome"].map(|name| folder.join(name)))
        .find(|program| program.is_file());
    if found.is_none() {
        assert!(std::env::var_os("CI").is_none(), "there is no Chromium; on Debian: apt-get install chromium");
        let warning = "\n*** NOT TESTED: the HTML report was not looked at, for there is no Chromium here ***\n";
        std::io::Write::write_all(&mut std::io::stderr(), warning.as_bytes()).unwrap();
    }
    found
}

/// Opens a file and gives what the program prints.
fn open(browser: &Path, profile: &Path, dark: bool, width: u32, what: &[String], page: &Path) -> String {
    let output = Command::new(browser)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            "--no-first-run",
            "--disable-extensions",
        ])
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(format!("--window-size={width},1600"))
        .arg(format!("--blink-settings=preferredColorScheme={}", if dark { 0 } else { 1 }))
        .args(what)
        .arg(format!("file://{}", page.display()))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_page_can_be_read_by_day_by_night_and_on_a_phone() {
    let Some(browser) = browser() else { return };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/sanity-page");
    std::fs::create_dir_all(&folder).unwrap();
    let folder = folder.canonicalize().unwrap();
    let html = report().to_html();
    let page = folder.join("report.html");
    std::fs::write(&page, &html).unwrap();
    let measured = folder.join("measured.html");
    std::fs::write(&measured, html.replace("</body>", &format!("{MEASURE}</body>"))).unwrap();
    // A window has a least width; a frame has none, and is what the page takes for its screen.
    let phone = folder.join("phone.html");
    let frame = |source: &str| {
        format!(
            "<style>body{{margin:0}}iframe{{border:0;width:375px;height:2400px}}</style><iframe src=\"{source}\"></iframe>"
        )
    };
    std::fs::write(&phone, frame("report.html")).unwrap();
    std::fs::write(folder.join("measured-phone.html"), frame("measured.html")).unwrap();
    let profile = tempfile::tempdir().unwrap();
    for (name, dark, narrow) in
        [("light", false, false), ("dark", true, false), ("phone", false, true), ("phone-dark", true, true)]
    {
        let width = if narrow { 500 } else { 1200 };
        let shot = folder.join(format!("{name}.png"));
        let _ = std::fs::remove_file(&shot);
        let picture = [format!("--screenshot={}", shot.display())];
        open(&browser, profile.path(), dark, width, &picture, if narrow { &phone } else { &page });
        assert!(std::fs::metadata(&shot).unwrap().len() > 20_000, "{name}: an empty picture");
        let found = measure(&browser, profile.path(), dark, width, &folder, narrow);
        judge(name, &found, dark, narrow);
    }
}

/// What the page's copy found out about itself.
fn measure(browser: &Path, profile: &Path, dark: bool, width: u32, folder: &Path, narrow: bool) -> Value {
    let dump = ["--dump-dom".to_owned()];
    let dom = if narrow {
        // The frame's own document is not in the dump: the frame tells the page around it.
        let page = std::fs::read_to_string(folder.join("measured.html")).unwrap();
        let told = page.replace(
            "</script></body>",
            "parent.postMessage(document.documentElement.dataset.found, '*');</script></body>",
        );
        std::fs::write(folder.join("measured-in-frame.html"), told).unwrap();
        let frame = "<script>addEventListener('message', (told) => document.documentElement.setAttribute('data-found', told.data))</script>\
                     <style>body{margin:0}iframe{border:0;width:375px;height:2400px}</style><iframe src=\"measured-in-frame.html\"></iframe>";
        let around = folder.join("measured-phone.html");
        std::fs::write(&around, frame).unwrap();
        open(browser, profile, dark, width, &[dump[0].clone(), "--virtual-time-budget=2000".to_owned()], &around)
    } else {
        open(browser, profile, dark, width, &dump, &folder.join("measured.html"))
    };
    let (_, rest) = dom.split_once("data-found=\"").unwrap_or_else(|| panic!("nothing was measured: {dom}"));
    let text = rest.split('"').next().unwrap().replace("&quot;", "\"").replace("&gt;", ">").replace("&amp;", "&");
    serde_json::from_str(&text).unwrap()
}

fn judge(name: &str, found: &Value, dark: bool, narrow: bool) {
    let number = |value: &Value| value.as_f64().unwrap_or_else(|| panic!("{name}: no number in {found}"));
    for (part, state) in found["parts"].as_object().unwrap() {
        assert_eq!(state["shown"], json!(true), "{name}: {part} is not shown: {found}");
        // The least contrast that WCAG asks for, level AA.
        assert!(number(&state["contrast"]) >= 4.5, "{name}: {part} cannot be read: {state}");
    }
    assert!(number(&found["wide"]) <= number(&found["width"]), "{name}: something sticks out: {found}");
    assert_eq!(number(&found["width"]) < 400.0, narrow, "{name}: {found}");
    assert!(number(&found["size"]) >= 16.0, "{name}: small print: {found}");
    assert_eq!(found["outside"], json!(0), "{name}: it needs something else: {found}");
    assert_eq!(found["open"], json!(2), "{name}: what failed and what is flaky is open: {found}");
    let page = if dark { "rgb(18, 22, 28)" } else { "rgb(246, 247, 249)" };
    assert_eq!(found["page"], json!(page), "{name}");
}
