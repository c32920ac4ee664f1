//! What handlers are built for.

use anyhow::{Context, Result, bail};
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use tokio::process::Command;

/// Machine and C library of a build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Lambda on Graviton, statically linked: the default, and all that it needs is rustup's target.
    Arm64Musl,
    /// Lambda on Graviton, linked against the C library of Amazon Linux, where a distribution has its parts.
    Arm64Gnu,
    /// This machine, for the embedded engine.
    Host,
}

impl Target {
    /// Every target.
    pub const ALL: [Self; 3] = [Self::Arm64Musl, Self::Arm64Gnu, Self::Host];

    /// The word on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Arm64Musl => "aarch64-unknown-linux-musl",
            Self::Arm64Gnu => "aarch64-unknown-linux-gnu",
            Self::Host => "host",
        }
    }

    /// The name that rustc knows it by; none for this machine.
    pub const fn triple(self) -> Option<&'static str> {
        match self {
            Self::Host => None,
            Self::Arm64Musl | Self::Arm64Gnu => Some(self.as_str()),
        }
    }

    /// What links it.
    pub const fn linker(self) -> Option<&'static str> {
        match self {
            Self::Arm64Musl => Some("rust-lld"),
            Self::Arm64Gnu => Some("aarch64-linux-gnu-gcc"),
            Self::Host => None,
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Target {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|target| target.as_str() == word)
            .ok_or_else(|| format!("one of {}", Self::ALL.map(Self::as_str).join(", ")))
    }
}

/// The cargo and the rustc of one toolchain.
#[derive(Clone, Debug)]
pub struct Toolchain {
    cargo: PathBuf,
    /// Set where `cargo` would not find its own compiler, such as a distribution's next to rustup's.
    rustc: Option<PathBuf>,
}

impl Toolchain {
    /// The toolchain of `cargo`, or the one that runs us.
    pub fn new(cargo: Option<&Path>) -> Self {
        match cargo {
            Some(cargo) => {
                let beside = cargo.with_file_name("rustc");
                Self { cargo: cargo.to_path_buf(), rustc: beside.is_file().then_some(beside) }
            }
            None => {
                Self { cargo: std::env::var_os("CARGO").map_or_else(|| "cargo".into(), PathBuf::from), rustc: None }
            }
        }
    }

    /// A cargo command without what the cargo that runs us has set for this program.
    pub fn cargo(&self) -> Command {
        let mut command = Command::new(&self.cargo);
        self.clean(&mut command);
        command
    }

    fn clean(&self, command: &mut Command) {
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(belongs_to_this_program) {
                command.env_remove(name);
            }
        }
        if let Some(rustc) = &self.rustc {
            command.env("RUSTC", rustc).env_remove("RUSTUP_TOOLCHAIN");
        }
    }

    /// Checks that `target` can be built and says exactly what to do if it cannot.
    ///
    /// # Errors
    /// If the compiler does not run, or has no standard library or no linker for the target.
    pub async fn check(&self, target: Target) -> Result<()> {
        let Some(triple) = target.triple() else { return Ok(()) };
        let sysroot = self.sysroot().await?;
        if !has_std(&sysroot, triple) {
            bail!("{}", missing_std(target, std::env::var("RUSTUP_TOOLCHAIN").ok().as_deref()));
        }
        if target == Target::Arm64Gnu && overridden_linker(triple).is_none() && !on_path("aarch64-linux-gnu-gcc") {
            bail!(
                "no linker for {triple}: aarch64-linux-gnu-gcc is not on the PATH\n  \
                 on Debian: apt-get install gcc-aarch64-linux-gnu libc6-dev-arm64-cross\n  \
                 anywhere:  --target {} needs no C toolchain",
                Target::Arm64Musl
            );
        }
        Ok(())
    }

    async fn sysroot(&self) -> Result<PathBuf> {
        let rustc = self
            .rustc
            .clone()
            .or_else(|| std::env::var_os("RUSTC").map(PathBuf::from))
            .or_else(|| Some(self.cargo.with_file_name("rustc")).filter(|beside| beside.is_file()))
            .unwrap_or_else(|| "rustc".into());
        let mut command = Command::new(&rustc);
        self.clean(&mut command);
        let output = command
            .args(["--print", "sysroot"])
            .output()
            .await
            .with_context(|| format!("cannot run {}", rustc.display()))?;
        if !output.status.success() {
            bail!("{} --print sysroot: {}", rustc.display(), String::from_utf8_lossy(&output.stderr).trim());
        }
        Ok(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
    }
}

