//! Reading a table: every type, every refusal, and the keys nobody asked for.

#![allow(clippy::unwrap_used)]

use std::time::Duration;

use insta::assert_snapshot;
use vedette_config::{
    Code, Date, Datetime, Document, Finding, Findings, KEYS_MAX, Kind, Reader, Size, Source,
    Spanned, Table, Value,
};

#[test]
fn every_type_is_read_as_what_it_is() {
    check("x = \"a\"", |top| {
        assert_eq!(top.optional("x"), Some("a".to_owned()))
    });
    check("x = true", |top| assert_eq!(top.optional("x"), Some(true)));
    check("x = 0xff", |top| {
        assert_eq!(top.optional("x"), Some(255_i64))
    });
    check("x = -1_000", |top| {
        assert_eq!(top.optional("x"), Some(-1_000_i64))
    });
    check("x = 0.9", |top| assert_eq!(top.optional("x"), Some(0.9)));
    check("x = 3", |top| assert_eq!(top.optional("x"), Some(3.0)));
    check("x = \"1h30m\"", |top| {
        assert_eq!(top.optional("x"), Some(Duration::from_secs(5_400)))
    });
    check("x = \"20GiB\"", |top| {
        assert_eq!(top.optional("x"), Some(Size::from_mib(20 * 1024)))
    });
    check("x = [\"a\", \"b\"]", |top| {
        assert_eq!(
            top.optional("x"),
            Some(vec!["a".to_owned(), "b".to_owned()])
        );
    });
    check("x = [0, 1]", |top| {
        assert_eq!(top.optional("x"), Some(vec![0_i64, 1]))
    });
    check("x = 2027-06-30", |top| {
        let date: Date = top.optional("x").unwrap();
        assert_eq!((date.year, date.month, date.day), (2027, 6, 30));
    });
    check("x = 2027-06-30T18:00:00Z", |top| {
        assert!(top.optional::<Datetime>("x").unwrap().offset.is_some());
    });
    check("x = { b = 1, a = 2 }", |top| {
        let table: Table = top.optional("x").unwrap();
        let keys: Vec<&str> = table
            .entries()
            .iter()
            .map(|entry| entry.key.value.as_str())
            .collect();
        assert_eq!(keys, ["b", "a"], "the order of the file is kept");
    });
    check("x = [1, \"a\"]", |top| {
        assert!(matches!(top.optional("x"), Some(Value::List(values)) if values.len() == 2));
    });
}

