//! Client authentication as presented: the claimed client, and its proof.
//!
//! One of HTTP Basic, `client_id` and `client_secret` in the body (RFC 6749 §2.3.1), and
//! `client_assertion` (RFC 7521 §4.2), never two of them. Inside Basic both are form-urlencoded. An id
//! that was not encoded is read as it was meant if it is printable without `%`, `+` and `:`; with one of
//! these it would be another id, and is never tried both ways.
//!
//! A secret without the form of ours is refused before any lookup, and gets the same answer as a wrong
//! one.

use crate::assertion::CLIENT_ASSERTION_TYPE;
use crate::denial::Denial;
use crate::form::{self, Form, Value};
use crate::limits::AUTHORIZATION_BYTES_MAX;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jeton_domain::client::Client;
use jeton_domain::id::{ClientId, ClientName};
use jeton_secret::ClientSecret;
use zeroize::Zeroizing;

/// A client as named by a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientRef {
    /// The username, in any case.
    Name(ClientName),
    /// The id: of an API, or of a service user that uses its id.
    Id(ClientId),
}

impl ClientRef {
    /// Reads a `client_id`.
    ///
    /// # Errors
    /// [`Denial::InvalidClient`] if no client can have this id.
    pub fn parse(text: &str) -> Result<Self, Denial> {
        if let Ok(id) = ClientId::parse(text) {
            return Ok(Self::Id(id));
        }
        ClientName::username(text).map(Self::Name).map_err(|_| Denial::InvalidClient)
    }

    /// True if it names this client.
    pub fn names(&self, client: &Client) -> bool {
        match self {
            Self::Name(name) => client.service_user().is_some() && name.folded() == client.name.folded(),
            Self::Id(id) => *id == client.id,
        }
    }

    /// True if both may name one client: a name and an id may.
    fn may_be_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Name(one), Self::Name(other)) => one.folded() == other.folded(),
            (Self::Id(one), Self::Id(other)) => one == other,
            (Self::Name(_), Self::Id(_)) | (Self::Id(_), Self::Name(_)) => true,
        }
    }
}

/// The client authentication of a request.
#[derive(Debug)]
pub enum Presented {
    /// A client's name or id, and a secret of the right form.
    Secret {
        /// The claimed client.
        client: ClientRef,
        /// The presented secret.
        secret: ClientSecret,
        /// A `client_id` in the body beside Basic, to be compared with the client after authentication.
        beside: Option<ClientRef>,
    },
    /// The form's `client_assertion`, not parsed yet.
    Assertion {
        /// A `client_id` beside it (RFC 7521 §4.2), to be compared after authentication.
        beside: Option<ClientRef>,
    },
}

impl Presented {
    /// True if a request has any client authentication.
    pub const fn is_in(authorization: Option<&[u8]>, form: &Form<'_>) -> bool {
        authorization.is_some()
            || form.client_secret.is_some()
            || form.client_assertion.is_some()
            || form.client_assertion_type.is_some()
    }

    /// Reads the one method of authentication in a request.
    ///
    /// # Errors
    /// [`Denial::ManyAuthenticationMethods`], [`Denial::NoAuthentication`], or [`Denial::InvalidClient`]
    /// for a malformed one.
    pub fn read(authorization: Option<&[u8]>, form: &Form<'_>) -> Result<Self, Denial> {
        let assertion = form.client_assertion.is_some() || form.client_assertion_type.is_some();
        let methods = [authorization.is_some(), form.client_secret.is_some(), assertion];
        if methods.into_iter().filter(|used| *used).count() > 1 {
            return Err(Denial::ManyAuthenticationMethods);
        }
        if assertion {
            return Self::from_assertion(form);
        }
        if let Some(authorization) = authorization {
            return Self::from_basic(authorization, form.client_id.as_ref());
        }
        match (&form.client_id, &form.client_secret) {
            (Some(id), Some(secret)) => {
                let secret = own_secret(secret)?;
                Ok(Self::Secret { client: ClientRef::parse(id.expose())?, secret, beside: None })
            }
            // A secret without a client authenticates nothing.
            (None, Some(_)) => Err(Denial::InvalidClient),
            // A client id without a secret authenticates nothing (RFC 6749 §4.4).
            (Some(_) | None, None) => Err(Denial::NoAuthentication),
        }
    }

    fn from_assertion(form: &Form<'_>) -> Result<Self, Denial> {
        match (&form.client_assertion_type, &form.client_assertion) {
            (Some(kind), Some(_)) if kind.expose() == CLIENT_ASSERTION_TYPE => {
                let beside = form.client_id.as_ref().map(|id| ClientRef::parse(id.expose())).transpose()?;
                Ok(Self::Assertion { beside })
            }
            _ => Err(Denial::InvalidClient),
        }
    }

    fn from_basic(authorization: &[u8], body_id: Option<&Value<'_>>) -> Result<Self, Denial> {
        let mut decoded = Zeroizing::new(Vec::new());
        let (id, secret) = basic(authorization, &mut decoded)?;
        let secret = own_secret(&secret);
        // Reading a name takes longer than recognising a malformed secret.
        if body_id.is_none() && secret.is_err() {
            return Err(Denial::InvalidClient);
        }
        let client = ClientRef::parse(id.expose());
        let beside = body_id.map(|id| ClientRef::parse(id.expose()));
        let agrees = match (&client, &beside) {
            (_, None) => true,
            (Ok(client), Some(Ok(beside))) => client.may_be_same(beside),
            (_, Some(_)) => body_id.is_some_and(|body_id| body_id.expose() == id.expose()),
        };
        if !agrees {
            return Err(Denial::ManyAuthenticationMethods);
        }
        Ok(Self::Secret { client: client?, secret: secret?, beside: beside.transpose()? })
    }
}

fn own_secret(text: &Value<'_>) -> Result<ClientSecret, Denial> {
    ClientSecret::parse(text.expose()).map_err(|_| Denial::InvalidClient)
}

/// Parses `Basic base64( urlencoded id ":" urlencoded secret )`.
///
/// # Errors
/// [`Denial::InvalidClient`] for every fault.
pub(crate) fn basic<'b>(
    authorization: &[u8],
    decoded: &'b mut Vec<u8>,
) -> Result<(Value<'b>, Value<'b>), Denial> {
    if authorization.len() > AUTHORIZATION_BYTES_MAX {
        return Err(Denial::InvalidClient);
    }
    let (scheme, rest) = authorization.split_at_checked(6).ok_or(Denial::InvalidClient)?;
    let encoded = rest.trim_ascii_start();
    if !scheme.eq_ignore_ascii_case(b"basic ") || rest.contains(&b'\t') {
        return Err(Denial::InvalidClient);
    }
    // Sized once: a reallocation would leave a stale copy of the secret.
    decoded.reserve_exact(encoded.len() / 4 * 3 + 3);
    STANDARD.decode_vec(encoded, decoded).map_err(|_| Denial::InvalidClient)?;
    let mut halves = decoded.splitn(2, |byte| *byte == b':');
    let (Some(id), Some(secret)) = (halves.next(), halves.next()) else { return Err(Denial::InvalidClient) };
    let text = |raw| {
        let value = form::decode(raw).map_err(|_| Denial::InvalidClient)?;
        if value.expose().is_empty() { Err(Denial::InvalidClient) } else { Ok(value) }
    };
    Ok((text(id)?, text(secret)?))
}

#[cfg(test)]
mod tests;
