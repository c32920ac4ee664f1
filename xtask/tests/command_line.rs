//! The program as a shell runs it, where no AWS is needed: exit codes, where its output goes, its file of defaults.

use std::path::Path;
use std::process::{Command, Output};

/// Runs it with arguments divided at spaces, and nothing of this machine's configuration.
fn run(arguments: &str) -> Output {
    command(arguments).output().expect("xtask runs")
}

fn command(arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    let kept = ["PATH", "HOME", "RUSTUP_HOME", "CARGO_HOME", "RUSTUP_TOOLCHAIN"];
    command
        .args(arguments.split_whitespace())
        .env_clear()
        .envs(kept.iter().filter_map(|name| Some((name, std::env::var_os(name)?))))
        .env("DRYDOCK_CONFIG", "/dev/null")
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        .env("AWS_EC2_METADATA_DISABLED", "true");
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[track_caller]
fn check(arguments: &str, code: i32, error: &str) {
    let output = run(arguments);
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{arguments}: {stderr}");
    assert!(stderr.contains(error), "{arguments}: {stderr}");
    assert_eq!(text(&output.stdout), "", "{arguments}: an error is no data");
}

#[test]
fn exit_codes() {
    assert_eq!(run("synth").status.code(), Some(0));
    check("outputs", 1, "error: no AWS region: pass --region");
    check("outptus", 2, "error: unrecognized subcommand 'outptus'");
    check("logs deployer", 2, "[possible values: api-handler, deployer-clone-detect");
    check("logs --since soon", 2, "write it as 30s, 10m, 2h, 1d");
    check("status --quiet --verbose", 2, "cannot be used with");
    check("dlq replay --session x", 2, "is not a session id");
    // What needs no AWS needs no region.
    assert_eq!(run("completions bash").status.code(), Some(0));
}

#[test]
fn nothing_listens_where_aws_should_be() {
    let mut command = command("outputs --region us-east-1 --quiet");
    command
        .env("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
        .env("AWS_MAX_ATTEMPTS", "1")
        .env("AWS_ACCESS_KEY_ID", "a")
        .env("AWS_SECRET_ACCESS_KEY", "b");
    let output = command.output().expect("xtask runs");
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).starts_with("error: cannot look at the stack: "), "{}", text(&output.stderr));
}

#[test]
fn who_cannot_reach_aws_is_told_so_and_who_has_no_credentials_that() {
    let refused = |endpoint: bool| {
        let mut command = command("rollback --list --region us-east-1");
        if endpoint {
            command.env("AWS_ENDPOINT_URL", "http://127.0.0.1:1").env("AWS_MAX_ATTEMPTS", "1");
            command.env("AWS_ACCESS_KEY_ID", "a").env("AWS_SECRET_ACCESS_KEY", "b");
        }
        let output = command.output().expect("xtask runs");
        assert_eq!(output.status.code(), Some(1));
        text(&output.stderr)
    };
    let unreachable = refused(true);
    assert!(unreachable.starts_with("error: AWS cannot be reached: tcp connect error: "), "{unreachable}");
    let unknown = refused(false);
    assert!(unknown.starts_with("error: AWS does not know who we are; check the credentials"), "{unknown}");
    assert!(
        unknown.ends_with("none were found in the environment, a profile, a container or an instance\n"),
        "{unknown}"
    );
}

#[test]
fn a_secret_as_an_argument_is_refused_and_not_repeated() {
    let output = command("secrets set git-token ghp_supersecret --region us-east-1").output().expect("xtask runs");
    assert_eq!(output.status.code(), Some(2));
    let stderr = text(&output.stderr);
    assert!(stderr.starts_with("error: a value is never an argument"), "{stderr}");
    assert!(!stderr.contains("ghp_supersecret"), "{stderr}");
}

/// What the help says is the default of an option, with this file of defaults.
fn default_of(file: &Path, variables: &[(&str, &str)]) -> String {
    let mut command = command("status --help");
    command.env("DRYDOCK_CONFIG", file).envs(variables.iter().copied());
    let help = text(&command.output().expect("xtask runs").stdout);
    let from = help.find("--stack-name").expect("the option is in the help");
    help[from..].lines().take(5).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_file_of_defaults_is_taken_and_checked() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("drydock.toml");
    std::fs::write(&file, "stack-name = \"of-the-file\"\n").expect("written");
    assert!(default_of(&file, &[]).contains("[default: of-the-file]"), "{}", default_of(&file, &[]));
    assert!(default_of(&file, &[("DRYDOCK_STACK_NAME", "x")]).contains("[default: drydock]"));

    std::fs::write(&file, "\n\nstack_name = \"x\"\n").expect("written");
    let output = command("status").env("DRYDOCK_CONFIG", &file).output().expect("xtask runs");
    assert_eq!(output.status.code(), Some(2));
    let expected = format!("error: {}:3: there is no key `stack_name`; did you mean `stack-name`?\n", file.display());
    assert_eq!(text(&output.stderr), expected);
    let named = command("status --config /no/such/file").output().expect("xtask runs");
    assert_eq!(named.status.code(), Some(2));
}

#[test]
fn colours_are_forced_forbidden_and_left_out_on_pipes() {
    let stderr = |name: &str, value: &str| {
        let output = command("outputs").env(name, value).output().expect("xtask runs");
        text(&output.stderr)
    };
    assert!(!stderr("X", "1").contains('\x1b'));
    assert!(stderr("CLICOLOR_FORCE", "1").contains("\x1b[1;31merror\x1b[0m"));
    let output = command("outputs --no-color").env("CLICOLOR_FORCE", "1").output().expect("xtask runs");
    assert!(!text(&output.stderr).contains('\x1b'));
    let both = command("outputs").env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1").output().expect("xtask runs");
    assert!(!text(&both.stderr).contains('\x1b'));
}

/// What bash offers for a line that ends here.
fn offered(line: &str) -> Vec<String> {
    let words: Vec<&str> = line.split(' ').collect();
    let list = words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(" ");
    let script = format!(
        "source <('{}' completions bash)\nCOMP_WORDS=({list})\nCOMP_CWORD={}\n_xtask xtask '{}' '{}'\nprintf '%s\\n' \"${{COMPREPLY[@]}}\"",
        env!("CARGO_BIN_EXE_xtask"),
        words.len() - 1,
        words[words.len() - 1],
        words[words.len().saturating_sub(2)],
    );
    let output = Command::new("bash").args(["-c", &script]).env("DRYDOCK_CONFIG", "/dev/null").output().expect("bash");
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout).split_whitespace().map(str::to_owned).collect()
}

#[test]
fn bash_completes_commands_subcommands_and_values() {
    assert_eq!(offered("xtask dl"), ["dlq"]);
    assert_eq!(offered("xtask dlq re"), ["replay"]);
    assert_eq!(offered("xtask dlq show san"), ["sanity-tester"]);
    assert!(offered("xtask logs --se").contains(&"--session".to_owned()));
}

#[test]
fn the_manual_has_a_page_of_each_command() {
    let folder = tempfile::tempdir().expect("a folder");
    let ran = command("man --quiet --out").arg(folder.path()).status().expect("xtask runs");
    assert!(ran.success());
    for page in ["cargo-xtask-deploy.1", "cargo-xtask-dlq-replay.1"] {
        let text = std::fs::read_to_string(folder.path().join(page)).expect(page);
        assert!(text.contains("\n.TH ") && text.contains("Examples:"), "{page}: {text}");
    }
    let whole = text(&run("man").stdout);
    assert!(whole.contains(".SH NAME\ncargo\\-xtask"), "{whole}");
}
