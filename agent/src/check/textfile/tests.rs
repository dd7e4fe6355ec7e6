//! Folders as good writers leave them, and as broken and hostile ones do.

#![allow(clippy::unwrap_used)]

use std::os::unix::fs::symlink;

use proptest::prelude::*;

use super::exposition::{LINE_BYTES_MAX, SERIES_MAX as SERIES_OF_FILE_MAX};
use super::*;

const GOOD: &str = "\
# HELP backup_bytes Size of the last backup\n\
# TYPE backup_bytes gauge\n\
backup_bytes{db=\"erp\",path=\"C:\\\\x\\\"y\"} 1.5e9\n\
backup_ok 1\n";

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(dir.path().join(name), text).unwrap();
    }
    dir
}

fn look_at(dir: &tempfile::TempDir) -> Found {
    look(dir.path(), Duration::from_secs(60), SystemTime::now())
}

/// Names of series, ages left out.
fn names(found: &Found) -> Vec<&str> {
    let samples = found.samples.iter();
    samples
        .map(|sample| sample.name.as_str())
        .filter(|name| *name != metric::TEXTFILE_AGE)
        .collect()
}

#[test]
fn a_good_file_is_read_under_its_own_names_with_the_file_beside_them() {
    let found = look_at(&folder(&[
        ("erp.prom", GOOD),
        ("notes.txt", "x"),
        (".a.prom", "x"),
        ("b.prom.tmp", "x"),
    ]));
    assert_eq!(
        (found.state, found.text.as_str()),
        (CheckState::Ok, "1 files")
    );
    assert_eq!(names(&found), ["backup_bytes", "backup_ok"]);
    let bytes = &found.samples[1];
    assert_eq!(bytes.value, 1.5e9);
    assert_eq!(bytes.attributes["path"], "C:\\x\"y");
    assert_eq!(bytes.attributes["textfile"], "erp.prom");
    assert_eq!(found.samples[0].attributes["file"], "erp.prom");
}

#[test]
fn a_broken_file_is_critical_with_its_line_and_the_others_go_on() {
    let dir = folder(&[("a.prom", "x 1\nx 2\n"), ("erp.prom", GOOD)]);
    let found = look_at(&dir);
    assert_eq!(found.state, CheckState::Critical);
    assert_eq!(
        found.text,
        "a.prom:2: x has a second value with the same labels"
    );
    assert_eq!(names(&found), ["backup_bytes", "backup_ok"]);
}

#[test]
fn every_way_to_break_a_file_is_said_where_it_is() {
    let long = format!("x{{a=\"{}\"}} 1\n", "a".repeat(LINE_BYTES_MAX));
    let many: String = (0..=SERIES_OF_FILE_MAX)
        .map(|number| format!("x{number} 1\n"))
        .collect();
    let labels: String = (0..16).map(|number| format!("l{number}=\"\",")).collect();
    let cases: &[(&str, &str)] = &[
        (
            "x 1\n# TYPE x gauge\n",
            "f:2: the TYPE of x comes after its first value",
        ),
        (
            "# TYPE x gauge\n# TYPE x gauge\n",
            "f:2: there is a second TYPE of x",
        ),
        (
            "# HELP x a\n# HELP x b\n",
            "f:2: there is a second HELP of x",
        ),
        ("# TYPE x speed\n", "f:1: x has a TYPE that is not known"),
        ("# TYPE\n", "f:1: TYPE of nothing"),
        (
            "# TYPE x counter\nx -1\n",
            "f:2: x is not what its TYPE says",
        ),
        (
            "# TYPE x histogram\nx 1\n",
            "f:2: x is not what its TYPE says",
        ),
        (
            "# TYPE x histogram\nx_bucket 1\n",
            "f:2: x_bucket is not what its TYPE says",
        ),
        (
            "# TYPE x summary\nx 1\n",
            "f:2: x is not what its TYPE says",
        ),
        ("x one\n", "f:1: x has a value that is not a number"),
        ("x 0x10\n", "f:1: x has a value that is not a number"),
        ("x 1e999\n", "f:1: x has a value that is not a number"),
        ("x 1 1700000000\n", "f:1: x has a time"),
        ("x\n", "f:1: a name without a value"),
        ("9x 1\n", "f:1: what should be the name of a metric is none"),
        ("x{a=\"1\",a=\"2\"} 1\n", "f:1: the label a stands twice"),
        ("x{a=\"1\" b=\"2\"} 1\n", "f:1: neither , nor }"),
        ("x{a} 1\n", "f:1: a label without a value"),
        ("x{a=1} 1\n", "f:1: the value of the label a is not quoted"),
        (
            "x{a=\"1\\q\"} 1\n",
            "f:1: the value of the label a is not quoted",
        ),
        (
            "x{textfile=\"y\"} 1\n",
            "f:1: the label textfile is the name of the file",
        ),
        (
            "x{é=\"y\"} 1\n",
            "f:1: what should be the name of a label is none",
        ),
        (
            "x 1\ny 2",
            "f:2: the line does not end: the file seems to be written only in part",
        ),
        (&long, "f:1: the line is longer than 16384 bytes"),
        (&many, "f:1001: there are more than 1000 series"),
        (
            &format!("x{{{labels}}} 1\n"),
            "f:1: there are more than 15 labels",
        ),
    ];
    for (text, expected) in cases {
        let found = look_at(&folder(&[("f.prom", text)]));
        let expected = expected.replacen("f:", "f.prom:", 1);
        assert!(
            found.text.starts_with(&expected),
            "{:?}: {}",
            &text[..text.len().min(40)],
            found.text
        );
        assert_eq!(found.state, CheckState::Critical);
        assert!(names(&found).is_empty());
    }
}

