use super::*;

const ALL: [Denial; 32] = [
    Denial::NotAForm,
    Denial::Compressed,
    Denial::MalformedForm,
    Denial::FormTooLarge,
    Denial::BodyTooSlow,
    Denial::RepeatedParameter,
    Denial::ManyAuthenticationMethods,
    Denial::NoAuthentication,
    Denial::AssertionMissing,
    Denial::InvalidGrant,
    Denial::InvalidTarget,
    Denial::TooManyResources,
    Denial::NoAudience,
    Denial::JwtTooLarge,
    Denial::OpaqueTokenTooLarge,
    Denial::GrantTypeMissing,
    Denial::UnsupportedGrantType,
    Denial::UnauthorizedClient,
    Denial::ScopeMissing,
    Denial::InvalidScope,
    Denial::TokenMissing,
    Denial::InvalidClient,
    Denial::TooManyFailures { retry_after_seconds: 7 },
    Denial::NoSignIn,
    Denial::NoBearer,
    Denial::MalformedBearer,
    Denial::InvalidBearer,
    Denial::InsufficientScope,
    Denial::InsufficientAudience,
    Denial::InsufficientPermission,
    Denial::Overloaded,
    Denial::Unavailable,
];

/// Conformance 27: RFC 6749 §5.2
#[test]
fn codes_and_descriptions_stay_within_the_characters_of_the_rfc() {
    for denial in ALL {
        let Appearance { error, description, .. } = denial.appearance();
        let allowed = |b: u8| matches!(b, 0x20..=0x21 | 0x23..=0x5B | 0x5D..=0x7E);
        assert!(description.bytes().all(allowed), "{denial:?}");
        assert!(error.unwrap_or_default().bytes().all(allowed), "{denial:?}");
        assert_eq!(error.is_none(), denial == Denial::NoBearer, "{denial:?}");
    }
}

/// Conformance 26: RFC 6749 §5.2
#[test]
fn codes_are_those_of_the_rfcs_or_of_the_documented_loans() {
    const CODES: [&str; 12] = [
        "invalid_request",
        "invalid_client",
        "invalid_grant",
        "unauthorized_client",
        "unsupported_grant_type",
        "invalid_scope",
        "invalid_target",
        "unsupported_response_type",
        "invalid_token",
        "insufficient_scope",
        "slow_down",
        "temporarily_unavailable",
    ];
    for denial in ALL {
        let code = denial.appearance().error;
        assert!(code.is_none_or(|code| CODES.contains(&code)), "{denial:?}");
    }
}

#[test]
fn a_challenge_comes_with_401_and_with_bearer_errors() {
    for denial in ALL {
        let Appearance { status, challenge, .. } = denial.appearance();
        let is_bearer = challenge.is_some_and(|challenge| challenge.starts_with("Bearer"));
        assert_eq!(challenge.is_some(), status == 401 || is_bearer, "{denial:?}");
        if let Some(challenge) = challenge {
            // No attribute twice, and every value quoted (RFC 6750 §3).
            assert!(challenge.matches("error=").count() <= 1, "{denial:?}");
            assert_eq!(challenge.matches('=').count() * 2, challenge.matches('"').count(), "{denial:?}");
        }
    }
}

#[test]
fn temporary_denials_have_a_retry_after() {
    for denial in ALL {
        let status = denial.appearance().status;
        assert_eq!(denial.retry_after_seconds().is_some(), [429, 503].contains(&status), "{denial:?}");
    }
    assert_eq!(ALL.map(Denial::retry_after_seconds).into_iter().flatten().max(), Some(7));
}

#[test]
fn no_two_denials_look_the_same() {
    for (index, denial) in ALL.iter().enumerate() {
        for other in ALL.iter().skip(index + 1) {
            assert_ne!(denial.appearance(), other.appearance(), "{denial:?} {other:?}");
        }
    }
}
