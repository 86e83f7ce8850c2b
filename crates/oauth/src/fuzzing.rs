//! Properties that the fuzz targets check; each target is one call of a function here.
//!
//! `form_urlencoded`, the decoder of browsers and of the `url` crate, is the oracle for forms. It repairs
//! input that this crate refuses, so it must agree on accepted forms, and show the fault of refused ones.

use crate::credentials::{ClientRef, basic};
use crate::denial::Denial;
use crate::form::{Form, Parameters, Value};
use crate::limits::{FORM_BYTES_MAX, FORM_ENCODED_BYTES_MAX, RESOURCES_MAX};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jeton_domain::caseless::folded;
use jeton_domain::id::ClientName;

type Pairs = Vec<(String, String)>;

/// A form is read as the oracle reads it, or refused for a fault that the oracle shows, at every endpoint.
///
/// # Panics
/// If the property does not hold.
pub fn form(data: &[u8]) {
    let pairs: Pairs = form_urlencoded::parse(data).into_owned().collect();
    let token_request = ["grant_type", "scope", "assertion", "resource"];
    let about_a_token = ["token", "token_type_hint"];
    form_with(data, Parameters::TOKEN_REQUEST, &without(&pairs, &about_a_token));
    form_with(data, Parameters::ABOUT_A_TOKEN, &without(&pairs, &token_request));
}

/// The pairs without those of these names.
fn without(pairs: &Pairs, names: &[&str]) -> Pairs {
    pairs.iter().filter(|(name, _)| !names.contains(&name.as_str())).cloned().collect()
}

/// The property at one endpoint; `pairs` are without the parameters of other endpoints.
fn form_with(data: &[u8], known: Parameters, pairs: &Pairs) {
    match Form::parse(data, known) {
        Ok(form) => {
            for (name, value) in parameters(&form) {
                let said: Vec<&str> =
                    pairs.iter().filter(|(n, _)| n == name).map(|(_, v)| v.as_str()).collect();
                assert!(said.len() <= 1, "{name} is repeated");
                let said = said.first().copied().filter(|value| !value.is_empty());
                let is_unread = data.len() > FORM_ENCODED_BYTES_MAX && value.is_some_and(Value::is_too_long);
                assert!(is_unread || value.map(Value::expose) == said, "{name}");
            }
            let said = resources(pairs);
            let is_unread = form.resources.iter().any(Value::is_too_long);
            assert!(is_unread || said.eq(form.resources.iter().map(Value::expose)), "resource");
        }
        Err(Denial::RepeatedParameter) => {
            let known = parameters(&Form::default()).map(|(name, _)| name);
            let count = |name| pairs.iter().filter(|(n, _)| n == name).count();
            assert!(known.into_iter().any(|name| count(name) > 1));
        }
        Err(Denial::MalformedForm) => {
            let is_known = |(name, _): &&(String, String)| {
                name == "resource" || parameters(&Form::default()).iter().any(|(known, _)| known == name)
            };
            let known: Vec<_> = pairs.iter().filter(is_known).collect();
            assert!(!known.is_empty(), "what is unknown is never malformed");
            assert!(has_broken_escape(data) || known.into_iter().any(is_unfit));
        }
        Err(Denial::FormTooLarge) => assert!(data.len() > FORM_BYTES_MAX),
        Err(Denial::TooManyResources) => assert!(resources(pairs).count() > RESOURCES_MAX),
        Err(other) => unreachable!("a form is not refused as {other:?}"),
    }
}

/// The values of the one parameter that may be repeated (RFC 8707 §2); one without a value counts as omitted.
fn resources(pairs: &Pairs) -> impl Iterator<Item = &str> {
    let given = pairs.iter().filter(|(name, value)| name == "resource" && !value.is_empty());
    given.map(|(_, value)| value.as_str())
}

