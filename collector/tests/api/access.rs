//! Who may ask what: the table, walked.

use reqwest::Method;
use serde_json::Value;
use vedette_collector::access::{Anonymous, Endpoint, Needs, Route, TABLE, Verb};

use crate::world::{ADMIN, AGENT, Made, OPERATOR, Said, VIEWER, World, report};

/// A path of a row with something for each `{name}`.
fn path(route: &Route) -> String {
    route
        .path
        .replace("{id}", "1")
        .replace("{host}", "db-7")
        .replace("{fingerprint}", "cbf29ce484222325")
}

fn method(route: &Route) -> Method {
    match route.verb {
        Verb::Get => Method::GET,
        Verb::Post => Method::POST,
        Verb::Delete => Method::DELETE,
    }
}

async fn ask(world: &World, route: &Route, token: Option<&str>) -> Said {
    let bearer = token.map(|token| format!("Bearer {token}"));
    let mut headers = vec![("content-type", "application/json")];
    headers.extend(bearer.as_deref().map(|bearer| ("authorization", bearer)));
    let body = if route.verb == Verb::Post { "{}" } else { "" };
    let body = body.as_bytes().to_vec();
    world.ask(method(route), &path(route), &headers, body).await
}

#[tokio::test]
async fn every_row_lets_in_who_may_and_nobody_else() {
    let world = World::start().await;
    for route in TABLE {
        let may = |role: &str| match route.needs {
            Needs::Open => true,
            Needs::Viewer => [VIEWER, OPERATOR, ADMIN].contains(&role),
            Needs::Operator => [OPERATOR, ADMIN].contains(&role),
            Needs::Admin => role == ADMIN,
            Needs::Agent => [AGENT, OPERATOR, ADMIN].contains(&role),
        };
        for role in [VIEWER, OPERATOR, ADMIN, AGENT] {
            let said = ask(&world, route, Some(role)).await;
            let denied = matches!(said.status.as_u16(), 401 | 403);
            assert_eq!(
                !denied,
                may(role),
                "{route:?} as {role}: {} {}",
                said.status,
                said.body
            );
            if denied {
                assert_eq!(said.status.as_u16(), 403, "{route:?} as {role}");
            }
        }
        for token in [None, Some("nobody's token")] {
            let said = ask(&world, route, token).await;
            let status = said.status.as_u16();
            assert_eq!(
                status == 401,
                route.needs != Needs::Open,
                "{route:?} with {token:?}: {status}"
            );
            if status == 401 {
                assert_eq!(said.headers["www-authenticate"], "Bearer realm=\"vedette\"");
                let advice = said.json();
                let text = advice.as_str().or(advice["error"].as_str()).unwrap();
                assert!(text.contains("admin-token"), "{text}");
            }
        }
    }
}

#[tokio::test]
async fn a_refusal_is_in_the_form_the_asker_reads() {
    let world = World::start().await;
    for route in TABLE.iter().filter(|route| route.needs != Needs::Open) {
        let said = ask(&world, route, None).await.json();
        match route.endpoint {
            Endpoint::Report => assert_eq!(said["reason"], "unauthorized"),
            _ if route.path.starts_with("/api/v2") => assert!(said.is_string(), "{said}"),
            _ => assert!(said["error"].is_string(), "{said}"),
        }
    }
}

#[tokio::test]
async fn anonymous_operators_operate_and_do_not_administrate() {
    let anonymous = Anonymous::Operator;
    let world = World::made(Made {
        anonymous,
        ..Made::default()
    })
    .await;
    for route in TABLE {
        let status = ask(&world, route, None).await.status.as_u16();
        assert_eq!(
            status == 401,
            route.needs == Needs::Admin,
            "{route:?}: {status}"
        );
    }
    let agent = world
        .ask(
            Method::POST,
            "/api/v1/reports",
            &[("content-type", "application/json")],
            report(1).to_string().into_bytes(),
        )
        .await;
    assert_eq!(
        agent.status, 200,
        "agents need no token there: {}",
        agent.body
    );
}

/// A write with these headers is answered so.
async fn check(world: &World, headers: &[(&str, &str)], status: u16) {
    let token = format!("Bearer {ADMIN}");
    let mut all = vec![("authorization", token.as_str())];
    all.extend(headers);
    let said = world
        .ask(Method::POST, "/api/v2/alerts", &all, b"[]".to_vec())
        .await;
    assert_eq!(said.status.as_u16(), status, "{headers:?}: {}", said.body);
    assert!(said.json().is_string() || said.json()["error"].is_string() || status == 200);
}

