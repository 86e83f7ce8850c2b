//! `application/x-www-form-urlencoded`, strictly (RFC 6749 Appendix B).
//!
//! ```text
//! form      = parameter *( "&" parameter )
//! parameter = name [ "=" value ]        ; "+" is a space, %XX a byte, the result UTF-8
//! ```
//! In known parameters `%zz`, `%4`, bytes that are not UTF-8 and control characters are refused, never
//! repaired. A parameter without a value counts as omitted, and a known one may occur once. Unknown ones
//! are ignored, regardless of content and number (RFC 6749 §3.2): they are not even decoded. Each endpoint
//! has its own [known parameters](Parameters); those of another endpoint are unknown there. Values that
//! need no decoding are borrowed from the body.
//!
//! A form is read before its sender is authenticated, so its worst case counts: a parameter too short for
//! a known name costs a few comparisons, and values that need decoding share one bound.

use crate::denial::Denial;
use crate::limits::{FORM_BYTES_MAX, FORM_ENCODED_BYTES_MAX, RESOURCES_MAX};
use memchr::memchr;
use std::borrow::Cow;
use std::fmt;
use zeroize::Zeroize;

/// A decoded value. It may be a secret: `Debug` does not print it, and a decoded copy is wiped.
pub struct Value<'a>(Cow<'a, str>);

impl Value<'_> {
    /// The decoded value.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// True if it was not decoded because the form had too much to decode.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(crate) fn is_too_long(&self) -> bool {
        self.0 == TOO_LONG
    }
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl Drop for Value<'_> {
    fn drop(&mut self) {
        if let Cow::Owned(copy) = &mut self.0 {
            copy.zeroize();
        }
    }
}

/// The replacement for a value beyond [`FORM_ENCODED_BYTES_MAX`]. Such a value is longer than any that is
/// accepted, so it is refused like every other value that is too long. No scope, token, identifier or
/// secret has this character.
const TOO_LONG: &str = "\u{fffd}";

/// The parameters that the endpoints know. Those that are unknown at the endpoint of the form are missing.
#[derive(Debug, Default)]
pub struct Form<'a> {
    /// The grant type (RFC 6749 §4.4.2).
    pub grant_type: Option<Value<'a>>,
    /// The requested scope (RFC 6749 §3.3).
    pub scope: Option<Value<'a>>,
    /// The client id (RFC 6749 §2.3.1).
    pub client_id: Option<Value<'a>>,
    /// The client secret (RFC 6749 §2.3.1).
    pub client_secret: Option<Value<'a>>,
    /// The assertion for client authentication (RFC 7521 §4.2).
    pub client_assertion: Option<Value<'a>>,
    /// The kind of that assertion (RFC 7521 §4.2).
    pub client_assertion_type: Option<Value<'a>>,
    /// The assertion of a grant (RFC 7521 §4.1).
    pub assertion: Option<Value<'a>>,
    /// The token to introspect or to revoke (RFC 7662 §2.1, RFC 7009 §2.1).
    pub token: Option<Value<'a>>,
    /// The hint for its kind (RFC 7662 §2.1, RFC 7009 §2.1).
    pub token_type_hint: Option<Value<'a>>,
    /// The requested resources (RFC 8707 §2), the only parameter that may be repeated.
    pub resources: Vec<Value<'a>>,
}

impl<'a> Form<'a> {
    /// Reads a body for an endpoint with these known parameters.
    ///
    /// # Errors
    /// [`Denial::FormTooLarge`], [`Denial::MalformedForm`], [`Denial::RepeatedParameter`],
    /// [`Denial::TooManyResources`].
    pub fn parse(body: &'a [u8], known: Parameters) -> Result<Self, Denial> {
        if body.len() > FORM_BYTES_MAX {
            return Err(Denial::FormTooLarge);
        }
        let mut form = Self::default();
        let mut seen = Seen::default();
        let mut encoded_left = FORM_ENCODED_BYTES_MAX;
        for parameter in parameters(body) {
            let (name, value) = halves(parameter);
            let Some(name) = Name::of(name).filter(|name| known.has(*name)) else { continue };
            let value = bounded(value, &mut encoded_left)?;
            if name == Name::Resource {
                if value.expose().is_empty() {
                    continue;
                }
                if form.resources.len() >= RESOURCES_MAX {
                    return Err(Denial::TooManyResources);
                }
                form.resources.push(value);
                continue;
            }
            seen.once(name)?;
            if !value.expose().is_empty()
                && let Some(place) = form.place(name)
            {
                *place = Some(value);
            }
        }
        Ok(form)
    }

