//! What an operator looks at: `doctor`, `status` and `logs`, whole commands with all that they print.

use drydock_e2e::{Command, World};
use insta::assert_snapshot;
use serde_json::json;
use tokio::io::{AsyncBufReadExt, BufReader};

/// What a machine has and an account may do, but not in which version and how much of it.
fn doctor(world: &World, arguments: &str) -> Command {
    world
        .xtask(&format!("doctor --target host {arguments}"))
        .mask(r"rustc \d.*", "rustc [version]")
        .mask(r"git version \d.*", "git version [version]")
        .mask(r"Python \d.*", "Python [version]")
        .mask(r"embedded engine: .*", "embedded engine: [state]")
        .mask(r"\d+ for the account, \d+ of", "[count] for the account, [count] of")
        .mask(r"\d+ of \d+ used", "[count] of [count] used")
}

#[tokio::test]
async fn a_doctor_finds_everything_in_order() {
    let world = World::new().await;
    assert_snapshot!(doctor(&world, "").run().await, @r#"
    exit code: 0
    ----- stdout -----
        good configuration: defaults from /dev/null
        good Rust: rustc [version]
        good target of the functions: host
        good git: git version [version]
        good Python of the engine: Python [version]
        good embedded engine: [state]
        good region: us-east-1, played by [endpoint]
        good clock: agrees with AWS
        good credentials: arn:aws:iam::[hex]:root in account [hex]
     warning permissions: the account's root user may do everything
             to do: use a role or a user instead: nothing limits root, and it cannot be taken away
        good stack: drydock is in CREATE_COMPLETE
        good quota: concurrent invocations: [count] for the account, [count] of them not reserved
        good quota: IAM roles: [count] of [count] used

    problems: 0, warnings: 1, unknown: 0, good: 12
    ----- stderr -----
    "#);
}

#[tokio::test]
async fn a_doctor_names_what_a_caller_may_not_do() {
    let world = World::new().await;
    let user = world.new_name("operator");
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["cloudformation:*", "sts:*", "iam:*", "lambda:*", "s3:*"], "Resource": "*"},
        {"Effect": "Deny", "Action": "iam:PassRole", "Resource": "*"},
    ]});
    let (id, secret) = world.user(&user, &policy.to_string()).await;
    let command = doctor(&world, "").env("AWS_ACCESS_KEY_ID", &id).env("AWS_SECRET_ACCESS_KEY", &secret);
    assert_snapshot!(command.hide(&user, "user").run().await, @r#"
    exit code: 1
    ----- stdout -----
        good configuration: defaults from /dev/null
        good Rust: rustc [version]
        good target of the functions: host
        good git: git version [version]
        good Python of the engine: Python [version]
        good embedded engine: [state]
        good region: us-east-1, played by [endpoint]
        good clock: agrees with AWS
        good credentials: arn:aws:iam::[hex]:user/[user] in account [hex]
     problem permissions: 89 of 167 actions are refused: apigateway:DELETE, apigateway:GET, apigateway:PATCH, apigateway:POST, cloudwatch:DeleteAlarms, cloudwatch:DescribeAlarms, cloudwatch:GetMetricData, cloudwatch:ListTagsForResource, cloudwatch:PutMetricAlarm, cloudwatch:TagResource, cloudwatch:UntagResource, dynamodb:CreateTable and 77 more (--json names all)
             to do: let the account's administrator allow them to arn:aws:iam::[hex]:user/[user], for stack drydock and what it is made of; the rights to make resources can also lie with a CloudFormation service role (`role-arn` in drydock.toml, or --role-arn)
        good stack: drydock is in CREATE_COMPLETE
        good quota: concurrent invocations: [count] for the account, [count] of them not reserved
        good quota: IAM roles: [count] of [count] used

    problems: 1, warnings: 0, unknown: 0, good: 12
    ----- stderr -----
    "#);
}

#[tokio::test]
async fn whoever_may_work_on_this_stack_only_may_operate_it() {
    let world = World::new().await;
    let user = world.new_name("operator");
    let own = ["arn:aws:*:*:*:*drydock*", "arn:aws:s3:::drydock*", "arn:aws:iam::*:*/drydock*"];
    // What has no name of ours, and what looks.
    let unnamed = ["apigateway:*", "execute-api:*", "lambda:*EventSourceMapping", "lambda:GetAccountSettings"];
    let looks = ["iam:Get*", "iam:SimulatePrincipalPolicy", "sts:*", "cloudformation:Describe*"];
    // What AWS knows for no single resource.
    let wide = ["cloudwatch:GetMetricData", "lambda:ListFunctions", "logs:*LogDeliver*", "logs:DescribeLogGroups"];
    let wide = wide.into_iter().chain(["logs:PutResourcePolicy", "logs:DescribeResourcePolicies"]);
    let unnamed: Vec<&str> = unnamed.into_iter().chain(looks).chain(wide).collect();
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "*", "Resource": own},
        {"Effect": "Allow", "Action": unnamed, "Resource": "*"},
    ]});
    let (id, secret) = world.user(&user, &policy.to_string()).await;
    let command = doctor(&world, "").env("AWS_ACCESS_KEY_ID", &id).env("AWS_SECRET_ACCESS_KEY", &secret);
    let ran = command.run().await.expect(0);
    assert!(ran.stdout.contains("good permissions: all of the 167 actions"), "{ran}");
}

