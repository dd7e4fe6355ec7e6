//! Where the command asks and as whom, and what it says when it is not let in.

use std::fs;

use crate::samples::well;
use crate::world::World;

const STATUS: &str = "GET /api/v1/status";
const TOKEN: &str = "0123456789abcdef0123456789abcdef";

#[tokio::test]
async fn the_token_of_the_variable_is_sent() {
    let mut world = World::new().await.answers(STATUS, &well());
    world.token = Some(TOKEN.into());
    assert_eq!(world.run(None, &["status"]).await.code, 0);
    assert_eq!(world.asked()[0].token, Some(format!("Bearer {TOKEN}")));
}

#[tokio::test]
async fn on_the_collectors_machine_its_token_is_found() {
    let world = World::new().await.answers(STATUS, &well());
    fs::write(world.state().join("admin-token"), format!("{TOKEN}\n")).unwrap();
    assert_eq!(world.run(None, &["status"]).await.code, 0);
    assert_eq!(world.asked()[0].token, Some(format!("Bearer {TOKEN}")));
}

#[tokio::test]
async fn without_any_token_none_is_sent() {
    let world = World::new().await.answers(STATUS, &well());
    assert_eq!(world.run(None, &["status"]).await.code, 0);
    assert_eq!(world.asked()[0].token, None);
}

#[tokio::test]
async fn a_token_is_never_sent_in_the_clear_to_another_machine() {
    let mut world = World::new().await;
    world.url = Some("http://vedette.example.org:9720".into());
    world.token = Some(TOKEN.into());
    let ran = world.run(None, &["status"]).await;
    assert_eq!(ran.code, 2);
    assert!(ran.error.contains("ask over https"), "{}", ran.error);
    assert!(!ran.error.contains(TOKEN), "{}", ran.error);
}

#[tokio::test]
async fn the_token_of_this_machines_collector_is_for_no_other() {
    let mut world = World::new().await;
    fs::write(world.state().join("admin-token"), TOKEN).unwrap();
    // Nobody is asked: the name does not exist, and neither does a token to send there.
    world.url = Some("https://vedette.invalid:9720".into());
    let ran = world.run(None, &["status"]).await;
    assert_eq!(ran.code, 1);
    assert!(
        ran.error
            .starts_with("Nothing answers at https://vedette.invalid:9720"),
        "{}",
        ran.error
    );
}

#[tokio::test]
async fn an_address_that_is_none_is_a_usage_error() {
    for url in [
        "vedette.example.org",
        "ftp://127.0.0.1/",
        "http://me@127.0.0.1/",
        "http://127.0.0.1/?a=b",
    ] {
        let mut world = World::new().await;
        world.url = Some(url.into());
        let ran = world.run(None, &["status"]).await;
        assert_eq!(ran.code, 2, "{url}");
        assert!(ran.error.starts_with("VEDETTE_URL is "), "{}", ran.error);
    }
}

#[tokio::test]
async fn where_nobody_listens_that_is_said_with_what_to_do() {
    let mut world = World::new().await;
    // Bound and dropped: a port nobody listens on.
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    world.url = Some(format!("http://{free}"));
    let ran = world.run(None, &["status"]).await;
    assert_eq!(ran.code, 1);
    assert_eq!(
        ran.error.replace(&free.to_string(), "HERE"),
        "Nothing answers at http://HERE (connection refused); is the collector running? If it is elsewhere, set VEDETTE_URL\n"
    );
}

#[tokio::test]
async fn every_refusal_is_one_sentence_and_has_its_exit_code() {
    let own = |error: &str| format!(r#"{{"error": "{error}", "reason": "x"}}"#);
    let mut said = String::new();
    for (status, text) in [
        (401, own("this needs a token")),
        (
            403,
            own("the token of viewer is not enough; this needs an operator's token"),
        ),
        (404, own("there is no incident 12")),
        (404, "<html>nothing here</html>".into()),
        (409, own("incident 12 is closed")),
        (421, own("this collector is not called \\\"vedette\\\"")),
        (302, String::new()),
        (400, "\"a silence has 1 to 32 matchers\"".into()),
        (500, own("the silence was stored, but its id is not known")),
        (502, "Bad Gateway".into()),
        (503, own("the store does not answer")),
        (200, "<html>Welcome</html>".into()),
    ] {
        let world = World::new().await.says(STATUS, status, &text);
        let ran = world.run(None, &["status"]).await;
        assert_eq!(ran.out, "");
        said += &format!("{status} -> {}: {}", ran.code, ran.error);
    }
    insta::assert_snapshot!(said);
}

#[tokio::test]
async fn a_token_nobody_knows_is_named_by_where_it_came_from() {
    let refused = r#"{"error": "nobody has this token", "reason": "unauthorized"}"#;
    let mut world = World::new().await.says(STATUS, 401, refused);
    fs::write(world.state().join("admin-token"), TOKEN).unwrap();
    let from_file = world.run(None, &["status"]).await;
    world.token = Some(TOKEN.into());
    let from_variable = world.run(None, &["status"]).await;
    assert!(
        from_file.error.contains("the token in STATE/admin-token"),
        "{}",
        from_file.error
    );
    assert!(
        from_variable.error.contains("the token in VEDETTE_TOKEN"),
        "{}",
        from_variable.error
    );
    assert_eq!((from_file.code, from_variable.code), (2, 2));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let world = World::new().await.says(STATUS, 307, "");
    assert_eq!(world.run(None, &["status"]).await.code, 2);
    assert_eq!(world.asked().len(), 1);
}
