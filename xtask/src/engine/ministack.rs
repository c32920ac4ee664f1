//! MiniStack as a child process: started with a clean environment, watched, and stopped with all that it started.

use super::Venv;
use super::folder::Folder;
use crate::cloud::Aws;
use crate::options::KeyValue;
use crate::printer::{Printer, elapsed};
use anyhow::{Context, Result, bail};
use aws_config::Region;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use drydock_aws::Roots;
use rustix::process::{Pid, Signal, kill_process_group};
use std::fs::File;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::process::{Child, ChildStdin, Command};

/// The region that the engine plays.
pub const REGION: &str = "us-east-1";
/// Key id and secret of the engine's root user. They open nothing but the engine.
pub const CREDENTIALS: (&str, &str) = ("test", "test");
/// Keeps the engine alive no longer than us.
const RUN: &str = include_str!("../../engine/run.py");
/// It is healthy after 2 to 6 seconds on an idle machine.
const START_TIMEOUT: Duration = Duration::from_secs(90);
/// How long it may take to end by itself, saving its state.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// How to run the engine.
#[derive(Clone, Debug, Default)]
pub struct EngineOptions {
    /// The port on 127.0.0.1; a free one if there is none.
    pub port: Option<u16>,
    /// Keep what is in it for the next time.
    pub keep_state: bool,
    /// More variables of the engine's environment.
    pub environment: Vec<KeyValue>,
}

/// A running engine. It is stopped when this is dropped, at the latest.
#[derive(Debug)]
pub struct Engine {
    child: Child,
    /// Closed when we end, in whichever way; the engine then ends too.
    _leash: Option<ChildStdin>,
    /// The engine's process group, which its process leads: the engine and all functions that it runs.
    group: Option<Pid>,
    port: u16,
    folder: Folder,
}

impl Engine {
    /// Starts the engine and waits until it is healthy.
    ///
    /// # Errors
    /// If the port is taken, or the engine does not come up.
    pub async fn start(printer: &Printer, venv: &Venv, local: &Path, options: &EngineOptions) -> Result<Self> {
        let start = Instant::now();
        let folder = Folder::take(local, options.keep_state)?;
        let port = port(options.port.or_else(|| folder.port()))?;
        folder.remember_port(port)?;
        let log = File::create(folder.log()).with_context(|| format!("cannot create {}", folder.log().display()))?;
        let mut command = Command::new(venv.program("python"));
        command
            .args(["-c", RUN])
            .env_clear()
            .envs(environment(port, &folder))
            .envs(options.environment.iter().map(|pair| (&pair.key, &pair.value)))
            .stdin(Stdio::piped())
            .stdout(log.try_clone().context("cannot open the engine's log")?)
            .stderr(log)
            .process_group(0)
            .kill_on_drop(true);
        let mut child = command.spawn().context("cannot start the embedded engine")?;
        let leash = child.stdin.take();
        let group = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        let mut engine = Self { child, _leash: leash, group, port, folder };
        engine.wait_until_healthy().await?;
        printer
            .step("Started", format_args!("the embedded engine on {} in {}", engine.url(), elapsed(start.elapsed())));
        Ok(engine)
    }

