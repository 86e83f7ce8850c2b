use super::*;
use jeton_domain::scope::{ScopeSet, UnknownScopes};

fn parse(body: &[u8]) -> Result<Form<'_>, Denial> {
    Form::parse(body, Parameters::TOKEN_REQUEST)
}

fn check(body: &str, expected: Result<(Option<&str>, Option<&str>), Denial>) {
    let form = parse(body.as_bytes());
    let seen = form.as_ref().map_err(|denial| *denial).map(|form| {
        let text = |value: &Option<Value<'_>>| value.as_ref().map(|value| value.expose().to_owned());
        (text(&form.grant_type), text(&form.scope))
    });
    let expected = expected.map(|(grant, scope)| (grant.map(str::to_owned), scope.map(str::to_owned)));
    assert_eq!(seen, expected, "{body:?}");
}

#[test]
fn parameters_are_decoded_and_may_come_in_any_order() {
    check("grant_type=client_credentials&scope=a+b", Ok((Some("client_credentials"), Some("a b"))));
    check("scope=a%20b&grant_type=x", Ok((Some("x"), Some("a b"))));
    check("scope=a%2Bb", Ok((None, Some("a+b"))));
    check("scope=%c3%A9", Ok((None, Some("\u{e9}"))));
    check("sc%6Fpe=a", Ok((None, Some("a"))));
    check("scope=a=b", Ok((None, Some("a=b"))));
}

#[test]
fn a_parameter_without_a_value_is_absent() {
    for body in ["", "scope", "scope=", "&&", "&scope=&", "=", "=x"] {
        check(body, Ok((None, None)));
    }
}

#[test]
fn unknown_parameters_are_ignored_regardless_of_content_and_number() {
    for unknown in [
        "foo=1&foo=2",
        "foo=%zz",
        "foo=%",
        "foo=%ff%00",
        "%zz=1",
        "%=1",
        "%00=1",
        "%ff%fe",
        "scope%zz=b",
        "scope%00=b",
        "scope%=b",
        "%20scope=b",
        "+scope=b",
        "scope+=b",
        "Scope=b",
        "audience=a&audience=b",
        "a=b=c",
        "\0=\0",
    ] {
        check(&format!("{unknown}&scope=a"), Ok((None, Some("a"))));
        check(&format!("scope=a&{unknown}"), Ok((None, Some("a"))));
    }
    let bytes = [b"\xff=\xfe&scope=a".as_slice(), &b"&\xc3".repeat(1000)].concat();
    assert_eq!(parse(&bytes).unwrap().scope.unwrap().expose(), "a");
    check(&format!("{}scope=a", "x&".repeat(30_000)), Ok((None, Some("a"))));
    check(&format!("{}=1&scope=a", "n".repeat(60_000)), Ok((None, Some("a"))));
    check(&format!("{}=1&scope=a", "%6e".repeat(20_000)), Ok((None, Some("a"))));
}

#[test]
fn parameters_are_found_behind_and_between_short_ones() {
    for before in
        ["", "&", "&&&&&&", "a&", "a=b&", "a&&b&", "abcd&", "abcde&", "ab&cd&efghijklmn&", "x=1&&&&&y&"]
    {
        for after in ["", "&", "&a", "&abcd", "&&&&&&&", "&abcdefgh"] {
            check(&format!("{before}scope=a{after}"), Ok((None, Some("a"))));
            let both = format!("{before}grant_type=x&{before}scope=a{after}");
            check(&both, Ok((Some("x"), Some("a"))));
        }
    }
}

const OF_CLIENTS: [&str; 4] = ["client_id", "client_secret", "client_assertion", "client_assertion_type"];
const OF_TOKEN_REQUESTS: [&str; 3] = ["grant_type", "scope", "assertion"];
const ABOUT_TOKENS: [&str; 2] = ["token", "token_type_hint"];

/// Forms that are refused because of a parameter that the endpoint knows.
fn faults(name: &str) -> [(String, Denial); 5] {
    [
        (format!("{name}=a&{name}=a"), Denial::RepeatedParameter),
        (format!("{name}=&{name}=a"), Denial::RepeatedParameter),
        (format!("{name}&{name}"), Denial::RepeatedParameter),
        (format!("{name}=%zz"), Denial::MalformedForm),
        (format!("{name}=%00"), Denial::MalformedForm),
    ]
}

#[test]
fn a_known_parameter_twice_or_malformed_is_refused_also_without_a_value_or_in_disguise() {
    for (known, names) in [
        (Parameters::TOKEN_REQUEST, OF_CLIENTS.iter().chain(&OF_TOKEN_REQUESTS)),
        (Parameters::ABOUT_A_TOKEN, OF_CLIENTS.iter().chain(&ABOUT_TOKENS)),
    ] {
        for (form, denial) in names.flat_map(|name| faults(name)) {
            assert_eq!(Form::parse(form.as_bytes(), known).err(), Some(denial), "{form}");
        }
    }
    check("scope=a&sc%6fpe=b", Err(Denial::RepeatedParameter));
}

