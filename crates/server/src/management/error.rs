//! Errors of the management API, in Connect's format.

use jeton_oauth::client::Refusal;
use jeton_secret::EntropyError;
use jeton_store::{Rejection, Unavailable};
use serde::Serialize;

/// Connect's error codes, as far as they are used, with their HTTP status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// 400.
    InvalidArgument,
    /// 404.
    NotFound,
    /// 409.
    AlreadyExists,
    /// 400: not in this state.
    FailedPrecondition,
    /// 429.
    ResourceExhausted,
    /// 501.
    Unimplemented,
    /// 500.
    Internal,
    /// 503.
    Unavailable,
}

impl Code {
    /// The HTTP status that goes with it.
    pub const fn status(self) -> u16 {
        match self {
            Self::InvalidArgument | Self::FailedPrecondition => 400,
            Self::NotFound => 404,
            Self::AlreadyExists => 409,
            Self::ResourceExhausted => 429,
            Self::Unimplemented => 501,
            Self::Internal => 500,
            Self::Unavailable => 503,
        }
    }
}

/// A refused call: the code for programs, the message for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{message}")]
pub struct ApiError {
    /// What kind of error it is.
    pub code: Code,
    /// What to do about it.
    pub message: String,
}

impl ApiError {
    pub(super) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(Code::InvalidArgument, message)
    }

    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self::new(Code::NotFound, message)
    }

    pub(super) fn internal() -> Self {
        Self::new(Code::Internal, "internal error; the server's log says more")
    }

    /// The body that goes out.
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_else(|_| br#"{"code":"internal"}"#.to_vec())
    }
}

impl From<Unavailable> for ApiError {
    fn from(_: Unavailable) -> Self {
        Self::new(
            Code::Unavailable,
            "the store is unavailable; try again in a moment, the server's log says why",
        )
    }
}

impl From<EntropyError> for ApiError {
    fn from(error: EntropyError) -> Self {
        Self::new(Code::Unavailable, error.to_string())
    }
}

impl From<Rejection> for ApiError {
    fn from(rejection: Rejection) -> Self {
        match rejection {
            Rejection::Refused(refusal) => refusal.into(),
            Rejection::Unavailable => Unavailable.into(),
            Rejection::QueueFull => {
                Self::new(Code::Unavailable, "too many requests wait; try again in a second")
            }
            Rejection::NoLongerHolds | Rejection::AssertionUsed | Rejection::TooManyAssertions => {
                Self::internal()
            }
        }
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        let code = match refusal {
            Refusal::UnknownClient
            | Refusal::UnknownCredential
            | Refusal::UnknownProject
            | Refusal::UnknownRole
            | Refusal::UnknownAuthorization
            | Refusal::UnknownMetadata
            | Refusal::UnknownSigningKey => Code::NotFound,
            Refusal::NameTaken
            | Refusal::IdTaken
            | Refusal::ResourceTaken
            | Refusal::RoleTaken
            | Refusal::AuthorizationTaken => Code::AlreadyExists,
            Refusal::Inactive
            | Refusal::AlreadyInactive
            | Refusal::AlreadyActive
            | Refusal::AlreadyRevoked
            | Refusal::NoCredential
            | Refusal::NotAServiceUser
            | Refusal::SigningKeyState(_)
            | Refusal::NoNextSigningKey => Code::FailedPrecondition,
            Refusal::TooManyCredentials | Refusal::TooMany(_) | Refusal::TooLarge => Code::ResourceExhausted,
            Refusal::ExpiryInThePast => Code::InvalidArgument,
        };
        Self::new(code, refusal.to_string())
    }
}