    async fn wait_until_healthy(&mut self) -> Result<()> {
        let client = drydock_aws::reqwest_client(Roots::Bundled)?;
        let health = format!("{}/_ministack/health", self.url());
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().context("cannot watch the engine")? {
                bail!("the embedded engine ended at once ({status}):\n{}", self.last_lines());
            }
            let answer = client.get(&health).timeout(Duration::from_secs(2)).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(());
            }
            if start.elapsed() > START_TIMEOUT {
                bail!("the embedded engine is not healthy after {START_TIMEOUT:?}:\n{}", self.last_lines());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    fn last_lines(&self) -> String {
        let log = std::fs::read_to_string(self.folder.log()).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        let last = lines[lines.len().saturating_sub(15)..].join("\n  ");
        format!("  {last}\n(all of it: {})", self.folder.log().display())
    }

    /// `http://127.0.0.1:<port>`
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Where the engine and the functions write what they have to say.
    pub fn log(&self) -> PathBuf {
        self.folder.log()
    }

    /// The variables that point any AWS tool at the engine, and at nothing else.
    pub fn client_environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("AWS_ENDPOINT_URL", self.url()),
            ("AWS_ACCESS_KEY_ID", CREDENTIALS.0.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", CREDENTIALS.1.to_owned()),
            ("AWS_REGION", REGION.to_owned()),
            ("AWS_DEFAULT_REGION", REGION.to_owned()),
            ("AWS_CONFIG_FILE", "/dev/null".to_owned()),
            ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null".to_owned()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ]
    }

    /// A client's way to the engine, whatever this process has in its environment.
    ///
    /// # Errors
    /// If HTTP cannot be set up.
    pub async fn aws(&self) -> Result<Aws> {
        let region = Region::from_static(REGION);
        let credentials = Credentials::from_keys(CREDENTIALS.0, CREDENTIALS.1, None);
        let config = drydock_aws::loader(Roots::Bundled)?
            .region(region)
            .credentials_provider(credentials.clone())
            .endpoint_url(self.url())
            .load()
            .await
            .into_builder()
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .build();
        Aws::new(config)
    }

    /// Ends the engine in good order, so that it can save its state, and then whatever is left of it.
    pub async fn stop(mut self) {
        if let Some(leader) = self.group {
            let _ = rustix::process::kill_process(leader, Signal::TERM);
        }
        let _ = tokio::time::timeout(STOP_TIMEOUT, self.child.wait()).await;
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // A group outlives its leader, and its number is not given away while a member lives. Without members there is
        // nobody to end, which is no error.
        if let Some(group) = self.group {
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

/// The engine's whole environment. Functions inherit it, so nothing of ours may be in it.
fn environment(port: u16, folder: &Folder) -> Vec<(&'static str, String)> {
    let text = |path: PathBuf| path.to_string_lossy().into_owned();
    let path = std::env::var("PATH").unwrap_or_else(|_| "/usr/local/bin:/usr/bin:/bin".to_owned());
    let mut variables = vec![
        ("PATH", path),
        ("HOME", text(folder.temporary())),
        ("TMPDIR", text(folder.temporary())),
        ("LANG", "C.UTF-8".to_owned()),
        ("GATEWAY_PORT", port.to_string()),
        ("BIND_HOST", "127.0.0.1".to_owned()),
        ("IOT_MTLS_ENABLED", "0".to_owned()),
        ("SFTP_ENABLED", "0".to_owned()),
        ("AUTH", "true".to_owned()),
        ("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{port}")),
        ("AWS_REGION", REGION.to_owned()),
        ("AWS_DEFAULT_REGION", REGION.to_owned()),
        ("PYTHONUNBUFFERED", "1".to_owned()),
    ];
    if let Some(state) = folder.state() {
        variables.push(("PERSIST_STATE", "1".to_owned()));
        variables.push(("STATE_DIR", text(state.join("services"))));
        variables.push(("S3_PERSIST", "1".to_owned()));
        variables.push(("S3_DATA_DIR", text(state.join("s3"))));
    }
    variables
}

/// The port that is wanted, if it is free, or a free one.
fn port(wanted: Option<u16>) -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, wanted.unwrap_or(0)));
    match (listener, wanted) {
        (Ok(listener), _) => Ok(listener.local_addr().context("cannot read the port")?.port()),
        (Err(error), Some(port)) if error.kind() == std::io::ErrorKind::AddrInUse => {
            bail!("port {port} is taken; name another with --port, or leave --port out to get a free one")
        }
        (Err(error), _) => Err(error).context("cannot listen on 127.0.0.1"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_named_and_a_free_one_found() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let number = taken.local_addr().unwrap().port();
        let error = port(Some(number)).unwrap_err().to_string();
        assert!(error.starts_with(&format!("port {number} is taken; ")), "{error}");
        assert_ne!(port(None).unwrap(), number);
    }

    #[test]
    fn the_engines_environment_is_its_own() {
        let parent = tempfile::tempdir().unwrap();
        let names = |keep| {
            let folder = Folder::take(parent.path(), keep).unwrap();
            environment(4566, &folder).into_iter().map(|(name, _)| name).collect::<Vec<_>>()
        };
        assert!(!names(false).contains(&"PERSIST_STATE"));
        assert!(names(true).contains(&"PERSIST_STATE"));
        assert!(!names(true).iter().any(|name| name.contains("SECRET") || name.contains("PROFILE")));
    }
}
