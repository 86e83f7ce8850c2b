use super::*;
use crate::fixtures::client_secret;
use crate::form::Parameters;

fn encode(text: &str) -> String {
    format!("Basic {}", STANDARD.encode(text))
}

fn read(authorization: Option<&str>, body: &str) -> Result<ClientRef, Denial> {
    let form = Form::parse(body.as_bytes(), Parameters::TOKEN_REQUEST)?;
    match Presented::read(authorization.map(str::as_bytes), &form)? {
        Presented::Secret { client, .. } => Ok(client),
        Presented::Assertion { .. } => panic!("no assertion was sent"),
    }
}

fn billing() -> Result<ClientRef, Denial> {
    ClientRef::parse("billing")
}

#[test]
fn basic_and_body_are_two_ways_of_the_same() {
    let secret = client_secret();
    let secret = secret.expose();
    assert_eq!(read(Some(&encode(&format!("billing:{secret}"))), ""), billing());
    assert_eq!(read(None, &format!("client_id=billing&client_secret={secret}")), billing());
}

#[test]
fn the_scheme_may_be_in_any_case_with_more_than_one_space() {
    let encoded = STANDARD.encode(format!("billing:{}", client_secret().expose()));
    for scheme in ["basic ", "BASIC ", "bAsIc  ", "Basic    "] {
        assert_eq!(read(Some(&format!("{scheme}{encoded}")), ""), billing(), "{scheme:?}");
    }
    for scheme in ["Basic\t", "Basic \t", "Basic", "Basi c ", "Bearer ", "Digest ", " Basic "] {
        assert_eq!(read(Some(&format!("{scheme}{encoded}")), ""), Err(Denial::InvalidClient), "{scheme:?}");
    }
}

#[test]
fn id_and_secret_are_form_urlencoded_inside_basic() {
    let secret = client_secret();
    let encoded = secret.expose().replace('_', "%5F").replace('-', "%2d");
    assert_eq!(read(Some(&encode(&format!("bil%6Cing:{encoded}"))), ""), billing());
    let mut buffer = Vec::new();
    let header = encode("a%3Ab+c:d:e%2F%25");
    let (id, rest) = basic(header.as_bytes(), &mut buffer).unwrap();
    assert_eq!((id.expose(), rest.expose()), ("a:b c", "d:e/%"));
}

#[test]
fn malformed_basic_is_a_failed_authentication() {
    let secret = client_secret();
    let secret = secret.expose();
    for bad in [
        String::new(),
        "Basic".into(),
        "Basic ".into(),
        "Basic !!!!".into(),
        encode("billing"),
        encode(""),
        encode(":"),
        encode(&format!(":{secret}")),
        encode("billing:"),
        encode("billing:wrong"),
        encode(&format!("billing:{secret}x")),
        STANDARD.encode(b"bill\xe9:x"),
        encode(&format!("bill%E9:{secret}")),
        encode(&format!("bill%E2%80%AEing:{secret}")),
        encode(&format!("billing%zz:{secret}")),
        encode(&format!("billing%0a:{secret}")),
        encode(&format!("billing:{secret}")).trim_end_matches('=').to_owned() + "====",
        format!("{} x", encode(&format!("billing:{secret}"))),
    ] {
        assert_eq!(read(Some(&bad), ""), Err(Denial::InvalidClient), "{bad:?}");
    }
}

#[test]
fn base64_is_the_standard_alphabet_with_its_padding() {
    // The bytes >>> and ??? encode to the two characters in which the alphabets differ.
    for (standard, url_safe) in [("Pj4+Og==", "Pj4-Og=="), ("Pz8/Og==", "Pz8_Og==")] {
        let mut buffer = Vec::new();
        let refused = basic(format!("Basic {url_safe}").as_bytes(), &mut buffer);
        assert_eq!(refused.err(), Some(Denial::InvalidClient), "{url_safe}");
        assert!(STANDARD.decode(standard).is_ok());
    }
    let unpadded = STANDARD.encode("ab:c").trim_end_matches('=').to_owned();
    let mut buffer = Vec::new();
    assert!(basic(format!("Basic {unpadded}").as_bytes(), &mut buffer).is_err());
}

