use super::*;

fn encode(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(text)
}

fn token(header: &str, payload: &str) -> String {
    format!("{}.{}.{}", encode(header), encode(payload), encode("signature"))
}

const HEADER: &str = r#"{"alg":"ES256","kid":"7","typ":"JWT"}"#;

fn refused(text: &str) -> Malformed {
    Unverified::parse(text).and_then(|token| token.payload()).expect_err(text)
}

#[test]
fn a_compact_token_is_taken_apart() {
    let text = token(HEADER, r#"{"sub":"1"}"#);
    let parsed = Unverified::parse(&text).unwrap();
    assert_eq!(parsed.header.algorithm, Algorithm::Es256);
    assert_eq!(parsed.header.key_id.as_deref(), Some("7"));
    assert!(parsed.header.is("JWT") && parsed.header.is("jwt") && !parsed.header.is("at+jwt"));
    assert_eq!(parsed.payload().unwrap().len(), 1);
    assert_eq!(parsed.signature, b"signature");
    assert_eq!(parsed.signing_input, text.rsplit_once('.').unwrap().0.as_bytes());
}

#[test]
fn the_signed_example_of_rfc_7515_appendix_a_3_is_taken_apart() {
    let text = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNv\
                bS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqP\
                P3-Kg6NU1Q";
    let parsed = Unverified::parse(text).unwrap();
    assert_eq!(parsed.payload().unwrap().get("iss").and_then(|v| v.as_str()), Some("joe"));
    assert_eq!(parsed.signature.len(), 64);
}

/// Conformance 77: RFC 9068 §4
#[test]
fn a_media_type_counts_with_and_without_application() {
    for (kind, is) in [
        ("at+jwt", true),
        ("application/at+jwt", true),
        ("AT+JWT", true),
        ("application/", false),
        ("a", false),
    ] {
        let text = token(&format!(r#"{{"alg":"ES256","typ":"{kind}"}}"#), "{}");
        assert_eq!(Unverified::parse(&text).unwrap().header.is("at+jwt"), is, "{kind}");
    }
}

#[test]
fn anything_but_three_parts_is_refused() {
    let good = token(HEADER, "{}");
    for bad in ["", ".", "..", "a.b", &format!("{good}."), &format!(".{good}"), &format!("{good}.{good}")] {
        assert!(matches!(refused(bad), Malformed::Parts | Malformed::Encoding), "{bad}");
    }
    let (signed, _) = good.rsplit_once('.').unwrap();
    assert_eq!(refused(&format!("{signed}.")), Malformed::Encoding, "an empty signature");
    // An encrypted token has five parts.
    assert_eq!(refused(&format!("{good}.a.b")), Malformed::Parts);
}

#[test]
fn base64url_must_be_canonical() {
    let good = token(HEADER, "{}");
    for bad in [
        format!("{good}="),
        format!("{good} "),
        format!("\n{good}"),
        good.replacen('.', "=.", 1),
        format!("{}+/", good.trim_end_matches(char::is_alphanumeric)),
        // "signature" is twelve characters without spare bits; a thirteenth has some.
        format!("{good}B"),
        // "{}" ends with two spare bits that must be zero.
        good.replacen(".e30.", ".e31.", 1),
    ] {
        assert_eq!(refused(&bad), Malformed::Encoding, "{bad}");
    }
}

#[test]
fn members_must_be_unique_and_of_their_type() {
    for header in [
        r#"{"alg":"ES256","alg":"none"}"#,
        r#"{"alg":"ES256","kid":"1","kid":"2"}"#,
        r#"{"alg":["ES256"]}"#,
        r#"{"alg":"ES256","kid":7}"#,
        r#"{"alg":"ES256","typ":null}"#,
        r#"{"alg":"ES256"}x"#,
        "[]",
        "null",
        "",
    ] {
        let text = format!("{}.{}.{}", encode(header), encode("{}"), encode("s"));
        assert!(matches!(refused(&text), Malformed::Json | Malformed::Encoding), "{header}");
    }
    for payload in [r#"{"sub":"1","sub":"2"}"#, "[]", "1", "\"{}\"", r#"{"a":{"b":1,"b":2}}"#] {
        assert_eq!(refused(&token(HEADER, payload)), Malformed::Json, "{payload}");
    }
}

#[test]
fn a_key_id_that_is_null_or_empty_counts_as_absent() {
    for header in [r#"{"alg":"ES256"}"#, r#"{"alg":"ES256","kid":null}"#, r#"{"alg":"ES256","kid":""}"#] {
        assert_eq!(Unverified::parse(&token(header, "{}")).unwrap().header.key_id, None, "{header}");
    }
    for header in [r#"{"alg":"ES256","kid":false}"#, r#"{"alg":"ES256","kid":{}}"#] {
        assert_eq!(refused(&token(header, "{}")), Malformed::Json, "{header}");
    }
}

#[test]
fn no_algorithm_none_and_shared_secrets_are_refused() {
    for alg in ["none", "None", "NONE", "", "HS256", "HS512", "RS1", "ES256K", "dir", "RSA1_5"] {
        assert_eq!(refused(&token(&format!(r#"{{"alg":"{alg}"}}"#), "{}")), Malformed::Algorithm, "{alg}");
    }
    assert_eq!(refused(&token(r#"{"typ":"JWT"}"#, "{}")), Malformed::Algorithm);
}

#[test]
fn headers_that_bring_keys_or_change_the_meaning_are_refused() {
    for member in [
        r#""crit":["exp"],"exp":1"#,
        r#""crit":[]"#,
        r#""b64":false"#,
        r#""b64":true"#,
        r#""jwk":{"kty":"EC"}"#,
        r#""jku":"https://attacker.example.com/keys""#,
        r#""x5u":"https://attacker.example.com/cert""#,
        r#""x5c":["MII"]"#,
        r#""zip":"DEF""#,
        r#""enc":"A256GCM""#,
        r#""cty":"JWT""#,
        r#""cty":"application/jwt""#,
    ] {
        let text = token(&format!(r#"{{"alg":"ES256",{member}}}"#), "{}");
        assert_eq!(refused(&text), Malformed::Header, "{member}");
    }
    let text = token(r#"{"alg":"ES256","x5t":"abc","cty":"json","unknown":1}"#, "{}");
    assert!(Unverified::parse(&text).is_ok(), "a thumbprint and unknown members change nothing");
}

#[test]
fn sizes_are_bounded() {
    let kid = |len: usize| token(&format!(r#"{{"alg":"ES256","kid":"{}"}}"#, "k".repeat(len)), "{}");
    assert!(Unverified::parse(&kid(KEY_ID_BYTES_MAX)).is_ok());
    assert_eq!(refused(&kid(KEY_ID_BYTES_MAX + 1)), Malformed::Header);
    let padded = |len: usize| token(HEADER, &format!(r#"{{"a":"{}"}}"#, "x".repeat(len)));
    assert!(Unverified::parse(&padded(12_000)).is_ok());
    assert_eq!(refused(&padded(12_300)), Malformed::TooLong);
    let header = |len: usize| {
        token(
            &format!(r#"{{"alg":"ES256","x":"{}"}}"#, "x".repeat(JWS_HEADER_BYTES_MAX / 4 * 3 - 22 + len)),
            "{}",
        )
    };
    assert!(Unverified::parse(&header(0)).is_ok());
    assert_eq!(refused(&header(1)), Malformed::TooLong);
    let signed = |len: usize| format!("{}.{}.{}", encode(HEADER), encode("{}"), "A".repeat(len));
    assert!(Unverified::parse(&signed(JWS_SIGNATURE_BYTES_MAX)).is_ok());
    assert_eq!(refused(&signed(JWS_SIGNATURE_BYTES_MAX + 1)), Malformed::TooLong);
}

#[test]
fn values_are_bounded_until_the_signature_was_verified() {
    let list = |len: usize| format!(r#"{{"aud":[{}0]}}"#, "0,".repeat(len - 1));
    let claimed = |payload: &str| Unverified::parse(&token(HEADER, payload)).unwrap().claimed();
    // The object and the list are values too.
    assert!(claimed(&list(JWS_VALUES_MAX - 2)).is_ok());
    assert_eq!(claimed(&list(JWS_VALUES_MAX - 1)), Err(Malformed::Json));
    assert!(Unverified::parse(&token(HEADER, &list(JWS_VALUES_MAX))).unwrap().payload().is_ok());
    let many = format!(r#"{{"alg":"ES256","x":{}}}"#, list(JWS_VALUES_MAX));
    assert_eq!(refused(&token(&many, "{}")), Malformed::Json);
}
