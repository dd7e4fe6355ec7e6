//! Keeps the blocks of many hosts in one file that is written once.
//!
//! In: blocks, host by host. Out: a [`Segment`] that finds them again. The file gets its name when
//! it is whole and on disk; each part has a checksum, so that a damaged one is skipped and nothing
//! else. Begins with [`MAGIC`]; the index comes last, and its place is in the last bytes.
//! Knows nothing of how many segments there are.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use vedette_triage::EntityId;

use super::block::{Block, Packed, Wanted, deflate, inflate};
use super::number::{Bytes, push_bytes, push_int, push_uint};

/// What a file of this form begins and ends with.
const MAGIC: &[u8; 8] = b"vdthist1";
/// Place, length and checksum of the index, and the magic again.
const TRAILER_BYTES: u64 = 8 + 8 + 4 + 8;
/// What is being written has this behind its name.
const UNFINISHED: &str = "new";

/// How fine a segment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Resolution {
    /// Every value.
    Full,
    /// Of each minute the last value, the least, the greatest, and how many.
    Minute,
}

/// A file with what was measured in a while.
#[derive(Debug)]
pub(super) struct Segment {
    pub(super) path: PathBuf,
    pub(super) resolution: Resolution,
    /// When the first and the last of it were measured, in milliseconds.
    pub(super) span: (i64, i64),
    pub(super) bytes: u64,
    index: BTreeMap<EntityId, Place>,
}

/// Where the block of a host is.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Place {
    offset: u64,
    head: u32,
    body: u32,
    checksum: u32,
    span: (i64, i64),
}

/// Why a part of a segment cannot be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unreadable {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("it is damaged: {0}")]
    Damaged(&'static str),
}

/// A segment that is being written.
pub(super) struct SegmentWriter {
    file: BufWriter<File>,
    path: PathBuf,
    resolution: Resolution,
    offset: u64,
    index: BTreeMap<EntityId, Place>,
}

impl SegmentWriter {
    pub(super) fn begin(path: &Path, resolution: Resolution) -> io::Result<SegmentWriter> {
        let mut file = BufWriter::new(File::create(path.with_extension(UNFINISHED))?);
        file.write_all(MAGIC)?;
        Ok(SegmentWriter {
            file,
            path: path.to_owned(),
            resolution,
            offset: MAGIC.len() as u64,
            index: BTreeMap::new(),
        })
    }

    /// Adds what was measured of a host; each host once.
    pub(super) fn add(&mut self, host: &EntityId, block: &Block) -> io::Result<()> {
        let Some(span) = block.span() else {
            return Ok(());
        };
        let Packed { head, body } = block.pack();
        let length = |bytes: &[u8]| {
            u32::try_from(bytes.len()).map_err(|_| io::Error::from(io::ErrorKind::FileTooLarge))
        };
        let place = Place {
            offset: self.offset,
            head: length(&head)?,
            body: length(&body)?,
            checksum: checksum(&[&head, &body]),
            span,
        };
        self.file.write_all(&head)?;
        self.file.write_all(&body)?;
        self.offset += u64::from(place.head) + u64::from(place.body);
        self.index.insert(host.clone(), place);
        Ok(())
    }

    /// Makes it durable under its name. None where there is nothing in it.
    pub(super) fn finish(mut self) -> io::Result<Option<Segment>> {
        let unfinished = self.path.with_extension(UNFINISHED);
        let first = self.index.values().map(|place| place.span.0).min();
        let last = self.index.values().map(|place| place.span.1).max();
        let Some(span) = first.zip(last) else {
            fs::remove_file(unfinished)?;
            return Ok(None);
        };
        let index = deflate(&packed_index(self.resolution, &self.index));
        self.file.write_all(&index)?;
        self.file.write_all(&self.offset.to_le_bytes())?;
        self.file.write_all(&(index.len() as u64).to_le_bytes())?;
        self.file.write_all(&checksum(&[&index]).to_le_bytes())?;
        self.file.write_all(MAGIC)?;
        self.file.flush()?;
        self.file.get_ref().sync_all()?;
        fs::rename(&unfinished, &self.path)?;
        sync_folder(&self.path)?;
        Ok(Some(Segment {
            bytes: self.offset + index.len() as u64 + TRAILER_BYTES,
            path: self.path,
            resolution: self.resolution,
            span,
            index: self.index,
        }))
    }
}

