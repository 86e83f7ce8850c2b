//! Properties that the fuzz targets check; each target is one call of a function here.

use crate::scope::{SCOPE_BYTES_MAX, SCOPE_TOKENS_MAX, ScopeError, ScopeSet, UnknownScopes};
use crate::token::Statement;

/// A scope is refused for its grammar exactly if a slow reader refuses it; a granted scope is granted
/// again when requested.
///
/// # Panics
/// If the property does not hold.
pub fn scope(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let tokens: Vec<&str> = text.split(' ').collect();
    let allowed = |c: char| c.is_ascii_graphic() && c != '"' && c != '\\';
    let well_formed = tokens.iter().all(|token| !token.is_empty() && token.chars().all(allowed));
    match ScopeSet::parse(text, UnknownScopes::Drop) {
        Ok(set) => {
            assert!(well_formed);
            let granted = set.to_string();
            let again = ScopeSet::parse(&granted, UnknownScopes::Refuse);
            assert!(granted.is_empty() || again == Ok(set), "{granted:?}");
        }
        Err(ScopeError::Grammar) => assert!(!well_formed),
        Err(ScopeError::TooMany) => assert!(tokens.len() > SCOPE_TOKENS_MAX),
        Err(ScopeError::TooLong) => assert!(text.len() > SCOPE_BYTES_MAX),
        Err(ScopeError::Unknown) => unreachable!("unknown scopes are dropped"),
    }
}

/// A statement that is read is written again byte for byte, so there is one way to write each.
///
/// # Panics
/// If a statement is written differently from how it was read.
pub fn statement(data: &[u8]) {
    if let Some(statement) = Statement::read(data) {
        assert_eq!(statement.write(), data);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_bytes_keep_the_properties(data in proptest::collection::vec(any::<u8>(), 0..64)) {
            super::scope(&data);
            super::statement(&data);
        }

        #[test]
        fn what_looks_like_a_scope_keeps_them(data in "(openid|profile|a\"|urn:zitadel:iam:org:project:id:[0-9]{1,2}:aud)( {1,2}[!-~]{1,5}){0,3}") {
            super::scope(data.as_bytes());
        }
    }
}
