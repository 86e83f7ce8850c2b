//! The shapes of requests: a table of members for each message, as a protobuf file would have them.
//!
//! All reading of requests is driven by these tables: they normalise JSON before a handler sees it
//! (`normalise.rs`), and the OpenAPI document describes them (`openapi.rs`). Names and numbers are those of
//! ZITADEL's public files, for transports that send numbers; members of Jeton's own have numbers from 1000
//! on.

/// A message: its members, and the rule for those that exclude each other.
#[derive(Debug)]
pub struct Message {
    /// Name in the OpenAPI document.
    pub name: &'static str,
    pub members: &'static [Member],
    pub choice: Choice,
}

/// The rule for the members that exclude each other, a *oneof* of protobuf.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// At most one.
    Optional,
    /// Exactly one.
    Required,
    /// Exactly one, and no unknown member: ignoring a filter would widen the result.
    Filter,
}

/// A member of a message.
#[derive(Debug)]
pub struct Member {
    pub number: u32,
    /// Original name, in snake case.
    pub name: &'static str,
    /// An older name and number of the same member.
    pub alias: Option<(u32, &'static str)>,
    pub kind: Kind,
    pub is_repeated: bool,
    pub presence: Presence,
    /// True if it is one of those that exclude each other.
    pub is_choice: bool,
    /// Description in the OpenAPI document.
    pub about: &'static str,
}

/// The difference between an absent member and one with the default value of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// No difference: empty text, false, zero and the first value of an enum are the same as absence.
    Implicit,
    /// Default values are values, as with `optional` in protobuf.
    Explicit,
    /// No difference, and the member must be present.
    Required,
}

/// The kind of a value.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    Text,
    Flag,
    /// An unsigned integer, up to this.
    Integer(u64),
    Bytes,
    /// Bytes that are PEM, which may be sent as plain text.
    Pem,
    Timestamp,
    Duration,
    Enum(&'static Enum),
    Message(&'static Message),
    /// An unsupported member of ZITADEL's, and the reason.
    Foreign(&'static str),
}

/// The values of an enum by name and number; the first name of a number is the one that handlers read.
#[derive(Debug)]
pub struct Enum {
    /// Name in the OpenAPI document.
    pub name: &'static str,
    pub values: &'static [(&'static str, u32)],
}

impl Enum {
    /// The name of the value that is the same as none.
    pub fn zero(&self) -> Option<&'static str> {
        self.values.iter().find(|(_, number)| *number == 0).map(|(name, _)| *name)
    }
}

impl Message {
    pub const fn new(name: &'static str, members: &'static [Member]) -> Self {
        Self { name, members, choice: Choice::Optional }
    }

    /// A message that has exactly one of the members that exclude each other.
    pub const fn one_of(name: &'static str, members: &'static [Member]) -> Self {
        Self { name, members, choice: Choice::Required }
    }

    /// A filter.
    pub const fn filter(name: &'static str, members: &'static [Member]) -> Self {
        Self { name, members, choice: Choice::Filter }
    }

    /// The member with this name: the original one, that in lower camel case, or an older one.
    pub fn member(&self, name: &str) -> Option<&'static Member> {
        let is = |own: &str| own == name || json_name(own) == name;
        self.members.iter().find(|member| is(member.name) || member.alias.is_some_and(|(_, old)| is(old)))
    }
}

macro_rules! kinds {
    ($($kind:ident = $value:expr;)*) => {
        $(pub const fn $kind(number: u32, name: &'static str) -> Member {
            Member::new(number, name, $value)
        })*
    };
}

kinds! {
    text = Kind::Text;
    flag = Kind::Flag;
    bytes = Kind::Bytes;
    pem = Kind::Pem;
    timestamp = Kind::Timestamp;
    duration = Kind::Duration;
    uint32 = Kind::Integer(u32::MAX as u64);
    uint64 = Kind::Integer(u64::MAX);
}

/// An integer from 0 to `max`.
pub const fn up_to(number: u32, name: &'static str, max: u32) -> Member {
    Member::new(number, name, Kind::Integer(max as u64))
}

pub const fn value_of(number: u32, name: &'static str, values: &'static Enum) -> Member {
    Member::new(number, name, Kind::Enum(values))
}

pub const fn message(number: u32, name: &'static str, message: &'static Message) -> Member {
    Member::new(number, name, Kind::Message(message))
}

pub const fn foreign(number: u32, name: &'static str, why: &'static str) -> Member {
    Member::new(number, name, Kind::Foreign(why))
}

impl Member {
    const fn new(number: u32, name: &'static str, kind: Kind) -> Self {
        Self {
            number,
            name,
            alias: None,
            kind,
            is_repeated: false,
            presence: Presence::Implicit,
            is_choice: false,
            about: "",
        }
    }

    pub const fn repeated(mut self) -> Self {
        self.is_repeated = true;
        self
    }

    pub const fn required(mut self) -> Self {
        self.presence = Presence::Required;
        self
    }

    pub const fn optional(mut self) -> Self {
        self.presence = Presence::Explicit;
        self
    }

    /// Marks a member as one of those that exclude each other; such a member has presence in protobuf.
    pub const fn choice(mut self) -> Self {
        self.is_choice = true;
        self.presence = Presence::Explicit;
        self
    }

    pub const fn alias(mut self, number: u32, name: &'static str) -> Self {
        self.alias = Some((number, name));
        self
    }

    pub const fn about(mut self, about: &'static str) -> Self {
        self.about = about;
        self
    }
}

/// A name in lower camel case, as protobuf derives it from the original one.
pub fn json_name(name: &str) -> String {
    let (mut json, mut upper) = (String::with_capacity(name.len()), false);
    for letter in name.chars() {
        match letter {
            '_' => upper = true,
            letter if upper => {
                json.push(letter.to_ascii_uppercase());
                upper = false;
            }
            letter => json.push(letter),
        }
    }
    json
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_found_by_either_spelling() {
        assert_eq!(json_name("in_user_ids_query"), "inUserIdsQuery");
        assert_eq!(json_name("ed25519"), "ed25519");
        let message = &crate::messages::user::CREATE_USER;
        for name in ["organization_id", "organizationId"] {
            assert_eq!(message.member(name).map(|member| member.number), Some(1));
        }
        for name in ["organizationID", "OrganizationId", "organization-id", "organizationId ", ""] {
            assert!(message.member(name).is_none(), "{name}");
        }
    }
}