impl Segment {
    /// Reads the index of a file; nothing else of it.
    pub(super) fn open(path: &Path) -> Result<Segment, Unreadable> {
        let mut file = File::open(path)?;
        let bytes = file.metadata()?.len();
        let mut magic = [0; MAGIC.len()];
        let short = || Unreadable::Damaged("it is too short");
        let trailer_at = bytes.checked_sub(TRAILER_BYTES).ok_or_else(short)?;
        file.read_exact(&mut magic)?;
        let mut trailer = [0; TRAILER_BYTES as usize];
        file.seek(SeekFrom::Start(trailer_at))?;
        file.read_exact(&mut trailer)?;
        let mut rest = Bytes(&trailer);
        let number = |rest: &mut Bytes<'_>| {
            let bytes = rest.take(8)?.as_array::<8>()?;
            Some(u64::from_le_bytes(*bytes))
        };
        let offset = number(&mut rest).ok_or_else(short)?;
        let length = number(&mut rest).ok_or_else(short)?;
        let expected = rest.take(4).and_then(<[u8]>::as_array::<4>);
        let expected = u32::from_le_bytes(*expected.ok_or_else(short)?);
        if &magic != MAGIC || rest.0 != MAGIC {
            return Err(Unreadable::Damaged(
                "it does not begin and end as a segment",
            ));
        }
        if offset.checked_add(length) != Some(trailer_at) {
            return Err(Unreadable::Damaged("its index is not where it should be"));
        }
        let mut index = vec![0; usize::try_from(length).map_err(|_| short())?];
        file.read_exact_at(&mut index, offset)?;
        if checksum(&[&index]) != expected {
            return Err(Unreadable::Damaged("its index has another checksum"));
        }
        let index = inflate(&index).and_then(|index| unpacked_index(&index));
        let (resolution, index) = index.ok_or(Unreadable::Damaged("its index is none"))?;
        let first = index.values().map(|place| place.span.0).min();
        let last = index.values().map(|place| place.span.1).max();
        Ok(Segment {
            path: path.to_owned(),
            resolution,
            span: first.zip(last).ok_or(Unreadable::Damaged("it is empty"))?,
            bytes,
            index,
        })
    }

    pub(super) fn hosts(&self) -> impl Iterator<Item = &EntityId> {
        self.index.keys()
    }

    /// What of a host is wanted; nothing where it has nothing in the span, or the file is gone
    /// because it was too old.
    pub(super) fn read(
        &self,
        host: &EntityId,
        (from, to): (i64, i64),
        wanted: &Wanted<'_>,
    ) -> Result<Option<Block>, Unreadable> {
        let Some(place) = self.index.get(host) else {
            return Ok(None);
        };
        if place.span.1 < from || to < place.span.0 {
            return Ok(None);
        }
        let file = match File::open(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        let mut head = vec![0; place.head as usize];
        let mut body = vec![0; place.body as usize];
        file.read_exact_at(&mut head, place.offset)?;
        file.read_exact_at(&mut body, place.offset + u64::from(place.head))?;
        if checksum(&[&head, &body]) != place.checksum {
            return Err(Unreadable::Damaged("a block has another checksum"));
        }
        let by_minute = self.resolution == Resolution::Minute;
        let block = Block::unpack(&Packed { head, body }, by_minute, wanted);
        block
            .map(Some)
            .ok_or(Unreadable::Damaged("a block is none"))
    }
}

fn packed_index(resolution: Resolution, index: &BTreeMap<EntityId, Place>) -> Vec<u8> {
    let mut out = Vec::new();
    out.push(match resolution {
        Resolution::Full => 0,
        Resolution::Minute => 1,
    });
    push_uint(&mut out, index.len() as u64);
    for (host, place) in index {
        push_bytes(&mut out, host.as_str().as_bytes());
        push_uint(&mut out, place.offset);
        push_uint(&mut out, u64::from(place.head));
        push_uint(&mut out, u64::from(place.body));
        out.extend_from_slice(&place.checksum.to_le_bytes());
        push_int(&mut out, place.span.0);
        push_int(&mut out, place.span.1);
    }
    out
}

fn unpacked_index(index: &[u8]) -> Option<(Resolution, BTreeMap<EntityId, Place>)> {
    let mut bytes = Bytes(index);
    let resolution = match bytes.byte()? {
        0 => Resolution::Full,
        1 => Resolution::Minute,
        _ => return None,
    };
    let mut index = BTreeMap::new();
    for _ in 0..bytes.uint()? {
        let host = EntityId::new(std::str::from_utf8(bytes.bytes()?).ok()?);
        let place = Place {
            offset: bytes.uint()?,
            head: u32::try_from(bytes.uint()?).ok()?,
            body: u32::try_from(bytes.uint()?).ok()?,
            checksum: u32::from_le_bytes(*bytes.take(4)?.as_array()?),
            span: (bytes.int()?, bytes.int()?),
        };
        index.insert(host, place);
    }
    Some((resolution, index))
}

pub(super) fn checksum(parts: &[&[u8]]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize()
}

/// A name is durable when its folder is.
fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()
}