#[test]
fn what_is_not_there_is_not_an_error_unless_it_is_required() {
    check("", |top| {
        assert_eq!(top.optional::<String>("x"), None);
        assert_eq!(top.or("y", 7_i64), 7);
        assert_eq!(top.table("z", |_| ()), None);
        assert_eq!(top.tables("q", |_| ()), []);
    });
    assert_snapshot!(findings("[[rule]]\n", |top| {
        top.tables("rule", |rule| rule.required::<String>("name"));
        top.required::<i64>("version");
    }), @r#"
        x.toml: error[missing-key]: the file has no `version`
          `version` is required here
          help: add version = ...

        x.toml:1:1: error[missing-key]: `rule` has no `name`
          1 | [[rule]]
            | ^^^^^^^^ `name` is required here
          help: add name = ...

        2 errors
    "#);
}

#[test]
fn a_value_keeps_its_place() {
    check("\n  x = [\"a\", \"b\"]", |top| {
        let list: Spanned<Vec<Spanned<String>>> = top.optional("x").unwrap();
        assert_eq!(list.place.to_string(), "x.toml:2:7");
        assert_eq!(list.value[1].place.to_string(), "x.toml:2:13");
        assert_eq!(list.value[1].place.text(), "\"b\"");
    });
}

#[test]
fn every_type_refuses_the_others_and_says_how_to_write_it() {
    assert_snapshot!(findings(r#"
boolean = "true"
integer = "7"
float = "0.9"
whole = 7.5
endless = inf
large = 9223372036854775808
size = 512
size2 = "512 MB"
date = "2027-06-30"
day = 2027-06-30T18:00:00Z
list = "one"
mixed = [1, "two", 3, true]
table = 3
tables = "x"
"#, |top| {
        top.optional::<bool>("boolean");
        top.optional::<i64>("integer");
        top.optional::<f64>("float");
        top.optional::<i64>("whole");
        top.optional::<f64>("endless");
        top.optional::<i64>("large");
        top.optional::<Size>("size");
        top.optional::<Size>("size2");
        top.optional::<Date>("date");
        top.optional::<Date>("day");
        top.optional::<Vec<String>>("list");
        top.optional::<Vec<i64>>("mixed");
        top.table("table", |_| ());
        top.tables("tables", |_| ());
    }), @r#"
        x.toml:2:11: error[wrong-type]: expected true or false, found a text
          2 | boolean = "true"
            |           ^^^^^^ this is a text
          help: write true without quotes

        x.toml:3:11: error[wrong-type]: expected a whole number, found a text
          3 | integer = "7"
            |           ^^^ this is a text
          help: write 7 without quotes

        x.toml:4:9: error[wrong-type]: expected a number, found a text
          4 | float = "0.9"
            |         ^^^^^ this is a text
          help: write 0.9 without quotes

        x.toml:5:9: error[wrong-type]: expected a whole number, found a number with a fraction
          5 | whole = 7.5
            |         ^^^ this is a number with a fraction

        x.toml:6:11: error[bad-value]: this number is not finite
          6 | endless = inf
            |           ^^^

        x.toml:7:9: error[out-of-range]: this whole number does not fit into 64 bits
          7 | large = 9223372036854775808
            |         ^^^^^^^^^^^^^^^^^^^

        x.toml:8:8: error[bad-size]: a size needs a unit
          8 | size = 512
            |        ^^^ this is a bare number
          help: write "512B" if these are bytes

        x.toml:9:9: error[bad-size]: "512 MB" is not a size
          9 | size2 = "512 MB"
            |         ^^^^^^^^ there are no spaces in a size
          help: write a number and a unit, such as "512MiB", "20GiB" or "1kB"

        x.toml:10:8: error[wrong-type]: expected a date, found a text
          10 | date = "2027-06-30"
             |        ^^^^^^^^^^^^ this is a text
          help: write it like 2027-06-30, without quotes

        x.toml:11:7: error[wrong-type]: expected a date, found a date or time
          11 | day = 2027-06-30T18:00:00Z
             |       ^^^^^^^^^^^^^^^^^^^^ this is a date or time
          help: write it like 2027-06-30

        x.toml:12:8: error[wrong-type]: expected a list, found a text
          12 | list = "one"
             |        ^^^^^ this is a text
          help: write ["one"]

        x.toml:13:13: error[wrong-type]: expected a whole number, found a text
          13 | mixed = [1, "two", 3, true]
             |             ^^^^^ this is a text

        x.toml:13:23: error[wrong-type]: expected a whole number, found true or false
          13 | mixed = [1, "two", 3, true]
             |                       ^^^^ this is true or false

        x.toml:14:9: error[wrong-type]: expected a table, found a whole number
          14 | table = 3
             |         ^ this is a whole number

        x.toml:15:10: error[wrong-type]: expected a list of tables, found a text
          15 | tables = "x"
             |          ^^^ this is a text
          help: write [[tables]] above each

        15 errors
    "#);
}

#[test]
fn unknown_keys_are_found_in_every_table_and_in_the_order_of_the_file() {
    assert_snapshot!(findings(r#"
[server]
listne = "127.0.0.1:9720"
[[receiver]]
name = "desk"
[[receiver]]
nmae = "inbox"
[receiver.auth]
kind = "basic"
[timer]
x = 1
"#, |top| {
        top.table("server", |server| server.optional::<String>("listen"));
        top.tables("receiver", |receiver| {
            receiver.optional::<String>("name");
            receiver.table("auth", |_| ());
        });
        top.table("timers", |_| ());
    }), @r#"
        x.toml:3:1: error[unknown-key]: `listne` is not a key of `server`
          3 | listne = "127.0.0.1:9720"
            | ^^^^^^
          help: did you mean `listen`?

        x.toml:7:1: error[unknown-key]: `nmae` is not a key of `receiver`
          7 | nmae = "inbox"
            | ^^^^
          help: did you mean `name`?

        x.toml:9:1: error[unknown-key]: `kind` is not a key of `receiver.auth`
          9 | kind = "basic"
            | ^^^^

        x.toml:10:2: error[unknown-key]: `timer` is not a key here
          10 | [timer]
             |  ^^^^^
          help: did you mean `timers`?

        4 errors
    "#);
}

#[test]
fn a_table_whose_keys_are_names_is_read_by_its_keys() {
    check("[params]\nwarn = 0.9\nfree = \"20GiB\"", |top| {
        let read = top.table("params", |params| {
            let keys = params.keys();
            keys.iter()
                .map(|key| (key.value.clone(), params.kind(&key.value).unwrap()))
                .collect::<Vec<_>>()
        });
        let expected = [("warn", Kind::Float), ("free", Kind::String)];
        assert_eq!(
            read.unwrap(),
            expected.map(|(name, kind)| (name.to_owned(), kind))
        );
    });
}

#[test]
fn tables_can_be_written_inline_or_under_headers() {
    for text in ["[[x]]\na = 1\n[[x]]\na = 2", "x = [{ a = 1 }, { a = 2 }]"] {
        check(text, |top| {
            assert_eq!(top.kind("x"), Some(Kind::Tables));
            assert_eq!(top.tables("x", |x| x.or("a", 0_i64)), [1, 2]);
        });
    }
}

#[test]
fn a_text_with_a_form_of_its_own_says_why_it_has_not() {
    assert_snapshot!(findings("match = 'env=prod'", |top| {
        top.parsed("match", Code::BadMatcher, |_| Err::<(), _>("the value stands in quotes"));
    }), @r#"
        x.toml:1:9: error[bad-matcher]: `match` cannot be "env=prod"
          1 | match = 'env=prod'
            |         ^^^^^^^^^^ the value stands in quotes

        1 error
    "#);
}

#[test]
fn a_check_can_point_into_a_string() {
    assert_snapshot!(findings("[[rule]]\nwarning = 'value > warn_used && fre < 1'\n", |top| {
        top.tables("rule", |rule| {
            let condition: Spanned<String> = rule.optional("warning").unwrap();
            let at = condition.value.find("fre").unwrap();
            let place = condition.part(at..at + 3);
            rule.push(
                Finding::error(Code::ConditionUnknownName, "`fre` is not known here")
                    .at(&place, "")
                    .help("did you mean `free`?"),
            );
        });
    }), @r#"
        x.toml:2:33: error[condition-unknown-name]: `fre` is not known here
          2 | warning = 'value > warn_used && fre < 1'
            |                                 ^^^
          help: did you mean `free`?

        1 error
    "#);
}

#[test]
fn a_table_with_too_many_keys_is_refused() {
    let text: String = (0..=KEYS_MAX)
        .map(|number| format!("k{number} = 1\n"))
        .collect();
    assert_snapshot!(findings(&text, |top| {
        for key in top.keys() {
            top.optional::<i64>(&key.value);
        }
    }), @r#"
        x.toml:1001:1: error[too-large]: more than 1000 keys in one table
          1001 | k1000 = 1
               | ^^^^^ this one is too many
          help: split the table

        1 error
    "#);
}

#[test]
fn endless_nesting_is_refused_and_does_not_overflow_the_stack() {
    for text in [
        format!("x = {}", "[".repeat(100_000)),
        format!("{}x = 1", "a.".repeat(100_000)),
        format!("[{}x]", "a.".repeat(100_000)),
        format!("x = {}", "{ a = ".repeat(100_000)),
    ] {
        let mut findings = Findings::new();
        assert!(Document::parse(&Source::new("x.toml", text), &mut findings).is_none());
        assert!(findings.has_errors());
    }
}

/// Reads a text that has nothing wrong in it.
#[track_caller]
fn check(text: &str, read: impl FnOnce(&mut Reader<'_>)) {
    let text = findings(text, read);
    assert_eq!(text, "no findings\n");
}

/// Everything that is wrong in a text when it is read like this.
fn findings(text: &str, read: impl FnOnce(&mut Reader<'_>)) -> String {
    let mut findings = Findings::new();
    if let Some(document) = Document::parse(&Source::new("x.toml", text), &mut findings) {
        document.read(&mut findings, read);
    }
    findings.to_string()
}
