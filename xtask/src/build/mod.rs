//! Handlers built, checked and zipped.

pub mod budget;
pub mod cache;
pub mod cargo;
pub mod elf;
pub mod package;
pub mod target;
pub mod twice;

use crate::printer::{Printer, elapsed, size, table};
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use cache::{Cache, Origin};
use clap::{Args, ValueEnum};
use infra::drydock::{FUNCTIONS, FunctionSpec};
use package::{Compression, Package};
use std::path::PathBuf;
use std::time::Instant;
use target::{Target, Toolchain};

/// What to build handlers for, and how.
#[derive(Args, Clone, Debug)]
pub struct BuildOptions {
    /// aarch64-unknown-linux-musl, aarch64-unknown-linux-gnu or host
    #[arg(long, default_value_t = Target::Arm64Musl, value_name = "TARGET")]
    pub target: Target,
    /// Cargo profile [default: release for AWS, dev for host]
    #[arg(long = "cargo-profile", value_name = "PROFILE")]
    pub cargo_profile: Option<Profile>,
    /// Only these functions; all if it is empty.
    #[arg(skip)]
    pub functions: Vec<String>,
    /// Build with this cargo and the rustc beside it, such as /usr/bin/cargo
    #[arg(long, env = "DRYDOCK_CARGO", value_name = "PATH")]
    pub cargo: Option<PathBuf>,
}

impl BuildOptions {
    /// For the embedded engine: what the tests have built already.
    pub const fn host() -> Self {
        Self { target: Target::Host, cargo_profile: None, functions: Vec::new(), cargo: None }
    }

    /// The profile that was asked for, or the target's own.
    pub fn profile(&self) -> Profile {
        self.cargo_profile.unwrap_or(match self.target {
            Target::Host => Profile::Dev,
            Target::Arm64Musl | Target::Arm64Gnu => Profile::Release,
        })
    }

    /// The functions that were named, or all.
    ///
    /// # Errors
    /// If there is none of such a name.
    pub fn selected(&self) -> Result<Vec<FunctionSpec>> {
        if self.functions.is_empty() {
            return Ok(FUNCTIONS.to_vec());
        }
        let found = |name: &String| FUNCTIONS.into_iter().find(|function| function.package == name);
        let all = || FUNCTIONS.map(|function| function.package).join(", ");
        self.functions
            .iter()
            .map(|name| found(name).with_context(|| format!("there is no function {name}; there are {}", all())))
            .collect()
    }

    /// True if this is what AWS gets.
    pub fn ships(&self) -> bool {
        self.target != Target::Host && self.profile() == Profile::Release
    }

    fn compression(&self) -> Compression {
        match self.profile() {
            Profile::Dev => Compression::Fast,
            Profile::Release => Compression::Small,
        }
    }
}

/// A Cargo profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Profile {
    /// Quick to build.
    Dev,
    /// Small and quick to start.
    Release,
}

impl Profile {
    /// The word for Cargo.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Release => "release",
        }
    }
}

/// A function ready to be uploaded.
#[derive(Clone)]
pub struct Built {
    /// Which one.
    pub function: FunctionSpec,
    /// The program that Cargo made.
    pub program: PathBuf,
    /// Bytes of the program.
    pub program_bytes: u64,
    /// Its zip.
    pub package: Package,
}

/// Builds every handler, checks what came out and zips it.
///
/// # Errors
/// If the toolchain lacks something, a handler does not compile or is too large, or a program is not for the target.
pub async fn build(printer: &Printer, workspace: &Workspace, options: &BuildOptions) -> Result<Vec<Built>> {
    let start = Instant::now();
    let toolchain = Toolchain::new(options.cargo.as_deref());
    toolchain.check(options.target).await?;
    let profile = options.profile();
    printer.step("Building", format_args!("handlers for {} ({})", options.target, profile.as_str()));
    let selected = options.selected()?;
    let programs = cargo::programs(&toolchain, printer, workspace, options.target, profile, &selected).await?;
    let (target, compression) = (options.target, options.compression());
    let cache = Cache::new(workspace.target().join("zip-cache"));
    let zipping: Vec<_> = selected
        .into_iter()
        .map(|function| {
            let (program, cache) = (programs.get(function.package).cloned(), cache.clone());
            tokio::task::spawn_blocking(move || {
                let program = program.with_context(|| format!("cargo built no binary named {}", function.package))?;
                zip(function, program, target, compression, &cache)
            })
        })
        .collect();
    let mut built = Vec::with_capacity(zipping.len());
    for task in zipping {
        built.push(task.await.context("zipping was cut off")??);
    }
    if options.ships() {
        budget::check(workspace.root(), options.target, &built)?;
    }
    printer.step("Built", format_args!("{} zips in {}", built.len(), elapsed(start.elapsed())));
    Ok(built)
}

fn zip(
    function: FunctionSpec,
    program: PathBuf,
    target: Target,
    compression: Compression,
    cache: &Cache,
) -> Result<Built> {
    let origin =
        Origin::of(&program, target, compression).with_context(|| format!("cannot look at {}", program.display()))?;
    if let Some((package, program_bytes)) = cache.get(&origin) {
        return Ok(Built { function, program, program_bytes, package });
    }
    let file = std::fs::read(&program).with_context(|| format!("cannot read {}", program.display()))?;
    elf::check(&file, target).with_context(|| format!("{} cannot run on {target}", program.display()))?;
    let program_bytes = file.len() as u64;
    // A release is stripped by the compiler already; otherwise this is what makes the engine start in seconds.
    let file = if compression == Compression::Fast { elf::strip(file) } else { file };
    let package = Package::new(&file, compression).with_context(|| format!("cannot zip {}", program.display()))?;
    cache.put(origin, &package);
    Ok(Built { function, program, program_bytes, package })
}

/// The table of sizes that `build` and `deploy` show.
pub fn sizes(built: &[Built]) -> String {
    let rows: Vec<Vec<String>> = built
        .iter()
        .map(|built| {
            vec![
                built.function.package.to_owned(),
                size(built.program_bytes),
                size(built.package.size),
                built.package.sha256[..12].to_owned(),
            ]
        })
        .collect();
    table(&["function", "binary", "zip", "sha256"], &rows, &[1, 2])
}
