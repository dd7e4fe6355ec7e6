//! Decides whether two decisions are the same, without keeping either.
//!
//! In: a decision. Out: 64 bits of all that it says: two that differ anywhere have different
//! ones (by chance the same once in 2^64). No secret is kept by it. The values are fed as they
//! are, not written down first: this happens for each decision, before its commit.

use std::fmt::{self, Display};

use serde::ser::{
    self, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant,
    SerializeTuple, SerializeTupleStruct, SerializeTupleVariant,
};
use vedette_triage::Decision;

const START: u64 = 0x9e37_79b9_7f4a_7c15;
/// Odd, so that no two states become one.
const FACTOR: u64 = 0xd6e8_feb8_6659_fd93;

/// All that a decision says, in 64 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest(pub u64);

impl Digest {
    /// Of a decision.
    pub fn of(decision: &Decision) -> Digest {
        let mut hash = Hash(START);
        // It cannot fail: nothing here refuses anything.
        let _ = decision.serialize(&mut hash);
        Digest(hash.0)
    }
}

impl Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl Serialize for Digest {
    fn serialize<S: ser::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Digest {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Digest, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        let number = u64::from_str_radix(&text, 16).map_err(serde::de::Error::custom)?;
        Ok(Digest(number))
    }
}

/// Each step is reversible: what differs in one word differs ever after, unless another word
/// makes up for it.
struct Hash(u64);

impl Hash {
    fn word(&mut self, word: u64) {
        let mixed = (self.0 ^ word).wrapping_mul(FACTOR);
        self.0 = mixed ^ (mixed >> 32);
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.word(bytes.len() as u64);
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.word(u64::from_le_bytes(*word));
        }
        if !rest.is_empty() {
            let mut last = [0; 8];
            last[..rest.len()].copy_from_slice(rest);
            self.word(u64::from_le_bytes(last));
        }
    }

    fn length(&mut self, length: Option<usize>) {
        self.word(length.map_or(u64::MAX, |length| length as u64));
    }
}

/// Numbers by their bits; signed ones widened first.
macro_rules! as_a_word {
    ($($name:ident($type:ty) = $word:expr;)*) => {
        $(fn $name(self, value: $type) -> Result<(), fmt::Error> {
            self.word($word(value));
            Ok(())
        })*
    };
}

impl ser::Serializer for &mut Hash {
    type Ok = ();
    type Error = fmt::Error;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    as_a_word! {
        serialize_bool(bool) = u64::from;
        serialize_u8(u8) = u64::from;
        serialize_u16(u16) = u64::from;
        serialize_u32(u32) = u64::from;
        serialize_u64(u64) = u64::from;
        serialize_char(char) = u64::from;
        serialize_i8(i8) = |value| i64::from(value).cast_unsigned();
        serialize_i16(i16) = |value| i64::from(value).cast_unsigned();
        serialize_i32(i32) = |value| i64::from(value).cast_unsigned();
        serialize_i64(i64) = i64::cast_unsigned;
        serialize_f32(f32) = |value| f64::from(value).to_bits();
        serialize_f64(f64) = f64::to_bits;
    }

    fn serialize_str(self, text: &str) -> fmt::Result {
        self.bytes(text.as_bytes());
        Ok(())
    }

    fn serialize_bytes(self, bytes: &[u8]) -> fmt::Result {
        self.bytes(bytes);
        Ok(())
    }

    fn serialize_none(self) -> fmt::Result {
        self.word(0);
        Ok(())
    }

    fn serialize_some<T: ?Sized + Serialize>(self, value: &T) -> fmt::Result {
        self.word(1);
        value.serialize(self)
    }

