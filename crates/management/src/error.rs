//! Errors of the management API, in the formats of both its protocols.

use crate::pool::Refused;
use jeton_domain::permission::Permission;
use jeton_domain::record::UnreadableRecord;
use jeton_domain::refusal::OperationError;
use jeton_secret::EntropyError;
use jeton_store::{CommandError, Unavailable};
use serde_json::json;
use std::fmt;

/// Defines the codes with their HTTP status, gRPC's number (which REST bodies have) and Connect's name.
macro_rules! codes {
    ($($(#[$doc:meta])* $code:ident = $status:literal $number:literal $name:literal,)*) => {
        /// The error codes of the API, a subset of Connect's.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Code {
            $($(#[$doc])* $code,)*
        }

        impl Code {
            /// All codes.
            pub const ALL: &[Self] = &[$(Self::$code,)*];

            /// The name in Connect (Connect protocol, "Error Codes").
            pub const fn name(self) -> &'static str {
                match self { $(Self::$code => $name,)* }
            }

            /// The HTTP status of the code.
            pub const fn status(self) -> u16 {
                match self { $(Self::$code => $status,)* }
            }

            /// The gRPC number.
            pub const fn number(self) -> u8 {
                match self { $(Self::$code => $number,)* }
            }
        }
    };
}

codes! {
    /// The request is malformed or not allowed in this form.
    InvalidArgument = 400 3 "invalid_argument",
    /// The object does not exist, or the caller may not see it.
    NotFound = 404 5 "not_found",
    /// The object exists already.
    AlreadyExists = 409 6 "already_exists",
    /// The caller lacks the permission.
    PermissionDenied = 403 7 "permission_denied",
    /// A bound is reached.
    ResourceExhausted = 429 8 "resource_exhausted",
    /// The current state does not allow this.
    FailedPrecondition = 400 9 "failed_precondition",
    /// A concurrent change or call came first.
    Aborted = 409 10 "aborted",
    /// There is no such call.
    Unimplemented = 501 12 "unimplemented",
    /// An internal error of the server.
    Internal = 500 13 "internal",
    /// Temporarily not possible.
    Unavailable = 503 14 "unavailable",
    /// A stored record can't be read.
    DataLoss = 500 15 "data_loss",
    /// No valid access token.
    Unauthenticated = 401 16 "unauthenticated",
}

/// The protocol of a call, and of its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// Connect unary JSON.
    Connect,
    /// REST paths as in ZITADEL.
    Rest,
}

/// A refused call: the code for programs, the message for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ApiError {
    /// The kind of error.
    pub code: Code,
    /// The message, with a remedy where there is one.
    pub message: String,
}

impl ApiError {
    pub(super) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// A request that is wrong, with a sentence that names the member.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(Code::InvalidArgument, message)
    }

    /// An object that does not exist, or that the caller may not see.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(Code::NotFound, message)
    }

    /// A fault of the server.
    pub fn internal() -> Self {
        Self::new(Code::Internal, "internal error; the server's log says more")
    }

    /// The same error for a part of the request: a message begins with the path of the member.
    pub(super) fn inside(self, part: impl fmt::Display) -> Self {
        let message = match self.code {
            Code::InvalidArgument => format!("{part}.{}", self.message),
            _ => format!("{part}: {}", self.message),
        };
        Self { code: self.code, message }
    }

    pub(super) fn aborted(message: impl Into<String>) -> Self {
        Self::new(Code::Aborted, message)
    }

    /// A call or a member that Jeton does not support.
    pub fn unimplemented(message: impl Into<String>) -> Self {
        Self::new(Code::Unimplemented, message)
    }

    pub(super) fn denied(permission: Permission) -> Self {
        let name = permission.name();
        let message =
            format!("the permission {name} is missing here; an administrator can assign a role that has it");
        Self::new(Code::PermissionDenied, message)
    }

    /// A call that the caller may not make, with a sentence about the remedy.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::new(Code::PermissionDenied, message)
    }

    /// A caller without a valid access token.
    pub fn unauthenticated(message: impl Into<String>) -> Self {
        Self::new(Code::Unauthenticated, message)
    }

    /// The response body in the protocol's format.
    pub fn to_json(&self, protocol: Protocol) -> Vec<u8> {
        let body = match protocol {
            Protocol::Connect => json!({ "code": self.code.name(), "message": self.message }),
            Protocol::Rest => json!({ "code": self.code.number(), "message": self.message, "details": [] }),
        };
        body.to_string().into_bytes()
    }
}

