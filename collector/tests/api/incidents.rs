//! Incidents and hosts as people see them.

use reqwest::Method;
use serde_json::json;
use vedette_collector::access::LinkKey;
use vedette_collector::clock::Clock;
use vedette_collector::outbox::Standing;
use vedette_policy::profile::Judgement;

use crate::world::{LINKS, World, report};

#[tokio::test]
async fn an_incident_is_listed_shown_and_explained() {
    let world = World::start().await;
    world.fire("Down").await;
    let list = world.get("/api/v1/incidents").await.expect(200).json();
    let incident = &list["incidents"][0];
    assert_eq!(incident["phase"], "open");
    assert_eq!(incident["priority"], "P2");
    assert_eq!(incident["tickets"][0]["receiver"], "desk");
    assert_eq!(list["next"], json!(null));
    let id = incident["id"].as_u64().unwrap();

    let shown = world
        .get(&format!("/api/v1/incidents/{id}"))
        .await
        .expect(200)
        .json();
    assert_eq!(&shown["incident"], incident);
    assert_eq!(shown["alerts"][0]["labels"]["alertname"], "Down");
    assert_eq!(shown["deliveries"][0]["action"], "open");
    assert_eq!(shown["deliveries"][0]["standing"], "pending");
    assert!(shown["sentences"].as_array().unwrap().len() > 3, "{shown}");

    let page = world.get(&format!("/i/{id}")).await.expect(200);
    assert!(page.body.contains("Team"), "{}", page.body);

    let why = world
        .get(&format!("/api/v1/incidents/{id}/explain"))
        .await
        .expect(200)
        .json();
    let codes: Vec<&str> = why["timeline"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line["reason"]["code"].as_str().unwrap())
        .collect();
    for code in ["fired", "grouped", "told"] {
        assert!(codes.contains(&code), "{code} is not in {codes:?}");
    }
    world.get("/api/v1/incidents/999").await.expect(404);
    world.get("/api/v1/incidents/999/explain").await.expect(404);
    world.get("/api/v1/incidents/one").await.expect(400);
}

