//! `GET /deployments`: newest first, filtered, page by page.

use drydock_contract::Stage;
use drydock_e2e::World;
use serde_json::{Value, json};

fn ids(body: &Value) -> Vec<String> {
    let rows = body["deployments"].as_array().expect("a list");
    assert_eq!(body["count"], rows.len());
    rows.iter().map(|row| row["sessionId"].as_str().expect("an id").to_owned()).collect()
}

#[tokio::test]
async fn pages_follow_each_other_newest_first() {
    let world = World::new().await;
    let repository = world.git.empty();
    let mut opened = Vec::new();
    for _ in 0..5 {
        let run =
            world.open("/fix", &json!({"repository": repository, "branch": "main", "fixInstructions": "x"})).await;
        opened.push(run.id.to_string());
    }
    opened.reverse();
    let mut seen: Vec<String> = Vec::new();
    let mut cursor = String::new();
    // Other tests open sessions meanwhile, so ours need not be on the first page.
    while !opened.iter().all(|id| seen.contains(id)) {
        let body = world.get(format!("/deployments?limit=2{cursor}")).await.expect(200);
        let page = ids(&body);
        assert_eq!(page.len(), 2, "a page before the last is full: {body}");
        assert!(page.iter().all(|id| !seen.contains(id)), "a row came twice: {page:?} after {seen:?}");
        seen.extend(page);
        cursor = format!("&cursor={}", body["nextCursor"].as_str().expect("more pages"));
    }
    let order: Vec<&String> = seen.iter().filter(|id| opened.contains(id)).collect();
    assert_eq!(order, opened.iter().collect::<Vec<_>>(), "newest first");
}

#[tokio::test]
async fn rows_have_the_fields_of_the_contract_and_the_status_asked_for() {
    let world = World::new().await;
    let repository = world.git.empty();
    let body = json!({"repository": repository, "branch": "main", "fixInstructions": "x"});
    let run = world.open("/fix", &body).await;
    run.until_terminal().await.failed();
    let body = world.get("/deployments?status=failed&limit=50").await.expect(200);
    assert!(ids(&body).contains(&run.id.to_string()), "{body}");
    for row in body["deployments"].as_array().expect("a list") {
        let mut fields: Vec<&str> = row.as_object().expect("an object").keys().map(String::as_str).collect();
        fields.sort_unstable();
        assert_eq!(fields, ["branch", "lastUpdated", "message", "repository", "sessionId", "status"]);
        assert_eq!(row["status"], "failed");
    }
    let cancelled = world.unsent(&repository, Stage::CloneDetect).await.session_id;
    assert!(!ids(&world.get("/deployments?status=cancelled").await.expect(200)).contains(&cancelled.to_string()));
    world.cancel(&cancelled).await.expect(200);
    assert!(ids(&world.get("/deployments?status=cancelled").await.expect(200)).contains(&cancelled.to_string()));
}

#[tokio::test]
async fn the_default_page_has_twenty_rows_at_most() {
    let world = World::new().await;
    assert!(ids(&world.get("/deployments").await.expect(200)).len() <= 20);
}

#[tokio::test]
async fn bad_queries_are_400() {
    let world = World::new().await;
    for query in ["status=done", "limit=0", "limit=x", "limit=-1", "limit=100000", "cursor=nonsense"] {
        let body = world.get(format!("/deployments?{query}")).await.expect(400);
        assert!(body["error"].is_string() && !body["example"].is_null(), "{query}: {body}");
    }
}
