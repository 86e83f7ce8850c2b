//! Ids, and names of clients.
//!
//! Ids are decimal numbers on the wire, unique within one store: the id of a service user, of an API and
//! of a project are never the same number.

mod username;

pub use username::ClientName;

use std::fmt;

/// The reason a text is not an id or a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Not 1 to 19 digits without leading zero, or over 2^63 - 1.
    #[error("an id is a decimal number from 1 to 9223372036854775807 without leading zeros")]
    NotAnId,
    /// The username is empty.
    #[error("a username must not be empty")]
    Empty,
    /// The username has more than [`ClientName::CHARACTERS_MAX`] characters.
    #[error("a username has at most {} characters", ClientName::CHARACTERS_MAX)]
    TooLong,
    /// A control character, or one that ends a line or a paragraph.
    #[error("a username has no control characters, and this one has U+{:04X}", u32::from(*.0))]
    Control(char),
    /// A character that changes the direction of the text around it.
    #[error("a username has no direction marks, and this one has U+{:04X}", u32::from(*.0))]
    Direction(char),
    /// An invisible character, or one that replaces a lost one.
    #[error("a username has no invisible characters, and this one has U+{:04X}", u32::from(*.0))]
    Invisible(char),
    /// An unassigned or private code point.
    #[error("a username consists of characters that Unicode assigns, and this one has U+{:04X}", u32::from(*.0))]
    NoCharacter(char),
    /// A space at an end or beside another one, or an unusual kind of space.
    #[error("the spaces in a username are single ordinary ones, and not at its beginning or end")]
    BadSpaces,
    /// A combining mark without a base character, or too many on one.
    #[error("the accents in a username stand on a character, at most four on one")]
    BadMarks,
    /// Digits alone, which could be mistaken for an id.
    #[error(
        "a username needs at least one character that is not a digit, so that it can't be mistaken for an id"
    )]
    LooksLikeAnId,
}

/// Reads `digits` as an id: decimal, no sign, no leading zero, not zero.
fn decimal(digits: &str) -> Result<u64, NameError> {
    let plain = digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0');
    if !plain || digits.len() > 19 {
        return Err(NameError::NotAnId);
    }
    // The maximum of an id: clients keep ids in signed 64-bit numbers.
    digits.parse().ok().filter(|id| *id <= i64::MAX as u64).ok_or(NameError::NotAnId)
}

macro_rules! decimal_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u64);

        impl $name {
            /// Reads the decimal text form.
            ///
            /// # Errors
            /// [`NameError::NotAnId`].
            pub fn parse(digits: &str) -> Result<Self, NameError> {
                decimal(digits).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

decimal_id! {
    /// A client: a service user (ZITADEL's `userId`) or an API (`applicationId`).
    ClientId
}
decimal_id! {
    /// A project: the owner of APIs, named by audiences.
    ProjectId
}
decimal_id! {
    /// An organization: the owner of users and projects.
    OrganizationId
}
decimal_id! {
    /// A signing key of the server's: the `kid` of its tokens.
    SigningKeyId
}
decimal_id! {
    /// A token key of the server's.
    TokenKeyId
}

impl TokenKeyId {
    /// The public tag by which tokens name the key: the last 16 bits.
    pub const fn tag(self) -> jeton_secret::KeyTag {
        jeton_secret::KeyTag((self.0 & 0xffff) as u16)
    }
}

decimal_id! {
    /// An event: its number in the audit trail. Events are counted over the whole store, so a
    /// later change of any kind has a higher number.
    EventId
}
decimal_id! {
    /// An authorization: roles of a project, granted to a service user.
    AuthorizationId
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_canonical_decimal() {
        assert_eq!(ClientId::parse("9223372036854775807"), Ok(ClientId(i64::MAX as u64)));
        for bad in [
            "",
            "0",
            "01",
            "+1",
            "-1",
            " 1",
            "1 ",
            "1_0",
            "9223372036854775808",
            "18446744073709551615",
            "111111111111111111111",
            "١",
        ] {
            assert_eq!(ClientId::parse(bad), Err(NameError::NotAnId), "{bad:?}");
        }
    }
}
