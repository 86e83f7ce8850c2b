//! Requests in one form, whatever their sender spelled them like.
//!
//! The protobuf JSON mapping (<https://protobuf.dev/programming-guides/json/>) leaves senders a choice: original or lower
//! camel case names, enums by name or number, integers as numbers or text, base64 of two alphabets with padding or
//! without, timestamps with any offset, `null` for what is missing. The table of members says what is expected where; what
//! comes out has one spelling, so that no handler has to know of another one. A refusal names the member by its path and
//! says what it must be, never what it was.
//!
//! ```text
//! JSON body ─┐
//! query      ├─▶ members by table ──▶ one form ──▶ handler
//! path       ─┘
//! ```

use super::ApiError;
use super::message::{Choice, Enum, Kind, Member, Message, Presence, json_name};
use crate::limits::{IGNORED_MEMBERS_MAX, IGNORED_NAME_CHARS_MAX};
use base64::Engine;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use jeton_oauth::time::TIMESTAMP_MAX;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A request as it came.
#[derive(Debug, Default)]
pub struct Input {
    /// JSON; nothing is an empty request.
    pub body: Vec<u8>,
    /// Members that the path says, by their JSON names.
    pub path: Vec<(&'static str, String)>,
    /// The query string, where it counts.
    pub query: Option<String>,
}

/// A request in its one form.
#[derive(Debug, PartialEq)]
pub(super) struct Normal {
    pub(super) request: Value,
    /// Members that mean nothing, as paths.
    pub(super) ignored: Vec<String>,
}

/// Brings a request into its one form.
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

/// What is noticed on the way.
#[derive(Default)]
struct Notes {
    ignored: RefCell<Vec<String>>,
    /// A refusal, on its way around serde, whose errors are text.
    refusal: RefCell<Option<ApiError>>,
}

/// A place in a request.
#[derive(Clone, Copy)]
struct At<'a> {
    notes: &'a Notes,
    path: &'a Path<'a>,
}

enum Path<'a> {
    Root,
    Member(&'a Path<'a>, &'static str),
    Element(&'a Path<'a>, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => f.write_str("the request"),
            Self::Member(Self::Root, name) => f.write_str(&json_name(name)),
            Self::Member(above, name) => write!(f, "{above}.{}", json_name(name)),
            Self::Element(above, place) => write!(f, "{above}[{place}]"),
        }
    }
}

impl At<'_> {
    fn invalid(self, what: impl fmt::Display) -> ApiError {
        ApiError::invalid(format!("{}: {what}", self.path))
    }

    /// Passes a refusal around serde.
    fn refuse<E: Error>(self, refusal: ApiError) -> E {
        *self.notes.refusal.borrow_mut() = Some(refusal);
        E::custom("refused")
    }

    fn ignore(self, name: &str) {
        let mut ignored = self.notes.ignored.borrow_mut();
        if ignored.len() < IGNORED_MEMBERS_MAX {
            let name: String = name.chars().take(IGNORED_NAME_CHARS_MAX).collect();
            ignored.push(match self.path {
                Path::Root => name,
                above => format!("{above}.{name}"),
            });
        }
    }
}

/// An object that is being read.
struct Object<'a> {
    message: &'static Message,
    at: At<'a>,
    members: Map<String, Value>,
    /// Numbers of the members that were given, with `null` too.
    seen: Vec<u32>,
    /// Names of the members given that exclude each other.
    chosen: Vec<&'static str>,
}

impl<'a> Object<'a> {
    fn new(message: &'static Message, at: At<'a>) -> Self {
        Self { message, at, members: Map::new(), seen: Vec::new(), chosen: Vec::new() }
    }

