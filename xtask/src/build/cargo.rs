//! One `cargo build`, and where it put the programs.

use super::Profile;
use super::target::{Target, Toolchain, linker_variable, overridden_linker};
use crate::printer::Printer;
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail};
use infra::drydock::{FUNCTIONS, FunctionSpec};
use serde::Deserialize;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::process::Command;

/// Flags that a user may have set for builds of their own. In a build for AWS they would make a program that this
/// machine runs and Lambda does not (`target-cpu=native`), or one that differs from checkout to checkout.
const NOT_FOR_AWS: [&str; 8] = [
    "RUSTFLAGS",
    "CARGO_BUILD_RUSTFLAGS",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_BUILD_TARGET",
    "CARGO_TARGET_DIR",
    "CARGO_BUILD_TARGET_DIR",
    "CARGO_BUILD_BUILD_DIR",
    "CARGO_INCREMENTAL",
];

/// Builds the handlers' binaries; they are returned by name.
///
/// # Errors
/// If Cargo cannot be run or the build fails; Cargo has said why.
pub async fn programs(
    toolchain: &Toolchain,
    printer: &Printer,
    workspace: &Workspace,
    target: Target,
    profile: Profile,
    functions: &[FunctionSpec],
) -> Result<HashMap<String, PathBuf>> {
    let mut command = toolchain.cargo();
    command.current_dir(workspace.root()).args(["build", "--locked", "--message-format=json-render-diagnostics"]);
    command.args(["--profile", profile.as_str()]);
    // The fixer's template validator declares a newer Rust than it needs.
    command.arg("--ignore-rust-version");
    if printer.is_quiet() {
        command.arg("--quiet");
    }
    // For the engine the same selection as the tests', so that both share every artifact.
    if target == Target::Host && profile == Profile::Dev {
        command.args(["--workspace", "--bins"]);
    } else {
        // Features are those of all handlers, also where one alone is built: its zip is that of a whole deployment.
        for function in FUNCTIONS {
            command.args(["--package", function.package]);
        }
        for function in functions {
            command.args(["--bin", function.package]);
        }
    }
    if let Some(triple) = target.triple() {
        command.args(["--target", triple, "--target-dir"]).arg(workspace.target());
        let manifest = workspace.root().join("Cargo.toml");
        let manifest =
            std::fs::read_to_string(&manifest).with_context(|| format!("cannot read {}", manifest.display()))?;
        for setting in profile_settings(&manifest, profile)? {
            command.args(["--config", &setting]);
        }
        for_aws(&mut command, workspace.root(), target, triple, profile);
    }
    run(&mut command, &format!("the handlers do not build for {target}")).await
}

/// Runs a build that tells in JSON what it makes, and gives its programs by name.
///
/// # Errors
/// If cargo cannot be run; `failed`, if it does not build.
pub(crate) async fn run(command: &mut Command, failed: &str) -> Result<HashMap<String, PathBuf>> {
    let output = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .kill_on_drop(true)
        .spawn()
        .context("cannot run cargo")?
        .wait_with_output()
        .await
        .context("cannot wait for cargo")?;
    if !output.status.success() {
        bail!("{failed}");
    }
    Ok(executables(&String::from_utf8_lossy(&output.stdout)))
}

/// Sets what makes the build Lambda's, and takes away what would make it this machine's.
fn for_aws(command: &mut Command, root: &Path, target: Target, triple: &str, profile: Profile) {
    for name in NOT_FOR_AWS {
        command.env_remove(name);
    }
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("CARGO_PROFILE_")) {
        command.env_remove(name);
    }
    command.env_remove(linker_variable(triple).replace("_LINKER", "_RUSTFLAGS"));
    command.env("CARGO_ENCODED_RUSTFLAGS", rustflags(root, cargo_home().as_deref(), target, profile).join("\x1f"));
    if let (Some(linker), None) = (target.linker(), overridden_linker(triple)) {
        command.env(linker_variable(triple), linker);
    }
}

/// The workspace's profile as `--config` arguments, which win over what a user has set for all their projects in
/// Cargo's own configuration.
fn profile_settings(manifest: &str, profile: Profile) -> Result<Vec<String>> {
    let manifest: toml::Table = manifest.parse().context("the workspace's Cargo.toml cannot be read")?;
    let name = profile.as_str();
    let settings = manifest.get("profile").and_then(|profiles| profiles.get(name)).and_then(toml::Value::as_table);
    let plain = |value: &toml::Value| match value {
        toml::Value::String(text) => Some(format!("{text:?}")),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Boolean(yes) => Some(yes.to_string()),
        // What is said of single packages; a user's configuration does not reach there.
        _ => None,
    };
    let settings = settings.into_iter().flatten();
    Ok(settings.filter_map(|(key, value)| Some(format!("profile.{name}.{key}={}", plain(value)?))).collect())
}