    fn serialize_unit(self) -> fmt::Result {
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> fmt::Result {
        Ok(())
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> fmt::Result {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: ?Sized + Serialize>(
        self,
        _: &'static str,
        value: &T,
    ) -> fmt::Result {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: ?Sized + Serialize>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> fmt::Result {
        self.bytes(variant.as_bytes());
        value.serialize(self)
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Self, fmt::Error> {
        self.length(length);
        Ok(self)
    }

    fn serialize_tuple(self, length: usize) -> Result<Self, fmt::Error> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_struct(self, _: &'static str, length: usize) -> Result<Self, fmt::Error> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Self, fmt::Error> {
        self.bytes(variant.as_bytes());
        self.serialize_seq(Some(length))
    }

    fn serialize_map(self, length: Option<usize>) -> Result<Self, fmt::Error> {
        self.serialize_seq(length)
    }

    fn serialize_struct(self, _: &'static str, length: usize) -> Result<Self, fmt::Error> {
        self.serialize_seq(Some(length))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Self, fmt::Error> {
        self.bytes(variant.as_bytes());
        self.serialize_seq(Some(length))
    }

    fn collect_str<T: ?Sized + Display>(self, value: &T) -> fmt::Result {
        self.serialize_str(&value.to_string())
    }
}

/// Elements one after another: their number was fed before them.
macro_rules! one_after_another {
    ($($trait:ident::$method:ident;)*) => {
        $(impl $trait for &mut Hash {
            type Ok = ();
            type Error = fmt::Error;

            fn $method<T: ?Sized + Serialize>(&mut self, value: &T) -> fmt::Result {
                value.serialize(&mut **self)
            }

            fn end(self) -> fmt::Result {
                Ok(())
            }
        })*
    };
}

/// The same with names: a field that is left out must not make the next one look like it.
macro_rules! by_name {
    ($($trait:ident;)*) => {
        $(impl $trait for &mut Hash {
            type Ok = ();
            type Error = fmt::Error;

            fn serialize_field<T: ?Sized + Serialize>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> fmt::Result {
                self.bytes(name.as_bytes());
                value.serialize(&mut **self)
            }

            fn end(self) -> fmt::Result {
                Ok(())
            }
        })*
    };
}

one_after_another! {
    SerializeSeq::serialize_element;
    SerializeTuple::serialize_element;
    SerializeTupleStruct::serialize_field;
    SerializeTupleVariant::serialize_field;
}

by_name! {
    SerializeStruct;
    SerializeStructVariant;
}

impl SerializeMap for &mut Hash {
    type Ok = ();
    type Error = fmt::Error;

    fn serialize_key<T: ?Sized + Serialize>(&mut self, key: &T) -> fmt::Result {
        key.serialize(&mut **self)
    }

    fn serialize_value<T: ?Sized + Serialize>(&mut self, value: &T) -> fmt::Result {
        value.serialize(&mut **self)
    }

    fn end(self) -> fmt::Result {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Of anything that can be written down.
    fn digest(value: &impl Serialize) -> Digest {
        let mut hash = Hash(START);
        value.serialize(&mut hash).unwrap();
        Digest(hash.0)
    }

    #[derive(serde::Serialize)]
    struct Optional<'a> {
        #[serde(skip_serializing_if = "Option::is_none")]
        one: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        two: Option<&'a str>,
    }

    #[test]
    fn what_differs_anywhere_has_another_digest() {
        differ(&("ab", "c"), &("a", "bc"));
        differ(&vec![vec![1_u8], vec![]], &vec![vec![], vec![1_u8]]);
        differ(&"", &"\0");
        differ(&"12345678", &"12345678\0");
        differ(&0.0_f64, &-0.0_f64);
        differ(&Some(0_u8), &None::<u8>);
        let (one, two) = (Some("x"), Some("x"));
        let only_one = Optional { one, two: None };
        let only_two = Optional { one: None, two };
        differ(&only_one, &only_two);
    }

    #[track_caller]
    fn differ<T: Serialize>(one: &T, other: &T) {
        assert_ne!(digest(one), digest(other));
        assert_eq!(digest(one), digest(one));
    }

    #[test]
    fn it_is_the_same_in_every_version_and_reads_as_it_is_written() {
        let known = digest(&("a decision", 7_u32, [Some(0.5_f64), None]));
        assert_eq!(known.to_string(), "b53801637adc331f");
        let text = serde_json::to_string(&known).unwrap();
        assert_eq!(serde_json::from_str::<Digest>(&text).unwrap(), known);
    }
}
