//! Untrusted JSON objects, read strictly: unique members, shallow, nothing after the end.
//!
//! RFC 7515 §4 and RFC 7519 §4 let a parser keep the last of two members with one name; if two parsers
//! disagree about it, signed data has two meanings, so a repeated name is an error here, at every depth.
//! Depth, size and the number of values are bounded before anything is built.

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::cell::Cell;
use std::fmt;

/// The maximal nesting of objects and arrays.
const DEPTH_MAX: u8 = 8;

/// The text is not a JSON object with unique members.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a JSON object with unique members")]
pub struct NotAnObject;

/// Reads one object.
///
/// # Errors
/// [`NotAnObject`] for other JSON, repeated members, more than eight levels, and text that is not JSON in
/// UTF-8 to its last byte.
pub fn object(text: &[u8]) -> Result<Map<String, Value>, NotAnObject> {
    object_of(usize::MAX, text)
}

/// Reads one object of at most `values_max` values, counting itself and the values at every depth: a
/// member of four bytes costs as much as a hundred bytes of text.
///
/// # Errors
/// As for [`object`], and for more values.
pub fn object_of(values_max: usize, text: &[u8]) -> Result<Map<String, Value>, NotAnObject> {
    let mut reader = serde_json::Deserializer::from_slice(text);
    let values_left = Cell::new(values_max);
    let seed = Unique { depth_left: DEPTH_MAX, values_left: &values_left };
    let value = seed.deserialize(&mut reader).map_err(|_| NotAnObject)?;
    reader.end().map_err(|_| NotAnObject)?;
    match value {
        Value::Object(members) => Ok(members),
        _ => Err(NotAnObject),
    }
}

/// A string member, or `None` if it is absent.
///
/// # Errors
/// [`NotAnObject`] if it is present and not a string.
pub fn string<'m>(members: &'m Map<String, Value>, name: &str) -> Result<Option<&'m str>, NotAnObject> {
    match members.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(NotAnObject),
    }
}

/// A string member; `null` and empty text count as absent, because libraries send them for unset values.
///
/// # Errors
/// [`NotAnObject`] if it is of another type.
pub fn given_string<'m>(members: &'m Map<String, Value>, name: &str) -> Result<Option<&'m str>, NotAnObject> {
    match members.get(name) {
        Some(Value::Null) => Ok(None),
        _ => Ok(string(members, name)?.filter(|text| !text.is_empty())),
    }
}

#[derive(Clone, Copy)]
struct Unique<'c> {
    depth_left: u8,
    values_left: &'c Cell<usize>,
}

impl Unique<'_> {
    fn deeper<E: Error>(self) -> Result<Self, E> {
        match self.depth_left.checked_sub(1) {
            Some(depth_left) => Ok(Self { depth_left, ..self }),
            None => Err(E::custom("nested too deeply")),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Unique<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        let left = self.values_left.get().checked_sub(1);
        self.values_left.set(left.ok_or_else(|| D::Error::custom("too many values"))?);
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Unique<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("not finite"))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut array = Vec::new();
        while let Some(element) = elements.next_element_seed(inner)? {
            array.push(element);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut members = Map::new();
        while let Some(name) = entries.next_key::<String>()? {
            let value = entries.next_value_seed(inner)?;
            if members.insert(name, value).is_some() {
                return Err(A::Error::custom("a member is repeated"));
            }
        }
        Ok(Value::Object(members))
    }
}

/// Reads a NumericDate (RFC 7519 §2): seconds since 1970, fractions cut off. `None` for a negative
/// number, one above 2^53, and other values.
pub(crate) fn numeric_date(value: &Value) -> Option<u64> {
    const EXACT_MAX: u64 = 1 << 53;
    let seconds = match value.as_u64() {
        Some(whole) => whole,
        None => {
            let seconds = value.as_f64().filter(|seconds| (0.0..=9e15).contains(seconds))?;
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "checked to be in range"
            )]
            let whole = seconds as u64;
            whole
        }
    };
    (seconds <= EXACT_MAX).then_some(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_read_whole() {
        let members = object(br#" {"a":"x","b":[1,{"c":null}],"d":1.5,"e":true} "#).unwrap();
        assert_eq!(members.len(), 4);
        assert_eq!(string(&members, "a"), Ok(Some("x")));
        assert_eq!(string(&members, "z"), Ok(None));
        assert_eq!(string(&members, "b"), Err(NotAnObject));
    }

    #[test]
    fn null_and_empty_text_count_as_absent() {
        let members = object(br#"{"a":"x","b":null,"c":"","d":0,"e":[]}"#).unwrap();
        assert_eq!(given_string(&members, "a"), Ok(Some("x")));
        for absent in ["b", "c", "z"] {
            assert_eq!(given_string(&members, absent), Ok(None), "{absent}");
        }
        for wrong in ["d", "e"] {
            assert_eq!(given_string(&members, wrong), Err(NotAnObject), "{wrong}");
        }
        assert_eq!(string(&members, "b"), Err(NotAnObject));
        assert_eq!(string(&members, "c"), Ok(Some("")));
    }

    #[test]
    fn a_repeated_member_is_refused_at_every_depth() {
        for bad in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"\u0061":2}"#,
            r#"{"a":{"b":1,"b":2}}"#,
            r#"{"a":[{"b":1,"b":2}]}"#,
        ] {
            assert_eq!(object(bad.as_bytes()), Err(NotAnObject), "{bad}");
        }
    }

    #[test]
    fn values_are_counted_at_every_depth() {
        for text in [r#"{"a":1,"b":2,"c":3}"#, r#"{"a":[1,2]}"#, r#"{"a":{"b":{}}}"#] {
            assert!(object_of(4, text.as_bytes()).is_ok(), "{text}");
            assert_eq!(object_of(3, text.as_bytes()).is_ok(), text == r#"{"a":{"b":{}}}"#, "{text}");
        }
    }

    #[test]
    fn any_text_but_one_shallow_object_is_refused() {
        let deep = |levels: usize| format!("{}{}", r#"{"a":"#.repeat(levels), "1") + &"}".repeat(levels);
        assert!(object(deep(8).as_bytes()).is_ok());
        for bad in [
            "",
            "null",
            "1",
            "\"a\"",
            "[]",
            "{",
            "{}{}",
            "{} x",
            "{'a':1}",
            "{\"a\":01}",
            "{\"a\":1,}",
            "{\"a\":NaN}",
            "{\"a\":1e999}",
            "\u{feff}{}",
            &deep(9),
            &deep(10_000),
        ] {
            assert_eq!(object(bad.as_bytes()), Err(NotAnObject), "{}", &bad[..bad.len().min(40)]);
        }
        assert_eq!(object(b"{\"a\":\"\xff\"}"), Err(NotAnObject));
    }

    #[test]
    fn a_numeric_date_may_have_a_fraction_and_is_never_guessed() {
        let read = |text: &str| numeric_date(&serde_json::from_str(text).unwrap());
        for (good, seconds) in [
            ("0", 0),
            ("1700000000", 1_700_000_000),
            ("1.7e9", 1_700_000_000),
            ("1700000000.9", 1_700_000_000),
            ("9007199254740992", 1 << 53),
        ] {
            assert_eq!(read(good), Some(seconds), "{good}");
        }
        for bad in [
            "-1",
            "-0.5",
            "9007199254740993",
            "9223372036854775807",
            "1e308",
            "\"123\"",
            "null",
            "true",
            "[1]",
            "{}",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