#[tokio::test]
async fn a_doctor_tells_bad_credentials_and_goes_on() {
    let world = World::new().await;
    let ran = doctor(&world, "--json").env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE").run().await.expect(1);
    let findings = ran.json();
    let credentials = findings["findings"].as_array().expect("a list").iter().find(|one| one["check"] == "credentials");
    let credentials = credentials.expect("credentials are looked at");
    assert_eq!(credentials["grade"], "problem", "{credentials}");
    assert!(credentials["remedy"].as_str().is_some_and(|remedy| remedy.starts_with("log in")), "{credentials}");
    assert_eq!(findings["problems"], 1);
}

#[tokio::test]
async fn a_status_shows_everything_at_a_glance() {
    let world = World::new().await;
    let status = world.xtask("status").mask(r"(?s)\n(session |No sessions).*", "\n[sessions]\n");
    let status = status.mask(r" +\d+\.\d [kM]B", " [size]").mask(r"( +(\d+|-)){6}\n", " [counts]\n");
    assert_snapshot!(status.run().await, @r#"
    exit code: 0
    ----- stdout -----
    drydock  CREATE_COMPLETE  [time]

    function                       state    memory     code  modified
    drydock-api-handler            Active   256 MB [size]  [time]
    drydock-deployer-clone-detect  Active  1024 MB [size]  [time]
    drydock-deployer-deploy        Active  2048 MB [size]  [time]
    drydock-deployer-monitor       Active   512 MB [size]  [time]
    drydock-fixer-lambda           Active  2048 MB [size]  [time]
    drydock-sanity-tester-lambda   Active  2048 MB [size]  [time]
    drydock-status-analyzer        Active   512 MB [size]  [time]

    queue                   waiting  delayed  in flight  oldest  dead  oldest dead
    drydock-clone-detect [counts]
    drydock-deploy [counts]
    drydock-monitor [counts]
    drydock-fixer [counts]
    drydock-sanity-tester [counts]
    drydock-executions-dlq [counts]

    alarms: 0 ringing, 0 quiet, 6 without data

    [sessions]
    ----- stderr -----
    "#);
    let run = world.open("/deploy", &json!({"repository": world.git.empty(), "branch": "main"})).await;
    run.until_terminal().await.failed();
    let status = world.xtask("status --sessions 100 --json").run().await.expect(0).json();
    assert_eq!(status["functions"].as_array().map(Vec::len), Some(7));
    assert_eq!(status["alarms"].as_array().map(Vec::len), Some(6));
    let sessions = status["sessions"]["deployments"].as_array().expect("sessions");
    assert!(sessions.iter().any(|session| session["sessionId"] == run.id.as_str()), "{sessions:?}");
}

#[tokio::test]
async fn logs_of_a_session_are_one_readable_stream() {
    let world = World::new().await;
    let run = world.open("/deploy", &json!({"repository": world.git.empty(), "branch": "main"})).await;
    run.until_terminal().await.failed();
    let arguments = format!("logs --session {} --since 1h", run.id);
    let mut ran = world.xtask(&arguments).run().await.expect(0);
    for _ in 0..20 {
        if ran.stdout.contains("deployer-clone-detect") {
            break;
        }
        // The engine writes a function's lines when its invocation has ended.
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        ran = world.xtask(&arguments).run().await.expect(0);
    }
    assert_snapshot!(ran, @r#"
    exit code: 0
    ----- stdout -----
    [time] api-handler           INFO  accepted session=[uuid] repository=http://127.0.0.1:[port]/nobody/empty is_new=true
    [time] deployer-clone-detect INFO  failed session=[uuid] stage=clone-detect code=empty-repository reason="the repository is empty: it has no branch"
    ----- stderr -----
    "#);
    let json = world.xtask(&format!("{arguments} --json")).run().await.expect(0);
    let mut lines = json.stdout.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"));
    let failed = lines.find(|line| line["function"] == "deployer-clone-detect").expect("its line");
    assert_eq!(failed["fields"]["code"], "empty-repository");
}

#[tokio::test]
async fn logs_are_followed_until_nobody_reads_any_more() {
    let world = World::new().await;
    let mut child = world.xtask("logs deployer-clone-detect --follow --json").spawn();
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let run = world.open("/deploy", &json!({"repository": world.git.empty(), "branch": "main"})).await;
    loop {
        let line = lines.next_line().await.expect("readable").expect("it goes on");
        if line.contains(run.id.as_str()) {
            break;
        }
    }
    drop(lines);
    // Something must be written for it to notice.
    world.open("/deploy", &json!({"repository": world.git.empty(), "branch": "main"})).await.until_terminal().await;
    let ended = tokio::time::timeout(std::time::Duration::from_secs(60), child.wait()).await;
    assert!(ended.expect("it ends").expect("it ran").success());
}
