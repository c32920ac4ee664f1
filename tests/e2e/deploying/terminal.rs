//! The commands on a terminal: somebody is asked, and the picture changes in place.

use super::Beside;
use std::process::Stdio;
use tokio::process::Command;

/// Runs a program on a terminal of its own, and types an answer once it is asked something. What is not to be shown is
/// typed once the terminal shows nothing any more, or after ten seconds all the same.
const ON_A_TERMINAL: &str = r"
import os, pty, sys, termios, time
answer, program = sys.argv[1], sys.argv[2:]
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(program[0], program)
told, answered = b'', False
while True:
    try:
        more = os.read(terminal, 65536)
    except OSError:
        break
    if not more:
        break
    told += more
    hidden = b'(not shown): ' in told
    if answered or not (hidden or b'[y/N]' in told or b'to delete it [' in told):
        continue
    for _ in range(200):
        if not (hidden and termios.tcgetattr(terminal)[3] & termios.ECHO):
            break
        time.sleep(0.05)
    os.write(terminal, (answer + '\n').encode())
    answered = True
_, status = os.waitpid(pid, 0)
sys.stdout.buffer.write(told)
sys.exit(os.waitstatus_to_exitcode(status))
";

impl Beside {
    /// What a command tells on a terminal, and its exit code.
    pub(super) async fn on_a_terminal(&self, answer: &str, arguments: &str) -> (i32, String) {
        let program = std::env::var_os("DRYDOCK_XTASK").expect("DRYDOCK_XTASK, which `cargo xtask local` sets");
        let mut command = Command::new("python3");
        if let Some(region) = &self.region {
            command.env("AWS_REGION", region);
        }
        let output = command
            .args(["-c", ON_A_TERMINAL, answer])
            .arg(program)
            .args(arguments.split_whitespace())
            .env("DRYDOCK_STACK_NAME", &self.name)
            .env("DRYDOCK_CONFIG", "/dev/null")
            .env("TERM", "xterm")
            .env_remove("NO_COLOR")
            .stdin(Stdio::null())
            .output()
            .await
            .expect("python3 runs");
        (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

#[tokio::test]
async fn no_leaves_nothing_behind_and_yes_draws_in_place() {
    let beside = Beside::new("terminal").await;
    let deploy = format!("deploy {}", beside.code);
    let (code, told) = beside.on_a_terminal("n", &deploy).await;
    assert_eq!(code, 3, "{told}");
    assert!(told.contains("Create this stack?") && told.contains("was changed"), "{told}");
    let absent = beside.xtask("outputs").run().await.expect(1);
    assert!(absent.stderr.contains("there is no stack"), "{absent}");

    let (code, told) = beside.on_a_terminal("y", &deploy).await;
    assert_eq!(code, 0, "{told}");
    let picture = told.find(" resources  ").expect("the line for the whole");
    assert!(told[picture..].contains("\x1b["), "it is drawn in colours: {told}");
    assert!(told.contains("A\x1b[J"), "it is drawn in place: {told}");
    assert!(told.contains("ApiUrl"), "{told}");

    let (code, told) = beside.on_a_terminal("another", "destroy").await;
    assert_eq!(code, 3, "{told}");
    assert!(told.contains("was deleted"), "{told}");
    let (code, told) = beside.on_a_terminal(&beside.name, "destroy").await;
    assert_eq!(code, 0, "{told}");
    beside.xtask("outputs").run().await.expect(1);
}

#[tokio::test]
async fn uploads_are_counted_in_place() {
    // Where no code was uploaded before.
    let beside = Beside::new("uploads").await.in_a_new_region();
    let (code, told) = beside.on_a_terminal("n", "deploy --target host").await;
    assert_eq!(code, 3, "{told}");
    let erased = "\x1b[1A\x1b[J";
    let lines = told.matches("Uploading\x1b[0m ").count();
    assert!(lines >= 7 && told.matches(erased).count() == lines, "{lines}: {told}");
    assert_eq!(told.matches("Uploaded\x1b[0m ").count(), 7, "{told}");
}

#[tokio::test]
async fn what_users_have_is_kept_with_a_warning_or_deleted_first() {
    let beside = Beside::deployed("users").await;
    let application = format!("{}-app-shop", beside.name);
    let role = beside.world.applications_role().await;
    beside.world.bring_up(&application, r#"{"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}"#, &role).await;
    // It is named as if it were one of that stack's.
    let function = format!("{application}-api");
    beside.world.make_function(&function).await;
    let declined = beside.xtask("destroy").run().await.expect(3);
    assert!(declined.stderr.contains(&format!("keep stack {application}")), "{declined}");
    assert!(declined.stderr.contains(&format!("keep function {function} with its role and its logs")), "{declined}");
    assert!(declined.stderr.contains("as a role that goes with this stack"), "{declined}");
    let all = beside.xtask("destroy --yes --with-applications").run().await.expect(0);
    let (first, last) = (all.stderr.find(&format!("Deleting stack {application}")), all.stderr.rfind("Deleted stack"));
    assert!(first.is_some() && first < last, "{all}");
    assert!(!beside.world.has_stack(&application).await);
    assert_eq!(beside.world.has_function_and_role(&function).await, (false, false), "{all}");
}
