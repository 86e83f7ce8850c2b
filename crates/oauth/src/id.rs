//! Ids, and the names clients go by.
//!
//! Ids are decimal numbers on the wire, unique over everything in one store: a service user's id,
//! an API's id and a project's id are never the same number.

use std::fmt;

/// Why a text is not an id or a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Not 1 to 20 digits without leading zero, or over 2^64 - 1.
    #[error("an id is a decimal number from 1 to 18446744073709551615 without leading zeros")]
    NotAnId,
    /// The username is empty.
    #[error("a username must not be empty")]
    Empty,
    /// The username has more than [`ClientName::BYTES_MAX`] bytes.
    #[error("a username has at most 200 characters")]
    TooLong,
    /// A character outside the grammar.
    #[error("a username consists of the letters A-Z and a-z, digits and - . _ ~ @")]
    BadCharacter,
    /// Only digits, so it could pass for an id.
    #[error(
        "a username needs at least one character that is not a digit, so that it can't be mistaken for an id"
    )]
    LooksLikeAnId,
}

/// Reads `digits` as an id: decimal, no sign, no leading zero, not zero.
fn decimal(digits: &str) -> Result<u64, NameError> {
    let plain = digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0');
    if !plain || digits.len() > 20 {
        return Err(NameError::NotAnId);
    }
    digits.parse().map_err(|_| NameError::NotAnId)
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
    /// A project: what APIs belong to and what audiences name.
    ProjectId
}
decimal_id! {
    /// An organization: who everything belongs to.
    OrganizationId
}
decimal_id! {
    /// A signing key of the server's: the `kid` of its tokens.
    SigningKeyId
}
decimal_id! {
    /// An administrative act: its place in the audit trail. Acts are counted over the whole store, so a
    /// later change has a higher number, whatever it changes.
    ActNumber
}
decimal_id! {
    /// An authorization: roles of a project, granted to a service user.
    AuthorizationId
}

/// The OAuth `client_id` of a client: a service user's username, or an API's id in digits.
///
/// ```text
/// username = 1*200( ALPHA / DIGIT / "-" / "." / "_" / "~" / "@" )    ; not digits alone
/// ```
/// Every character but `@` is unreserved (RFC 3986 §2.3), and `@` decodes to itself, so a client that
/// forgets the form-urlencoding of RFC 6749 §2.3.1 sends the same name as one that does not.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientName(Box<str>);

impl ClientName {
    /// Bytes of a username at most (ZITADEL's limit).
    pub const BYTES_MAX: usize = 200;

    /// Reads a username.
    ///
    /// # Errors
    /// The [`NameError`] that names the first rule it breaks.
    pub fn username(text: &str) -> Result<Self, NameError> {
        if text.is_empty() {
            return Err(NameError::Empty);
        }
        if text.len() > Self::BYTES_MAX {
            return Err(NameError::TooLong);
        }
        if !text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~@".contains(&b)) {
            return Err(NameError::BadCharacter);
        }
        if text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(NameError::LooksLikeAnId);
        }
        Ok(Self(text.into()))
    }

    /// The name of an API: its id.
    pub fn of_api(id: ClientId) -> Self {
        Self(id.to_string().into())
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ClientName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_canonical_decimal() {
        assert_eq!(ClientId::parse("18446744073709551615"), Ok(ClientId(u64::MAX)));
        for bad in [
            "",
            "0",
            "01",
            "+1",
            "-1",
            " 1",
            "1 ",
            "1_0",
            "18446744073709551616",
            "111111111111111111111",
            "١",
        ] {
            assert_eq!(ClientId::parse(bad), Err(NameError::NotAnId), "{bad:?}");
        }
    }

    #[test]
    fn a_username_is_what_form_urlencoding_leaves_alone() {
        for good in ["a", "billing-worker", "svc.billing~1_x", "ci@example.com", "1a", &"x".repeat(200)] {
            assert!(ClientName::username(good).is_ok(), "{good:?}");
        }
        let cases = [
            ("", NameError::Empty),
            (&"x".repeat(201) as &str, NameError::TooLong),
            ("a b", NameError::BadCharacter),
            ("a:b", NameError::BadCharacter),
            ("a+b", NameError::BadCharacter),
            ("a%20b", NameError::BadCharacter),
            ("a/b", NameError::BadCharacter),
            ("a\0", NameError::BadCharacter),
            ("é", NameError::BadCharacter),
        ];
        for (bad, why) in cases {
            assert_eq!(ClientName::username(bad), Err(why), "{bad:?}");
        }
    }

    #[test]
    fn a_username_cannot_collide_with_an_id() {
        for bad in ["1", "0", "00", "123456789012345678"] {
            assert_eq!(ClientName::username(bad), Err(NameError::LooksLikeAnId), "{bad:?}");
        }
    }
}