fn parameters<'f, 'a>(form: &'f Form<'a>) -> [(&'static str, Option<&'f Value<'a>>); 9] {
    [
        ("grant_type", form.grant_type.as_ref()),
        ("scope", form.scope.as_ref()),
        ("client_id", form.client_id.as_ref()),
        ("client_secret", form.client_secret.as_ref()),
        ("client_assertion", form.client_assertion.as_ref()),
        ("client_assertion_type", form.client_assertion_type.as_ref()),
        ("assertion", form.assertion.as_ref()),
        ("token", form.token.as_ref()),
        ("token_type_hint", form.token_type_hint.as_ref()),
    ]
}

fn has_broken_escape(data: &[u8]) -> bool {
    let is_digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_hexdigit);
    let mut escapes = data.iter().enumerate().filter(|(_, byte)| **byte == b'%').map(|(at, _)| at);
    escapes.any(|at| !is_digit(data.get(at + 1)) || !is_digit(data.get(at + 2)))
}

/// True for invalid UTF-8, which the oracle shows as the replacement character, and for control
/// characters.
fn is_unfit((_, value): &(String, String)) -> bool {
    value.chars().any(|c| c == char::REPLACEMENT_CHARACTER || c.is_control())
}

/// A correctly encoded header is read back; a pair that is read is not empty and has no control
/// characters.
///
/// # Panics
/// If the property does not hold.
pub fn basic_header(data: &[u8]) {
    let fits = |half: &str| !half.is_empty() && !half.chars().any(char::is_control);
    let mut buffer = Vec::new();
    if let Ok((id, secret)) = basic(data, &mut buffer) {
        assert!(fits(id.expose()) && fits(secret.expose()));
    }
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (id, secret) = text.split_at(text.floor_char_boundary(text.len() / 2));
    let encode = |half: &str| form_urlencoded::byte_serialize(half.as_bytes()).collect::<String>();
    let header = format!("Basic {}", STANDARD.encode(format!("{}:{}", encode(id), encode(secret))));
    let mut buffer = Vec::new();
    match basic(header.as_bytes(), &mut buffer) {
        Ok((seen_id, seen_secret)) => {
            assert_eq!((seen_id.expose(), seen_secret.expose()), (id, secret));
        }
        Err(_) => assert!(!fits(id) || !fits(secret) || header.len() > 4096),
    }
}

/// A username stays the same when it is read again, from the store or from a correctly encoding client,
/// in any case of its ASCII letters, and is never taken for an id; a refused one has a fault that a slow
/// reader sees.
///
/// # Panics
/// If the property does not hold.
pub fn username(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(name) = ClientName::username(text) else {
        let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic()) && text.len() <= 200;
        return assert!(!is_plain || text.bytes().all(|byte| byte.is_ascii_digit()), "{text:?} is refused");
    };
    let shown = name.as_str();
    assert!(shown.len() <= ClientName::BYTES_MAX && !shown.chars().any(char::is_control), "{shown:?}");
    assert!(
        ClientName::username(shown) == Ok(name.clone()) && ClientName::stored(shown) == name,
        "{shown:?}"
    );
    assert!(folded(name.folded()) == name.folded(), "{shown:?} is folded once");
    for text in [shown.to_ascii_uppercase(), shown.to_ascii_lowercase(), name.folded().to_owned()] {
        if let Ok(other) = ClientName::username(&text) {
            assert_eq!(other.folded(), name.folded(), "{shown:?}");
        }
    }
    assert!(matches!(ClientRef::parse(shown), Ok(ClientRef::Name(named)) if named == name), "{shown:?}");
    let encoded: String = form_urlencoded::byte_serialize(shown.as_bytes()).collect();
    let header = format!("Basic {}", STANDARD.encode(format!("{encoded}:x")));
    let mut buffer = Vec::new();
    let (read, _) = basic(header.as_bytes(), &mut buffer).expect("the longest username fits");
    assert_eq!(read.expose(), shown);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_bytes_keep_the_properties(data in proptest::collection::vec(any::<u8>(), 0..64)) {
            super::form(&data);
            super::basic_header(&data);
            super::username(&data);
        }

        #[test]
        fn any_text_is_a_username_or_none(text in any::<String>()) {
            super::username(text.as_bytes());
        }

        #[test]
        fn texts_like_forms_keep_the_properties(data in "((scope|token|client_id|resource|x)=[a-z%+0-9]{0,6}(%[0-9a-f]{2})?&?){0,4}") {
            super::form(data.as_bytes());
        }
    }
}