#[test]
fn bytes_that_are_no_text_are_said_and_not_repeated() {
    let dir = folder(&[]);
    fs::write(dir.path().join("f.prom"), b"x 1\n\xff\xfe 1\n").unwrap();
    assert_eq!(look_at(&dir).text, "f.prom:2: the line is not UTF-8");
    fs::write(dir.path().join("f.prom"), "s3cret-token\n").unwrap();
    assert!(!look_at(&dir).text.contains("s3cret"));
}

#[test]
fn a_histogram_and_a_summary_as_every_library_writes_them_are_good() {
    let text = "# TYPE h histogram\nh_bucket{le=\"0.5\"} 1\nh_bucket{le=\"+Inf\",} 2\nh_sum 3\nh_count 2\n\
                # TYPE s summary\ns{quantile=\"0.9\"} NaN\ns_sum 1\ns_count 1\n\
                # a comment\n\n  \t\nplain_count 4\r\n# TYPE c counter\nc_total 1\n";
    let found = look_at(&folder(&[("f.prom", text)]));
    assert_eq!(found.state, CheckState::Ok, "{}", found.text);
    let expected = [
        "h_bucket",
        "h_bucket",
        "h_sum",
        "h_count",
        "s_sum",
        "s_count",
        "plain_count",
        "c_total",
    ];
    assert_eq!(names(&found), expected);
}

#[test]
fn an_old_file_is_a_warning_and_its_values_still_come_with_their_age() {
    let dir = folder(&[("erp.prom", GOOD)]);
    let later = SystemTime::now() + Duration::from_secs(3_600);
    let found = look(dir.path(), Duration::from_secs(60), later);
    assert_eq!(found.state, CheckState::Warning);
    assert!(
        found.text.starts_with("erp.prom: stale, written 3"),
        "{}",
        found.text
    );
    assert_eq!(names(&found).len(), 2);
    assert!((3_590.0..3_700.0).contains(&found.samples[0].value));
}

#[test]
fn what_would_have_another_file_read_is_not_followed() {
    let secret = folder(&[("secret", GOOD)]);
    let dir = folder(&[("erp.prom", GOOD)]);
    symlink(secret.path().join("secret"), dir.path().join("link.prom")).unwrap();
    fs::create_dir(dir.path().join("dir.prom")).unwrap();
    let fifo = dir.path().join("pipe.prom");
    let kind = rustix::fs::FileType::Fifo;
    rustix::fs::mknodat(rustix::fs::CWD, &fifo, kind, rustix::fs::Mode::RWXU, 0).unwrap();
    fs::write(dir.path().join("huge.prom"), vec![b'#'; 2 << 20]).unwrap();
    let found = look_at(&dir);
    assert_eq!(found.state, CheckState::Critical);
    for name in ["link.prom", "dir.prom", "pipe.prom", "huge.prom"] {
        assert!(found.text.contains(name), "{name}: {}", found.text);
    }
    assert_eq!(names(&found).len(), 2);
}

#[test]
fn there_is_a_bound_to_files_and_to_series_of_all_of_them() {
    let dir = folder(&[]);
    for number in 0..FILES_MAX + 3 {
        fs::write(dir.path().join(format!("{number:04}.prom")), "x 1\n").unwrap();
    }
    let found = look_at(&dir);
    assert!(found.text.contains("3 files above 256"), "{}", found.text);
    assert_eq!(names(&found).len(), FILES_MAX);

    let many: String = (0..SERIES_OF_FILE_MAX)
        .map(|number| format!("x{number} 1\n"))
        .collect();
    let found = look_at(&folder(&[
        ("a.prom", &many),
        ("b.prom", &many),
        ("c.prom", GOOD),
    ]));
    assert!(
        found.text.contains("b.prom: it would be more than 2000"),
        "{}",
        found.text
    );
    assert_eq!(names(&found).len(), SERIES_OF_FILE_MAX + 2);
}

#[test]
fn a_folder_that_is_not_there_is_unknown() {
    let found = look(
        Path::new("/nowhere"),
        Duration::from_secs(1),
        SystemTime::now(),
    );
    assert_eq!(found.state, CheckState::Unknown);
    assert!(found.text.contains("/nowhere"));
}

proptest! {
    #[test]
    fn no_bytes_break_the_parser(
        bytes in proptest::collection::vec(any::<u8>(), 0..300),
        text in "(# (TYPE|HELP) [a-z]{0,3} ?[a-z]{0,9}\n|[a-z:]{0,4}\\{?([a-z]=\"[a-z\\\\\"]{0,3}\",?){0,3}\\}? [0-9.eE+-]{0,4}\n){0,9}",
    ) {
        for bytes in [bytes.as_slice(), text.as_bytes()] {
            match parse(bytes) {
                Ok(series) => prop_assert!(series.len() <= SERIES_OF_FILE_MAX),
                Err(mistake) => prop_assert!(mistake.line >= 1),
            }
        }
    }
}
