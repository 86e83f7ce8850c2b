//! The most expensive requests of each endpoint.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use std::fmt::Write;

const FORM_MAX: usize = 64 * 1024;
const FIELD_MAX: usize = 15 * 1024;
/// Maximum bytes of an `Authorization` header that are processed.
const BASIC_MAX: usize = 4 * 1024;
const JWT_MAX: usize = 16 * 1024;

const TOKEN: &str = "/oauth/v2/token";
const INTROSPECT: &str = "/oauth/v2/introspect";
const REVOKE: &str = "/oauth/v2/revoke";
const USERINFO: &str = "/oidc/v1/userinfo";

/// One request.
pub(crate) struct Case {
    /// The name in the output.
    pub(crate) name: String,
    /// The bytes of the request.
    pub(crate) request: Vec<u8>,
    /// True if the server verifies a signature.
    pub(crate) is_signed: bool,
}

/// All requests; `key_id` is the id of the active signing key.
pub(crate) fn cases(key_id: &str) -> Vec<Case> {
    let mut cases = documents();
    cases.extend(fields());
    cases.extend(forms());
    cases.extend(basic());
    cases.extend(tokens(key_id));
    cases.extend(assertions());
    cases.extend(console_and_management());
    cases
}

fn case(name: impl Into<String>, request: String) -> Case {
    Case { name: name.into(), request: request.into_bytes(), is_signed: false }
}

fn get(path: &str, fields: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n{fields}\r\n")
}

fn post(path: &str, fields: &str, body: &str) -> String {
    let kind = "content-type: application/x-www-form-urlencoded";
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n{kind}\r\n{fields}content-length: {length}\r\n\r\n{body}"
    )
}

/// The text repeated up to this number of bytes.
fn fill(text: &str, bytes: usize) -> String {
    text.repeat(bytes / text.len())
}

fn documents() -> Vec<Case> {
    let paths = [
        "/.well-known/openid-configuration",
        "/oauth/v2/keys",
        "/v2/openapi.json",
        "/ui/console/",
        "/ui/console/app.js",
        "/ui/console/api/session",
        "/debug/healthz",
        "/debug/ready",
        "/oauth/v2/authorize",
        USERINFO,
    ];
    let plain = paths.map(|path| case(format!("GET {path}"), get(path, "")));
    let gzip = paths.map(|path| case(format!("GET {path}, gzip"), get(path, "accept-encoding: gzip\r\n")));
    plain.into_iter().chain(gzip).collect()
}

/// Long header fields at endpoints that process them.
fn fields() -> Vec<Case> {
    let codings = format!("accept-encoding: {}\r\n", fill("a;q=0.123456789,", FIELD_MAX));
    let tags = format!("if-none-match: {}\r\n", fill("\"a\",", FIELD_MAX));
    let hops = format!("x-forwarded-for: {}\r\n", fill("127.0.0.1,", FIELD_MAX));
    let elements = format!("forwarded: {}\r\n", fill("for=127.0.0.1,", FIELD_MAX));
    let pairs = format!("forwarded: {}\r\n", fill("a=b;", FIELD_MAX));
    let kind = format!("content-type: a;{}\r\n", fill("b;", FIELD_MAX));
    let cookies = format!("cookie: {}\r\n", fill("a=b; ", FIELD_MAX));
    let many = (0..60).fold(String::new(), |mut many, number| {
        let _ = write!(many, "x-{number}: {}\r\n", "v".repeat(200));
        many
    });
    let long = format!("/{}", "a/".repeat(4_000));
    let call = format!("/v2/users/{}", "a/".repeat(4_000));
    let console = format!("/ui/console/api/{}", "a/".repeat(4_000));
    vec![
        case("OpenAPI, Accept-Encoding of 15 KiB", get("/v2/openapi.json", &codings)),
        case("console, Accept-Encoding of 15 KiB", get("/ui/console/app.js", &codings)),
        case("OpenAPI, If-None-Match of 15 KiB", get("/v2/openapi.json", &tags)),
        case("key set, If-None-Match of 15 KiB", get("/oauth/v2/keys", &tags)),
        case("console, If-None-Match of 15 KiB", get("/ui/console/app.js", &tags)),
        case("token, X-Forwarded-For of 15 KiB", post(TOKEN, &hops, "a=b")),
        case("token, Forwarded of 15 KiB", post(TOKEN, &elements, "a=b")),
        case("token, Forwarded of 15 KiB, one element", post(TOKEN, &pairs, "a=b")),
        case("console session, X-Forwarded-For of 15 KiB", get("/ui/console/api/session", &hops)),
        case("console session, cookies of 15 KiB", get("/ui/console/api/session", &cookies)),
        case("call, Content-Type of 15 KiB", get("/v2/users/1", &kind)),
        case("discovery, 60 fields of 200 bytes", get("/.well-known/openid-configuration", &many)),
        case("a path of 8 KiB", get(&long, "")),
        case("a path of 8 KiB below a call", get(&call, "")),
        case("a path of 8 KiB below the console's calls", get(&console, "")),
        case("a query of 8 KiB", get(&format!("/v2/users/1?{}", fill("a=%41&", 8 * 1024)), "")),
        case(
            "a query of 8 KiB, sign-in",
            get(&format!("/oauth/v2/authorize?{}", fill("a=%41&", 8 * 1024)), ""),
        ),
    ]
}

