//! Machines come and go: 8 guests are deleted, 10 created, 2 cloned, one renamed, one moved.

use std::time::Duration;

use vedette_triage::{Actor, Answer, Command, Via};
use vedette_wire::Goodbye;

use crate::estate::Role;
use crate::time::{FRI, MON, THU, TUE, WED, at, hours, minutes};
use crate::truth::Fault;
use crate::world::World;

fn retire(world: &mut World, who: usize) {
    let by = Actor {
        name: "ops1".into(),
        via: Via::Api,
    };
    let (now, host) = (world.now, world.machines[who].name.clone());
    let why = "deleted, CHG0012346".into();
    let command = Command::RetireHost { by, host, why };
    let answer = world.collector.command(now, command);
    assert_eq!(answer, Answer::Done);
}

pub(super) fn plan(world: &mut World) {
    let mut dice = world.dice("changes");
    let guests =
        world.free(|post| post.role == Role::Guest && !post.is_patched && post.service.is_empty());
    let chosen = dice.some(&guests, 12);
    world.take(&chosen);
    let made: Vec<usize> = (0..world.estate.posts.len())
        .filter(|at| world.estate.posts[*at].is_new)
        .collect();
    for who in made {
        let day = dice.one(&[MON, TUE, WED, THU, FRI]);
        let when = at(day, 9, 0).after(dice.lasts(Duration::ZERO, hours(8)));
        world.at_near(who, when, minutes(40), move |world| world.switch_on(who));
    }
    let (deleted, others) = chosen.split_at(8);
    for who in deleted.iter().copied() {
        let day = dice.one(&[MON, TUE, WED, THU, FRI]);
        let when = at(day, 9, 0).after(dice.lasts(Duration::ZERO, hours(7)));
        world.at_near(who, when, minutes(40), move |world| {
            world.goodbye(who, Goodbye::PowerOff);
        });
        // Whoever deletes it says so when it is gone.
        world.at(when.after(minutes(2)), move |world| retire(world, who));
    }
    for who in others[..2].iter().copied() {
        let when = at(WED, 11, 0).after(dice.lasts(Duration::ZERO, hours(4)));
        let name = world.machines[who].name.clone();
        let team = world.estate.posts[who].team;
        let places = [format!("{name}-copy"), name];
        let rules = ["host-cloned", "unplanned-reboot"];
        let fault = Fault::new("a guest is cloned", &rules, places, team);
        let ends = when.after(minutes(30));
        world.truth.add(
            fault
                .lasts(when, ends, minutes(2))
                .lingering(hours(1))
                .maybe(),
        );
        world.clones(who, when, ends);
    }
    let renamed = others[2];
    world.at_near(renamed, at(THU, 10, 0), minutes(20), move |world| {
        world.machines[renamed].facts().name = "vm-renamed".into();
    });
    let moved = others[3];
    world.at_near(moved, at(THU, 10, 30), minutes(20), move |world| {
        let labels = &mut world.machines[moved].facts().labels;
        labels.insert("rack".into(), "b-12".into());
    });
}
