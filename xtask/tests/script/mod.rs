//! `cargo xtask` against answers from a list.

mod noted;
mod services;
mod versions;

use crate::answers::{Answer, change_set, event, events, parameters, stack, stack_with};
use crate::loopback::{Asked, Loopback, Reply};
use noted::{note, of_the_bucket, stable};
use rustix::process::{Pid, Signal, kill_process};
use services::{Objects, passed, simulated, storage};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use tokio::process::Command;
pub use versions::Version;
use versions::Versions;

/// What each action of CloudFormation answers, one after the other; the last answer stays.
#[derive(Default)]
pub struct Script {
    answers: HashMap<&'static str, VecDeque<Answer>>,
    /// What the code bucket holds, by key.
    objects: BTreeMap<String, String>,
    /// What the buckets of the stack hold.
    versions: Versions,
    /// True if there is no code bucket.
    no_bucket: bool,
    /// True if nothing can be written to it.
    unwritable: bool,
    /// Names of the functions that there are.
    functions: Vec<&'static str>,
    /// What IAM's simulator does not allow: who, by the end of the ARN, and which action.
    forbidden: Vec<(&'static str, &'static str)>,
    /// Variables that are set besides the usual ones, or in their place.
    variables: Vec<(String, String)>,
}

/// What a command printed, how it ended, and what it asked CloudFormation to change.
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
    pub asked: Vec<String>,
    /// Who signed its requests, and for which region, in order.
    pub signed: Vec<(String, String)>,
    /// What it set of the code bucket, in order: what, and how.
    pub bucket: Vec<(String, String)>,
    /// What it has left in the code bucket, by key.
    pub objects: BTreeMap<String, String>,
    /// What it has left in the buckets of the stack.
    pub versions: Vec<Version>,
    /// What it asked IAM about passing a role: who passes it, the role, and to which service.
    pub passed: Vec<(String, String, String)>,
}

/// In an answer: the token that the last operation was begun with.
pub const TOKEN: &str = "[token]";

impl Script {
    /// A stack that goes through these statuses, one a look.
    pub fn stack(statuses: &[&str]) -> Self {
        Self::default().on("DescribeStacks", statuses.iter().map(|status| described(status)))
    }

    /// With these answers to an action.
    pub fn on(mut self, action: &'static str, answers: impl IntoIterator<Item = Answer>) -> Self {
        self.answers.insert(action, answers.into_iter().collect());
        self
    }

    /// With this template of the stack.
    pub fn template(self, template: &serde_json::Value) -> Self {
        let body = template.to_string().replace('&', "&amp;").replace('<', "&lt;");
        self.on("GetTemplate", [Answer::of("GetTemplate", &format!("<TemplateBody>{body}</TemplateBody>"))])
    }

    /// With an object in the code bucket.
    pub fn holding(mut self, key: &str, body: &str) -> Self {
        self.objects.insert(key.to_owned(), body.to_owned());
        self
    }

    /// With these in the stack's buckets, of which S3 lists two at a time; those under the key `held` have a legal hold.
    pub fn versions(mut self, standing: &[Version], held: &'static str) -> Self {
        self.versions = Versions::new(standing, held);
        self
    }

    /// With what an earlier run has left in the code bucket.
    pub fn after(mut self, earlier: &Ran) -> Self {
        self.objects.extend(earlier.objects.clone());
        self
    }

    /// Where nothing can be written to the code bucket.
    pub fn unwritable(mut self) -> Self {
        self.unwritable = true;
        self
    }

    /// In an account that has no code bucket.
    pub fn without_bucket(mut self) -> Self {
        self.no_bucket = true;
        self
    }