#[tokio::test]
async fn what_was_not_meant_for_us_or_comes_from_a_page_of_somebody_else_is_turned_away() {
    let world = World::start().await;
    let json = ("content-type", "application/json");
    let here = format!("http://{}", world.address);
    // The body is answered only where a body is expected.
    let said = world
        .ask(
            Method::GET,
            "/-/healthy",
            &[("host", "evil.example.org")],
            Vec::new(),
        )
        .await;
    assert_eq!(said.status, 421);
    let nowhere = world
        .ask(
            Method::GET,
            "/nowhere",
            &[("host", "evil.example.org")],
            Vec::new(),
        )
        .await;
    assert_eq!(nowhere.status, 421, "also where there is nothing");
    for host in [
        "vedette.example.org",
        "vedette.example.org:9720",
        "localhost:1",
        "[::1]:9720",
    ] {
        let said = world
            .ask(Method::GET, "/-/healthy", &[("host", host)], Vec::new())
            .await;
        assert_eq!(said.status, 200, "{host}");
    }
    check(&world, &[json, ("origin", "http://evil.example.org")], 403).await;
    check(&world, &[json, ("origin", "null")], 403).await;
    check(&world, &[json, ("origin", "http://localhost:1")], 403).await;
    check(&world, &[("content-type", "text/plain")], 415).await;
    check(
        &world,
        &[("content-type", "application/x-www-form-urlencoded")],
        415,
    )
    .await;
    check(&world, &[], 415).await;
    let ours = world
        .ask(
            Method::POST,
            "/-/reload",
            &[
                ("authorization", &format!("Bearer {ADMIN}")),
                json,
                ("origin", &here),
            ],
            b"{}".to_vec(),
        )
        .await;
    assert_eq!(ours.json()["revision"], 8);
}

#[tokio::test]
async fn no_page_of_somebody_else_may_read_an_answer() {
    let world = World::start().await;
    for route in TABLE {
        let said = ask(&world, route, Some(ADMIN)).await;
        assert!(
            said.headers
                .keys()
                .all(|name| !name.as_str().starts_with("access-control-")),
            "{route:?}"
        );
        assert_eq!(said.headers["cache-control"], "no-store", "{route:?}");
    }
}

#[tokio::test]
async fn what_is_not_in_the_table_does_not_exist() {
    let world = World::start().await;
    assert_eq!(world.get("/").await.status, 404);
    assert_eq!(world.get("/api/v1/nothing").await.status, 404);
    assert_eq!(world.delete("/api/v1/reports").await.status, 405);
    let said: Value = world.get("/api/v1/nothing").await.json();
    assert_eq!(said["error"], "there is nothing at /api/v1/nothing");
}

#[tokio::test]
async fn alertmanager_s_first_api_is_gone_and_says_where_to_go() {
    let world = World::start().await;
    for route in TABLE
        .iter()
        .filter(|route| route.endpoint == Endpoint::GoneV1)
    {
        let said = ask(&world, route, None).await;
        assert_eq!(said.status, 410, "{route:?}");
        assert!(
            said.json().as_str().unwrap().contains("/api/v2"),
            "{}",
            said.body
        );
    }
}

#[tokio::test]
async fn while_the_collector_starts_or_stops_it_answers_and_takes_nothing() {
    let world = World::made(Made {
        ready: false,
        ..Made::default()
    })
    .await;
    assert_eq!(world.get("/-/healthy").await.status, 200);
    assert_eq!(world.get("/-/ready").await.status, 503);
    assert_eq!(
        world.get("/api/v1/status").await.expect(200).json()["ready"],
        false
    );
    let said = world.post("/api/v1/reports", &report(1)).await;
    assert_eq!(said.status, 503);
    assert_eq!(said.json()["reason"], "not_ready");
    assert!(said.headers.contains_key("retry-after"));
    world.ready.store(true, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(world.get("/-/ready").await.body, "OK");
    world.post("/api/v1/reports", &report(1)).await.expect(200);
}

#[tokio::test]
async fn what_the_framework_refuses_is_worded_as_everything_else() {
    let world = World::start().await;
    let said = world.get("/api/v1/hosts/%ff").await.expect(400);
    assert!(said.json()["error"].is_string(), "{}", said.body);
    let large = "x".repeat(3 * 1024 * 1024);
    let said = world
        .post_text("/api/v2/silences", &large)
        .await
        .expect(413);
    assert!(said.json().is_string(), "{}", said.body);
}
