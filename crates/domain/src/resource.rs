//! Resource indicators (RFC 8707 §2): the URIs that name APIs in token requests.

use std::fmt;

/// An absolute URI without a fragment, compared byte for byte (RFC 3986 §6.2.1).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Resource(Box<str>);

/// The text is not a resource indicator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a resource is an absolute URI such as https://api.example.com/, at most 255 characters, without a fragment"
)]
pub struct ResourceError;

impl Resource {
    /// The maximal length in characters.
    pub const BYTES_MAX: usize = 255;

    /// Reads a resource indicator.
    ///
    /// ```text
    /// absolute-URI = scheme ":" 1*( unreserved / reserved / pct-encoded )      without "#"
    /// scheme       = ALPHA *( ALPHA / DIGIT / "+" / "-" / "." )
    /// ```
    ///
    /// # Errors
    /// [`ResourceError`] for every other text.
    pub fn parse(text: &str) -> Result<Self, ResourceError> {
        let (scheme, rest) = text.split_once(':').ok_or(ResourceError)?;
        let is_scheme = |b: u8| b.is_ascii_alphanumeric() || b"+-.".contains(&b);
        let is_uri = |b: u8| b.is_ascii_alphanumeric() || b"-._~:/?[]@!$&'()*+,;=%".contains(&b);
        // Digits alone name projects in audiences; a scheme begins with a letter, so no text is both.
        let good = text.len() <= Self::BYTES_MAX
            && scheme.bytes().next().is_some_and(|b| b.is_ascii_alphabetic())
            && scheme.bytes().all(is_scheme)
            && !rest.is_empty()
            && rest.bytes().all(is_uri)
            && has_sound_escapes(rest);
        if good { Ok(Self(text.into())) } else { Err(ResourceError) }
    }

    /// The URI as it was registered.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// True if every `%` is followed by two hexadecimal digits.
fn has_sound_escapes(text: &str) -> bool {
    text.split('%')
        .skip(1)
        .all(|after| after.as_bytes().get(..2).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)))
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_is_an_absolute_uri_without_a_fragment() {
        for good in [
            "https://api.example.com",
            "https://api.example.com/orders?tenant=1",
            "urn:example:orders",
            "https://[::1]:8443/a%20b",
        ] {
            assert_eq!(Resource::parse(good).map(|resource| resource.to_string()), Ok(good.to_owned()));
        }
        for bad in [
            "",
            "api.example.com",
            "/orders",
            "//api.example.com",
            "https:",
            "https://api.example.com/#part",
            "https://api.example.com/a b",
            "https://api.example.com/\"",
            "https://api.example.com/é",
            "https://api.example.com/%zz",
            "https://api.example.com/%4",
            "1https://api.example.com",
            "123",
            &format!("https://{}", "a".repeat(248)),
        ] {
            assert_eq!(Resource::parse(bad), Err(ResourceError), "{bad:?}");
        }
    }
}