    /// The member with this name, which must not have been given before; none for what is ignored.
    fn begin(&mut self, name: &str) -> Result<Option<&'static Member>, ApiError> {
        let Some(member) = self.message.member(name) else {
            if self.message.choice == Choice::Filter {
                return Err(self.at.invalid(format!("a filter here is one of {}", self.choices())));
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

    /// Takes a value, in its one form.
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
        if is_nothing && member.presence != Presence::Explicit {
            return Ok(());
        }
        if member.is_choice {
            self.chosen.push(member.name);
        }
        self.members.insert(json_name(member.name), value);
        Ok(())
    }

    fn read_body(&mut self, body: &[u8]) -> Result<(), ApiError> {
        // All of it, members that mean nothing too (RFC 8259 §8.1).
        let body = std::str::from_utf8(body).map_err(|_| ApiError::invalid("the request is not UTF-8"))?;
        if body.is_empty() {
            return Ok(());
        }
        let notes = self.at.notes;
        let mut json = serde_json::Deserializer::from_str(body);
        let read = Members(self).deserialize(&mut json).and_then(|()| json.end());
        read.map_err(|error| match notes.refusal.take() {
            Some(refusal) => refusal,
            // Its words are serde_json's own, and some of what it can't read is valid JSON.
            None => ApiError::invalid(format!("the request can't be read as JSON: {error}")),
        })
    }

    /// Reads a query string, in which members of members are joined by dots and a name that is repeated is a list.
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

    /// Reads what the path says; a body may say the same.
    fn read_path(&mut self, name: &str, text: &str) -> Result<(), ApiError> {
        let Some(member) = self.message.member(name) else { return Ok(()) };
        let path = Path::Member(self.at.path, member.name);
        let at = At { notes: self.at.notes, path: &path };
        let value = member.kind.read(Token::Written(text), at)?;
        let name = json_name(member.name);
        if self.members.get(&name).is_some_and(|given| *given != value) {
            return Err(at.invalid("is another one in the path"));
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
            let path = Path::Element(at.path, place);
            member.kind.read(token, At { notes: at.notes, path: &path })
        };
        return values.enumerate().map(read).collect::<Result<Vec<_>, _>>().map(Value::Array);
    }
    match (values.next(), values.next()) {
        (Some(value), None) => member.kind.read(value, at),
        (Some(_), Some(_)) => Err(at.invalid("is given twice")),
        (None, _) => Err(at.invalid(format!("must be {}", member.kind.expected()))),
    }
}

/// Reads the members of a JSON object.
struct Members<'o, 'a>(&'o mut Object<'a>);

impl<'de> DeserializeSeed<'de> for Members<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        // What is no object is refused here, with its place.
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
            // Present or not is all that counts, whatever it is.
            Kind::Foreign(_) => json.deserialize_any(Anything),
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

/// Takes whatever JSON has: an object where one is expected, a list where one is, else a value of the kind.
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
            (None, None) => return self.kind.read(token, self.at).map(Some).map_err(|e| self.at.refuse(e)),
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
            match access.next_element_seed(ValueOf { member, is_list: false, at })? {
                None => return Ok(Some(Value::Array(values))),
                Some(Some(value)) => values.push(value),
                Some(None) => {
                    return Err(at.refuse(at.invalid(format!("must be {}", member.kind.expected()))));
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
            let seed =
                ValueOf { member, is_list: member.is_repeated, at: At { notes: at.notes, path: &path } };
            let value = access.next_value_seed(seed)?;
            object.put(member, value).map_err(|error| at.refuse(error))?;
        }
        Ok(Some(Value::Object(Map::new())))
    }
}

/// Reads whether there is something, whatever it is.
struct Anything;

