//! Writes questions to name servers, and reads what they answer.
//!
//! In: a name and a kind of record; bytes of any kind. Out: values as text, or the word of a
//! refusal. Compressed names are followed a bounded number of times. Source: RFC 1035
//! section 4. Knows nothing of sockets.

use std::net::{Ipv4Addr, Ipv6Addr};

use vedette_config::check::DnsRecord;

const IN: u16 = 1;
/// Recursion is desired.
const FLAGS: u16 = 0x0100;
/// Pointers followed in one name.
const POINTERS_MAX: usize = 32;
/// Bytes of a name.
const NAME_BYTES_MAX: usize = 255;
/// Values kept of one answer.
const VALUES_MAX: usize = 64;

/// One question.
#[derive(Debug, Clone)]
pub(super) struct Question {
    bytes: Vec<u8>,
    kind: u16,
}

/// What a server answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    /// The values of the records that were asked for; none if the name has no such record.
    Values(Vec<String>),
    /// It does not answer; its word for why.
    Refused(String),
}

impl Question {
    pub(super) fn new(id: u16, name: &str, record: DnsRecord) -> Question {
        let kind = number(record);
        let mut bytes = Vec::new();
        for word in [id, FLAGS, 1, 0, 0, 0] {
            bytes.extend_from_slice(&word.to_be_bytes());
        }
        for label in name.trim_end_matches('.').split('.') {
            // The settings allow 63 bytes.
            bytes.push(label.len() as u8);
            bytes.extend_from_slice(label.as_bytes());
        }
        bytes.push(0);
        bytes.extend_from_slice(&kind.to_be_bytes());
        bytes.extend_from_slice(&IN.to_be_bytes());
        Question { bytes, kind }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// `None`: this does not answer the question. `Some(None)`: it was cut, because it is too
    /// large for a datagram.
    pub(super) fn answer(&self, bytes: &[u8]) -> Option<Option<Answer>> {
        let flags = word(bytes, 2)?;
        let asked = self.bytes.get(12..)?;
        let echoed = bytes.get(12..12 + asked.len())?;
        let is_ours = bytes.get(..2)? == self.bytes.get(..2)?
            && flags & 0x8000 != 0
            && echoed.eq_ignore_ascii_case(asked);
        if !is_ours {
            return None;
        }
        if flags & 0x0200 != 0 {
            return Some(None);
        }
        let code = flags & 0x000f;
        if code != 0 {
            return Some(Some(Answer::Refused(refusal(code))));
        }
        let records = word(bytes, 6)?;
        let values = self.values(bytes, 12 + asked.len(), records);
        Some(Some(match values {
            Some(values) => Answer::Values(values),
            None => Answer::Refused("something that cannot be read".to_owned()),
        }))
    }

    fn values(&self, bytes: &[u8], from: usize, records: u16) -> Option<Vec<String>> {
        let mut place = from;
        let mut values = Vec::new();
        for _ in 0..records {
            let (_, after) = name(bytes, place)?;
            let kind = word(bytes, after)?;
            let length = usize::from(word(bytes, after + 8)?);
            let data = after + 10;
            let end = data + length;
            bytes.get(data..end)?;
            if kind == self.kind && values.len() < VALUES_MAX {
                values.push(value(kind, bytes, data..end)?);
            }
            place = end;
        }
        Some(values)
    }
}

fn number(record: DnsRecord) -> u16 {
    match record {
        DnsRecord::A => 1,
        DnsRecord::Ns => 2,
        DnsRecord::Cname => 5,
        DnsRecord::Soa => 6,
        DnsRecord::Ptr => 12,
        DnsRecord::Mx => 15,
        DnsRecord::Txt => 16,
        DnsRecord::Aaaa => 28,
    }
}

/// RFC 1035 section 4.1.1, and RFC 2136 for what follows.
fn refusal(code: u16) -> String {
    let word = match code {
        1 => "FORMERR",
        2 => "SERVFAIL",
        3 => "NXDOMAIN",
        4 => "NOTIMP",
        5 => "REFUSED",
        _ => return format!("error {code}"),
    };
    word.to_owned()
}

fn value(kind: u16, bytes: &[u8], data: std::ops::Range<usize>) -> Option<String> {
    let raw = bytes.get(data.clone())?;
    let text = match kind {
        1 => Ipv4Addr::from(<[u8; 4]>::try_from(raw).ok()?).to_string(),
        28 => Ipv6Addr::from(<[u8; 16]>::try_from(raw).ok()?).to_string(),
        15 => {
            let preference = word(bytes, data.start)?;
            format!("{preference} {}", name(bytes, data.start + 2)?.0)
        }
        16 => strings(raw)?,
        6 => {
            let (server, after) = name(bytes, data.start)?;
            let (_, after) = name(bytes, after)?;
            let serial = bytes.get(after..after + 4)?;
            let serial = u32::from_be_bytes(<[u8; 4]>::try_from(serial).ok()?);
            format!("{server} {serial}")
        }
        _ => name(bytes, data.start)?.0,
    };
    Some(text)
}

fn strings(mut raw: &[u8]) -> Option<String> {
    let mut text = Vec::new();
    while let Some((length, rest)) = raw.split_first() {
        let (part, rest) = rest.split_at_checked(usize::from(*length))?;
        text.extend_from_slice(part);
        raw = rest;
    }
    Some(String::from_utf8_lossy(&text).into_owned())
}

/// A name, and where what follows it begins.
fn name(bytes: &[u8], from: usize) -> Option<(String, usize)> {
    let mut text = String::new();
    let mut place = from;
    let mut after = None;
    let mut pointers = 0;
    loop {
        let length = *bytes.get(place)?;
        match length {
            0 => {
                let after = after.unwrap_or(place + 1);
                let text = if text.is_empty() {
                    ".".to_owned()
                } else {
                    text
                };
                return Some((text, after));
            }
            1..=63 => {
                let label = bytes.get(place + 1..place + 1 + usize::from(length))?;
                if !text.is_empty() {
                    text.push('.');
                }
                text.push_str(&String::from_utf8_lossy(label));
                if text.len() > 4 * NAME_BYTES_MAX {
                    return None;
                }
                place += 1 + usize::from(length);
            }
            0xc0..=0xff => {
                pointers += 1;
                if pointers > POINTERS_MAX {
                    return None;
                }
                after = after.or(Some(place + 2));
                place = usize::from(word(bytes, place)? & 0x3fff);
            }
            64..=0xbf => return None,
        }
    }
}

fn word(bytes: &[u8], place: usize) -> Option<u16> {
    let pair = bytes.get(place..place + 2)?;
    Some(u16::from_be_bytes([pair[0], pair[1]]))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    /// The question, one answer with a compressed name, and its data.
    fn answered(question: &Question, kind: u16, data: &[u8]) -> Vec<u8> {
        let mut bytes = question.bytes().to_vec();
        bytes[2] = 0x81;
        bytes[3] = 0x80;
        bytes[7] = 1;
        bytes.extend_from_slice(&[0xc0, 12]);
        bytes.extend_from_slice(&kind.to_be_bytes());
        bytes.extend_from_slice(&[0, 1, 0, 0, 0, 60]);
        bytes.extend_from_slice(&(data.len() as u16).to_be_bytes());
        bytes.extend_from_slice(data);
        bytes
    }

    #[test]
    fn every_kind_of_record_is_read() {
        let mut soa = b"\x02ns\xc0\x0c\x04root\xc0\x0c".to_vec();
        soa.extend_from_slice(&2_026_112_201_u32.to_be_bytes());
        soa.extend_from_slice(&[0; 16]);
        let cases: [(DnsRecord, &[u8], &str); 8] = [
            (DnsRecord::A, &[192, 0, 2, 7], "192.0.2.7"),
            (
                DnsRecord::Aaaa,
                &[0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
                "2001:db8::1",
            ),
            (DnsRecord::Cname, b"\x03www\xc0\x0c", "www.example.org"),
            (DnsRecord::Ptr, b"\x03web\x04home\x00", "web.home"),
            (DnsRecord::Ns, b"\xc0\x0c", "example.org"),
            (
                DnsRecord::Mx,
                b"\x00\x0a\x04mail\xc0\x0c",
                "10 mail.example.org",
            ),
            (DnsRecord::Txt, b"\x03v=s\x02pf", "v=spf"),
            (DnsRecord::Soa, &soa, "ns.example.org 2026112201"),
        ];
        for (record, data, expected) in cases {
            let question = Question::new(7, "example.org", record);
            let bytes = answered(&question, number(record), data);
            let answer = question.answer(&bytes).unwrap().unwrap();
            assert_eq!(
                answer,
                Answer::Values(vec![expected.to_owned()]),
                "{record:?}"
            );
        }
    }

    #[test]
    fn what_answers_another_question_is_not_an_answer() {
        let question = Question::new(7, "example.org", DnsRecord::A);
        let other = Question::new(8, "example.org", DnsRecord::A);
        let foreign = Question::new(7, "example.com", DnsRecord::A);
        for wrong in [&other, &foreign] {
            let bytes = answered(wrong, 1, &[192, 0, 2, 7]);
            assert_eq!(question.answer(&bytes), None);
        }
        assert_eq!(
            question.answer(question.bytes()),
            None,
            "it is a question itself"
        );
    }

    #[test]
    fn refusals_and_cut_answers_are_told_apart() {
        let question = Question::new(7, "example.org", DnsRecord::A);
        let mut bytes = answered(&question, 1, &[192, 0, 2, 7]);
        bytes[3] = 0x83;
        let refused = Answer::Refused("NXDOMAIN".to_owned());
        assert_eq!(question.answer(&bytes), Some(Some(refused)));
        bytes[2] |= 0x02;
        assert_eq!(question.answer(&bytes), Some(None));
    }

    #[test]
    fn a_name_that_points_at_itself_ends() {
        let question = Question::new(7, "example.org", DnsRecord::Cname);
        let itself = u16::try_from(question.bytes().len() + 12).unwrap() | 0xc000;
        let bytes = answered(&question, 5, &itself.to_be_bytes());
        let unreadable = Answer::Refused("something that cannot be read".to_owned());
        assert_eq!(question.answer(&bytes), Some(Some(unreadable)));
    }

    proptest! {
        #[test]
        fn no_answer_breaks_it(data in prop::collection::vec(any::<u8>(), 0..64), kind in 0u16..30) {
            for record in [DnsRecord::A, DnsRecord::Mx, DnsRecord::Soa, DnsRecord::Txt] {
                let question = Question::new(7, "example.org", record);
                question.answer(&answered(&question, kind, &data));
                let mut cut = answered(&question, number(record), &data);
                cut.truncate(cut.len() - data.len().min(3));
                question.answer(&cut);
                question.answer(&data);
            }
        }
    }
}
