//! Members of a JSON object, read according to the table: one pass over the text, without a tree in between.

use super::Object;
use super::place::{At, Path};
use super::values::{Token, expected, read_value, whole};
use jeton_api::message::{Kind, Member};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::fmt;

/// Reads the members of a JSON object.
pub(super) struct Members<'o, 'a>(pub(super) &'o mut Object<'a>);

impl<'de> DeserializeSeed<'de> for Members<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        // Values that are no object are refused here, with their place.
        let at = self.0.at;
        match json.deserialize_any(AnyVisitor { object: Some(self.0), kind: Kind::Flag, at, list: None }) {
            Ok(Some(Value::Object(_))) => Ok(()),
            Ok(_) => Err(at.refuse(at.invalid("must be an object"))),
            Err(error) => Err(error),
        }
    }
}

/// Reads the value of a member, or an element of its list.
struct ValueOf<'a> {
    member: &'static Member,
    is_list: bool,
    at: At<'a>,
}

impl<'de> DeserializeSeed<'de> for ValueOf<'_> {
    type Value = Option<Value>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Option<Value>, D::Error> {
        let Self { member, is_list, at } = self;
        match member.kind {
            // Only its presence counts.
            Kind::Foreign(_) => {
                let given = Option::<IgnoredAny>::deserialize(json)?;
                Ok(given.map(|_| Value::Bool(true)))
            }
            Kind::Message(message) if !is_list => {
                let mut object = Object::new(message, at);
                let visitor = AnyVisitor { object: Some(&mut object), kind: member.kind, at, list: None };
                match json.deserialize_any(visitor)? {
                    None => Ok(None),
                    Some(_) => {
                        object.finish().map(|members| Some(Value::Object(members))).map_err(|e| at.refuse(e))
                    }
                }
            }
            kind => {
                let list = is_list.then_some(member);
                json.deserialize_any(AnyVisitor { object: None, kind, at, list })
            }
        }
    }
}

/// Accepts any JSON: an object or a list where one is expected, else a value of the kind.
struct AnyVisitor<'o, 'a> {
    object: Option<&'o mut Object<'a>>,
    kind: Kind,
    at: At<'o>,
    list: Option<&'static Member>,
}

impl AnyVisitor<'_, '_> {
    fn read<E: Error>(&self, token: Token<'_>) -> Result<Option<Value>, E> {
        let expected = match (&self.object, self.list) {
            (Some(_), _) => "an object",
            (None, Some(_)) => "a list",
            (None, None) => {
                return read_value(self.kind, token, self.at).map(Some).map_err(|e| self.at.refuse(e));
            }
        };
        Err(self.at.refuse(self.at.invalid(format!("must be {expected}"))))
    }
}

impl<'de> Visitor<'de> for AnyVisitor<'_, '_> {
    type Value = Option<Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Option<Value>, E> {
        Ok(None)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Option<Value>, E> {
        self.read(Token::Flag(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Option<Value>, E> {
        self.read(Token::Whole(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Option<Value>, E> {
        self.read(u64::try_from(value).map_or(Token::Other, Token::Whole))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Option<Value>, E> {
        self.read(whole(value).map_or(Token::Other, Token::Whole))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Option<Value>, E> {
        self.read(Token::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Option<Value>, A::Error> {
        let Some(member) = self.list else { return self.read(Token::Other) };
        let mut values = Vec::new();
        loop {
            let path = Path::Element(self.at.path, values.len());
            let at = At { notes: self.at.notes, path: &path };
            let element = access.next_element_seed(ValueOf { member, is_list: false, at });
            match element.inspect_err(|_| at.unread())? {
                None => return Ok(Some(Value::Array(values))),
                Some(Some(value)) => {
                    self.at.check_room(values.len()).map_err(|error| at.refuse(error))?;
                    values.push(value);
                }
                Some(None) => {
                    return Err(at.refuse(at.invalid(format!("must be {}", expected(member.kind)))));
                }
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut access: A) -> Result<Option<Value>, A::Error> {
        let Some(object) = self.object.take() else { return self.read(Token::Other) };
        let at = self.at;
        while let Some(name) = access.next_key::<Cow<'de, str>>()? {
            let Some(member) = object.begin(&name).map_err(|error| at.refuse(error))? else {
                access.next_value::<IgnoredAny>()?;
                continue;
            };
            let path = Path::Member(at.path, member.name);
            let inner = At { notes: at.notes, path: &path };
            let seed = ValueOf { member, is_list: member.is_repeated, at: inner };
            let value = access.next_value_seed(seed).inspect_err(|_| inner.unread())?;
            object.put(member, value).map_err(|error| at.refuse(error))?;
        }
        Ok(Some(Value::Object(Map::new())))
    }
}