    /// In an account that has these functions.
    pub fn functions(mut self, names: &[&'static str]) -> Self {
        self.functions.extend(names);
        self
    }

    /// Where these may not do that; all else is allowed.
    pub fn forbidding(mut self, forbidden: &[(&'static str, &'static str)]) -> Self {
        self.forbidden.extend(forbidden);
        self
    }

    /// With a variable in the command's environment.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With the history of an operation on the stack that somebody else has begun, from its first event to its last.
    pub fn history(self, told: &[(&str, &str, &str, &str)]) -> Self {
        self.on("DescribeStackEvents", [Self::others(told)])
    }

    /// That history, for an answer among others.
    pub fn others(told: &[(&str, &str, &str, &str)]) -> Answer {
        history("", told)
    }

    /// With the history of the operation that the command itself has begun last.
    pub fn own_history(self, told: &[(&str, &str, &str, &str)]) -> Self {
        self.on("DescribeStackEvents", [Self::own(told)])
    }

    /// That history, for an answer among others.
    pub fn own(told: &[(&str, &str, &str, &str)]) -> Answer {
        history(TOKEN, told)
    }

    /// With a change set that would be ready, and is obsolete if it is not.
    pub fn change_set_ready(self) -> Self {
        self.on("DescribeChangeSet", [change_set("CREATE_COMPLETE", "AVAILABLE", "", "")])
    }

    /// With a change set that changes nothing.
    pub fn no_changes(self) -> Self {
        let reason =
            "The submitted information didn't contain changes. Submit different information to create a change set.";
        self.on("DescribeChangeSet", [change_set("FAILED", "UNAVAILABLE", reason, "")])
    }

    /// Runs `cargo xtask` with these arguments against it.
    pub async fn run(self, arguments: &str) -> Ran {
        self.run_until(arguments, "", &[]).await
    }

    /// The same on a terminal, where somebody gives these answers, one a question. Everything is told on stdout.
    pub async fn answered(self, answers: &[&str], arguments: &str) -> Ran {
        self.run_until(arguments, "", answers).await
    }

    /// The same, and presses Ctrl-C once it asks for that action, which is never answered.
    pub async fn interrupted_at(self, action: &'static str, arguments: &str) -> Ran {
        self.run_until(arguments, action, &[]).await
    }

    async fn run_until(self, arguments: &str, interrupted: &'static str, answers: &[&str]) -> Ran {
        let (asked, signed) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(Vec::new())));
        let listed = Mutex::new((self.answers, String::new()));
        let objects = Arc::new(Mutex::new(Objects::of(self.objects)));
        let versions = Arc::new(Mutex::new(self.versions));
        let (bucket, passes) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(Vec::new())));
        let (noted, signers, set) = (Arc::clone(&asked), Arc::clone(&signed), Arc::clone(&bucket));
        let (stored, passing, kept) = (Arc::clone(&objects), Arc::clone(&passes), Arc::clone(&versions));
        let lost = AtomicBool::new(interrupted.is_empty());
        let server = Loopback::start(None, move |request| {
            note(request, &mut noted.lock().unwrap());
            signers.lock().unwrap().extend(request.signer());
            set.lock().unwrap().extend(of_the_bucket(request));
            if self.no_bucket && request.method == "GET" && request.path.contains("?tagging") {
                let none = "<Error><Code>NoSuchBucket</Code><Message>none</Message></Error>";
                return Reply::Answer(404, none.to_owned());
            }
            if self.unwritable && request.method == "PUT" {
                let denied = "<Error><Code>AccessDenied</Code><Message>denied</Message></Error>";
                return Reply::Answer(403, denied.to_owned());
            }
            if request.action() == interrupted && !lost.swap(true, Ordering::AcqRel) {
                return Reply::LoseRequest;
            }
            if request.action() == "SimulatePrincipalPolicy" {
                passing.lock().unwrap().extend(passed(&request.body));
                return simulated(&request.body, &self.forbidden);
            }
            if request.path.starts_with("/2015-03-31/functions") {
                let list: Vec<_> =
                    self.functions.iter().map(|name| serde_json::json!({"FunctionName": name})).collect();
                return Reply::Answer(200, serde_json::json!({"Functions": list}).to_string());
            }
            if let Some(reply) = kept.lock().unwrap().answer(request) {
                return reply;
            }
            let (answers, token) = &mut *listed.lock().unwrap();
            if let Some(sent) = request.body.split('&').find_map(|part| part.strip_prefix("ClientRequestToken=")) {
                sent.clone_into(token);
            }
            match answer(request, answers, &mut stored.lock().unwrap()) {
                Reply::Answer(status, body) => Reply::Answer(status, body.replace(TOKEN, token)),
                other => other,
            }
        })
        .await;
        let child = command(answers)
            .args(arguments.split_whitespace())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", "/nonexistent")
            .env("DRYDOCK_CONFIG", "/dev/null")
            .env("AWS_ENDPOINT_URL", server.url())
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_REGION", "us-east-1")
            .env("NO_COLOR", "1")
            .envs(self.variables)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        if !interrupted.is_empty() {
            server.has_lost_one().await;
            let pid = Pid::from_raw(i32::try_from(child.id().unwrap()).unwrap()).unwrap();
            kill_process(pid, Signal::INT).unwrap();
        }
        let output = child.wait_with_output().await.unwrap();
        let text = |bytes: Vec<u8>| stable(&String::from_utf8(bytes).unwrap());
        let asked = asked.lock().unwrap().iter().map(|line| stable(line)).collect();
        let (signed, bucket) = (signed.lock().unwrap().clone(), bucket.lock().unwrap().clone());
        let (objects, passed) = (objects.lock().unwrap().by_key.clone(), passes.lock().unwrap().clone());
        let versions = versions.lock().unwrap().standing.clone();
        Ran {
            code: output.status.code().unwrap_or(-1),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
            asked,
            signed,
            bucket,
            objects,
            versions,
            passed,
        }
    }
}