/// Regression: all endpoints had one list of known parameters, so a repeated `scope` failed an introspection.
#[test]
fn the_parameters_of_another_endpoint_are_ignored_with_any_content() {
    let about_a_token = |form: &str| {
        let form = format!("token=a&{form}&client_id=b");
        let form = Form::parse(form.as_bytes(), Parameters::ABOUT_A_TOKEN).unwrap();
        assert_eq!(form.token.as_ref().map(Value::expose), Some("a"));
        assert_eq!(form.client_id.as_ref().map(Value::expose), Some("b"));
        assert!(form.grant_type.is_none() && form.scope.is_none() && form.assertion.is_none());
        assert!(form.resources.is_empty());
    };
    for (form, _) in OF_TOKEN_REQUESTS.iter().flat_map(|name| faults(name)) {
        about_a_token(&form);
    }
    about_a_token(&["resource=urn:a"; RESOURCES_MAX + 1].join("&"));
    about_a_token("resource=%zz&%73cope=%zz");
    for (form, _) in ABOUT_TOKENS.iter().flat_map(|name| faults(name)) {
        check(&format!("scope=a&{form}"), Ok((None, Some("a"))));
        let read = parse(form.as_bytes()).unwrap();
        assert!(read.token.is_none() && read.token_type_hint.is_none(), "{form}");
    }
}

#[test]
fn nothing_is_repaired() {
    for value in ["%", "%4", "%zz", "%4z", "%z4", "%-1", "%+1", "a%", "%ff", "%c3", "%c3%28", "%ed%a0%80"] {
        check(&format!("scope={value}"), Err(Denial::MalformedForm));
    }
    assert_eq!(parse(b"scope=\xff").err(), Some(Denial::MalformedForm));
}

#[test]
fn control_characters_are_refused_however_they_are_written() {
    for value in ["\0", "%00", "%0a", "%0D", "\t", "%7f", "%c2%85"] {
        check(&format!("scope=a{value}"), Err(Denial::MalformedForm));
    }
}

#[test]
fn bounds_are_kept_just_inside_and_refused_just_outside() {
    check(&format!("x={}", "v".repeat(FORM_BYTES_MAX - 2)), Ok((None, None)));
    check(&format!("x={}", "v".repeat(FORM_BYTES_MAX - 1)), Err(Denial::FormTooLarge));
    let resources = |count: usize| vec!["resource=urn:a"; count].join("&");
    check(&resources(RESOURCES_MAX), Ok((None, None)));
    check(&resources(RESOURCES_MAX + 1), Err(Denial::TooManyResources));
    let omitted = format!("{}{}&resource", "resource=&".repeat(1000), resources(RESOURCES_MAX));
    check(&omitted, Ok((None, None)));
    assert_eq!(parse(omitted.as_bytes()).unwrap().resources.len(), RESOURCES_MAX);
    check(&format!("{omitted}=urn:a"), Err(Denial::TooManyResources));
}

#[test]
fn values_are_decoded_up_to_a_bound_and_beyond_it_refused_as_too_long() {
    let escaped = |bytes: usize| format!("{}a", "%61".repeat((bytes - 1) / 3));
    let scope = |form: &str| parse(form.as_bytes()).unwrap().scope.unwrap().expose().to_owned();
    let most = escaped(FORM_ENCODED_BYTES_MAX);
    assert_eq!(most.len(), FORM_ENCODED_BYTES_MAX);
    assert!(scope(&format!("scope={most}")).starts_with("aaa"));
    assert_eq!(scope(&format!("scope={most}a")), TOO_LONG);
    assert_eq!(scope(&format!("client_id=%61&scope={most}")), TOO_LONG, "the bound is for all of them");
    assert_eq!(scope(&format!("assertion={}&scope={most}", "a".repeat(40_000))).len(), most.len() / 3 + 1);
    assert!(ScopeSet::parse(TOO_LONG, UnknownScopes::Drop).is_err());
    assert!(jeton_domain::id::ClientName::username(TOO_LONG).is_err());
}

#[test]
fn a_value_does_not_print_itself() {
    let form = parse(b"client_secret=very%20secret").unwrap();
    let printed = format!("{form:?}");
    assert!(printed.contains("[redacted]") && !printed.contains("secret\""), "{printed}");
    assert!(!printed.contains("very"));
}

#[test]
fn a_value_that_needs_no_decoding_is_not_copied() {
    let form = parse(b"scope=openid").unwrap();
    assert!(matches!(form.scope.as_ref().unwrap().0, Cow::Borrowed(_)));
}

#[test]
fn the_content_type_is_matched_in_any_case_and_with_any_parameters() {
    for good in [
        "application/x-www-form-urlencoded",
        "Application/X-WWW-Form-URLencoded",
        " application/x-www-form-urlencoded ",
        "application/x-www-form-urlencoded;charset=UTF-8",
        "application/x-www-form-urlencoded ; charset=\"utf-8\"",
        "application/x-www-form-urlencoded;",
        "application/x-www-form-urlencoded; charset=ISO-8859-1",
        "application/x-www-form-urlencoded; charset=utf-16; charset=utf-8",
        "application/x-www-form-urlencoded; boundary=x; q=1;;=",
    ] {
        assert_eq!(check_content_type(Some(good.as_bytes())), Ok(()), "{good}");
    }
    for bad in [
        "",
        ";",
        "application/json",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencodedx",
        "x-www-form-urlencoded",
        "application/x-www-form-urlencoded, application/json",
        "text/plain; application/x-www-form-urlencoded",
    ] {
        assert_eq!(check_content_type(Some(bad.as_bytes())), Err(Denial::NotAForm), "{bad}");
    }
    assert_eq!(check_content_type(None), Err(Denial::NotAForm));
}
