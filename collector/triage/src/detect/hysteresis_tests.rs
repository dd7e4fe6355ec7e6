//! Tables: what is measured, minute by minute, and where the alert stands.

use super::*;

const TIMING: Timing = Timing {
    warning_for: Duration::from_secs(5 * 60),
    critical_for: Duration::from_secs(2 * 60),
    close_delay: Duration::from_secs(3 * 60),
};

/// `.` well, `b` between (neither bad nor clear), `w` warning, `c` critical, `m` = critical no more
/// by its own clear, still warning; `?` unknown.
fn verdict(letter: char, with_critical_clear: bool) -> Verdict {
    let truth = |letters: &str| match letter {
        '?' => Truth::Unknown,
        _ => letters.contains(letter).into(),
    };
    Verdict {
        bad: truth("wcm"),
        critical: truth("c"),
        clear: truth("."),
        eased: with_critical_clear.then(|| truth(".bm")),
        has_warning: true,
    }
}

#[test]
fn it_fires_after_its_for_and_clears_at_once() {
    check(".wwwww.", false, "-------");
    check(".wwwwww.", false, "------W-");
    check(".ccc.", false, "---C-");
}

#[test]
fn critical_counts_for_warning_and_worsening_has_its_own_for() {
    check("wwwcwwwc", false, "-----WWW");
    check("wwwwwwccc", false, "-----WWWC");
}

#[test]
fn between_the_thresholds_it_stays_as_it_is() {
    check("wwwwwwbbbbbb.", false, "-----WWWWWWW-");
    check("bbbbbbbb", false, "--------");
}

#[test]
fn critical_eases_by_its_own_clear() {
    check("cccwwmm", true, "--CCCWW");
}

#[test]
fn critical_without_its_own_clear_eases_after_the_close_delay() {
    check("cccwwwww", false, "--CCCCWW");
    check("cccwwcwwww", false, "--CCCCCCCW");
}

#[test]
fn the_unknown_neither_fires_nor_clears_and_stops_no_for() {
    check("ww???w", false, "-----W");
    check("ww????", false, "------");
    check("ccc?????", false, "--CCCCCC");
    check("ccc?????.", false, "--CCCCCC-");
}

#[test]
fn a_seeded_alert_fires_until_its_clear_is_measured() {
    let mut hysteresis = Hysteresis::default();
    hysteresis.go_back(Level::Critical, Some(at(-60)));
    for (minute, letter) in (0..).zip("???bbb?".chars()) {
        assert_eq!(
            hysteresis
                .step(at(minute), &verdict(letter, true), &TIMING)
                .filter(|moved| moved.level == Level::Ok),
            None
        );
        hysteresis.settle(Settled::Committed);
    }
    let moved = hysteresis.step(at(9), &verdict('.', true), &TIMING);
    assert_eq!(moved.map(|moved| moved.level), Some(Level::Ok));
}

#[test]
fn a_failed_change_is_found_again_and_a_pending_one_is_not() {
    let mut hysteresis = Hysteresis::default();
    let step = |hysteresis: &mut Hysteresis, minute| {
        hysteresis.step(at(minute), &verdict('c', true), &TIMING)
    };
    assert_eq!(step(&mut hysteresis, 0), None);
    let first = step(&mut hysteresis, 2);
    assert_eq!(first.map(|moved| moved.since), Some(at(0)));
    assert_eq!(step(&mut hysteresis, 3), None, "it is pending");
    hysteresis.settle(Settled::Failed);
    assert_eq!(hysteresis.level(), Level::Ok);
    assert_eq!(step(&mut hysteresis, 4), first);
    hysteresis.settle(Settled::Committed);
    assert_eq!(step(&mut hysteresis, 5), None, "it is known");
}

#[test]
fn a_rule_without_a_warning_never_warns() {
    let only_critical = |letter| Verdict {
        bad: verdict(letter, false).critical,
        clear: verdict(letter, false).critical.negated(),
        has_warning: false,
        ..verdict(letter, false)
    };
    let mut hysteresis = Hysteresis::default();
    let mut levels = String::new();
    for (minute, letter) in (0..).zip("wwwwwwwcccw".chars()) {
        hysteresis.step(at(minute), &only_critical(letter), &TIMING);
        hysteresis.settle(Settled::Committed);
        levels.push(shown(hysteresis.level()));
    }
    assert_eq!(levels, "---------C-");
}

#[test]
fn it_says_when_it_may_act_by_itself() {
    let mut hysteresis = Hysteresis::default();
    hysteresis.step(at(0), &verdict('w', false), &TIMING);
    assert_eq!(hysteresis.due(&TIMING), Some(at(5)));
    hysteresis.step(at(1), &verdict('c', false), &TIMING);
    assert_eq!(hysteresis.due(&TIMING), Some(at(3)));
}

fn at(minute: i64) -> Timestamp {
    Timestamp::from_millis(1_000_000_000 + minute * 60_000)
}

fn shown(level: Level) -> char {
    match level {
        Level::Ok => '-',
        Level::Warning => 'W',
        Level::Critical => 'C',
    }
}

/// One letter a minute in, one level a minute out.
#[track_caller]
fn check(measured: &str, with_critical_clear: bool, expected: &str) {
    let mut hysteresis = Hysteresis::default();
    let mut levels = String::new();
    for (minute, letter) in (0..).zip(measured.chars()) {
        hysteresis.step(at(minute), &verdict(letter, with_critical_clear), &TIMING);
        hysteresis.settle(Settled::Committed);
        levels.push(shown(hysteresis.level()));
    }
    assert_eq!(levels, expected, "measured {measured}");
}