#[test]
fn an_authorization_header_has_a_maximal_length() {
    let secret = "s".repeat(AUTHORIZATION_BYTES_MAX / 4 * 3 - 16);
    let mut buffer = Vec::new();
    let inside = encode(&format!("a:{secret}"));
    assert!(inside.len() <= AUTHORIZATION_BYTES_MAX && basic(inside.as_bytes(), &mut buffer).is_ok());
    let outside = encode(&format!("a:{}", "s".repeat(AUTHORIZATION_BYTES_MAX / 4 * 3)));
    let mut buffer = Vec::new();
    assert!(outside.len() > AUTHORIZATION_BYTES_MAX && basic(outside.as_bytes(), &mut buffer).is_err());
}

#[test]
fn more_than_one_method_is_refused() {
    let secret = client_secret();
    let secret = secret.expose();
    let header = encode(&format!("billing:{secret}"));
    let many = Err(Denial::ManyAuthenticationMethods);
    assert_eq!(read(Some(&header), &format!("client_secret={secret}")), many);
    assert_eq!(read(Some(&header), "client_assertion=a"), many);
    assert_eq!(read(Some(&header), "client_assertion_type=a"), many);
    assert_eq!(read(None, &format!("client_id=billing&client_secret={secret}&client_assertion=a")), many);
    assert_eq!(read(Some(&header), "client_id=shipping"), many);
    assert_eq!(read(Some(&header), "client_id=billing"), billing());
}

#[test]
fn an_id_or_a_secret_alone_does_not_authenticate() {
    assert_eq!(read(None, ""), Err(Denial::NoAuthentication));
    assert_eq!(read(None, "client_id="), Err(Denial::NoAuthentication));
    assert_eq!(read(None, "client_id=billing"), Err(Denial::NoAuthentication));
    assert_eq!(read(None, "client_id=billing&client_secret="), Err(Denial::NoAuthentication));
    assert_eq!(read(None, "client_secret=x"), Err(Denial::InvalidClient));
    assert_eq!(read(None, "client_id=billing&client_assertion=a"), Err(Denial::InvalidClient));
}

#[test]
fn a_client_id_is_an_id_or_a_username() {
    assert_eq!(ClientRef::parse("17"), Ok(ClientRef::Id(ClientId(17))));
    assert!(matches!(ClientRef::parse("svc-17"), Ok(ClientRef::Name(_))));
    for bad in ["", "0", "017", " a", "a\u{202e}", "99999999999999999999999", &"x".repeat(201)] {
        assert_eq!(ClientRef::parse(bad), Err(Denial::InvalidClient), "{bad:?}");
    }
}

#[test]
fn a_username_in_any_case_and_composition_is_the_same_client() {
    let named = |text| ClientRef::parse(text).unwrap();
    let secret = client_secret();
    let header = encode(&format!("billing:{}", secret.expose()));
    assert_eq!(read(Some(&header), "client_id=BILLING"), billing());
    let mut client = crate::fixtures::service_user();
    client.name = ClientName::username("Müller").unwrap();
    let id = client.id.to_string();
    for own in ["Mu\u{308}ller", "MÜLLER", &id] {
        assert!(named(own).names(&client), "{own}");
    }
    for other in ["Muller", "1", "user-301"] {
        assert!(!named(other).names(&client), "{other}");
    }
}

