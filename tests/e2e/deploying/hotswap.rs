//! Code that is swapped past CloudFormation, and set right by the next deployment.

use super::Beside;
use serde_json::Value;

#[tokio::test]
async fn swapped_code_is_told_and_set_right() {
    let beside = Beside::new("hot").await;
    let parameters = beside.world.stack(&beside.world.stack_name).await.parameters;
    // Another function's code for the API, so that a build of it is something new.
    let (right, other) = (&parameters["ApiHandlerCodeKey"], &parameters["DeployerMonitorCodeKey"]);
    let code = beside.code.replace(&format!("ApiHandlerCodeKey={right}"), &format!("ApiHandlerCodeKey={other}"));
    beside.xtask(&format!("deploy --yes --quiet {code}")).run().await.expect(0);
    let function = format!("{}-api-handler", beside.name);
    let stacks = beside.world.code_of(&function).await;

    let swapped = beside.xtask("deploy --hotswap --target host").run().await.expect(0);
    assert!(swapped.stderr.contains(&format!("Swapped the code of {function}")), "{swapped}");
    let built = beside.world.code_of(&function).await;
    assert_ne!(built, stacks);
    let again = beside.xtask("deploy --hotswap --target host").run().await.expect(0);
    assert!(again.stderr.contains("every function has its code"), "{again}");

    let compared = beside.xtask("diff --skip-build --exit-code").run().await.expect(1);
    let warning = compared.stderr.lines().find(|line| line.contains("got other code than the stack says"));
    assert!(warning.is_some_and(|line| line.contains("ApiHandler")), "{compared}");
    let deployed = beside.xtask("deploy --skip-build --yes").run().await.expect(0);
    assert!(deployed.stderr.contains("this deployment sets it right"), "{deployed}");
    assert_eq!(beside.world.code_of(&function).await, stacks);
    beside.xtask("diff --skip-build --exit-code").run().await.expect(0);

    let more = beside.xtask("deploy --hotswap --target host --parameter FixBudgetUsd=9").run().await.expect(3);
    assert!(more.stderr.contains("code alone cannot be swapped: the parameter FixBudgetUsd changes"), "{more}");
    let tagged = beside.xtask("deploy --hotswap --target host --tag team=a").run().await.expect(3);
    assert!(tagged.stderr.contains("code alone cannot be swapped: the tags change"), "{tagged}");
    let streamed = beside.xtask("deploy --hotswap --target host --tag team=a --json").run().await.expect(3);
    let lines: Vec<Value> = streamed.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let told = |kind: &str| lines.iter().filter(|line| line["type"] == kind).count();
    assert_eq!((told("warning"), told("result")), (1, 1), "{streamed}");
    assert_eq!(lines.last().expect("lines")["result"], "declined", "{streamed}");
    beside.destroy().await;
}
