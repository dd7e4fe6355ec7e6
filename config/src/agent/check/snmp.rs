//! Reads the keys of checks that ask a device by SNMP.

use super::super::settings::absolute_path;
use super::network::{conflict, endpoint, required, text, together};
use super::read::fits;
use super::{SnmpAccess, SnmpAuth, SnmpPrivacy, SnmpSettings, SnmpValue};
use crate::code::Code;
use crate::finding::Finding;
use crate::range::range;
use crate::reader::Reader;
use crate::source::Spanned;

/// Values asked of a device by one check: what fits into one datagram.
const SNMP_VALUES_MAX: usize = 32;
/// Numbers of an object identifier.
const OID_NUMBERS_MAX: usize = 128;

pub(super) fn snmp(table: &mut Reader<'_>) -> Option<SnmpSettings> {
    let versions = [("2c", false), ("3", true)];
    let is_v3 = table
        .word("version", &versions)
        .is_some_and(|word| word.value);
    let access = match is_v3 {
        false => Some(SnmpAccess::V2c {
            community_file: absolute_path(table, "community_file"),
        }),
        true => snmp_v3(table),
    };
    let values = table.tables("values", snmp_value);
    if values.len() > SNMP_VALUES_MAX {
        let place = table.key_place("values").unwrap_or(table.place()).clone();
        let message = format!("more than {SNMP_VALUES_MAX} values in one check");
        table.push(
            Finding::error(Code::TooLarge, message)
                .at(&place, "")
                .help("split the check"),
        );
    }
    Some(SnmpSettings {
        target: endpoint(table, Some(161))?,
        access: access?,
        values: values.into_iter().flatten().collect(),
    })
}

fn snmp_v3(table: &mut Reader<'_>) -> Option<SnmpAccess> {
    let signing = [
        ("sha1", SnmpAuth::Sha1),
        ("sha256", SnmpAuth::Sha256),
        ("sha512", SnmpAuth::Sha512),
    ];
    let auth = table.word("auth", &signing).map(|word| word.value);
    let auth_file = absolute_path(table, "auth_file");
    let privacy = table.word("privacy", &[("aes128", SnmpPrivacy::Aes128)]);
    let privacy = privacy.map(|word| word.value);
    let privacy_file = absolute_path(table, "privacy_file");
    together(table, "auth", "auth_file");
    together(table, "privacy", "privacy_file");
    if table.has("privacy") && !table.has("auth") {
        conflict(
            table,
            "privacy",
            "what is encrypted must be signed, too: add `auth`",
        );
    }
    Some(SnmpAccess::V3 {
        user: table.required::<String>("user")?,
        auth: auth.zip(auth_file),
        privacy: privacy.zip(privacy_file),
    })
}

fn snmp_value(table: &mut Reader<'_>) -> Option<SnmpValue> {
    let label = table.required::<Spanned<String>>("label");
    let unit = text(table, "unit").unwrap_or_default();
    let warning = table.parsed("warning", Code::BadValue, range);
    let critical = table.parsed("critical", Code::BadValue, range);
    let oid = required(table, "oid", Code::BadValue, oid);
    let label = label.filter(|label| fits(table, label))?;
    Some(SnmpValue {
        oid: oid?,
        label: label.value,
        unit,
        warning: warning.map(|range| range.value),
        critical: critical.map(|range| range.value),
    })
}

fn oid(text: &str) -> Result<Vec<u32>, &'static str> {
    let numbers: Result<Vec<u32>, _> = text
        .trim_start_matches('.')
        .split('.')
        .map(str::parse)
        .collect();
    match numbers {
        Ok(numbers) if numbers.len() > OID_NUMBERS_MAX => Err("it has more than 128 numbers"),
        Ok(numbers)
            if numbers.len() < 2 || numbers[0] > 2 || (numbers[0] < 2 && numbers[1] > 39) =>
        {
            Err("it is not an object identifier")
        }
        Ok(numbers) => Ok(numbers),
        Err(_) => Err("an object identifier is written as numbers, such as 1.3.6.1.2.1.1.3.0"),
    }
}
