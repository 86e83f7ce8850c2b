use super::*;
use serde_json::{Value, json};

fn check(text: &str, expected: Result<&str, IssuerError>) {
    let seen = Issuer::parse(text);
    assert_eq!(seen.as_ref().map(Issuer::path).map_err(|error| *error), expected, "{text:?}");
}

#[test]
fn an_issuer_is_kept_byte_for_byte() {
    for text in ["https://id.example.com", "https://ID.example.com:8443/Tenant1", "http://localhost:8080"] {
        assert_eq!(Issuer::parse(text).unwrap().as_str(), text);
    }
}

#[test]
fn an_issuer_may_have_a_port_and_a_path() {
    check("https://id.example.com", Ok(""));
    check("https://id.example.com:8443", Ok(""));
    check("https://id.example.com/tenant1", Ok("/tenant1"));
    check("https://id.example.com/a/b-c", Ok("/a/b-c"));
    check("http://127.0.0.1:8080", Ok(""));
    check("http://[::1]:8080/x", Ok("/x"));
    check("https://[2001:db8::1]", Ok(""));
}

#[test]
fn plain_http_is_for_this_machine_only() {
    for text in
        ["http://id.example.com", "http://127.0.0.2", "http://localhost.example.com", "http://192.0.2.1"]
    {
        check(text, Err(IssuerError::Scheme));
    }
    for text in ["", "id.example.com", "ftp://id.example.com", "HTTPS://id.example.com", "//id.example.com"] {
        check(text, Err(IssuerError::Scheme));
    }
}

#[test]
fn an_issuer_has_no_query_no_fragment_and_no_slash_at_its_end() {
    check("https://id.example.com?x", Err(IssuerError::QueryOrFragment));
    check("https://id.example.com/a#b", Err(IssuerError::QueryOrFragment));
    check("https://id.example.com/", Err(IssuerError::TrailingSlash));
    check("https://id.example.com/a/", Err(IssuerError::TrailingSlash));
    check("https://", Err(IssuerError::Malformed));
}

#[test]
fn an_issuer_that_is_not_a_url_is_refused() {
    for text in [
        "https://:443",
        "https://user@example.com",
        "https://id.example.com:0",
        "https://id.example.com:65536",
        "https://id.example.com:",
        "https://id.example.com:8o",
        "https://id example.com",
        "https://[::1",
        "https://[]",
        "https://[g]",
        "https://\u{e9}.example.com",
        "https://id.example.com//a",
        "https://id.example.com/a%20b",
        "https://id.example.com/\"",
    ] {
        check(text, Err(IssuerError::Malformed));
    }
}

#[test]
fn the_document_has_no_empty_member() {
    let issuer = Issuer::parse("https://id.example.com/tenant1").unwrap();
    let document: Value = serde_json::from_slice(&document(&issuer)).unwrap();
    assert_eq!(document["issuer"], "https://id.example.com/tenant1");
    assert_eq!(document["response_types_supported"], json!(["none"]));
    for (name, value) in document.as_object().unwrap() {
        let empty = value.is_null() || value.as_array().is_some_and(Vec::is_empty) || value == "";
        assert!(!empty, "{name}");
        if name.ends_with("_endpoint") {
            assert!(value.as_str().unwrap().starts_with("https://id.example.com/tenant1/o"), "{name}");
        }
    }
}

#[test]
fn introspection_takes_a_bearer_and_no_other_endpoint_does() {
    let document = document(&Issuer::parse("https://id.example.com").unwrap());
    let document: Value = serde_json::from_slice(&document).unwrap();
    let takes = |endpoint: &str| {
        let methods = document[format!("{endpoint}_endpoint_auth_methods_supported")].as_array().unwrap();
        methods.contains(&json!("Bearer")) && methods.contains(&json!("client_secret_basic"))
    };
    assert_eq!(["token", "introspection", "revocation"].map(takes), [false, true, false]);
}
