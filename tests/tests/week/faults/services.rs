//! Services, jobs and certificates: one fails for good, one crashes again and again, a backup
//! overruns, a job never starts, one certificate is not renewed, another not served.

use vedette_wire::{CheckState, EventKind, Sample, metric as m};

use super::{is_guest, names, one, watched};
use crate::background::{backups, certificates, crons};
use crate::time::{FRI, MON, SAT, SUN, THU, TUE, WED, at, hours, minutes, seconds};
use crate::truth::Fault;
use crate::world::World;

pub(super) fn plan(world: &mut World) {
    unit(world);
    crash_loop(world);
    overrun(world);
    never_starts(world);
    not_renewed(world);
    not_served(world);
    listen(world);
}

/// While the ticket system is away.
fn unit(world: &mut World) {
    let mut dice = world.dice("unit");
    let who = one(world, &mut dice, is_guest);
    let (fails, runs) = (at(WED, 20, 30), at(WED, 21, 25));
    let unit = [("unit", "postfix.service"), ("result", "exit-code")];
    watched(world, &[who], fails, runs);
    world.at(fails, move |world| crons::fail(world, who, &unit));
    world.at(runs, move |world| crons::succeed(world, who, &unit));
    let name = "unit fails and is not restarted";
    let fault = Fault::new(name, &["unit-failed"], names(world, &[who]), "linux");
    world.truth.add(fault.lasts(fails, runs, seconds(90)));
}

fn crash_loop(world: &mut World) {
    let mut dice = world.dice("crash loop");
    let who = one(world, &mut dice, is_guest);
    let (begins, ends) = (at(THU, 16, 0), at(THU, 17, 30));
    let unit = [("unit", "nginx.service")];
    world.near(who, begins.before(minutes(15)), ends.after(minutes(60)));
    world.steps((begins, ends, seconds(25)), move |world, _| {
        let readings = &mut world.machines[who].readings;
        let restarts = readings.level(m::SERVICE_RESTARTS, &unit) + 1.0;
        readings.set(m::SERVICE_RESTARTS, &unit, restarts);
    });
    let fault = Fault::new(
        "crash loop",
        &["service-crash-loop"],
        names(world, &[who]),
        "linux",
    );
    // It counts for ten minutes.
    world
        .truth
        .add(fault.lasts(begins, ends, minutes(2)).lingering(minutes(10)));
}

fn overrun(world: &mut World) {
    let mut dice = world.dice("overrun");
    let who = one(world, &mut dice, is_guest);
    let (begins, late, ends) = (at(FRI, 1, 0), at(FRI, 5, 0), at(FRI, 10, 0));
    let of = [("job", "backup-nas")];
    world.machines[who]
        .readings
        .has(m::JOB_OVERDUE, &of, 0.0, 0.0);
    watched(world, &[who], begins, begins.after(minutes(20)));
    watched(world, &[who], late, ends);
    world.at(begins, move |world| {
        world.event(
            who,
            EventKind::JobStarted {
                job: "backup-nas".into(),
                run: "friday".into(),
                max_runtime_s: Some(4.0 * 3600.0),
                quiet: ["disk-io", "cpu", "network"].map(str::to_owned).to_vec(),
            },
        );
        backups::toils(world, who, true);
    });
    world.steps((begins, ends, minutes(1)), move |world, share| {
        let readings = &mut world.machines[who].readings;
        readings.set(m::JOB_RUNTIME, &of, share * hours(9).as_secs_f64());
    });
    world.at(late, move |world| {
        world.machines[who].readings.set(m::JOB_OVERDUE, &of, 1.0)
    });
    world.at(ends, move |world| {
        world.event(
            who,
            EventKind::JobEnded {
                job: "backup-nas".into(),
                run: "friday".into(),
                ok: true,
                exit_code: Some(0),
                took_ms: hours(9).as_millis() as u64,
                lines: Vec::new(),
            },
        );
        backups::toils(world, who, false);
        let readings = &mut world.machines[who].readings;
        readings.set(m::JOB_OVERDUE, &of, 0.0);
        readings.lose(m::JOB_RUNTIME, &of);
    });
    let fault = Fault::new(
        "backup overruns by 5 h",
        &["job-overrun"],
        names(world, &[who]),
        "linux",
    );
    world
        .truth
        .add(fault.lasts(begins, ends, late.since(begins) + minutes(1)));
}

