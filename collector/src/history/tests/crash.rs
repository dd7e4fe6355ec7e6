//! What a crash or a bad disk leaves: all that is whole is read, what is not is left out, and the
//! history goes on.

use std::fs;
use std::path::Path;

use super::{HOST, World};

#[test]
fn what_is_written_is_there_after_a_kill_and_what_waited_is_not() {
    let mut world = World::new();
    world.rise(100);
    world.scribe.flush(world.now);
    let written = world.values();
    assert_eq!(written.len(), 100);
    world.round(HOST, &[("used", 99.0)]);
    world.killed();
    assert_eq!(world.values(), written);
    assert_eq!(world.shelf.counts.now().damaged, 0);
    world.rise(100);
    world.scribe.flush(world.now);
    assert_eq!(world.values().len(), 200);
}

#[test]
fn a_tail_that_ends_anywhere_gives_all_that_is_whole() {
    let mut world = World::new();
    for _ in 0..6 {
        world.round(HOST, &[("free", 1.5), ("used", 0.25)]);
    }
    world.scribe.flush(world.now);
    let tail = world.files("tail").pop().unwrap();
    let whole = fs::read(&tail).unwrap();
    let mut counts = Vec::new();
    for end in 0..whole.len() {
        fs::write(&tail, &whole[..end]).unwrap();
        world.killed();
        let tracks = world.read(HOST);
        let count = tracks.first().map_or(0, |track| track.points.len());
        assert!(tracks.iter().all(|track| track.points.len() == count));
        assert!(tracks.iter().all(|track| {
            track
                .points
                .iter()
                .all(|point| [1.5, 0.25].contains(&point.last))
        }));
        counts.push(count);
    }
    assert!(counts.is_sorted());
    assert_eq!((counts[0], counts[whole.len() - 1]), (0, 5));
}

#[test]
fn a_damaged_byte_in_a_tail_loses_what_follows_and_nothing_before() {
    let mut world = World::new();
    world.rise(6);
    world.scribe.flush(world.now);
    let written = world.values();
    let tail = world.files("tail").pop().unwrap();
    let whole = fs::read(&tail).unwrap();
    for at in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x40;
        fs::write(&tail, &damaged).unwrap();
        world.killed();
        let read = world.values();
        assert!(
            written.starts_with(&read) && read.len() < written.len(),
            "at {at}: {read:?}"
        );
        assert_eq!(world.shelf.counts.now().damaged, 1);
    }
}

#[test]
fn a_damaged_byte_in_a_segment_loses_that_segment_or_a_block_and_nothing_else() {
    let mut world = World::new();
    world.rise(4 * 25);
    world.scribe.flush(world.now);
    let written = world.values();
    let segments = world.files("full");
    assert_eq!(segments.len(), 2, "and a tail");
    let whole = fs::read(&segments[0]).unwrap();
    let rest = written[written.len() - 60..].to_vec();
    for at in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x10;
        fs::write(&segments[0], &damaged).unwrap();
        world.killed();
        let read = world.values();
        assert!(read.ends_with(&rest), "at {at}");
        assert!(read.len() < written.len(), "at {at} it is noticed");
        // Once more says nothing more.
        assert_eq!(world.values(), read);
        assert_eq!(world.shelf.counts.now().damaged, 1, "at {at}");
        fs::write(&segments[0], &whole).unwrap();
    }
    world.killed();
    assert_eq!(world.values(), written);
}

#[test]
fn a_crash_between_a_segment_and_the_removal_of_its_sources_counts_nothing_twice() {
    let mut world = World::new();
    let mut sources = Vec::new();
    let mut before = Vec::new();
    loop {
        let known: Vec<_> = ["tail", "full"]
            .into_iter()
            .flat_map(|kind| world.files(kind))
            .collect();
        let copies: Vec<_> = known
            .iter()
            .map(|path| (path.clone(), fs::read(path).unwrap()))
            .collect();
        world.rise(1);
        let gone = |(path, _): &(std::path::PathBuf, Vec<u8>)| !Path::exists(path);
        sources.extend(copies.into_iter().filter(gone));
        if !world.files("minute").is_empty() {
            before.extend(world.values());
            break;
        }
    }
    assert!(sources.len() > 12, "tails and segments that became others");
    world.scribe.flush(world.now);
    let written = world.values();
    for (path, bytes) in &sources {
        fs::write(path, bytes).unwrap();
    }
    let unfinished = world.folder.path().join("00000099.new");
    fs::write(&unfinished, b"half a segment").unwrap();
    world.killed();
    assert_eq!(world.values(), written);
    assert!(written.len() >= before.len());
    for (path, _) in &sources {
        assert!(!path.exists(), "{}", path.display());
    }
    assert!(!unfinished.exists());
}

#[test]
fn files_that_are_nobodys_are_left_alone() {
    let mut world = World::new();
    let strange = world.folder.path().join("notes.txt");
    let empty = world.folder.path().join("00000007.full");
    fs::write(&strange, "mine").unwrap();
    fs::write(&empty, "").unwrap();
    world.killed();
    assert!(strange.exists());
    assert!(!empty.exists(), "an empty segment is damaged");
    world.rise(2);
    world.scribe.flush(world.now);
    assert_eq!(
        world.files("tail")[0].file_stem().unwrap(),
        "00000008",
        "numbers rise"
    );
}
