//! Normalisation of requests: one form for every accepted spelling.
//!
//! The protobuf JSON mapping (<https://protobuf.dev/programming-guides/json/>) leaves senders a choice:
//! original or lower camel case names, enums by name or number, integers as numbers or text, base64 of two
//! alphabets with padding or without, timestamps with any offset, `null` for absence. The table of members
//! defines the expected kinds; the result has one spelling, so that no handler has to know of another one. A
//! refusal names the member by its path and states the expected value, never the actual one.
//!
//! ```text
//! JSON body ─┐
//! query      ├─▶ members by table ──▶ one form ──▶ handler
//! path       ─┘
//! ```

mod json;
mod place;
mod values;

use super::ApiError;
use jeton_api::message::{Choice, Kind, Member, Message, Presence, json_name};
use json::Members;
use place::{At, Notes, Path};
use serde::de::DeserializeSeed;
use serde_json::{Map, Value};
use std::fmt;
use values::{Token, expected, read_value};

/// A request as it came.
#[derive(Debug, Default)]
pub struct Input {
    /// JSON; an empty body is an empty request.
    pub body: Vec<u8>,
    /// Members in the path, by their JSON names.
    pub path: Vec<(&'static str, String)>,
    /// The query string, where it is used.
    pub query: Option<String>,
}

/// A normalised request.
#[derive(Debug, PartialEq)]
pub(super) struct Normal {
    pub(super) request: Value,
    /// Paths of ignored members.
    pub(super) ignored: Vec<String>,
}

/// Normalises a request.
pub(super) fn normalise(message: &'static Message, input: &Input) -> Result<Normal, ApiError> {
    let notes = Notes::default();
    let root = At { notes: &notes, path: &Path::Root };
    let mut object = Object::new(message, root);
    object.read_body(&input.body)?;
    if let Some(query) = input.query.as_deref() {
        object.read_query(query)?;
    }
    for (name, value) in &input.path {
        object.read_path(name, value)?;
    }
    let request = Value::Object(object.finish()?);
    Ok(Normal { request, ignored: notes.ignored.into_inner() })
}

/// An object that is being read.
struct Object<'a> {
    message: &'static Message,
    at: At<'a>,
    members: Map<String, Value>,
    /// Numbers of the members given so far, including those that are `null`.
    seen: Vec<u32>,
    /// Names of the given members that exclude each other.
    chosen: Vec<&'static str>,
}

impl<'a> Object<'a> {
    fn new(message: &'static Message, at: At<'a>) -> Self {
        Self { message, at, members: Map::new(), seen: Vec::new(), chosen: Vec::new() }
    }

