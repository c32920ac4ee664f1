//! Back to a version that was deployed before.

use super::{Beside, told, without_events};
use insta::assert_snapshot;
use serde_json::Value;

impl Beside {
    /// The versions on record, newest first.
    async fn versions(&self) -> Vec<String> {
        let listed = self.xtask("rollback --list --json").run().await.expect(0).json();
        let records = listed.as_array().expect("a list").iter();
        records.map(|record| record["version"].as_str().expect("a version").to_owned()).collect()
    }

    pub(super) async fn budget(&self) -> String {
        self.world.stack(&self.name).await.parameters["FixBudgetUsd"].clone()
    }
}

#[tokio::test]
async fn a_deployment_that_is_not_good_is_gone_back_from() {
    let beside = Beside::deployed("earlier").await;
    let nothing = beside.xtask("rollback --previous --yes").run().await.expect(1);
    assert!(nothing.stderr.contains("before this version is on record"), "{nothing}");
    let function = format!("{}-api-handler", beside.name);
    let good = beside.world.code_of(&function).await;
    let other = beside.world.stack(&beside.name).await.parameters["DeployerMonitorCodeKey"].clone();

    beside.xtask("deploy --yes --quiet --skip-build --parameter FixBudgetUsd=3").run().await.expect(0);
    let bad = format!("deploy --yes --quiet --skip-build --parameter ApiHandlerCodeKey={other}");
    beside.xtask(&bad).run().await.expect(0);
    assert_ne!(beside.world.code_of(&function).await, good);
    let versions = beside.versions().await;
    assert_eq!(versions.len(), 3, "{versions:?}");
    // With nothing to do there is nothing to record.
    beside.xtask("deploy --skip-build").run().await.expect(0);
    assert_eq!(beside.versions().await, versions);

    let back = |arguments: &str| {
        beside.xtask(arguments).mask(r"(from|by) \S+", "$1 [somewhere]").mask("not replaced: .*", "not replaced: […]")
    };
    assert_snapshot!(told(&back("rollback --previous").run().await.expect(3), &[]), @r"
    exit code: 3
    ----- stdout -----
    ----- stderr -----
     Going back to version [hex] of [time] from [somewhere] by [somewhere]
      Preparing a change set for stack [stack]

      parameter ApiHandlerCodeKey: handlers/[hex]….zip → handlers/[hex]….zip

         change ApiHandler  AWS::Lambda::Function
                  Code.S3Key: handlers/[hex]….zip → handlers/[hex]….zip  because of ApiHandlerCodeKey
           stay as they are, for what they refer to is not replaced: […]

    1 to change

    error: nobody can be asked here: there is no terminal; pass --yes to go on without being asked
        Nothing was changed
    ");
    let went = back("rollback --previous --yes").run().await.expect(0);
    let outputs = beside.xtask("outputs").run().await.expect(0);
    assert_snapshot!(without_events(&told(&went, &[(&outputs, "outputs")])), @r"
    exit code: 0
    ----- stdout -----
    [outputs]
    ----- stderr -----
     Going back to version [hex] of [time] from [somewhere] by [somewhere]
      Preparing a change set for stack [stack]

      parameter ApiHandlerCodeKey: handlers/[hex]….zip → handlers/[hex]….zip

         change ApiHandler  AWS::Lambda::Function
                  Code.S3Key: handlers/[hex]….zip → handlers/[hex]….zip  because of ApiHandlerCodeKey
           stay as they are, for what they refer to is not replaced: […]

    1 to change

       Applying the changes to stack [stack]
    [time] …

       Finished in [elapsed], done
    ");
    assert_eq!((beside.world.code_of(&function).await, beside.budget().await.as_str()), (good, "3"));
    // Again goes further back, not to the version that was left.
    back("rollback --previous --yes").run().await.expect(0);
    assert_eq!(beside.budget().await, "2");
    back("rollback --previous --yes").run().await.expect(1);

    let forward = back(&format!("rollback --to {} --yes --json", &versions[1][..6])).run().await.expect(0);
    let last: Value = serde_json::from_str(forward.stdout.lines().last().expect("lines")).expect("JSON");
    assert_eq!((last["result"].as_str(), beside.budget().await.as_str()), (Some("deployed"), "3"));
    let all = beside.versions().await;
    assert_eq!(
        all,
        [&versions[1], &versions[2], &versions[1], &versions[0], &versions[1], &versions[2]].map(String::clone)
    );
    beside.destroy().await;
}
