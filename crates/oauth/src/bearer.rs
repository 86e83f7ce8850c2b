//! `Authorization: Bearer` (RFC 6750 §2.1).

use crate::denial::Denial;

/// The token in an `Authorization` header.
///
/// ```text
/// credentials = "Bearer" 1*SP b64token
/// b64token    = 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="
/// ```
///
/// # Errors
/// [`Denial::NoBearer`] without a header, [`Denial::MalformedBearer`] for another scheme or grammar.
pub fn token(authorization: Option<&[u8]>) -> Result<&str, Denial> {
    let header = authorization.ok_or(Denial::NoBearer)?;
    let (scheme, rest) = header.split_at_checked(7).ok_or(Denial::MalformedBearer)?;
    if !scheme.eq_ignore_ascii_case(b"bearer ") {
        return Err(Denial::MalformedBearer);
    }
    let spaces = rest.iter().take_while(|byte| **byte == b' ').count();
    let token = rest.get(spaces..).unwrap_or_default();
    let body = token.iter().rposition(|byte| *byte != b'=').map_or(0, |last| last + 1);
    let is_b64 = |b: &u8| b.is_ascii_alphanumeric() || b"-._~+/".contains(b);
    if body == 0 || !token.get(..body).is_some_and(|body| body.iter().all(is_b64)) {
        return Err(Denial::MalformedBearer);
    }
    std::str::from_utf8(token).map_err(|_| Denial::MalformedBearer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bearer_token_is_read_with_the_scheme_in_any_case() {
        for good in ["Bearer abc", "bearer abc", "BEARER   abc"] {
            assert_eq!(token(Some(good.as_bytes())), Ok("abc"), "{good:?}");
        }
        assert_eq!(token(Some(b"Bearer a-._~+/Z9==")), Ok("a-._~+/Z9=="));
    }

    #[test]
    fn no_header_is_not_an_error_but_a_malformed_one_is() {
        assert_eq!(token(None), Err(Denial::NoBearer));
        for bad in [
            "",
            "Bearer",
            "Bearer ",
            "Bearer  ",
            "Bearer a b",
            "Bearer =",
            "Bearer a=b",
            "Bearer \u{e9}",
            "Basic abc",
            "Bearerabc",
            "Bearer\tabc",
        ] {
            assert_eq!(token(Some(bad.as_bytes())), Err(Denial::MalformedBearer), "{bad:?}");
        }
    }
}
