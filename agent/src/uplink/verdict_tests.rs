//! Every kind of answer, as data.

#![allow(clippy::unwrap_used)]

use vedette_wire::{Stream, Wanted};

use super::*;

fn verdict_of(reply: &Reply, now_wall_ms: i64) -> Verdict {
    judge(reply, now_wall_ms).0
}

#[test]
fn an_answer_acknowledges_what_it_says() {
    let body = r#"{"acknowledged":{"epoch":"e","stream":"backlog","seq":7},"collector_wall_ms":5,"wire":[1],
        "ask":[{"id":"q","what":{"want":"top_processes"}}]}"#;
    let expected = Verdict::Acknowledged {
        acknowledged: Acknowledged {
            epoch: "e".to_owned(),
            stream: Stream::Backlog,
            seq: 7,
        },
        collector_wall_ms: Some(5),
        refused: None,
        asks: vec![Ask {
            id: "q".to_owned(),
            what: Wanted::TopProcesses,
        }],
    };
    assert_eq!(verdict_of(&reply(200, body), 0), expected);
}

#[test]
fn a_refusal_of_a_part_acknowledges_the_rest() {
    for status in [400, 413, 422] {
        let body = r#"{"error":"two samples refused","reason":"bad_value","kept":3,
            "acknowledged":{"epoch":"e","stream":"live","seq":2}}"#;
        let verdict = verdict_of(&reply(status, body), 0);
        assert!(
            matches!(&verdict, Verdict::Acknowledged { acknowledged, refused: Some(why), .. }
                if acknowledged.seq == 2 && why.contains("two samples")),
            "{verdict:?}"
        );
    }
}

#[test]
fn a_report_that_is_wrong_is_set_aside() {
    let refusal = r#"{"error":"not a report","reason":"not_json"}"#;
    for (status, body) in [
        (400, refusal),
        (413, ""),
        (413, "<html>"),
        (415, refusal),
        (422, refusal),
        (499, refusal),
    ] {
        let verdict = verdict_of(&reply(status, body), 0);
        assert!(
            matches!(verdict, Verdict::SetAside { .. }),
            "{status}: {verdict:?}"
        );
    }
}

#[test]
fn what_does_not_judge_the_report_keeps_it() {
    let cases = [
        (401, Obstacle::NotLetIn),
        (403, Obstacle::NotLetIn),
        (404, Obstacle::NotThere),
        (408, Obstacle::Busy),
        (421, Obstacle::NotThere),
        (425, Obstacle::Busy),
        (429, Obstacle::Busy),
        (500, Obstacle::Busy),
        (503, Obstacle::Busy),
        (301, Obstacle::NotThere),
        (101, Obstacle::NotThere),
        (999, Obstacle::Busy),
    ];
    for (status, expected) in cases {
        check_kept(status, "", expected);
        check_kept(status, r#"{"error":"no","reason":"no"}"#, expected);
    }
}

#[test]
fn who_is_no_collector_cannot_have_a_report_thrown_away() {
    let proxy = "<html>The plain HTTP request was sent to HTTPS port</html>";
    for status in [400, 402, 406, 409, 415, 422, 431, 451, 499] {
        for body in [proxy, "", "{\"message\":\"blocked\"}", "\u{0}\u{1}"] {
            check_kept(status, body, Obstacle::NotThere);
        }
    }
}

#[test]
fn a_portal_that_says_200_is_not_a_collector() {
    check_kept(200, "<html>Welcome to the hotel</html>", Obstacle::NotThere);
    check_kept(204, "", Obstacle::NotThere);
}

#[test]
fn an_unknown_wire_keeps_the_rounds_whatever_the_status() {
    for status in [400, 415] {
        let body = r#"{"error":"wire 1","reason":"unknown_wire","wire":[2,3]}"#;
        let verdict = verdict_of(&reply(status, body), 0);
        assert!(
            matches!(&verdict, Verdict::Keep { obstacle: Obstacle::OtherWire, why, .. }
                if why.contains("2, 3")),
            "{verdict:?}"
        );
    }
}

#[test]
fn retry_after_is_read_in_seconds_and_as_a_date_and_is_bounded() {
    let date = Some("Sun, 06 Nov 1994 08:49:37 GMT");
    let cases = [
        (Some("7"), None, Some(7)),
        (Some("999999999"), None, Some(3_600)),
        (Some("Sun, 06 Nov 1994 08:50:07 GMT"), date, Some(30)),
        (Some("Sun, 06 Nov 1994 08:00:00 GMT"), date, Some(0)),
        // Without a date of the answer's, the agent's clock has to do.
        (Some("Thu, 01 Jan 1970 00:00:20 GMT"), None, Some(20)),
        (Some("soon"), None, None),
        (Some("-5"), None, None),
        (None, None, None),
    ];
    for (header, date, seconds) in cases {
        let reply = Reply {
            retry_after: header.map(str::to_owned),
            date: date.map(str::to_owned),
            ..reply(503, "")
        };
        let Verdict::Keep { retry_after, .. } = verdict_of(&reply, 0) else {
            panic!("503 keeps")
        };
        assert_eq!(retry_after, seconds.map(Duration::from_secs), "{header:?}");
    }
}

#[test]
fn a_foreign_answer_is_shown_shortened_and_without_control_characters() {
    let body = format!("\u{1b}[31m{}", "x".repeat(10_000));
    let Verdict::Keep { why, .. } = verdict_of(&reply(502, &body), 0) else {
        panic!("502 keeps")
    };
    assert!(why.len() < 400 && !why.contains('\u{1b}'), "{why}");
}

#[track_caller]
fn check_kept(status: u16, body: &str, expected: Obstacle) {
    let verdict = verdict_of(&reply(status, body), 0);
    assert!(
        matches!(verdict, Verdict::Keep { obstacle, .. } if obstacle == expected),
        "{status}: {verdict:?}"
    );
}

fn reply(status: u16, body: &str) -> Reply {
    Reply {
        status,
        body: body.as_bytes().to_vec(),
        ..Reply::default()
    }
}