    /// The field of a parameter that may occur once.
    const fn place(&mut self, name: Name) -> Option<&mut Option<Value<'a>>> {
        Some(match name {
            Name::GrantType => &mut self.grant_type,
            Name::Scope => &mut self.scope,
            Name::ClientId => &mut self.client_id,
            Name::ClientSecret => &mut self.client_secret,
            Name::ClientAssertion => &mut self.client_assertion,
            Name::ClientAssertionType => &mut self.client_assertion_type,
            Name::Assertion => &mut self.assertion,
            Name::Token => &mut self.token,
            Name::TokenTypeHint => &mut self.token_type_hint,
            Name::Resource => return None,
        })
    }
}

/// The names of the parameters that some endpoint knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Name {
    GrantType,
    Scope,
    ClientId,
    ClientSecret,
    ClientAssertion,
    ClientAssertionType,
    Assertion,
    Token,
    TokenTypeHint,
    Resource,
}

impl Name {
    /// The length of the shortest names in bytes.
    const BYTES_MIN: usize = 5;
    /// The length of the longest name in bytes.
    const BYTES_MAX: usize = 21;

    /// The parameter with this raw name; names that cannot be decoded are unknown.
    fn of(raw: &[u8]) -> Option<Self> {
        if raw.len() > 3 * Self::BYTES_MAX {
            return None;
        }
        if !raw.contains(&b'%') {
            return Self::plain(raw);
        }
        let mut decoded = [0; Self::BYTES_MAX];
        let mut len = 0;
        for byte in bytes(raw) {
            *decoded.get_mut(len)? = byte.ok()?;
            len += 1;
        }
        Self::plain(decoded.get(..len)?)
    }

    fn plain(name: &[u8]) -> Option<Self> {
        Some(match name {
            b"grant_type" => Self::GrantType,
            b"scope" => Self::Scope,
            b"client_id" => Self::ClientId,
            b"client_secret" => Self::ClientSecret,
            b"client_assertion" => Self::ClientAssertion,
            b"client_assertion_type" => Self::ClientAssertionType,
            b"assertion" => Self::Assertion,
            b"token" => Self::Token,
            b"token_type_hint" => Self::TokenTypeHint,
            b"resource" => Self::Resource,
            _ => return None,
        })
    }
}

impl Name {
    /// Its bit in a set.
    const fn bit(self) -> u16 {
        1 << self as u8
    }
}

/// The parameters that are known at an endpoint.
#[derive(Debug, Clone, Copy)]
pub struct Parameters(u16);

impl Parameters {
    /// Client authentication, at every endpoint (RFC 6749 §2.3.1, RFC 7521 §4.2).
    const CLIENT: u16 = Name::ClientId.bit()
        | Name::ClientSecret.bit()
        | Name::ClientAssertion.bit()
        | Name::ClientAssertionType.bit();

    /// Those of the token endpoint (RFC 6749 §4.4.2, RFC 7521 §4.1, RFC 8707 §2).
    pub const TOKEN_REQUEST: Self = Self(
        Self::CLIENT
            | Name::GrantType.bit()
            | Name::Scope.bit()
            | Name::Assertion.bit()
            | Name::Resource.bit(),
    );

    /// Those of introspection and revocation (RFC 7662 §2.1, RFC 7009 §2.1).
    pub const ABOUT_A_TOKEN: Self = Self(Self::CLIENT | Name::Token.bit() | Name::TokenTypeHint.bit());

    const fn has(self, name: Name) -> bool {
        self.0 & name.bit() != 0
    }
}

/// The known parameters that have occurred, with or without a value.
#[derive(Default)]
struct Seen(u16);

impl Seen {
    fn once(&mut self, name: Name) -> Result<(), Denial> {
        if self.0 & name.bit() != 0 {
            return Err(Denial::RepeatedParameter);
        }
        self.0 |= name.bit();
        Ok(())
    }
}