fn forms() -> Vec<Case> {
    let bodies = [
        ("nothing", String::new()),
        ("one plain unknown parameter", format!("x={}", fill("a", FORM_MAX - 2))),
        ("an unknown parameter of escapes", format!("x={}", fill("%41", FORM_MAX - 2))),
        ("parameters without anything", fill("&", FORM_MAX)),
        ("unknown parameters of a letter", fill("a&", FORM_MAX)),
        ("unknown parameters with values", fill("a=b&", FORM_MAX)),
        ("unknown names in escapes", fill("%61&", FORM_MAX)),
        ("unknown long names in escapes", fill(&format!("{}&", "%61".repeat(21)), FORM_MAX)),
        ("resource without a value", fill("resource&", FORM_MAX)),
    ];
    let all = |(what, body): (&str, String)| {
        let named = |path: &str, body: String| case(format!("{path}, 64 KiB: {what}"), post(path, "", &body));
        [named(TOKEN, body.clone()), named(INTROSPECT, body)]
    };
    let mut cases: Vec<_> = bodies.into_iter().flat_map(all).collect();
    let values = [
        ("plain", "a"),
        ("words", "a+"),
        ("escapes", "%41"),
        ("escapes and letters", "%41a"),
        ("escaped letters of two bytes", "%C3%A9"),
        ("escaped letters of four bytes", "%F0%9F%98%80"),
        ("unescaped letters of two bytes", "\u{e9}"),
        ("escaped accents", "a%CC%81"),
        ("escaped spaces", "%20"),
    ];
    let names = [
        (TOKEN, "scope"),
        (TOKEN, "grant_type"),
        (TOKEN, "client_id"),
        (TOKEN, "client_secret"),
        (TOKEN, "client_id=a&client_secret"),
        (TOKEN, "client_assertion_type=urn%3Aietf&client_assertion"),
        (TOKEN, "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion"),
        (INTROSPECT, "token"),
        (REVOKE, "token"),
    ];
    for (path, name) in names {
        for (what, text) in values {
            let room = FORM_MAX - name.len() - 1;
            let body = format!("{name}={}", fill(text, room));
            let shown = name.rsplit('&').next().unwrap_or(name);
            let with = if name.contains('&') { "credentials, " } else { "" };
            cases.push(case(format!("{path}, 64 KiB: {with}{shown} of {what}"), post(path, "", &body)));
        }
    }
    let resource = |text| format!("resource={}&", fill(text, FORM_MAX / 10 - 10)).repeat(10);
    cases.push(case("token, ten resources of escapes", post(TOKEN, "", &resource("%41"))));
    cases
}