fn never_starts(world: &mut World) {
    let mut dice = world.dice("never starts");
    let who = one(world, &mut dice, is_guest);
    let (missed, runs) = (at(SAT, 2, 15), at(SUN, 2, 0));
    watched(world, &[who], missed, runs);
    world.at(missed, move |world| {
        let due_wall_ms = at(SAT, 2, 0).as_millis();
        world.event(
            who,
            EventKind::JobMissed {
                job: "export".into(),
                due_wall_ms,
            },
        );
    });
    world.at(runs, move |world| {
        let job = || "export".to_owned();
        world.event(
            who,
            EventKind::JobStarted {
                job: job(),
                run: "sunday".into(),
                max_runtime_s: None,
                quiet: Vec::new(),
            },
        );
        world.event(
            who,
            EventKind::JobEnded {
                job: job(),
                run: "sunday".into(),
                ok: true,
                exit_code: Some(0),
                took_ms: 2_000,
                lines: Vec::new(),
            },
        );
    });
    let fault = Fault::new(
        "job never starts",
        &["job-missed"],
        names(world, &[who]),
        "linux",
    );
    world.truth.add(fault.lasts(missed, runs, seconds(30)));
}

/// Of 90 days; from 21 on somebody must be told. Its check looks once an hour.
fn not_renewed(world: &mut World) {
    let mut dice = world.dice("not renewed");
    let who = one(world, &mut dice, is_guest);
    let (begins, renewed) = (at(MON, 0, 0), at(FRI, 9, 0));
    let now = world.now;
    world.machines[who].checks(certificates::CHECK, "tls", hours(1), now);
    world.steps((world.now, renewed, hours(1)), move |world, _| {
        let left = 23.5 - world.now.since(begins).as_secs_f64() / 86_400.0;
        certificates::shows(world, who, (left, 90.0));
    });
    world.at(renewed.after(minutes(1)), move |world| {
        certificates::shows(world, who, (90.0, 90.0))
    });
    let rules = ["certificate-ending"];
    let fault = Fault::new(
        "certificate not renewed",
        &rules,
        names(world, &[who]),
        "linux",
    );
    // Below 21 days after two and a half; seen with the next look.
    let known = hours(60) + hours(1) + minutes(6);
    world
        .truth
        .add(fault.lasts(begins, renewed, known).lingering(hours(1)));
}

fn not_served(world: &mut World) {
    let mut dice = world.dice("not served");
    let who = one(world, &mut dice, is_guest);
    let (begins, reloaded) = (at(TUE, 8, 0), at(TUE, 14, 0));
    let now = world.now;
    let check = "certificate of the portal";
    world.machines[who].checks(check, "tls", minutes(10), now);
    let served = move |world: &mut World, is_old: bool| {
        let of = [
            ("check", check),
            ("subject", "CN=portal"),
            ("fingerprint", "f0"),
        ];
        let sample = |name: &str, value: f64| Sample {
            name: name.to_owned(),
            attributes: of
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .into(),
            value,
        };
        let values = vec![
            sample(m::TLS_NOT_LOADED, f64::from(u8::from(is_old))),
            sample(m::TLS_EXPIRY, 30.0 * 86_400.0),
        ];
        world.machines[who].values(check, None, values);
        let (state, text) = match is_old {
            true => (
                CheckState::Warning,
                "portal.pem has been renewed, the old one is still served; reload the service",
            ),
            false => (CheckState::Ok, "valid for 89 days"),
        };
        world.machines[who].finds(check, None, state, text);
    };
    watched(world, &[who], begins, reloaded);
    served(world, false);
    world.at(begins, move |world| served(world, true));
    world.at(reloaded, move |world| served(world, false));
    let rules = ["certificate-not-loaded", "check-failing"];
    let fault = Fault::new(
        "new certificate on disk, old one served",
        &rules,
        names(world, &[who]),
        "linux",
    );
    // The second of its looks in a row, one every ten minutes.
    world.truth.add(
        fault
            .lasts(begins, reloaded, minutes(21))
            .lingering(minutes(10)),
    );
}

fn listen(world: &mut World) {
    let mut dice = world.dice("listen");
    let who = one(world, &mut dice, |post| post.service == "shop");
    let (begins, ends) = (at(THU, 11, 0), at(THU, 11, 40));
    world.near(who, begins.before(minutes(15)), ends.after(minutes(60)));
    for (when, per_second) in [(begins, 8.0), (ends, 0.0)] {
        world.at(when, move |world| {
            let readings = &mut world.machines[who].readings;
            readings.counts(m::TCP_LISTEN_OVERFLOWS, &[], per_second);
            readings.counts(m::TCP_LISTEN_DROPS, &[], per_second);
        });
    }
    let fault = Fault::new(
        "listen overflow",
        &["listen-overflow"],
        names(world, &[who]),
        "web",
    );
    world
        .truth
        .add(fault.lasts(begins, ends, minutes(6)).lingering(minutes(5)));
}
