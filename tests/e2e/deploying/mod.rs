//! The commands that deploy, whole, against the engine: stacks of their own beside the one that all other tests share.

mod earlier;
mod hotswap;
mod interrupted;
mod purge;
mod secrets;
mod terminal;
mod whole;

use drydock_e2e::{Command, Ran, World};

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

/// What a command told, with every run of lines of one sort cut to the first: what stands in the template changes with
/// each version of it.
fn told(ran: &Ran) -> String {
    let text = ran.to_string();
    let mut out: Vec<String> = Vec::new();
    let mut before = String::new();
    for line in text.lines() {
        let sort = sort(line);
        if sort.is_empty() || sort != before {
            out.push(if sort.is_empty() { line.to_owned() } else { format!("{sort:>11} …") });
        }
        before = sort;
    }
    out.join("\n") + "\n"
}

/// Lines of one sort come in numbers: events, resources, permissions, outputs. Others have none.
fn sort(line: &str) -> String {
    let first = line.split_whitespace().next().unwrap_or_default();
    let of_resources = ["DELETE", "keep", "Kept", "Emptied", "Uploaded"];
    let output = line.split("  ").next().is_some_and(|name| {
        !name.is_empty() && name.chars().all(char::is_alphanumeric) && name.starts_with(char::is_uppercase)
    });
    match first {
        "[time]" if !line.contains("FAILED") => "event".to_owned(),
        "add" | "+" | "-" => "add".to_owned(),
        _ if of_resources.contains(&first) => first.to_owned(),
        _ if output && line.contains("  ") => "output".to_owned(),
        _ => String::new(),
    }
}
