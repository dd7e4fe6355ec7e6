//! Remembers how far the backlog is acknowledged, and which numbers were given out.
//!
//! In: a [`Position`]. Out: the last one that was written whole. Two slots in one file
//! are overwritten in turn: that needs no new space on a full disk, and a write that is
//! cut short leaves the slot before.
//!
//! Not synced to disk on purpose. kill -9 loses nothing that was written; after a power
//! failure the host has another boot id, with which a new epoch begins, so that no number
//! is ever given out twice.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use uuid::Uuid;

use super::record::Place;

const MAGIC: &[u8; 4] = b"VDP1";
const SLOT_BYTES: usize = 128;
/// Magic, turn, epoch and boot, last number, acknowledged place; then the checksum.
const BODY_BYTES: usize = 4 + 8 + 16 + 16 + 8 + 16 + 8;

/// What must be known to go on after a restart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Position {
    /// The epoch in which numbers are given out.
    pub(super) epoch: Uuid,
    /// The boot in which that epoch began.
    pub(super) boot: Uuid,
    /// No number up to this one is free in that epoch.
    pub(super) last_seq: u64,
    /// Everything up to and including this place is acknowledged.
    pub(super) acknowledged: Place,
}

/// The file with the two slots.
#[derive(Debug)]
pub(super) struct PositionFile {
    file: File,
    turn: u64,
}

impl PositionFile {
    /// Opens or makes the file. Yields the position, if a whole one is there.
    pub(super) fn open(path: &Path) -> io::Result<(PositionFile, Option<Position>)> {
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)?;
        let mut bytes = Vec::new();
        Read::by_ref(&mut file)
            .take(2 * SLOT_BYTES as u64)
            .read_to_end(&mut bytes)?;
        let newest = bytes
            .chunks(SLOT_BYTES)
            .filter_map(parse)
            .max_by_key(|(turn, _)| *turn);
        let turn = newest.map_or(0, |(turn, _)| turn);
        let position = newest.map(|(_, position)| position);
        Ok((PositionFile { file, turn }, position))
    }

    /// Writes a position over the older of the two.
    pub(super) fn write(&mut self, position: &Position) -> io::Result<()> {
        let turn = self.turn + 1;
        let mut slot = Vec::with_capacity(SLOT_BYTES);
        slot.extend_from_slice(MAGIC);
        slot.extend_from_slice(&turn.to_le_bytes());
        slot.extend_from_slice(position.epoch.as_bytes());
        slot.extend_from_slice(position.boot.as_bytes());
        slot.extend_from_slice(&position.last_seq.to_le_bytes());
        slot.extend_from_slice(position.acknowledged.epoch.as_bytes());
        slot.extend_from_slice(&position.acknowledged.seq.to_le_bytes());
        let checksum = crc32fast::hash(&slot);
        slot.extend_from_slice(&checksum.to_le_bytes());
        slot.resize(SLOT_BYTES, 0);
        let at = (turn % 2) * SLOT_BYTES as u64;
        self.file.seek(SeekFrom::Start(at))?;
        self.file.write_all(&slot)?;
        self.turn = turn;
        Ok(())
    }
}

fn parse(slot: &[u8]) -> Option<(u64, Position)> {
    let body = slot.get(..BODY_BYTES)?;
    let checksum = slot.get(BODY_BYTES..BODY_BYTES + 4)?;
    if crc32fast::hash(body).to_le_bytes() != *checksum {
        return None;
    }
    let rest = body.strip_prefix(MAGIC)?;
    let (turn, rest) = rest.split_first_chunk::<8>()?;
    let (epoch, rest) = rest.split_first_chunk::<16>()?;
    let (boot, rest) = rest.split_first_chunk::<16>()?;
    let (last_seq, rest) = rest.split_first_chunk::<8>()?;
    let (acknowledged, rest) = rest.split_first_chunk::<16>()?;
    let (seq, _) = rest.split_first_chunk::<8>()?;
    let position = Position {
        epoch: Uuid::from_bytes(*epoch),
        boot: Uuid::from_bytes(*boot),
        last_seq: u64::from_le_bytes(*last_seq),
        acknowledged: Place {
            epoch: Uuid::from_bytes(*acknowledged),
            seq: u64::from_le_bytes(*seq),
        },
    };
    Some((u64::from_le_bytes(*turn), position))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_last_whole_position_is_the_one_that_counts() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("position");
        let (mut file, none) = PositionFile::open(&path).unwrap();
        assert_eq!(none, None);
        for seq in 1..=5 {
            file.write(&at(seq)).unwrap();
        }
        assert_eq!(PositionFile::open(&path).unwrap().1, Some(at(5)));
    }

    #[test]
    fn a_write_that_was_cut_short_leaves_the_position_before() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("position");
        let (mut file, _) = PositionFile::open(&path).unwrap();
        for seq in 1..=4 {
            file.write(&at(seq)).unwrap();
        }
        let whole = std::fs::read(&path).unwrap();
        // The fourth turn wrote the first slot.
        for torn in 0..BODY_BYTES {
            let mut bytes = whole.clone();
            bytes[torn] ^= 0xff;
            std::fs::write(&path, &bytes).unwrap();
            let (mut file, found) = PositionFile::open(&path).unwrap();
            assert_eq!(found, Some(at(3)), "byte {torn}");
            file.write(&at(9)).unwrap();
            assert_eq!(PositionFile::open(&path).unwrap().1, Some(at(9)));
        }
    }

    fn at(seq: u64) -> Position {
        let epoch = Uuid::from_u128(7);
        Position {
            epoch,
            boot: Uuid::from_u128(8),
            last_seq: seq + 10,
            acknowledged: Place { epoch, seq },
        }
    }
}
