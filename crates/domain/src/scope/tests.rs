use super::*;
use proptest::prelude::*;

fn check(text: &str, expected: Result<&str, ScopeError>) {
    let seen = ScopeSet::parse(text, UnknownScopes::Drop).map(|set| set.to_string());
    assert_eq!(seen, expected.map(str::to_owned), "{text:?}");
}

#[test]
fn order_and_duplicates_do_not_matter() {
    check("openid profile", Ok("openid profile"));
    check("profile openid profile", Ok("openid profile"));
    check(
        "urn:zitadel:iam:org:project:id:9:aud openid urn:zitadel:iam:org:project:id:7:aud",
        Ok("openid urn:zitadel:iam:org:project:id:7:aud urn:zitadel:iam:org:project:id:9:aud"),
    );
}

#[test]
fn scopes_are_case_sensitive_and_unknown_ones_are_dropped() {
    check("OpenID", Ok(""));
    check("openid made-up", Ok("openid"));
    for unknown in [
        "urn:zitadel:iam:org:project:id:Zitadel:aud",
        "urn:zitadel:iam:org:project:role:",
        "urn:zitadel:iam:org:id:x",
        "urn:zitadel:iam:org:domain:primary:a/b",
        "urn:zitadel:iam:org:roles:id:0",
        "urn:zitadel:iam:org:projects:roles:x",
        "urn:zitadel:iam:org:project:id:07:aud",
        "urn:zitadel:iam:org:project:id::aud",
        "urn:zitadel:iam:org:project:id:7:audx",
        "urn:zitadel:iam:org:project:id:7",
    ] {
        check(unknown, Ok(""));
    }
}

#[test]
fn in_strict_mode_an_unknown_scope_is_refused() {
    for text in ["made-up", "openid made-up", "OPENID"] {
        assert_eq!(ScopeSet::parse(text, UnknownScopes::Refuse), Err(ScopeError::Unknown), "{text}");
    }
    assert!(ScopeSet::parse("openid email phone address offline_access", UnknownScopes::Refuse).is_ok());
}

#[test]
fn the_grammar_has_single_spaces_and_printable_characters() {
    for bad in [
        "",
        " ",
        " openid",
        "openid ",
        "openid  profile",
        "openid\tprofile",
        "a\"b",
        "a\\b",
        "a\0",
        "\u{e9}",
        "a\u{7f}",
    ] {
        check(bad, Err(ScopeError::Grammar));
    }
    check("! #[]~", Ok(""));
}

#[test]
fn bounds_are_kept_just_inside_and_refused_just_outside() {
    let tokens = |count: usize| vec!["x"; count].join(" ");
    check(&tokens(SCOPE_TOKENS_MAX), Ok(""));
    check(&tokens(SCOPE_TOKENS_MAX + 1), Err(ScopeError::TooMany));
    check(&"x".repeat(SCOPE_BYTES_MAX), Ok(""));
    check(&"x".repeat(SCOPE_BYTES_MAX + 1), Err(ScopeError::TooLong));
}

#[test]
fn unknown_bits_are_no_scope_set() {
    assert!(ScopeSet::from_parts(0b11_1111_1111, vec![], []).is_some());
    assert_eq!(ScopeSet::from_parts(0b100_0000_0000, vec![], []), None);
    assert_eq!(ScopeSet::from_parts(1, vec![], ["openid"]), None, "not one with a parameter");
    let unsorted = ScopeSet::from_parts(1, vec![ProjectId(9), ProjectId(7), ProjectId(9)], []).unwrap();
    assert_eq!(unsorted.project_audiences(), [ProjectId(7), ProjectId(9)]);
}

#[test]
fn scopes_with_parameters_are_kept_in_one_order() {
    check(
        "urn:zitadel:iam:org:roles:id:4 urn:zitadel:iam:org:domain:primary:example.com \
         urn:zitadel:iam:org:id:4 urn:zitadel:iam:org:project:role:b urn:zitadel:iam:org:project:role:a \
         urn:zitadel:iam:org:project:role:a urn:zitadel:iam:org:project:id:7:aud urn:zitadel:iam:user:metadata \
         urn:zitadel:iam:org:project:id:zitadel:aud openid",
        Ok("openid urn:zitadel:iam:org:project:id:zitadel:aud urn:zitadel:iam:user:metadata \
            urn:zitadel:iam:org:project:id:7:aud urn:zitadel:iam:org:project:role:a \
            urn:zitadel:iam:org:project:role:b urn:zitadel:iam:org:id:4 \
            urn:zitadel:iam:org:domain:primary:example.com urn:zitadel:iam:org:roles:id:4"),
    );
}

#[test]
fn a_set_is_cut_to_what_is_allowed() {
    let set = |text: &str| ScopeSet::parse(text, UnknownScopes::Refuse).unwrap();
    let asked = set("openid profile urn:zitadel:iam:org:project:id:7:aud urn:zitadel:iam:org:project:role:a");
    let allowed = set("openid email urn:zitadel:iam:org:project:id:8:aud urn:zitadel:iam:org:project:role:a");
    let expected = set("openid urn:zitadel:iam:org:project:role:a");
    assert_eq!(asked.intersection(&allowed), expected);
    assert!(expected.asks_for_roles() && !expected.names_an_audience() && !expected.asks_for_organization());
}

proptest! {
    #[test]
    fn a_granted_scope_is_granted_again(text in "(openid|profile|email|x|urn:zitadel:iam:org:project:id:[1-9]:aud)( (openid|phone|y|urn:zitadel:iam:org:project:role:[a-c]|urn:zitadel:iam:org:id:[1-3]|urn:zitadel:iam:user:metadata|urn:zitadel:iam:org:project:id:[0-9]{1,3}:aud)){0,6}") {
        let once = ScopeSet::parse(&text, UnknownScopes::Drop).unwrap();
        prop_assume!(!once.is_empty());
        prop_assert_eq!(ScopeSet::parse(&once.to_string(), UnknownScopes::Refuse), Ok(once));
    }
}
