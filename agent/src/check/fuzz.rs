//! Lets a fuzzer at what plugins, drop-in files, the journal and the network say. See
//! [`crate::fuzz`].

use vedette_wire::limits;

use super::{certificate, dns, log, perfdata, snmp, textfile};

pub(crate) fn perfdata(bytes: &[u8]) {
    let output = perfdata::output(bytes);
    assert!(output.values.iter().all(|value| value.value.is_finite()));
}

pub(crate) fn textfile(bytes: &[u8]) {
    for one in textfile::exposition::parse(bytes).unwrap_or_default() {
        assert!(
            one.labels.len() < limits::ATTRIBUTES_MAX,
            "room for the file"
        );
        assert!(one.name.len() <= limits::NAME_BYTES_MAX);
    }
}

pub(crate) fn journal(bytes: &[u8]) {
    for entry in log::journal::entries(bytes) {
        drop(entry.line());
    }
}

/// The first byte says which protocol the others are of.
pub(crate) fn network(bytes: &[u8]) {
    let Some((which, bytes)) = bytes.split_first() else {
        return;
    };
    match which % 3 {
        0 => snmp::fuzz(bytes),
        1 => dns::fuzz(bytes),
        _ => drop(certificate::Certificate::parse(bytes)),
    }
}
