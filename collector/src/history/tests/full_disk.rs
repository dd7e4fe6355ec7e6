//! A disk without room stops the history, counts what is lost, and is over when there is room.

use std::time::Duration;

use super::super::shelf::Bounds;
use super::{HOST, HOUR, World, opened};

const FULL: Bounds = Bounds {
    keep: Duration::from_secs(48 * 3_600),
    bytes_max: 64 << 20,
    leave_free: u64::MAX,
};

#[test]
fn a_full_disk_stops_it_and_room_lets_it_go_on() {
    let mut world = World::within(FULL);
    world.rise(4);
    let counted = world.shelf.counts.now();
    assert_eq!(counted.stopped.unwrap().why, "the disk is full");
    assert_eq!((counted.written, counted.dropped[1].1), (0, 4));
    assert!(world.values().is_empty());

    // There is room: the same folder, and others need nothing of it.
    let bounds = Bounds {
        leave_free: 0,
        ..FULL
    };
    (world.shelf, world.scribe) = opened(world.folder.path(), bounds);
    world.rise(4);
    world.scribe.flush(world.now);
    let counted = world.shelf.counts.now();
    assert_eq!((counted.stopped, counted.written), (None, 4));
}

#[test]
fn it_is_tried_again_after_half_a_minute_and_not_with_every_report() {
    let mut world = World::new();
    world.rise(2);
    // The folder is gone: nothing can be written there.
    let away = world.folder.path().with_extension("away");
    std::fs::rename(world.folder.path(), &away).unwrap();
    world.now = world.now.after(HOUR);
    world.round(HOST, &[("used", 1.0)]);
    assert!(world.shelf.counts.now().stopped.is_some());
    std::fs::rename(&away, world.folder.path()).unwrap();
    world.round(HOST, &[("used", 1.0)]);
    let counted = world.shelf.counts.now();
    assert!(counted.stopped.is_some(), "15 s are too soon");
    let lost = counted.dropped[1].1;
    world.rise(4);
    world.scribe.flush(world.now);
    let counted = world.shelf.counts.now();
    assert_eq!(counted.stopped, None);
    assert!(counted.dropped[1].1 - lost <= 1, "{counted:?}");
}