fn basic() -> Vec<Case> {
    let room = BASIC_MAX / 4 * 3 - 10;
    let pairs = [
        ("a plain name", format!("{}:x", fill("a", room - 2))),
        ("a name of escapes", format!("{}:x", fill("%61", room - 2))),
        ("a name of 200 escaped letters of two bytes", format!("{}:x", "%C3%89".repeat(200))),
        ("a name of 200 letters of four bytes", format!("{}:x", "\u{10400}".repeat(200))),
        ("a name of accents", format!("{}:x", fill("e\u{323}\u{301}", 2_300))),
        ("a name of accents out of order", format!("{}:x", fill("\u{301}\u{323}", 2_300))),
        ("a name of Hangul in pieces", format!("{}:x", fill("\u{1100}\u{1161}\u{11a8}", 1_800))),
        ("a name that folds to three", format!("{}:x", "\u{fb03}".repeat(200))),
        ("a secret of escapes", format!("a:{}", fill("%61", room - 2))),
        ("a secret of spaces", format!("a:{}", fill("+", room - 2))),
    ];
    let header = |pair: &str| format!("authorization: Basic {}\r\n", STANDARD.encode(pair));
    let mut cases: Vec<_> = pairs
        .iter()
        .map(|(what, pair)| case(format!("Basic, {what}"), post(TOKEN, &header(pair), "a=b")))
        .collect();
    let long = format!("authorization: Basic {}\r\n", fill("YTph", FIELD_MAX));
    let digest = format!("authorization: Digest {}\r\n", fill("a=\"b\",", FIELD_MAX));
    cases.push(case("Basic of 15 KiB", post(TOKEN, &long, "a=b")));
    cases.push(case("Digest of 15 KiB", post(TOKEN, &digest, "a=b")));
    let scopes = format!("grant_type=client_credentials&scope={}", fill("a+", FORM_MAX - 64));
    cases.push(case("Basic and 64 KiB of scopes", post(TOKEN, &header("a:b"), &scopes)));
    cases
}

fn jwt(header: &str, payload: &str, signature: usize) -> String {
    let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
    format!("{}.{}.{}", encode(header), encode(payload), URL_SAFE_NO_PAD.encode("s".repeat(signature)))
}

