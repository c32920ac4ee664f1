//! Dead letters that are deleted, in an installation whose queues no other test looks at.

use super::Beside;
use drydock_contract::Stage;
use insta::assert_snapshot;
use std::time::Duration;

impl Beside {
    /// What lies in all its dead-letter queues.
    async fn left(&self) -> Vec<String> {
        let shown = self.xtask("dlq show --json").run().await.expect(0).json();
        let letters = shown.as_array().expect("a list").iter();
        letters.filter_map(|letter| letter["body"].as_str().map(str::to_owned)).collect()
    }
}

#[tokio::test]
async fn dead_letters_are_deleted_for_good_in_the_queue_that_is_named() {
    let beside = Beside::deployed("purge").await;
    for (stage, body) in [(Stage::Fix, "one"), (Stage::Fix, "two"), (Stage::Deploy, "to stay")] {
        beside.world.send_dead_letter_to(&beside.name, stage, body).await;
    }
    assert_snapshot!(beside.xtask("dlq purge fixer --yes").run().await, @r"
    exit code: 0
    ----- stdout -----
    ----- stderr -----
         DELETE 2 messages in [stack]-fixer-dlq
         Purged [stack]-fixer-dlq (2 messages)
    ");
    let mut left = beside.left().await;
    for _ in 0..30 {
        if !left.is_empty() {
            break;
        }
        // The sweep looks at it, too, and hides it for a moment.
        tokio::time::sleep(Duration::from_secs(1)).await;
        left = beside.left().await;
    }
    assert_eq!(left, ["to stay"]);
    let nothing = beside.xtask("dlq purge fixer --yes").run().await.expect(0);
    assert!(nothing.stderr.contains("Nothing to do: no dead letters"), "{nothing}");
    beside.destroy().await;
}
