//! `application/x-www-form-urlencoded`, strictly (RFC 6749 Appendix B).
//!
//! ```text
//! form      = parameter *( "&" parameter )
//! parameter = name [ "=" value ]        ; "+" is a space, %XX a byte, the result UTF-8
//! ```
//! `%zz`, `%4`, bytes that are not UTF-8 and control characters are refused, never repaired. A
//! parameter without a value counts as omitted, unknown ones are ignored, and a known one may be
//! there once (RFC 6749 §3.2). Values that need no decoding are borrowed from the body.

use crate::denial::Denial;
use crate::limits::{FORM_BYTES_MAX, FORM_NAME_BYTES_MAX, FORM_PARAMETERS_MAX, RESOURCES_MAX};
use std::borrow::Cow;
use std::fmt;
use zeroize::Zeroize;

/// A decoded value. It may be a secret: it does not print itself, and a decoded copy is wiped.
pub struct Value<'a>(Cow<'a, str>);

impl Value<'_> {
    /// The value.
    pub fn expose(&self) -> &str {
        &self.0
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

/// The parameters that any endpoint looks at.
#[derive(Debug, Default)]
pub struct Form<'a> {
    /// RFC 6749 §4.4.2.
    pub grant_type: Option<Value<'a>>,
    /// RFC 6749 §3.3.
    pub scope: Option<Value<'a>>,
    /// RFC 6749 §2.3.1.
    pub client_id: Option<Value<'a>>,
    /// RFC 6749 §2.3.1.
    pub client_secret: Option<Value<'a>>,
    /// RFC 7521 §4.2.
    pub client_assertion: Option<Value<'a>>,
    /// RFC 7521 §4.2.
    pub client_assertion_type: Option<Value<'a>>,
    /// RFC 7521 §4.1.
    pub assertion: Option<Value<'a>>,
    /// RFC 7662 §2.1, RFC 7009 §2.1.
    pub token: Option<Value<'a>>,
    /// RFC 7662 §2.1, RFC 7009 §2.1.
    pub token_type_hint: Option<Value<'a>>,
    /// RFC 8707 §2, the only one that may be there more than once.
    pub resources: Vec<Value<'a>>,
}

impl<'a> Form<'a> {
    /// Reads a body.
    ///
    /// # Errors
    /// [`Denial::FormTooLarge`], [`Denial::MalformedForm`], [`Denial::RepeatedParameter`].
    pub fn parse(body: &'a [u8]) -> Result<Self, Denial> {
        if body.len() > FORM_BYTES_MAX {
            return Err(Denial::FormTooLarge);
        }
        let mut form = Self::default();
        let mut seen = Seen::default();
        for (index, parameter) in body.split(|byte| *byte == b'&').filter(|p| !p.is_empty()).enumerate() {
            if index >= FORM_PARAMETERS_MAX {
                return Err(Denial::FormTooLarge);
            }
            let mut halves = parameter.splitn(2, |byte| *byte == b'=');
            let name = decode(halves.next().unwrap_or_default())?;
            let value = decode(halves.next().unwrap_or_default())?;
            if name.expose().len() > FORM_NAME_BYTES_MAX {
                return Err(Denial::FormTooLarge);
            }
            if name.expose() == "resource" {
                form.add_resource(value)?;
                continue;
            }
            let Some((bit, place)) = form.place(name.expose()) else { continue };
            seen.once(bit)?;
            if !value.expose().is_empty() {
                *place = Some(value);
            }
        }
        Ok(form)
    }

    fn add_resource(&mut self, value: Value<'a>) -> Result<(), Denial> {
        if self.resources.len() >= RESOURCES_MAX {
            return Err(Denial::FormTooLarge);
        }
        if !value.expose().is_empty() {
            self.resources.push(value);
        }
        Ok(())
    }

    /// Where a known parameter goes, and its bit in [`Seen`].
    fn place(&mut self, name: &str) -> Option<(u16, &mut Option<Value<'a>>)> {
        Some(match name {
            "grant_type" => (1, &mut self.grant_type),
            "scope" => (1 << 1, &mut self.scope),
            "client_id" => (1 << 2, &mut self.client_id),
            "client_secret" => (1 << 3, &mut self.client_secret),
            "client_assertion" => (1 << 4, &mut self.client_assertion),
            "client_assertion_type" => (1 << 5, &mut self.client_assertion_type),
            "assertion" => (1 << 6, &mut self.assertion),
            "token" => (1 << 7, &mut self.token),
            "token_type_hint" => (1 << 8, &mut self.token_type_hint),
            _ => return None,
        })
    }
}

/// Which known parameters have been there, with or without a value.
#[derive(Default)]
struct Seen(u16);

impl Seen {
    fn once(&mut self, bit: u16) -> Result<(), Denial> {
        if self.0 & bit != 0 {
            return Err(Denial::RepeatedParameter);
        }
        self.0 |= bit;
        Ok(())
    }
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

/// Whether these bytes stand for themselves: printable ASCII, and nothing to decode. Nearly all are, so
/// the check has no early end and the compiler makes it look at many bytes at a time; with one
/// character after the other it was a tenth of all instructions of an introspection.
fn is_plain(raw: &[u8]) -> bool {
    raw.iter()
        .fold(true, |plain, byte| plain & matches!(byte, b' '..=b'~') & (*byte != b'%') & (*byte != b'+'))
}

fn decode_into(raw: &[u8], decoded: &mut Vec<u8>) -> Result<(), Denial> {
    let mut rest = raw.iter();
    while let Some(byte) = rest.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || rest.next().and_then(|digit| char::from(*digit).to_digit(16));
                let (Some(high), Some(low)) = (digit(), digit()) else { return Err(Denial::MalformedForm) };
                u8::try_from(high * 16 + low).map_err(|_| Denial::MalformedForm)?
            }
            plain => *plain,
        });
    }
    Ok(())
}

/// Whether a `Content-Type` is the form's, with no parameter but `charset=UTF-8`, in any case.
///
/// # Errors
/// [`Denial::NotAForm`].
pub fn check_content_type(value: Option<&[u8]>) -> Result<(), Denial> {
    const FORM: &[u8] = b"application/x-www-form-urlencoded";
    let Some(value) = value else { return Err(Denial::NotAForm) };
    if value == FORM {
        return Ok(());
    }
    let mut parts = value.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
    let is_form = parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case(FORM));
    let is_utf8 = |parameter: &[u8]| {
        let mut halves = parameter.splitn(2, |byte| *byte == b'=');
        let name = halves.next().unwrap_or_default();
        let charset = halves.next().unwrap_or_default();
        let charset = charset.strip_prefix(b"\"").and_then(|c| c.strip_suffix(b"\"")).unwrap_or(charset);
        name.eq_ignore_ascii_case(b"charset") && charset.eq_ignore_ascii_case(b"utf-8")
    };
    if is_form && parts.filter(|parameter| !parameter.is_empty()).all(is_utf8) {
        Ok(())
    } else {
        Err(Denial::NotAForm)
    }
}

#[cfg(test)]
mod tests;