/// What ships ends at a panic and never unwinds, and the tables for it are a tenth of each zip. The standard library
/// brings its own, so they are left out by the linker; the path is relative to the workspace, where cargo links.
const WITHOUT_UNWIND_TABLES: [&str; 2] =
    ["-Clink-arg=-Txtask/src/build/without-unwind-tables.ld", "-Clink-arg=--no-eh-frame-hdr"];

/// Lambda's arm64 machines are Graviton 2 and newer. Paths of this checkout do not show in the programs.
fn rustflags(root: &Path, cargo_home: Option<&Path>, target: Target, profile: Profile) -> Vec<String> {
    let mut flags = vec!["-Ctarget-cpu=neoverse-n1".to_owned()];
    if (target, profile) == (Target::Arm64Musl, Profile::Release) {
        flags.extend(WITHOUT_UNWIND_TABLES.map(str::to_owned));
    }
    if let Some(home) = cargo_home {
        flags.push(format!("--remap-path-prefix={}=/cargo", home.display()));
    }
    flags.push(format!("--remap-path-prefix={}=/drydock", root.display()));
    flags
}

fn cargo_home() -> Option<PathBuf> {
    std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::home_dir().map(|home| home.join(".cargo")))
        .filter(|home| home.is_absolute())
}

/// A line of Cargo's report: <https://doc.rust-lang.org/cargo/reference/external-tools.html#artifact-messages>
#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    target: Option<MessageTarget>,
    #[serde(default)]
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct MessageTarget {
    name: String,
}

/// The programs in Cargo's report of a build, by name.
fn executables(report: &str) -> HashMap<String, PathBuf> {
    report
        .lines()
        .filter_map(|line| serde_json::from_str::<Message>(line).ok())
        .filter_map(|message| Some((message.target?.name, message.executable?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_found_in_cargos_report() {
        let report = concat!(
            r#"{"reason":"compiler-artifact","target":{"name":"serde","kind":["lib"]},"executable":null}"#,
            "\n",
            r#"{"reason":"compiler-artifact","target":{"name":"api-handler","kind":["bin"]},"executable":"/t/api-handler"}"#,
            "\nnot json\n",
            r#"{"reason":"build-finished","success":true}"#
        );
        let found = executables(report);
        assert_eq!(found.len(), 1);
        assert_eq!(found["api-handler"], Path::new("/t/api-handler"));
    }

    #[test]
    fn the_profile_is_the_workspaces() {
        let manifest = "[profile.release]\nlto = \"fat\"\nstrip = true\n[profile.release.package.a]\nopt-level = 1\n";
        let settings = profile_settings(manifest, Profile::Release).unwrap();
        assert_eq!(settings, ["profile.release.lto=\"fat\"", "profile.release.strip=true"]);
        assert!(profile_settings(manifest, Profile::Dev).unwrap().is_empty());
        let own = profile_settings(&std::fs::read_to_string("../Cargo.toml").unwrap(), Profile::Release).unwrap();
        for setting in ["panic=\"abort\"", "opt-level=\"z\"", "overflow-checks=false", "debug-assertions=false"] {
            assert!(own.contains(&format!("profile.release.{setting}")), "{own:?}");
        }
    }

    #[test]
    fn the_users_flags_do_not_reach_a_build_for_aws() {
        let mut command = Command::new("cargo");
        for_aws(
            &mut command,
            Path::new("/checkout"),
            Target::Arm64Musl,
            "aarch64-unknown-linux-musl",
            Profile::Release,
        );
        let set: HashMap<_, _> = command.as_std().get_envs().collect();
        for name in NOT_FOR_AWS.into_iter().filter(|name| *name != "CARGO_ENCODED_RUSTFLAGS") {
            assert_eq!(set.get(std::ffi::OsStr::new(name)), Some(&None), "{name}");
        }
        assert!(set.contains_key(std::ffi::OsStr::new("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_RUSTFLAGS")));
        let flags = set[std::ffi::OsStr::new("CARGO_ENCODED_RUSTFLAGS")].unwrap().to_str().unwrap();
        assert!(flags.starts_with("-Ctarget-cpu=neoverse-n1\x1f-Clink-arg=-T"), "{flags}");
        assert!(flags.ends_with("--remap-path-prefix=/checkout=/drydock"), "{flags}");
    }
}