/// The parameters of a form, without those that are too short for a known name. A form may have tens of
/// thousands of those, so they are skipped together.
fn parameters(body: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut begin = 0;
    std::iter::from_fn(move || {
        loop {
            let rest = body.get(begin..)?;
            if let Some(last) = rest.iter().take(Name::BYTES_MIN).rposition(|byte| *byte == b'&') {
                begin += last + 1;
                continue;
            }
            let end = memchr(b'&', rest).unwrap_or(rest.len());
            begin += end + 1;
            return rest.get(..end);
        }
    })
}

/// The raw name and value of a parameter.
fn halves(parameter: &[u8]) -> (&[u8], &[u8]) {
    let end = memchr(b'=', parameter).unwrap_or(parameter.len());
    let (name, value) = parameter.split_at(end);
    (name, value.get(1..).unwrap_or_default())
}

/// A decoded value, or [`TOO_LONG`] if decoding it would exceed the bound.
fn bounded<'a>(raw: &'a [u8], encoded_left: &mut usize) -> Result<Value<'a>, Denial> {
    if !is_plain(raw) {
        match encoded_left.checked_sub(raw.len()) {
            Some(left) => *encoded_left = left,
            None => return Ok(Value(Cow::Borrowed(TOO_LONG))),
        }
    }
    decode(raw)
}

/// Undoes form-urlencoding; control characters are refused.
///
/// # Errors
/// [`Denial::MalformedForm`].
pub fn decode(raw: &[u8]) -> Result<Value<'_>, Denial> {
    if is_plain(raw) {
        return std::str::from_utf8(raw)
            .map(|text| Value(Cow::Borrowed(text)))
            .map_err(|_| Denial::MalformedForm);
    }
    let mut decoded = Vec::with_capacity(raw.len());
    let result = decode_into(raw, &mut decoded);
    let value = match (result, String::from_utf8(decoded)) {
        (Ok(()), Ok(text)) => Value(Cow::Owned(text)),
        (_, Ok(mut partial)) => {
            partial.zeroize();
            return Err(Denial::MalformedForm);
        }
        (_, Err(not_utf8)) => {
            not_utf8.into_bytes().zeroize();
            return Err(Denial::MalformedForm);
        }
    };
    if value.expose().chars().any(char::is_control) {
        return Err(Denial::MalformedForm);
    }
    Ok(value)
}

/// True if these bytes need no decoding: printable ASCII without `%` and `+`. Nearly all values are, so
/// the check has no early end and the compiler vectorises it; character by character it was a tenth of
/// all instructions of an introspection.
fn is_plain(raw: &[u8]) -> bool {
    raw.iter()
        .fold(true, |plain, byte| plain & matches!(byte, b' '..=b'~') & (*byte != b'%') & (*byte != b'+'))
}

fn decode_into(raw: &[u8], decoded: &mut Vec<u8>) -> Result<(), Denial> {
    bytes(raw).try_for_each(|byte| {
        decoded.push(byte?);
        Ok(())
    })
}

/// The decoded bytes of a form-urlencoded text.
fn bytes(raw: &[u8]) -> impl Iterator<Item = Result<u8, Denial>> {
    let mut rest = raw.iter();
    std::iter::from_fn(move || {
        Some(match rest.next()? {
            b'+' => Ok(b' '),
            b'%' => {
                let mut digit = || rest.next().and_then(|digit| char::from(*digit).to_digit(16));
                match (digit(), digit()) {
                    (Some(high), Some(low)) => {
                        u8::try_from(high * 16 + low).map_err(|_| Denial::MalformedForm)
                    }
                    (_, _) => Err(Denial::MalformedForm),
                }
            }
            plain => Ok(*plain),
        })
    })
}

/// Checks that a `Content-Type` is the form's. Its parameters are ignored: the form has none, and clients
/// that name another `charset` send ASCII all the same; text that is not UTF-8 is refused by the parser.
///
/// # Errors
/// [`Denial::NotAForm`].
pub fn check_content_type(value: Option<&[u8]>) -> Result<(), Denial> {
    const FORM: &[u8] = b"application/x-www-form-urlencoded";
    let essence = value.and_then(|value| value.split(|byte| *byte == b';').next());
    match essence {
        Some(essence) if essence.trim_ascii().eq_ignore_ascii_case(FORM) => Ok(()),
        Some(_) | None => Err(Denial::NotAForm),
    }
}

#[cfg(test)]
mod tests;