/// Either both name one client or not: that is known after authentication.
#[test]
fn another_kind_of_name_beside_basic_or_an_assertion_is_kept_for_later() {
    let secret = client_secret();
    let beside = |id: &str, body: &str| {
        let header = encode(&format!("{id}:{}", secret.expose()));
        let form = Form::parse(body.as_bytes(), Parameters::TOKEN_REQUEST).unwrap();
        match Presented::read(Some(header.as_bytes()), &form) {
            Ok(Presented::Secret { beside, .. }) => Ok(beside),
            Ok(Presented::Assertion { .. }) => panic!("no assertion was sent"),
            Err(denial) => Err(denial),
        }
    };
    assert_eq!(beside("billing", ""), Ok(None));
    assert_eq!(beside("billing", "client_id=301"), Ok(Some(ClientRef::Id(ClientId(301)))));
    assert_eq!(beside("301", "client_id=billing"), Ok(billing().ok()));
    for (id, body) in
        [("301", "client_id=302"), ("billing", "client_id=shipping"), ("billing", "client_id=%20")]
    {
        assert_eq!(beside(id, body), Err(Denial::ManyAuthenticationMethods), "{id} {body}");
    }
}

#[test]
fn a_username_is_form_urlencoded_inside_basic_or_raw_where_that_means_the_same() {
    let secret = client_secret();
    let secret = secret.expose();
    for name in ["CI Pipeline", "build+deploy", "urn:service:billing", "50%", "a/b", "Müller", "👩‍💻", "-x"]
    {
        let encoded: String = form_urlencoded::byte_serialize(name.as_bytes()).collect();
        let client = ClientRef::parse(name);
        assert_eq!(read(Some(&encode(&format!("{encoded}:{secret}"))), ""), client, "{name}");
        assert_eq!(read(None, &format!("client_id={encoded}&client_secret={secret}")), client, "{name}");
        let raw = read(Some(&encode(&format!("{name}:{secret}"))), "");
        let is_same = !name.contains(['%', '+', ':']);
        assert_eq!(raw == client, is_same, "{name}");
    }
}

#[test]
fn the_longest_username_fits_into_basic() {
    let secret = client_secret();
    let name = "👩".repeat(ClientName::CHARACTERS_MAX);
    let encoded: String = form_urlencoded::byte_serialize(name.as_bytes()).collect();
    let header = encode(&format!("{encoded}:{}", secret.expose()));
    assert_eq!(read(Some(&header), ""), ClientRef::parse(&name));
    assert!(header.len() <= AUTHORIZATION_BYTES_MAX);
}

#[test]
fn presented_credentials_do_not_print_the_secret() {
    let secret = client_secret();
    let form = format!("client_id=billing&client_secret={}", secret.expose());
    let form = Form::parse(form.as_bytes(), Parameters::TOKEN_REQUEST).unwrap();
    let printed = format!("{:?}", Presented::read(None, &form).unwrap());
    assert!(printed.contains("[redacted]") && !printed.contains("jeton_cs_"), "{printed}");
}

#[test]
fn an_assertion_needs_its_exact_type_and_stands_alone() {
    let jwt_bearer = "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
    let read = |body: &str| {
        let form = Form::parse(body.as_bytes(), Parameters::TOKEN_REQUEST).unwrap();
        Presented::read(None, &form).map(|presented| matches!(presented, Presented::Assertion { .. }))
    };
    assert_eq!(read(&format!("client_assertion=a.b.c&client_assertion_type={jwt_bearer}")), Ok(true));
    for body in [
        "client_assertion=a.b.c",
        "client_assertion=a.b.c&client_assertion_type=jwt-bearer",
        "client_assertion=a.b.c&client_assertion_type=urn:ietf:params:oauth:client-assertion-type:saml2-bearer",
        &format!("client_assertion_type={jwt_bearer}"),
        &format!("client_assertion=&client_assertion_type={jwt_bearer}"),
    ] {
        assert_eq!(read(body), Err(Denial::InvalidClient), "{body}");
    }
    let both =
        format!("client_assertion=a.b.c&client_assertion_type={jwt_bearer}&client_id=x&client_secret=y");
    assert_eq!(read(&both), Err(Denial::ManyAuthenticationMethods));
}
