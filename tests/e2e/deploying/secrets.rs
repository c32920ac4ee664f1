//! Secrets, as an operator sets them.

use super::Beside;
use insta::assert_snapshot;

#[tokio::test]
async fn a_secret_is_set_told_and_taken_away_and_never_shown() {
    let beside = Beside::deployed("secrets").await;
    let status = || beside.xtask("secrets status").mask(r"\d{4}-\S+Z", "[time]").run();
    assert_snapshot!(status().await, @r"
    exit code: 0
    ----- stdout -----
    git-token  not set
    model-key  not set
    ----- stderr -----
    ");
    let token = "ghp_a-token-of-nobody";
    let set = beside.xtask("secrets set git-token --host git.example.com").input(token).run().await.expect(0);
    let key = beside.xtask("secrets set model-key --from-env A_KEY").env("A_KEY", token).run().await.expect(0);
    let told = status().await;
    assert_snapshot!(told, @r"
    exit code: 0
    ----- stdout -----
    git-token  set, changed [time]
    model-key  set, changed [time]
    ----- stderr -----
    ");
    let declined = beside.xtask("secrets clear git-token").run().await.expect(3);
    let cleared = beside.xtask("secrets clear git-token --yes").run().await.expect(0);
    assert!(status().await.stdout.starts_with("git-token  not set\nmodel-key  set"), "{cleared}");

    let (code, typed) = beside.on_a_terminal(token, "secrets set git-token").await;
    assert_eq!(code, 0, "{typed}");
    assert!(typed.contains("Value of git-token (not shown): ") && typed.contains("git-token stored"), "{typed}");
    assert!(!typed.contains("ghp_"), "{typed}");
    assert!(status().await.stdout.starts_with("git-token  set"), "{typed}");
    for ran in [set, key, told, declined, cleared] {
        assert!(!ran.to_string().contains("ghp_"), "{ran}");
    }
    beside.destroy().await;
}
