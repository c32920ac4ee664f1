//! Whole commands and all that they print.

use super::{Beside, told, without_events};
use insta::assert_snapshot;
use serde_json::Value;

#[tokio::test]
async fn from_nothing_to_a_stack_and_back() {
    // Nothing is there, not even the bucket for the code.
    let beside = Beside::new("whole").await.in_a_new_region();
    let deploy = "deploy --target host";

    let compared = beside.xtask("diff --exit-code --target host").run().await.expect(1);
    assert_snapshot!("compared", told(&compared, &[]));
    beside.xtask("outputs").run().await.expect(1);

    // Nobody is there to ask, so nothing is made, and nothing stays behind but the code.
    let declined = beside.xtask(deploy).run().await.expect(3);
    assert_snapshot!(told(&declined, &[(&compared, "what diff shows")]), @r"
    exit code: 3
    ----- stdout -----
    ----- stderr -----
      Deploying stack [stack] to account [hex], [region]
       Building handlers for host (dev)
          Built 7 zips in [elapsed]

    function                 binary  zip  sha256
    api-handler [size] [size]  [hex]
    deployer-clone-detect [size] [size]  [hex]
    deployer-deploy [size] [size]  [hex]
    deployer-monitor [size] [size]  [hex]
    fixer-lambda [size] [size]  [hex]
    sanity-tester-lambda [size] [size]  [hex]
    status-analyzer [size] [size]  [hex]

       Uploaded api-handler ([size])
       Uploaded deployer-clone-detect ([size])
       Uploaded deployer-deploy ([size])
       Uploaded deployer-monitor ([size])
       Uploaded fixer-lambda ([size])
       Uploaded sanity-tester-lambda ([size])
       Uploaded status-analyzer ([size])
      Preparing a change set for stack [stack]

    [what diff shows]

    error: nobody can be asked here: there is no terminal; pass --yes to go on without being asked
        Nothing was changed
    ");
    let absent = beside.xtask("outputs").run().await.expect(1);
    assert!(absent.stderr.contains("there is no stack"), "{absent}");

    let created = beside.xtask(&format!("{deploy} --yes --tag team=drydock")).run().await.expect(0);
    let outputs = beside.xtask("outputs").run().await.expect(0);
    assert_snapshot!("outputs", told(&outputs, &[]));
    let known = [(&compared, "what diff shows"), (&outputs, "outputs")];
    assert_snapshot!("created", told(&created, &known));
    let record = beside.xtask("rollback --list --json").run().await.expect(0).json();
    assert_eq!(record[0]["tags"]["team"], "drydock");

    let unchanged = beside.xtask("deploy --skip-build").run().await.expect(0);
    assert_snapshot!(told(&unchanged, &known), @r"
    exit code: 0
    ----- stdout -----
    [outputs]
    ----- stderr -----
      Deploying stack [stack] to account [hex], [region]
      Preparing a change set for stack [stack]

       Finished in [elapsed], nothing to do: the stack is as it should be
    ");
    let same = beside.xtask("diff --skip-build --exit-code").run().await.expect(0);
    assert_snapshot!(told(&same, &[]), @r"
    exit code: 0
    ----- stdout -----
    ----- stderr -----
      Comparing stack [stack] to account [hex], [region]
        Nothing differs: the stack is as it should be
    ");

    // CloudFormation deletes no bucket that holds anything, and a versioned one still holds what was deleted.
    let outputs = beside.xtask("outputs --json").run().await.expect(0).json();
    let bucket = outputs["ArtifactsBucket"].as_str().expect("a bucket");
    let region = beside.region.as_deref().expect("it is a new one");
    beside.world.rewrite_and_delete(region, bucket, "sources/old").await;
    let destroyed = beside.xtask("destroy --yes").run().await.expect(0);
    assert_snapshot!("destroyed", told(&destroyed, &[]));
    let gone = beside.xtask("destroy --yes").run().await.expect(0);
    assert!(gone.stderr.contains("Nothing to do: there is no stack"), "{gone}");
}

#[tokio::test]
async fn an_update_tells_old_and_new_values() {
    let beside = Beside::deployed("update").await;
    let change = "--skip-build --parameter FixBudgetUsd=3";
    let compared = beside.xtask(&format!("diff --exit-code {change}")).run().await.expect(1);
    assert_snapshot!(told(&compared, &[]), @r"
    exit code: 1
    ----- stdout -----
      parameter FixBudgetUsd: 2 → 3

         change FixerLambda  AWS::Lambda::Function
                  Environment.Variables.FIX_BUDGET_USD: 2 → 3  because of FixBudgetUsd
           stay as they are, for what they refer to is not replaced: FixerLambdaMapping

    1 to change
    ----- stderr -----
      Comparing stack [stack] to account [hex], us-east-1
    ");
    let data = beside.xtask(&format!("diff --json {change}")).run().await.expect(0).json();
    assert_eq!((data["changes"].clone(), data["creates"].clone()), (Value::Bool(true), Value::Bool(false)));
    assert_eq!(data["parameters"][0]["after"], "3");

    let updated = beside.xtask(&format!("deploy --yes {change}")).run().await.expect(0);
    let outputs = beside.xtask("outputs").run().await.expect(0);
    let known = [(&compared, "what diff shows"), (&outputs, "outputs")];
    assert_snapshot!(without_events(&told(&updated, &known)), @r"
    exit code: 0
    ----- stdout -----
    [outputs]
    ----- stderr -----
      Deploying stack [stack] to account [hex], us-east-1
      Preparing a change set for stack [stack]

    [what diff shows]

       Applying the changes to stack [stack]
    [time] …

       Finished in [elapsed], done
    ");

    let streamed = beside.xtask("deploy --yes --json --skip-build --parameter FixBudgetUsd=4").run().await.expect(0);
    let lines: Vec<Value> = streamed.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let kinds: Vec<&str> = lines.iter().map(|line| line["type"].as_str().expect("a type")).collect();
    assert_eq!((kinds[0], kinds[1], *kinds.last().expect("lines")), ("changeset", "event", "result"), "{streamed}");
    assert_eq!(lines.last().expect("lines")["result"], "deployed");

    let events = beside.xtask("events --json").run().await.expect(0);
    assert!(events.stdout.lines().all(|line| line.starts_with(r#"{"type":"event""#)), "{events}");
    let variables = beside.xtask("outputs --env").run().await.expect(0);
    assert!(variables.stdout.contains("export DRYDOCK_API_URL='http"), "{variables}");
    let drift = beside.xtask("drift --exit-code").run().await.expect(0);
    assert!(drift.stdout.contains("0 of "), "{drift}");
    beside.destroy().await;
}

#[tokio::test]
async fn a_failure_ends_with_its_cause_and_what_to_do() {
    let beside = Beside::deployed("failure").await;
    let broken = "deploy --yes --skip-build --parameter DeployerMonitorCodeKey=handlers/missing.zip";
    let failed = beside.xtask(broken).run().await.expect(1);
    assert_snapshot!(without_events(&told(&failed, &[])), @r#"
    exit code: 1
    ----- stdout -----
    ----- stderr -----
      Deploying stack [stack] to account [hex], us-east-1
      Preparing a change set for stack [stack]

      parameter DeployerMonitorCodeKey: handlers/[hex]….zip → handlers/missing.zip

         change DeployerMonitor  AWS::Lambda::Function
                  Code.S3Key: handlers/[hex]….zip → handlers/missing.zip  because of DeployerMonitorCodeKey
           stay as they are, for what they refer to is not replaced: DeployerMonitorMapping

    1 to change

       Applying the changes to stack [stack]
    [time] …
    [time] UPDATE_FAILED                DeployerMonitor                    AWS::Lambda::Function
             AWS::Lambda::Function code update failed: b'{"__type": "InvalidParameterValueException", "message": "Failed to fetch code from s3://drydock-code-[hex]-us-east-1/handlers/missing.zip"}'
    [time] …

    error: stack [stack] ended in UPDATE_ROLLBACK_COMPLETE after [elapsed]
      cause: DeployerMonitor (AWS::Lambda::Function) UPDATE_FAILED: AWS::Lambda::Function code update failed: b'{"__type": "InvalidParameterValueException", "message": "Failed to fetch code from s3://drydock-code-[hex]-us-east-1/handlers/missing.zip"}'
      that is: The template or one of its properties is not accepted.
      to do: Correct the template; the resource's reference lists what is allowed.
    "#);
    let refused = beside.xtask("deploy --yes --skip-build --parameter RequireBoundary=perhaps").run().await.expect(1);
    assert_snapshot!(told(&refused, &[]), @r"
    exit code: 1
    ----- stdout -----
    ----- stderr -----
      Deploying stack [stack] to account [hex], us-east-1
      Preparing a change set for stack [stack]
    error: cannot create the change set: Parameter 'RequireBoundary' true or false
    ");
    let unknown = beside.xtask("deploy --yes --skip-build --parameter Unheard=of").run().await.expect(1);
    assert!(unknown.stderr.contains("the template has no parameter Unheard; it has"), "{unknown}");
    // What was undone can be deployed again.
    beside.xtask("deploy --skip-build").run().await.expect(0);
    beside.destroy().await;
}

#[tokio::test]
async fn a_creation_that_fails_ends_with_its_cause_and_is_made_again_as_it_was_asked_for() {
    // Lambda takes code from its own region only.
    let beside = Beside::new("stillborn").await.in_a_new_region();
    let compared = beside.xtask(&format!("diff --exit-code {}", beside.code)).run().await.expect(1);
    let elsewhere = format!("deploy --yes --parameter FixBudgetUsd=3 --tag team=a {}", beside.code);
    let failed = beside.xtask(&elsewhere).run().await;
    assert_snapshot!("stillborn", told(&failed, &[(&compared, "what diff shows")]));
    assert_eq!(failed.code, 1);

    // Nothing is named but what was wrong: the code, which is built here.
    let created = beside.xtask("deploy --yes --target host").run().await.expect(0);
    assert!(created.stderr.contains("its creation failed, and what is left must be deleted"), "{created}");
    let listed = beside.xtask("rollback --list --json").run().await.expect(0).json();
    let (parameters, tags) = (&listed[0]["parameters"], &listed[0]["tags"]);
    assert_eq!((&parameters["FixBudgetUsd"], &tags["team"]), (&Value::from("3"), &Value::from("a")), "{listed}");
    beside.destroy().await;
}

#[tokio::test]
async fn a_protected_stack_is_deleted_only_once_that_is_lifted() {
    let beside = Beside::deployed("guarded").await;
    beside.xtask("deploy --skip-build --termination-protection on").run().await.expect(0);
    let refused = beside.xtask("destroy --yes").run().await.expect(1);
    assert!(refused.stderr.contains("is protected from being deleted"), "{refused}");
    beside.xtask("deploy --skip-build --termination-protection off").run().await.expect(0);
    let kept = beside.xtask("destroy --yes --keep-data").run().await.expect(0);
    assert_snapshot!("kept", told(&kept, &[]));
    for kept_one in ["DeploymentsTable", "ArtifactsBucket", "ModelKeySecret"] {
        assert!(kept.stderr.contains(&format!("Kept {kept_one}")), "{kept}");
    }
}