/// What cargo sets for the program that it runs. A cargo below it would take some of it for the user's wish.
pub fn belongs_to_this_program(name: &str) -> bool {
    name.starts_with("CARGO_PKG_")
        || name.starts_with("CARGO_MANIFEST_")
        || matches!(name, "CARGO" | "CARGO_CRATE_NAME" | "CARGO_BIN_NAME" | "CARGO_PRIMARY_PACKAGE" | "OUT_DIR")
}

/// The user's own choice of a linker for `triple`.
pub(super) fn overridden_linker(triple: &str) -> Option<std::ffi::OsString> {
    std::env::var_os(linker_variable(triple))
}

/// The variable that tells cargo what links `triple`.
pub(super) fn linker_variable(triple: &str) -> String {
    format!("CARGO_TARGET_{}_LINKER", triple.to_uppercase().replace('-', "_"))
}

fn has_std(sysroot: &Path, triple: &str) -> bool {
    std::fs::read_dir(sysroot.join("lib/rustlib").join(triple).join("lib")).is_ok_and(|entries| {
        entries.flatten().any(|entry| {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            name.starts_with("libstd-") && name.ends_with(".rlib")
        })
    })
}

fn on_path(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(program).is_file()))
}

fn missing_std(target: Target, toolchain: Option<&str>) -> String {
    let option = toolchain.map_or_else(String::new, |name| format!(" --toolchain {name}"));
    let debian = match target {
        Target::Arm64Gnu => {
            "\n  on Debian: dpkg --add-architecture arm64 && apt-get update && apt-get install --no-install-recommends \
             rustc-web cargo-web libstd-rust-web-dev:arm64 gcc-aarch64-linux-gnu libc6-dev-arm64-cross\n             \
             then add --cargo /usr/bin/cargo"
        }
        Target::Arm64Musl | Target::Host => "",
    };
    format!(
        "this toolchain has no standard library for {target}; install it with\n  rustup target add {target}{option}{debian}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_back() {
        for target in Target::ALL {
            assert_eq!(target.as_str().parse(), Ok(target));
        }
        assert!("x86_64".parse::<Target>().is_err());
    }

    #[test]
    fn a_missing_target_says_the_exact_command() {
        let text = missing_std(Target::Arm64Musl, Some("1.95.0-x86_64-unknown-linux-gnu"));
        assert!(
            text.ends_with(
                "\n  rustup target add aarch64-unknown-linux-musl --toolchain 1.95.0-x86_64-unknown-linux-gnu"
            ),
            "{text}"
        );
        assert!(missing_std(Target::Arm64Gnu, None).contains("--cargo /usr/bin/cargo"));
    }

    #[test]
    fn std_is_found_by_its_library() {
        let sysroot = tempfile::tempdir().unwrap();
        let lib = sysroot.path().join("lib/rustlib/t/lib");
        std::fs::create_dir_all(&lib).unwrap();
        assert!(!has_std(sysroot.path(), "t"));
        std::fs::write(lib.join("libstd-0123.rlib"), "").unwrap();
        assert!(has_std(sysroot.path(), "t"));
        assert!(!has_std(sysroot.path(), "u"));
    }

    #[test]
    fn variables() {
        assert_eq!(linker_variable("aarch64-unknown-linux-musl"), "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_LINKER");
        assert!(belongs_to_this_program("CARGO_PKG_NAME"));
        assert!(!belongs_to_this_program("CARGO_HOME"));
        assert!(!belongs_to_this_program("CARGO_TARGET_DIR"));
    }
}
