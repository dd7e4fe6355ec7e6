//! Takes apart what smartctl writes about a disk.
//!
//! In: JSON that may be anything. Out: a [`Disk`], that it sleeps, or why nothing is known.
//! Never panics; what is not of the expected kind is not there.

use serde_json::Value;
use vedette_wire::limits;

/// ATA attributes that foretell a failure, by number, and what they are called here.
const FORETELLING: [(u64, &str); 3] = [
    (5, "reallocated"),
    (197, "pending"),
    (198, "offline_uncorrectable"),
];
/// The same of other kinds of disks.
const COUNTERS: [(&str, &str); 3] = [
    (
        "/nvme_smart_health_information_log/media_errors",
        "media_errors",
    ),
    (
        "/nvme_smart_health_information_log/critical_warning",
        "critical_warning",
    ),
    ("/scsi_grown_defect_list", "reallocated"),
];
/// Where the used share of a disk's endurance stands, in percent.
const ENDURANCE: [&str; 3] = [
    "/nvme_smart_health_information_log/percentage_used",
    "/endurance_used/current_percent",
    "/scsi_percentage_used_endurance_indicator",
];
/// Bytes of a model or serial number that are kept.
const TEXT_BYTES_MAX: usize = 128;

/// How a disk is.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Disk {
    pub(super) model: String,
    pub(super) serial: String,
    /// What it says of itself; not all do.
    pub(super) is_failing: Option<bool>,
    pub(super) attributes: Vec<(&'static str, f64)>,
    /// A share; may be above 1.
    pub(super) endurance: Option<f64>,
    /// Degrees Celsius.
    pub(super) temperature: Option<f64>,
}

/// What came of asking a disk.
#[derive(Debug, PartialEq)]
pub(super) enum Answer {
    Disk(Box<Disk>),
    Sleeps,
    /// It has nothing to say: a virtual disk, or one behind a bridge that does not pass
    /// questions on.
    Mute,
    /// It could not be asked, and why.
    Refused(String),
}

/// A disk that can be asked.
#[derive(Debug, PartialEq)]
pub(super) struct Device {
    pub(super) path: String,
    /// How it is asked: `sat`, `nvme`, `megaraid,8`.
    pub(super) kind: String,
}

impl Device {
    /// `sda`; with its place behind a controller where several share a path.
    pub(super) fn name(&self) -> String {
        let short = self.path.strip_prefix("/dev/").unwrap_or(&self.path);
        match self.kind.contains(',') {
            true => format!("{short} {}", self.kind),
            false => short.to_owned(),
        }
    }
}

/// The disks that smartctl found.
pub(super) fn devices(out: &[u8]) -> Result<Vec<Device>, String> {
    let Ok(found) = serde_json::from_slice::<Value>(out) else {
        return Err("smartctl --scan does not write JSON; 7.0 or newer is needed".to_owned());
    };
    let found = found.pointer("/devices").and_then(Value::as_array);
    Ok(found.into_iter().flatten().filter_map(of).collect())
}

/// The disk of which an answer tells.
pub(super) fn device(out: &[u8]) -> Option<Device> {
    let answer = serde_json::from_slice::<Value>(out).ok()?;
    of(answer.pointer("/device")?)
}

fn of(device: &Value) -> Option<Device> {
    // Both become arguments of a program, or part of a series.
    let word = |key: &str| {
        let word = device.get(key)?.as_str()?;
        let is_plain = |byte: u8| byte.is_ascii_graphic();
        let fits = word.len() <= limits::NAME_BYTES_MAX && word.bytes().all(is_plain);
        (fits && !word.starts_with('-')).then(|| word.to_owned())
    };
    Some(Device {
        path: word("name").filter(|path| path.starts_with('/'))?,
        kind: word("type")?,
    })
}

/// What one answer says.
pub(super) fn read(out: &[u8]) -> Answer {
    let Ok(answer) = serde_json::from_slice::<Value>(out) else {
        return Answer::Refused("smartctl does not answer in JSON".to_owned());
    };
    let disk = disk(&answer);
    if disk.is_failing.is_some() || !disk.attributes.is_empty() || disk.endurance.is_some() {
        return Answer::Disk(Box::new(disk));
    }
    let messages = answer
        .pointer("/smartctl/messages")
        .and_then(Value::as_array);
    let texts = messages.into_iter().flatten();
    let mut texts = texts.filter_map(|message| message.get("string")?.as_str());
    let is_asleep = |text: &&str| text.contains("Device is in ") && text.contains(" mode, exit(");
    if texts.clone().any(|text| is_asleep(&text)) {
        return Answer::Sleeps;
    }
    let cannot = [
        "Permission denied",
        "Operation not permitted",
        "open device",
        "Input/output error",
    ];
    match texts.find(|text| cannot.iter().any(|word| text.contains(word))) {
        Some(text) => Answer::Refused(short(text, limits::NAME_BYTES_MAX)),
        None => Answer::Mute,
    }
}

fn disk(answer: &Value) -> Disk {
    let number = |at: &str| {
        let number = answer.pointer(at)?.as_f64()?;
        (number.is_finite() && number >= 0.0).then_some(number)
    };
    let text = |at: &str| {
        let text = answer.pointer(at).and_then(Value::as_str);
        short(text.unwrap_or_default().trim(), TEXT_BYTES_MAX)
    };
    let mut attributes: Vec<(&str, f64)> = COUNTERS
        .iter()
        .filter_map(|(at, name)| Some((*name, number(at)?)))
        .collect();
    let table = answer
        .pointer("/ata_smart_attributes/table")
        .and_then(Value::as_array);
    for row in table.into_iter().flatten() {
        let id = row.get("id").and_then(Value::as_u64);
        let known = FORETELLING.iter().find(|(known, _)| Some(*known) == id);
        let raw = row.pointer("/raw/value").and_then(Value::as_u64);
        if let (Some((_, name)), Some(raw)) = (known, raw)
            && attributes.iter().all(|(present, _)| present != name)
        {
            attributes.push((name, raw as f64));
        }
    }
    let warning = number("/nvme_smart_health_information_log/critical_warning");
    let passed = answer
        .pointer("/smart_status/passed")
        .and_then(Value::as_bool);
    let is_failing = match (passed, warning) {
        (None, None) => None,
        (passed, warning) => Some(passed == Some(false) || warning.is_some_and(|bits| bits > 0.0)),
    };
    let degrees = answer
        .pointer("/temperature/current")
        .and_then(Value::as_f64);
    Disk {
        model: match text("/model_name") {
            model if model.is_empty() => text("/scsi_model_name"),
            model => model,
        },
        serial: text("/serial_number"),
        is_failing,
        attributes,
        endurance: ENDURANCE
            .iter()
            .find_map(|at| number(at))
            .map(|percent| percent / 100.0),
        temperature: degrees.filter(|degrees| (-100.0..=250.0).contains(degrees)),
    }
}

fn short(text: &str, bytes_max: usize) -> String {
    let mut end = bytes_max.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].replace(|letter: char| letter.is_control(), " ")
}