#[tokio::test]
async fn people_take_note_and_close() {
    let world = World::start().await;
    world.fire("Down").await;
    let list = world.get("/api/v1/incidents").await.json();
    let at = format!("/api/v1/incidents/{}", list["incidents"][0]["id"]);
    world
        .post(&format!("{at}/ack"), &json!({ "by": "ops1", "for": "1h" }))
        .await
        .expect(200);
    let shown = world.get(&at).await.json();
    let acknowledged = &shown["incident"]["acknowledged"];
    assert_eq!(acknowledged["by"], "ops1");
    assert_eq!(acknowledged["until"], "2025-10-09T09:53:20.000Z");
    world
        .post(&format!("{at}/notes"), &json!({ "text": "the cable" }))
        .await
        .expect(200);
    world
        .post(
            &format!("{at}/resolve"),
            &json!({ "why": "cable replaced" }),
        )
        .await
        .expect(200);
    let shown = world.get(&at).await.json();
    assert_eq!(shown["incident"]["phase"], "resolved");
    assert_eq!(
        shown["incident"]["closed_because"],
        "admin closed it: cable replaced"
    );
    let actions: Vec<&str> = shown["deliveries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|delivery| delivery["action"].as_str().unwrap())
        .collect();
    assert_eq!(actions.first(), Some(&"open"));
    assert_eq!(actions.last(), Some(&"resolve"));
    for (path, body, status) in [
        ("ack", json!({}), 409),
        ("resolve", json!({}), 400),
        ("resolve", json!([]), 400),
        ("ack", json!([]), 400),
        ("resolve", json!({ "why": "once more, with a reason" }), 409),
        ("notes", json!({ "text": " " }), 400),
        ("notes", json!({}), 400),
        ("ack", json!({ "for": "soon" }), 400),
        ("ack", json!({ "until": "soon" }), 400),
    ] {
        let said = world.post(&format!("{at}/{path}"), &body).await;
        assert_eq!(said.status.as_u16(), status, "{path} {body}: {}", said.body);
        assert!(
            said.json()["error"]
                .as_str()
                .is_some_and(|text| !text.is_empty())
        );
    }
    world
        .post("/api/v1/incidents/999/ack", &json!({}))
        .await
        .expect(404);
}

#[tokio::test]
async fn people_take_give_wait_and_say_how_urgent_it_is() {
    let world = World::start().await;
    world.fire("Down").await;
    let list = world.get("/api/v1/incidents").await.json();
    let at = format!("/api/v1/incidents/{}", list["incidents"][0]["id"]);
    let say = async |path: &str, body: serde_json::Value| {
        let said = world.post(&format!("{at}/{path}"), &body).await;
        (said.status.as_u16(), said.body)
    };
    let shown = async || world.get(&at).await.json()["incident"].clone();
    assert_eq!(say("take", json!({ "by": "ops1" })).await.0, 200);
    let known = shown().await;
    assert_eq!(
        (&known["phase"], &known["assigned_to"]),
        (&json!("acknowledged"), &json!("ops1"))
    );

    let team = list["incidents"][0]["team"].as_str().unwrap();
    assert_eq!(say("assign", json!({ "to": team })).await.0, 200);
    let known = shown().await;
    assert_eq!(
        (&known["phase"], known.get("assigned_to")),
        (&json!("open"), None)
    );

    let wait = json!({ "by": "ops1", "waits_for": "vendor", "for": "5d" });
    assert_eq!(say("wait", wait).await.0, 200);
    let known = shown().await;
    assert_eq!(known["phase"], "waiting");
    assert_eq!(known["waits"]["for"], "vendor");
    assert_eq!(known["waits"]["until"], "2025-10-14T08:53:20.000Z");
    assert_eq!(say("resume", json!({ "why": "they called" })).await.0, 200);
    assert_eq!(shown().await["phase"], "open");

    let why = "nobody uses it before Monday";
    let set = json!({ "by": "ops1", "priority": "P3", "why": why });
    assert_eq!(say("priority", set).await.0, 200);
    let known = shown().await;
    assert_eq!(
        (&known["priority"], &known["priority_set"]["why"]),
        (&json!("P3"), &json!(why))
    );
    assert_eq!(say("priority", json!({})).await.0, 200);
    assert_eq!(shown().await["priority"], "P2");

    for (path, body, status, word) in [
        ("take", json!({ "for": "soon" }), 400, "duration"),
        ("assign", json!({}), 400, "to"),
        ("assign", json!({ "to": "nobody" }), 400, "nobody"),
        (
            "assign",
            json!({ "to": team, "why": "x" }),
            400,
            "8 characters",
        ),
        ("wait", json!({ "waits_for": "vendor" }), 400, "until"),
        (
            "wait",
            json!({ "waits_for": "", "for": "1h" }),
            400,
            "vendor",
        ),
        (
            "wait",
            json!({ "waits_for": "vendor", "for": "31d" }),
            400,
            "30 days",
        ),
        ("resume", json!({}), 409, "nobody waits"),
        ("priority", json!({ "priority": "P1" }), 400, "8 characters"),
        (
            "priority",
            json!({ "priority": "P7", "why": why }),
            400,
            "P5",
        ),
        ("priority", json!({}), 409, "computed already"),
    ] {
        let (got, said) = say(path, body.clone()).await;
        assert_eq!(got, status, "{path} {body}: {said}");
        assert!(said.contains(word), "{path} {body}: {said}");
    }
}

#[tokio::test]
async fn two_incidents_become_one() {
    let world = World::start().await;
    world.fire("Down").await;
    world.fire("Slow").await;
    let list = world.get("/api/v1/incidents").await.json();
    let id = |at: usize| list["incidents"][at]["id"].as_u64().unwrap();
    let into = json!({ "by": "ops1", "into": id(1), "why": "one disk, two mounts" });
    let at = format!("/api/v1/incidents/{}", id(0));
    let short = json!({ "into": id(1), "why": "same" });
    world.post(&format!("{at}/merge"), &short).await.expect(400);
    world.post(&format!("{at}/merge"), &into).await.expect(200);
    assert_eq!(world.get(&at).await.json()["incident"]["phase"], "closed");
    let timeline = world.get(&format!("{at}/explain")).await.body;
    assert!(timeline.contains("one disk, two mounts"), "{timeline}");
    world.post(&format!("{at}/merge"), &into).await.expect(409);
    world
        .post(&format!("{at}/merge"), &json!({}))
        .await
        .expect(400);
}

#[tokio::test]
async fn what_comes_of_a_rule_is_counted_and_people_say_what_they_think_of_it() {
    let world = World::start().await;
    world.fire("Down").await;
    let list = world.get("/api/v1/incidents").await.json();
    let id = list["incidents"][0]["id"].as_u64().unwrap();
    let page = world.get(&format!("/i/{id}/noise")).await.expect(200);
    assert!(
        page.body.contains("<button>It was noise</button>"),
        "{}",
        page.body
    );
    let rules = async || {
        let rules = world.get("/api/v1/rules").await.json();
        rules["rules"].as_array().unwrap().last().unwrap().clone()
    };
    assert_eq!(
        (&rules().await["opened"], &rules().await["noise"]),
        (&json!(1), &json!(0))
    );
    world
        .post(&format!("/i/{id}/noise"), &json!({}))
        .await
        .expect(200);
    let by = json!({ "by": "ops2" });
    let useful = format!("/api/v1/incidents/{id}/useful");
    world.post(&useful, &by).await.expect(200);
    world.post(&useful, &by).await.expect(200);
    let outside = rules().await;
    assert_eq!(outside["name"], "");
    assert_eq!(
        (&outside["useful"], &outside["noise"]),
        (&json!(1), &json!(1))
    );
    let metrics = world.get("/metrics").await.body;
    for line in [
        "vedette_rule_incidents_total{outcome=\"opened\",rule=\"\"} 1",
        "vedette_rule_votes_total{rule=\"\",vote=\"noise\"} 1",
    ] {
        assert!(metrics.contains(line), "{line} is not in {metrics}");
    }
    world.get("/i/999/useful").await.expect(404);
    world.post("/i/999/useful", &json!({})).await.expect(404);
}

#[tokio::test]
async fn whoever_has_the_ticket_votes_by_its_link_without_a_token() {
    let world = World::start().await;
    world.fire("Down").await;
    world.fire("Slow").await;
    let list = world.get("/api/v1/incidents").await.json();
    let id = |at: usize| list["incidents"][at]["id"].as_u64().unwrap();
    let key = LinkKey::of(LINKS);
    let link = key.signed(&format!("/i/{}/noise", id(0)));
    let get = async |path: &str| world.ask(Method::GET, path, &[], Vec::new()).await;
    let post = async |path: &str, body: &str| {
        let json = [("content-type", "application/json")];
        world.ask(Method::POST, path, &json, body.into()).await
    };
    let page = get(&link).await.expect(200);
    assert!(page.body.contains("location.search"), "{}", page.body);
    let noise = async || {
        let rules = world.get("/api/v1/rules").await.json();
        rules["rules"].as_array().unwrap().last().unwrap()["noise"].clone()
    };
    assert_eq!(noise().await, 0, "looking is no vote");
    // Nobody can vote in another's name, nor twice.
    for by in ["ops1", "ops2"] {
        let body = json!({ "by": by }).to_string();
        post(&link, &body).await.expect(200);
    }
    assert_eq!(noise().await, 1);
    let at = format!("/api/v1/incidents/{}/explain", id(0));
    let timeline = world.get(&at).await.body;
    assert!(timeline.contains("a link in the ticket"), "{timeline}");
    // It is good for nothing else.
    let (_, signature) = link.split_once('?').unwrap();
    for (path, status) in [
        (format!("/i/{}/noise?{signature}", id(1)), 401),
        (format!("/i/{}/useful?{signature}", id(0)), 401),
        (format!("/i/{}/noise", id(0)), 401),
    ] {
        get(&path).await.expect(status);
        post(&path, "{}").await.expect(status);
    }
    let own = key.signed(&format!("/i/{}", id(0)));
    get(&own).await.expect(401);
    let api = key.signed(&format!("/api/v1/incidents/{}/noise", id(0)));
    post(&api, "{}").await.expect(401);
}

#[tokio::test]
async fn a_list_is_filtered_and_comes_in_pages() {
    let world = World::start().await;
    let alert = |at: u32| json!({ "labels": { "alertname": format!("A{at}"), "instance": format!("host-{at}"), "severity": "critical" } });
    let alerts: Vec<_> = (0..5).map(alert).collect();
    world
        .post("/api/v2/alerts", &alerts.into())
        .await
        .expect(200);
    let mut seen = Vec::new();
    let mut query = "limit=2".to_owned();
    loop {
        let page = world
            .get(&format!("/api/v1/incidents?{query}"))
            .await
            .expect(200)
            .json();
        let ids = page["incidents"].as_array().unwrap().iter();
        seen.extend(ids.map(|incident| incident["id"].as_u64().unwrap()));
        match page["next"].as_u64() {
            Some(next) => query = format!("limit=2&before={next}"),
            None => break,
        }
    }
    assert_eq!(seen.len(), 5, "{seen:?}");
    assert!(
        seen.is_sorted_by(|one, other| one > other),
        "the newest first: {seen:?}"
    );
    for (query, expected) in [
        ("filter=alertname%3D%22A3%22", 1),
        ("filter=priority%3DP2", 5),
        ("filter=priority%3DP1", 0),
        ("state=open", 5),
        ("state=closed", 0),
        ("state=open,closed&filter=team%3Dit-ops", 5),
        ("state=all", 5),
    ] {
        let page = world
            .get(&format!("/api/v1/incidents?{query}"))
            .await
            .expect(200)
            .json();
        assert_eq!(
            page["incidents"].as_array().unwrap().len(),
            expected,
            "{query}"
        );
    }
    for query in [
        "state=odd",
        "limit=0",
        "limit=5000",
        "filter=x",
        "before=x",
        "colour=red",
    ] {
        let said = world.get(&format!("/api/v1/incidents?{query}")).await;
        assert_eq!(said.status.as_u16(), 400, "{query}: {}", said.body);
    }
}

#[tokio::test]
async fn hosts_are_listed_shown_and_told_of_in_sentences() {
    let world = World::start().await;
    for (at, name) in ["web-1", "db-7", "Mail"].into_iter().enumerate() {
        let mut said = report(1);
        said["agent"] = json!(format!("agent-{at}"));
        said["host"]["name"] = json!(name);
        said["host"]["labels"]["site"] = json!(if at == 0 { "hq" } else { "graz" });
        world.post("/api/v1/reports", &said).await.expect(200);
    }
    let names = |hosts: &serde_json::Value| -> Vec<String> {
        let hosts = hosts["hosts"].as_array().unwrap().iter();
        hosts
            .map(|host| host["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let all = world.get("/api/v1/hosts").await.expect(200).json();
    assert_eq!(names(&all), ["db-7", "Mail", "web-1"], "in order of name");
    let first = world.get("/api/v1/hosts?limit=2").await.json();
    let next = first["next"].as_str().unwrap().replace(' ', "%20");
    let second = world
        .get(&format!("/api/v1/hosts?limit=2&after={next}"))
        .await
        .json();
    assert_eq!(names(&second), ["web-1"]);
    assert_eq!(second["next"], json!(null));
    for (query, expected) in [
        ("filter=site%3Dgraz", &["db-7", "Mail"][..]),
        ("filter=host%3D~%22db-.*%22", &["db-7"]),
        ("state=well", &["db-7", "Mail", "web-1"]),
        ("state=silent", &[]),
    ] {
        let page = world
            .get(&format!("/api/v1/hosts?{query}"))
            .await
            .expect(200)
            .json();
        assert_eq!(names(&page), expected, "{query}");
    }
    let shown = world.get("/api/v1/hosts/DB-7").await.expect(200).json();
    assert_eq!(shown["host"]["id"], "agent-1");
    assert_eq!(shown["host"]["state"], "well");
    assert_eq!(shown["host"]["last_seen"], "2025-10-09T08:53:20.000Z");
    assert_eq!(shown["timeline"][0]["reason"]["code"], "host_appeared");
    let by_id = world.get("/api/v1/hosts/agent-1").await.expect(200).json();
    assert_eq!(by_id, shown);

    let why = world.get("/api/v1/why/db-7").await.expect(200).json();
    assert_eq!(why["well"], true);
    let text = why["sentences"].to_string();
    for expected in [
        "db-7 is a server",
        "last heard of 0 s ago",
        "Nothing fires on it",
    ] {
        assert!(text.contains(expected), "{text}");
    }
    let unknown = world.get("/api/v1/why/db-77").await.expect(404).json();
    let text = unknown["error"].as_str().unwrap();
    assert!(text.contains("did you mean \"db-7\"?"), "{text}");
}

#[tokio::test]
async fn why_nothing_fires_is_said_with_what_it_would_need() {
    let world = World::start().await;
    let why = async |query: &str| {
        let why = world.get(&format!("/api/v1/why/db-7{query}")).await;
        let why = why.expect(200).json();
        (why["well"].as_bool().unwrap(), why["sentences"].to_string())
    };
    let mut first = report(1);
    first["rounds"][0]["probes"] = json!([{ "probe": "filesystem", "looked": "yes" }]);
    world.post("/api/v1/reports", &first).await.expect(200);
    let (_, said) = why("").await;
    assert!(said.contains("No series that a rule looks at"), "{said}");
    let (_, said) = why("?rule=filesystem-space").await;
    assert!(
        said.contains("of which nothing was measured on db-7"),
        "{said}"
    );
    assert!(said.contains("probe filesystem of its agent"), "{said}");

    let of = |name: &str, mode: &str, value: f64| {
        let attributes = json!({ "mountpoint": "/var", "type": "ext4", "mode": mode });
        json!({ "name": name, "value": value, "attributes": attributes })
    };
    for (seq, used) in [(2, 0.0), (3, 0.91)] {
        let mut next = report(seq);
        let mono_ms = json!(500 + (seq - 1) * 15_000);
        let round = &mut next["rounds"][0];
        round["probes"] = json!([{ "probe": "filesystem", "looked": "yes" }]);
        round["mono_ms"] = mono_ms.clone();
        round["samples"] = json!([
            of("system.filesystem.utilization", "rw", used),
            of("system.filesystem.available", "rw", 33_285_996_544.0),
        ]);
        next["sent_mono_ms"] = mono_ms;
        world.later(std::time::Duration::from_secs(15));
        world.post("/api/v1/reports", &next).await.expect(200);
        let (_, said) = why("").await;
        let is_near = !said.contains("Nothing comes near to firing.");
        assert!(is_near == (used > 0.0), "{said}");
    }
    let expected = "filesystem-space on /var: warning needs free below 20.0 GiB, it is 31.0 GiB; utilization is 91 %, above 90 %.";
    let (well, said) = why("").await;
    assert!(well && said.contains(expected), "{said}");
    let (well, said) = why("?rule=filesystem-space").await;
    assert!(well && said.contains(expected), "{said}");

    let (_, said) = why("?rule=host-silent").await;
    assert!(said.contains("the host itself"), "{said}");

    let outside =
        json!([{ "labels": { "alertname": "Probe", "host": "db-7", "severity": "critical" } }]);
    world.post("/api/v2/alerts", &outside).await.expect(200);
    let (well, said) = why("").await;
    assert!(!well && said.contains("Probe"), "{said}");
    // What has no host is asked about by its name.
    let no_host = json!([{ "labels": { "alertname": "QueueFull", "severity": "none" } }]);
    world.post("/api/v2/alerts", &no_host).await.expect(200);
    let why = world.get("/api/v1/why/QueueFull").await.expect(200).json();
    let said = why["sentences"].to_string();
    let expected = "It is only watched: it opens no ticket.";
    assert!(why["well"] == false && said.contains(expected), "{said}");
    let unknown = world.get("/api/v1/why/db-7?rule=filesystem-spice").await;
    let unknown = unknown.expect(404).json();
    let text = unknown["error"].as_str().unwrap();
    assert!(
        text.contains("did you mean \"filesystem-space\"?"),
        "{text}"
    );
    world.get("/api/v1/why/db-7?rules=x").await.expect(400);
}

#[tokio::test]
async fn the_status_counts_what_is_there_and_names_what_is_not_as_it_should_be() {
    let world = World::start().await;
    world.post("/api/v1/reports", &report(1)).await.expect(200);
    world.fire("Down").await;
    let status = world.get("/api/v1/status").await.expect(200).json();
    assert_eq!(
        status["hosts"],
        json!({ "well": 1, "silent": 0, "away": 0, "clock_off": 0 })
    );
    assert_eq!(
        status["incidents"],
        json!([{ "phase": "open", "priority": "P2", "count": 1 }])
    );
    assert_eq!(status["alerts_firing"], 1);
    assert_eq!(status["mode"], "live");
    assert_eq!(status["policy"]["revision"], 7);
    assert_eq!(status["receivers"][0]["pending"], 1);
    assert_eq!(status["troubles"], json!([]));
    world.later(std::time::Duration::from_secs(600));
    let status = world.get("/api/v1/status").await.json();
    let expected = "1 delivery waits for receiver desk, the oldest for 10 min.";
    assert_eq!(status["troubles"], json!([expected]));
    let (now, why) = (world.machine.now(), "it answered 401");
    world.receivers.failed("desk", Judgement::Auth, why, now);
    world.receivers.stand("desk", Standing::Trying);
    let status = world.get("/api/v1/status").await.json();
    assert_eq!(status["receivers"][0]["failure"]["kind"], "auth");
    let failing = "Receiver desk fails: it answered 401.";
    assert_eq!(status["troubles"], json!([failing, expected]));
    world.store.away(true);
    let status = world.get("/api/v1/status").await.json();
    assert_eq!(
        status["troubles"],
        json!([
            "The store does not answer (the store cannot be reached: it was sent away; nothing is lost, senders keep their data)."
        ])
    );
}