    /// The member with this name, which must not have been given before; `None` for an ignored one.
    fn begin(&mut self, name: &str) -> Result<Option<&'static Member>, ApiError> {
        let Some(member) = self.message.member(name) else {
            if self.message.choice == Choice::Filter {
                let path = self.at.unknown(name);
                let choices = self.choices();
                return Err(ApiError::invalid(format!("{path}: is unknown; the filters are {choices}")));
            }
            if is_order(name) {
                return Err(ApiError::invalid(format!(
                    "{ORDER}: this call has no order to choose; leave it out"
                )));
            }
            self.at.ignore(name);
            return Ok(None);
        };
        if self.seen.contains(&member.number) {
            return Err(self.of(member).invalid("is given twice"));
        }
        self.seen.push(member.number);
        Ok(Some(member))
    }

    fn of<'p>(&'p self, member: &Member) -> Wrong<'p> {
        Wrong { at: self.at, name: member.name }
    }

    /// Stores a normalised value.
    fn put(&mut self, member: &'static Member, value: Option<Value>) -> Result<(), ApiError> {
        let Some(value) = value else { return Ok(()) };
        if let Kind::Foreign(why) = member.kind {
            return Err(ApiError::unimplemented(format!("{}: {why}", self.of(member))));
        }
        let is_nothing = match (&value, member.kind) {
            (Value::String(text), Kind::Enum(values)) => values.zero() == Some(text),
            (Value::String(text), _) => text.is_empty(),
            (Value::Bool(flag), _) => !flag,
            (Value::Number(number), Kind::Integer(_)) => number.as_u64() == Some(0),
            (Value::Null | Value::Number(_) | Value::Array(_) | Value::Object(_), _) => false,
        };
        // Among members that exclude each other, the first value of an enum (`…_UNSPECIFIED`) selects
        // nothing.
        let has_presence = member.presence == Presence::Explicit
            && !(member.is_choice && matches!(member.kind, Kind::Enum(_)));
        if is_nothing && !has_presence {
            return Ok(());
        }
        if member.is_choice {
            self.chosen.push(member.name);
        }
        self.members.insert(json_name(member.name), value);
        Ok(())
    }

    fn read_body(&mut self, body: &[u8]) -> Result<(), ApiError> {
        // The whole body, ignored members included (RFC 8259 §8.1).
        let body = std::str::from_utf8(body).map_err(|_| ApiError::invalid("the request is not UTF-8"))?;
        if body.is_empty() {
            return Ok(());
        }
        let notes = self.at.notes;
        let mut json = serde_json::Deserializer::from_str(body);
        let read = Members(self).deserialize(&mut json).and_then(|()| json.end());
        read.map_err(|error| match (notes.refusal.take(), notes.unread.take()) {
            (Some(refusal), _) => refusal,
            // The words are serde_json's own. Some of the unreadable texts are valid JSON: unpaired
            // surrogates, numbers that are too large, and deep nesting.
            (None, Some(path)) => ApiError::invalid(format!("{path}: can't be read: {error}")),
            (None, None) => ApiError::invalid(format!("the request can't be read as JSON: {error}")),
        })
    }

    /// Reads a query string, in which nested members are joined by dots and a repeated name is a list.
    fn read_query(&mut self, query: &str) -> Result<(), ApiError> {
        let pairs: Vec<_> = form_urlencoded::parse(query.as_bytes()).collect();
        self.read_pairs(pairs.iter().map(|(name, value)| (name.as_ref(), value.as_ref())).collect())
    }

    fn read_pairs(&mut self, pairs: Vec<(&str, &str)>) -> Result<(), ApiError> {
        let mut groups: Vec<(&str, Vec<(&str, &str)>)> = Vec::new();
        for (name, value) in pairs {
            let (first, rest) = name.split_once('.').unwrap_or((name, ""));
            match groups.iter_mut().find(|(name, _)| *name == first) {
                Some((_, group)) => group.push((rest, value)),
                None => groups.push((first, vec![(rest, value)])),
            }
        }
        for (name, group) in groups {
            let Some(member) = self.begin(name)? else { continue };
            let path = Path::Member(self.at.path, member.name);
            let at = At { notes: self.at.notes, path: &path };
            let value = read_group(member, at, group)?;
            self.put(member, Some(value))?;
        }
        Ok(())
    }

    /// Reads a member of the path; a body may repeat it with the same value.
    fn read_path(&mut self, name: &str, text: &str) -> Result<(), ApiError> {
        let Some(member) = self.message.member(name) else { return Ok(()) };
        let path = Path::Member(self.at.path, member.name);
        let at = At { notes: self.at.notes, path: &path };
        let value = read_value(member.kind, Token::Written(text), at)?;
        let name = json_name(member.name);
        if self.members.get(&name).is_some_and(|given| *given != value) {
            return Err(at.invalid("differs from the one in the path"));
        }
        self.members.remove(&name);
        self.put(member, Some(value))
    }

    /// Names of the members that exclude each other.
    fn choices(&self) -> String {
        let all = self.message.members.iter().filter(|member| member.is_choice);
        all.map(|member| json_name(member.name)).collect::<Vec<_>>().join(", ")
    }

    fn finish(self) -> Result<Map<String, Value>, ApiError> {
        if self.message.choice == Choice::Filter {
            self.at.count_filter()?;
        }
        if self.chosen.len() > 1 {
            return Err(self.at.invalid(format!("at most one of {} can be given", self.choices())));
        }
        for member in self.message.members {
            if member.presence == Presence::Required && !self.members.contains_key(&json_name(member.name)) {
                return Err(self.of(member).invalid("is missing"));
            }
        }
        if self.chosen.is_empty() && self.message.choice != Choice::Optional {
            return Err(self.at.invalid(format!("one of {} must be given", self.choices())));
        }
        Ok(self.members)
    }
}

/// The member by which listings choose their order. A call without it refuses it, because it would answer in
/// an order that was not asked for.
const ORDER: &str = "sortingColumn";

fn is_order(name: &str) -> bool {
    name == ORDER || json_name(name) == ORDER
}

/// A member of an object, for a refusal.
struct Wrong<'a> {
    at: At<'a>,
    name: &'static str,
}

impl Wrong<'_> {
    fn invalid(&self, what: &str) -> ApiError {
        ApiError::invalid(format!("{self}: {what}"))
    }
}

impl fmt::Display for Wrong<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Path::Member(self.at.path, self.name).fmt(f)
    }
}

/// The value of a member of a query.
fn read_group(member: &'static Member, at: At<'_>, group: Vec<(&str, &str)>) -> Result<Value, ApiError> {
    if let (Kind::Message(message), false) = (member.kind, member.is_repeated) {
        if group.iter().any(|(rest, _)| rest.is_empty()) {
            return Err(at.invalid("in a query its members are named, as name.member"));
        }
        let mut object = Object::new(message, at);
        object.read_pairs(group)?;
        return Ok(Value::Object(object.finish()?));
    }
    if let Some(rest) = group.iter().map(|(rest, _)| rest).find(|rest| !rest.is_empty()) {
        at.ignore(rest);
    }
    let mut values = group.iter().filter(|(rest, _)| rest.is_empty()).map(|(_, value)| Token::Written(value));
    if member.is_repeated {
        let read = |(place, token): (usize, Token<'_>)| {
            at.check_room(place)?;
            let path = Path::Element(at.path, place);
            read_value(member.kind, token, At { notes: at.notes, path: &path })
        };
        return values.enumerate().map(read).collect::<Result<Vec<_>, _>>().map(Value::Array);
    }
    match (values.next(), values.next()) {
        (Some(value), None) => read_value(member.kind, value, at),
        (Some(_), Some(_)) => Err(at.invalid("is given twice")),
        (None, _) => Err(at.invalid(format!("must be {}", expected(member.kind)))),
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(super) use tests::Probe;