fn members(bytes: usize) -> String {
    let mut text = String::new();
    for number in 0..bytes / 9 {
        let _ = write!(text, r#""{number:04}":0,"#);
    }
    text
}

/// Payloads of about 11 KiB that begin with these claims.
fn payloads(claims: &str) -> Vec<(&'static str, String)> {
    const BYTES: usize = 11 * 1024;
    vec![
        ("many members", format!("{{{}{claims}}}", members(BYTES))),
        ("arrays", format!("{{\"a\":[{}0],{claims}}}", fill("[],", BYTES))),
        ("objects", format!("{{\"a\":[{}0],{claims}}}", fill("{\"a\":0},", BYTES))),
        ("texts", format!("{{\"a\":[{}0],{claims}}}", fill("\"\",", BYTES))),
        ("numbers", format!("{{\"a\":[{}0],{claims}}}", fill("1.5e-9,", BYTES))),
        ("a long number", format!("{{\"a\":{},{claims}}}", fill("9", BYTES))),
        ("escapes", format!("{{\"a\":\"{}\",{claims}}}", fill("\\u00e9", BYTES))),
        ("a long text", format!("{{\"a\":\"{}\",{claims}}}", fill("x", BYTES))),
    ]
}

/// Bearer tokens.
fn tokens(key_id: &str) -> Vec<Case> {
    let bearer = |token: &str| format!("authorization: Bearer {token}\r\n");
    let mut tokens = vec![
        ("junk of 15 KiB".to_owned(), fill("a", FIELD_MAX), false),
        ("dots".to_owned(), fill(".", FIELD_MAX), false),
        ("three parts of 5 KiB".to_owned(), vec![fill("aaaa", FIELD_MAX / 3); 3].join("."), false),
        ("an opaque one of 15 KiB".to_owned(), format!("jeton_at_{}", fill("a", FIELD_MAX)), false),
        ("an opaque one of the right length".to_owned(), format!("jeton_at_{}", fill("a", 64)), false),
    ];
    let unknown = r#"{"alg":"RS256","kid":"1","typ":"JWT"}"#;
    for (what, payload) in payloads("\"sub\":\"1\"") {
        tokens.push((format!("JWT, {what}"), jwt(unknown, &payload, 256), false));
        tokens.push((
            format!("JWT, header of {what}"),
            jwt(&payload.replace("\"sub\"", "\"alg\""), "{}", 256),
            false,
        ));
    }
    tokens.push(("JWT, a signature of 10 KiB".to_owned(), jwt(unknown, "{}", 10_000), false));
    let known = format!(r#"{{"alg":"RS256","kid":"{key_id}","typ":"JWT"}}"#);
    for (what, payload) in payloads("\"sub\":\"1\"") {
        tokens.push((format!("JWT that names our key, {what}"), jwt(&known, &payload, 256), true));
    }
    let both = |(what, token, is_signed): (String, String, bool)| {
        let mut userinfo = case(format!("userinfo, {what}"), get(USERINFO, &bearer(&token)));
        let mut other = case(format!("introspection, {what}"), post(INTROSPECT, &bearer(&token), "token=a"));
        (userinfo.is_signed, other.is_signed) = (is_signed, is_signed);
        [userinfo, other]
    };
    tokens.into_iter().flat_map(both).collect()
}

fn assertions() -> Vec<Case> {
    let kind = "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
    let grant = "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer";
    let claims = r#""iss":"a","sub":"a","aud":"x","exp":9999999999"#;
    let header = r#"{"alg":"RS256","kid":"1"}"#;
    let mut texts: Vec<(String, String)> = payloads(claims)
        .into_iter()
        .flat_map(|(what, payload)| {
            let head = payload.replace("\"iss\"", "\"alg\"");
            [
                (what.to_owned(), jwt(header, &payload, 256)),
                (format!("header of {what}"), jwt(&head, "{}", 256)),
            ]
        })
        .collect();
    let name = "e\\u0323\\u0301".repeat(370);
    let audiences = fill("\"x\",", 11 * 1024);
    texts.push((
        "a name of accents".to_owned(),
        jwt(header, &format!(r#"{{"iss":"{name}","sub":"{name}","aud":"x","exp":9}}"#), 256),
    ));
    texts.push((
        "many audiences".to_owned(),
        jwt(header, &format!(r#"{{"iss":"a","sub":"a","aud":[{audiences}"x"],"exp":9}}"#), 256),
    ));
    texts.push(("a signature of 10 KiB".to_owned(), jwt(header, &format!("{{{claims}}}"), 10_000)));
    texts.push(("16 KiB of dots".to_owned(), fill(".", JWT_MAX)));
    let both = |(what, text): (String, String)| {
        let client = format!("client_assertion_type={kind}&client_assertion={text}");
        let user = format!("grant_type={grant}&assertion={text}");
        let twice = format!("{user}&{client}");
        [
            case(format!("client assertion, {what}"), post(TOKEN, "", &client)),
            case(format!("assertion as a grant, {what}"), post(TOKEN, "", &user)),
            case(format!("assertion as both, {what}"), post(TOKEN, "", &twice)),
        ]
    };
    texts.into_iter().flat_map(both).collect()
}

fn console_and_management() -> Vec<Case> {
    let json = |path: &str, fields: &str, body: &str| {
        let (kind, length) = ("content-type: application/json", body.len());
        format!(
            "POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n{kind}\r\n{fields}content-length: {length}\r\n\r\n{body}"
        )
    };
    let call = "/zitadel.user.v2.UserService/ListUsers";
    let bearer = format!("authorization: Bearer {}\r\n", fill("a", FIELD_MAX));
    let deep = format!("{}1{}", "[".repeat(30_000), "]".repeat(30_000));
    let members = format!("{{{}\"x\":0}}", members(60_000));
    let origin = "origin: http://127.0.0.1\r\nsec-fetch-site: same-origin\r\n";
    vec![
        case("call, no credentials", json(call, "", "{}")),
        case("call, no credentials, 64 KiB of members", json(call, "", &members)),
        case("call, no credentials, 60 KiB of brackets", json(call, "", &deep)),
        case("call, junk of 15 KiB as a token", json(call, &bearer, &members)),
        case("console call, no session", json(&format!("/ui/console/api{call}"), origin, &members)),
        case("console sign-in, 4 KiB", json("/ui/console/api/session", origin, &members[..4_000])),
        case(
            "console sign-in, a long secret",
            json(
                "/ui/console/api/session",
                origin,
                &format!(
                    r#"{{"clientId":"{}","clientSecret":"{}"}}"#,
                    "e\\u0323\\u0301".repeat(150),
                    "a".repeat(900)
                ),
            ),
        ),
    ]
}