impl From<Unavailable> for ApiError {
    fn from(unavailable: Unavailable) -> Self {
        match unavailable {
            Unavailable::Store => Self::new(
                Code::Unavailable,
                "the store is unavailable; try again in a moment, the server's log says why",
            ),
            Unavailable::Damage => Self::new(
                Code::Unavailable,
                "a part of the store is damaged; stop the server, run jeton verify, and restore a backup",
            ),
            Unavailable::Record(record) => record.into(),
        }
    }
}

impl From<UnreadableRecord> for ApiError {
    fn from(record: UnreadableRecord) -> Self {
        Self::new(Code::DataLoss, format!("{record}; restore a backup, or deactivate or delete it"))
    }
}

impl From<Refused> for ApiError {
    fn from(refused: Refused) -> Self {
        let code = match refused {
            Refused::Share => Code::ResourceExhausted,
            Refused::Full | Refused::Stopping => Code::Unavailable,
        };
        Self::new(code, refused.to_string())
    }
}

impl From<EntropyError> for ApiError {
    fn from(error: EntropyError) -> Self {
        Self::new(Code::Unavailable, error.to_string())
    }
}

impl From<CommandError> for ApiError {
    fn from(rejection: CommandError) -> Self {
        match rejection {
            CommandError::Refused(refusal) => refusal.into(),
            CommandError::Unavailable => Unavailable::Store.into(),
            CommandError::QueueFull => {
                Self::new(Code::Unavailable, "too many requests wait; try again in a second")
            }
            CommandError::AssertionUsed | CommandError::TooManyAssertions => Self::internal(),
        }
    }
}

impl From<OperationError> for ApiError {
    fn from(refusal: OperationError) -> Self {
        let code = match refusal {
            OperationError::NotPermitted(permission) => return Self::denied(permission),
            OperationError::TokenEnded => {
                return Self::unauthenticated("the access token is no longer valid");
            }
            OperationError::Unreadable(record) => return record.into(),
            OperationError::FactsUnavailable => return Unavailable::Store.into(),
            OperationError::UnknownClient
            | OperationError::UnknownCredential
            | OperationError::UnknownProject
            | OperationError::UnknownOrganization
            | OperationError::UnknownRole
            | OperationError::UnknownAuthorization
            | OperationError::UnknownProjectGrant
            | OperationError::UnknownAdministrator
            | OperationError::UnknownMetadata
            | OperationError::UnknownName
            | OperationError::UnknownSigningKey
            | OperationError::UnknownTokenKey => Code::NotFound,
            OperationError::NameTaken
            | OperationError::NameRetired
            | OperationError::IdTaken
            | OperationError::ResourceTaken
            | OperationError::RoleTaken
            | OperationError::OrganizationTaken
            | OperationError::AuthorizationTaken
            | OperationError::ProjectGrantTaken
            | OperationError::AdministratorTaken => Code::AlreadyExists,
            OperationError::Inactive
            | OperationError::Locked
            | OperationError::NotLocked
            | OperationError::NotLockable
            | OperationError::AlreadyInactive
            | OperationError::AlreadyActive
            | OperationError::AlreadySo(_)
            | OperationError::AlreadyRevoked
            | OperationError::AlreadyBootstrapped
            | OperationError::LastOwner
            | OperationError::Needed(_)
            | OperationError::NoCredential
            | OperationError::OwnOrganization
            | OperationError::RoleNotGranted
            | OperationError::NotAServiceUser
            | OperationError::SigningKeyState(_)
            | OperationError::TokenKeyState(_)
            | OperationError::NoNextSigningKey => Code::FailedPrecondition,
            OperationError::Stale => Code::Aborted,
            OperationError::TooManyCredentials | OperationError::TooMany(_) | OperationError::TooLarge => {
                Code::ResourceExhausted
            }
            OperationError::ExpiryInThePast => Code::InvalidArgument,
        };
        Self::new(code, refusal.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_has_the_form_of_its_protocol() {
        let error = ApiError::not_found("there is no user 7");
        let text = |protocol| String::from_utf8(error.to_json(protocol)).unwrap();
        assert_eq!(text(Protocol::Connect), r#"{"code":"not_found","message":"there is no user 7"}"#);
        assert_eq!(text(Protocol::Rest), r#"{"code":5,"details":[],"message":"there is no user 7"}"#);
    }

    #[test]
    fn codes_differ_in_name_and_number() {
        for (place, code) in Code::ALL.iter().enumerate() {
            let others = || Code::ALL.iter().skip(place + 1);
            assert!(others().all(|other| other.name() != code.name() && other.number() != code.number()));
            assert!((400..=503).contains(&code.status()));
        }
    }
}
