//! The commands that deploy, whole, against the engine: stacks of their own beside the one that all other tests share.

mod earlier;
mod hotswap;
mod interrupted;
mod purge;
mod secrets;
mod terminal;
mod whole;

use drydock_e2e::{Command, Ran, World};
use regex::Regex;
use std::sync::LazyLock;

/// A stack of a test's own, with the code of the stack that all tests share.
struct Beside {
    world: World,
    name: String,
    /// Arguments that deploy that code without building it.
    code: String,
    /// Another region than the one that all tests share.
    region: Option<String>,
}

impl Beside {
    async fn new(word: &str) -> Self {
        let world = World::new().await;
        let name = world.new_name(word);
        let shared = world.stack(&world.stack_name).await.parameters;
        let of_code = shared.iter().filter(|(name, _)| *name == "CodeBucket" || name.ends_with("CodeKey"));
        let code = of_code.map(|(name, value)| format!(" --parameter {name}={value}")).collect::<String>();
        Self { world, name, code: format!("--skip-build{code}"), region: None }
    }

    /// The same in a region that nobody has worked in. It has no code bucket, so there is no code to share either.
    fn in_a_new_region(self) -> Self {
        let number = uuid::Uuid::new_v4().as_u128() % 1_000_000;
        Self { region: Some(format!("eu-test-{number}")), ..self }
    }

    /// `cargo xtask` for this stack.
    fn xtask(&self, arguments: &str) -> Command {
        let mut command = self.world.xtask(arguments).env("DRYDOCK_STACK_NAME", &self.name);
        if let Some(region) = &self.region {
            command = command.env("AWS_REGION", region).hide(region, "region");
        }
        command.hide(&self.name, "stack").mask(r"(?m)^\d+ to add", "[number] to add")
    }

    /// Deploys it with the shared code.
    async fn deployed(word: &str) -> Self {
        let beside = Self::new(word).await;
        let ran = beside.xtask(&format!("deploy --yes --quiet {}", beside.code)).run().await;
        ran.expect(0);
        beside
    }

    /// Deletes it. A test that fails before leaves it to the engine, which ends with the tests.
    async fn destroy(&self) {
        self.xtask("destroy --yes --quiet").run().await.expect(0);
    }
}

/// All that a command told, but for what differs from run to run. What another command has told is known by now, and stands
/// there under a name, so this shows that both told the same.
fn told(ran: &Ran, known: &[(&Ran, &str)]) -> String {
    let mut text = stable(&ran.to_string());
    for (other, name) in known {
        text = text.replace(&stable(&other.data()), &format!("[{name}]\n"));
    }
    text
}

/// Without what the engine makes up, what cargo says, and how long a resource took.
fn stable(text: &str) -> String {
    let mut text = text.to_owned();
    for (pattern, word) in MADE_UP.iter() {
        text = pattern.replace_all(&text, *word).into_owned();
    }
    // Uploads end in any order.
    let mut lines: Vec<&str> = text.lines().collect();
    for run in lines.chunk_by_mut(|a, b| [a, b].iter().all(|line| line.trim_start().starts_with("Uploaded "))) {
        run.sort_unstable();
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

static MADE_UP: LazyLock<Vec<(Regex, &'static str)>> = LazyLock::new(|| {
    [
        (r"-[0-9A-F]{13}\b|-[0-9a-f]{13}\b|-[0-9a-f]{8}\b", "-[made]"),
        (r"-[0-9a-f]{6}\b", "-[made]"),
        (r"\b[0-9a-f]{8}\b", "[made]"),
        (r"(?m)^ +(Compiling|Blocking|Finished `).*\n", ""),
        (r"(?m)^ +Slowest .*\n", ""),
        (r"(?m)^(\[time\] .*?) \[elapsed\]$", "$1"),
        (r"binary +zip", "binary  zip"),
        (r"\(\d+\.\d [kM]B\)", "([size])"),
    ]
    .map(|(pattern, word)| (Regex::new(pattern).expect("a good pattern"), word))
    .into()
});

/// The same without the events that went well: an update in the engine tells some of every resource, changed or not. The
/// creation's are shown in full.
fn without_events(text: &str) -> String {
    let is_event = |line: &str| line.starts_with("[time] ") && !line.contains("FAILED");
    let mut lines: Vec<&str> = text.lines().map(|line| if is_event(line) { "[time] …" } else { line }).collect();
    lines.dedup_by(|a, b| a == b && a.starts_with("[time]"));
    lines.iter().map(|line| format!("{line}\n")).collect()
}