impl<'de> Visitor<'de> for Anything {
    type Value = Option<Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Option<Value>, E> {
        Ok(None)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Option<Value>, E> {
        Ok(Some(Value::Bool(true)))
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Option<Value>, E> {
        Ok(Some(Value::Bool(true)))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Option<Value>, E> {
        Ok(Some(Value::Bool(true)))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Option<Value>, E> {
        Ok(Some(Value::Bool(true)))
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Option<Value>, E> {
        Ok(Some(Value::Bool(true)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Option<Value>, A::Error> {
        while access.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Some(Value::Bool(true)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Option<Value>, A::Error> {
        while access.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Some(Value::Bool(true)))
    }
}

/// A value as it came.
#[derive(Clone, Copy)]
enum Token<'t> {
    Flag(bool),
    Whole(u64),
    Text(&'t str),
    /// Text in a path or a query, where there is nothing else.
    Written(&'t str),
    /// What no kind takes: another number, a list, an object.
    Other,
}

impl Kind {
    /// The value in its one form: times as seconds, bytes as padded base64, enums by their first name.
    fn read(self, token: Token<'_>, at: At<'_>) -> Result<Value, ApiError> {
        let wrong = || at.invalid(format!("must be {}", self.expected()));
        let text = match token {
            Token::Text(text) | Token::Written(text) => Some(text),
            Token::Flag(_) | Token::Whole(_) | Token::Other => None,
        };
        match self {
            Self::Text => text.map(Value::from).ok_or_else(wrong),
            Self::Flag => match token {
                Token::Flag(flag) => Ok(flag.into()),
                Token::Written("true") => Ok(true.into()),
                Token::Written("false") => Ok(false.into()),
                _ => Err(wrong()),
            },
            Self::Integer(max) => {
                let number = integer(token).filter(|number| *number <= max);
                number.map(Value::from).ok_or_else(wrong)
            }
            Self::Bytes => {
                let bytes = text.and_then(decode_base64).ok_or_else(wrong)?;
                Ok(STANDARD.encode(bytes).into())
            }
            Self::Pem => {
                let text = text.ok_or_else(wrong)?;
                let pem = text.contains("-----BEGIN").then(|| text.as_bytes().to_vec());
                Ok(STANDARD.encode(pem.or_else(|| decode_base64(text)).ok_or_else(wrong)?).into())
            }
            Self::Timestamp => {
                let date =
                    text.and_then(|text| OffsetDateTime::parse(text, &Rfc3339).ok()).ok_or_else(wrong)?;
                // Nothing here is older than 1970.
                let seconds = u64::try_from(date.unix_timestamp()).unwrap_or(0);
                if seconds > TIMESTAMP_MAX.0 {
                    return Err(at.invalid("must be before the year 10000"));
                }
                Ok(seconds.into())
            }
            Self::Duration => match text.and_then(duration).ok_or_else(wrong)? {
                (false, seconds) if seconds <= u64::from(u32::MAX) => Ok(seconds.into()),
                (false, _) => Err(at.invalid(format!("must be at most {}s", u32::MAX))),
                (true, _) => Err(at.invalid("must not be negative")),
            },
            Self::Enum(values) => values.read(token).map(Value::from).ok_or_else(wrong),
            Self::Message(_) | Self::Foreign(_) => Err(wrong()),
        }
    }

    /// What it must be, for a refusal.
    fn expected(self) -> Cow<'static, str> {
        match self {
            Self::Text => "text".into(),
            Self::Flag => "true or false".into(),
            Self::Integer(max) => format!("an integer from 0 to {max}").into(),
            Self::Bytes => "base64".into(),
            Self::Pem => "PEM, or PEM in base64".into(),
            Self::Timestamp => "an RFC 3339 timestamp such as 2027-01-31T12:00:00Z".into(),
            Self::Duration => "a number of seconds such as 86400s".into(),
            Self::Enum(values) => {
                let mut names: Vec<_> = values.values.iter().map(|(name, _)| *name).collect();
                names.truncate(16);
                format!("one of {}", names.join(", ")).into()
            }
            Self::Message(_) | Self::Foreign(_) => "an object".into(),
        }
    }
}

impl Enum {
    /// The name that handlers read. Empty text is the first value: SDKs send it for what was not set.
    fn read(&self, token: Token<'_>) -> Option<&'static str> {
        let number = match token {
            Token::Text("") | Token::Written("") => 0,
            Token::Text(text) | Token::Written(text) => {
                match self.values.iter().find(|(name, _)| *name == text) {
                    Some((_, number)) => u64::from(*number),
                    None => integer(token)?,
                }
            }
            Token::Flag(_) | Token::Whole(_) | Token::Other => integer(token)?,
        };
        self.values.iter().find(|(_, own)| u64::from(*own) == number).map(|(name, _)| *name)
    }

    fn zero(&self) -> Option<&'static str> {
        self.values.iter().find(|(_, number)| *number == 0).map(|(name, _)| *name)
    }
}

/// An integer as a number or as text, also with a fraction of zeros or an exponent.
fn integer(token: Token<'_>) -> Option<u64> {
    match token {
        Token::Whole(number) => Some(number),
        Token::Text(text) | Token::Written(text) => {
            let digits = text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten();
            let float = || {
                let is_number = text.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
                is_number.then(|| serde_json::from_str(text).ok()).flatten().and_then(whole)
            };
            digits.or_else(float)
        }
        Token::Flag(_) | Token::Other => None,
    }
}

/// A float without a fraction.
fn whole(value: f64) -> Option<u64> {
    // 2^64 is the first that does not fit.
    const END: f64 = 18_446_744_073_709_551_616.0;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it has no fraction and fits"
    )]
    ((0.0..END).contains(&value) && value.fract() == 0.0).then_some(value as u64)
}

/// Base64 of either alphabet, with padding or without.
fn decode_base64(text: &str) -> Option<Vec<u8>> {
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &alphabet::STANDARD,
        GeneralPurposeConfig::new()
            .with_decode_padding_mode(DecodePaddingMode::Indifferent)
            .with_decode_allow_trailing_bits(true),
    );
    let standard: String = text
        .chars()
        .filter(|letter| !matches!(letter, '\r' | '\n'))
        .map(|letter| match letter {
            '-' => '+',
            '_' => '/',
            letter => letter,
        })
        .collect();
    LENIENT.decode(standard).ok()
}

/// Whether a duration is negative, and its whole seconds.
fn duration(text: &str) -> Option<(bool, u64)> {
    const SECONDS_MAX: u64 = 315_576_000_000;
    let seconds = text.strip_suffix('s')?;
    let (is_negative, seconds) = match seconds.strip_prefix('-') {
        Some(seconds) => (true, seconds),
        None => (false, seconds.strip_prefix('+').unwrap_or(seconds)),
    };
    let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || fraction.is_empty() || fraction.len() > 9 || !digits(whole) || !digits(fraction) {
        return None;
    }
    let seconds = whole.parse().ok().filter(|seconds| *seconds <= SECONDS_MAX)?;
    let is_zero = seconds == 0 && fraction.bytes().all(|b| b == b'0');
    Some((is_negative && !is_zero, seconds))
}

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(super) use tests::Probe;