impl fmt::Display for Ran {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "exit code: {}", self.code)?;
        writeln!(f, "----- stdout -----\n{}----- stderr -----\n{}----- asked for -----", self.stdout, self.stderr)?;
        self.asked.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

/// Runs a program on a terminal of its own, and types an answer at each question.
const ON_A_TERMINAL: &str = r"
import os, pty, sys
answers, program = sys.argv[1].split(','), sys.argv[2:]
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(program[0], program)
told = b''
while True:
    try:
        more = os.read(terminal, 65536)
    except OSError:
        break
    if not more:
        break
    told += more
    if answers and told.endswith((b'[y/N] ', b']: ')):
        os.write(terminal, (answers.pop(0) + '\n').encode())
_, status = os.waitpid(pid, 0)
sys.stdout.buffer.write(told.replace(b'\r', b''))
sys.exit(os.waitstatus_to_exitcode(status))
";

fn command(answers: &[&str]) -> Command {
    let program = env!("CARGO_BIN_EXE_xtask");
    if answers.is_empty() {
        return Command::new(program);
    }
    let mut command = Command::new("python3");
    command.args(["-c", ON_A_TERMINAL, &answers.join(","), program]);
    command
}

fn history(token: &str, told: &[(&str, &str, &str, &str)]) -> Answer {
    let told =
        (1..).zip(told).map(|(at, (id, kind, status, reason))| event("drydock", at, id, kind, status, token, reason));
    let mut told: Vec<String> = told.collect();
    told.reverse();
    events(&told, "")
}

fn described(status: &str) -> Answer {
    match status {
        "" => crate::answers::error(400, "ValidationError", "Stack with id drydock does not exist"),
        // What it was to be made with is still known.
        "ROLLBACK_COMPLETE" | "ROLLBACK_FAILED" | "CREATE_FAILED" => {
            stack_with("drydock", status, &parameters(&code()))
        }
        status => stack("drydock", status),
    }
}

/// The parameters that say where the code is, which have no default.
pub fn code() -> Vec<(&'static str, &'static str)> {
    let keys = infra::drydock::FUNCTIONS.iter().map(|function| (function.code_key_parameter, "handlers/a.zip"));
    keys.chain([("CodeBucket", "code")]).collect()
}

fn answer(request: &Asked, answers: &mut HashMap<&'static str, VecDeque<Answer>>, objects: &mut Objects) -> Reply {
    let action = request.action();
    if action == "GetCallerIdentity" {
        let result = "<Account>123456789012</Account><Arn>arn:aws:iam::123456789012:user/ann</Arn><UserId>A</UserId>";
        return said(Answer::of(action, result));
    }
    if let Some(listed) = answers.get_mut(action) {
        let next = if listed.len() > 1 { listed.pop_front() } else { listed.front().cloned() };
        return next.map_or(Reply::LoseRequest, said);
    }
    match action {
        "" => storage(request, objects),
        // Without it, values are shown as far as the change set tells them.
        "GetTemplate" => said(crate::answers::error(400, "AccessDenied", "not allowed")),
        _ => said(Answer::empty(action)),
    }
}

fn said(answer: Answer) -> Reply {
    match answer.parts() {
        Some((status, body)) => Reply::Answer(status, body),
        None => Reply::LoseRequest,
    }
}
