//! Rules of the protobuf JSON mapping, for every member of every call.

mod bounds;
mod json;
mod probe;
mod query;
mod tables;

use super::super::Code;
use super::super::routes::ROUTES;
use super::*;
use crate::limits::{IGNORED_MEMBERS_MAX, IGNORED_NAME_CHARS_MAX};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jeton_api::message::{Choice, Kind, Member, Message, Presence, json_name};
use jeton_api::messages;
use jeton_domain::time::TIMESTAMP_MAX;
pub(crate) use probe::Probe;
use probe::Report;
use serde_json::json;
use std::cell::RefCell;
use std::collections::BTreeSet;

/// The depth of nested messages that the tests cover.
const DEPTH: usize = 4;

fn of(message: &'static Message, body: &Value) -> Result<Normal, ApiError> {
    normalise(message, &Input { body: body.to_string().into_bytes(), ..Input::default() })
}

fn text_of(message: &'static Message, body: &str) -> Result<Normal, ApiError> {
    normalise(message, &Input { body: body.into(), ..Input::default() })
}

#[track_caller]
fn refused(message: &'static Message, body: &str, sentence: &str) {
    let error = text_of(message, body).expect_err(body);
    assert_eq!(error.message, sentence, "{body}");
    assert_eq!(error.code, Code::InvalidArgument);
}

/// Values of a kind, each in all its spellings.
fn spellings(kind: Kind) -> Vec<Vec<Value>> {
    let group = |values: &[Value]| values.to_vec();
    match kind {
        Kind::Text => vec![group(&[json!("x")])],
        Kind::Flag => vec![group(&[json!(true)])],
        Kind::Integer(max) => vec![
            group(&[
                json!(70),
                json!("70"),
                json!(70.0),
                json!("70.0"),
                json!("7e1"),
                json!(0.7e2),
                json!("7E+1"),
            ]),
            group(&[json!(max), json!(max.to_string())]),
        ],
        Kind::Bytes => vec![
            group(&[json!("+/+/"), json!("-_-_"), json!("+/\r\n+/")]),
            group(&[json!("/w=="), json!("/w"), json!("_w=="), json!("_w")]),
        ],
        Kind::Pem => {
            let pem = "-----BEGIN x-----";
            let base64 = STANDARD.encode(pem);
            let (one, other) = base64.split_at(8);
            let indented = format!("  {one} \r\n\t{other}");
            vec![group(&[json!(base64), json!(pem), json!(indented)])]
        }
        Kind::Timestamp => vec![group(&[
            json!("2030-01-31T12:00:00Z"),
            json!("2030-01-31T14:00:00+02:00"),
            json!("2030-01-30T23:30:00-12:30"),
            json!("2030-01-31t12:00:00.000z"),
            json!("2030-01-31T12:00:00.999999999Z"),
        ])],
        Kind::Duration => {
            vec![group(&[json!("90s"), json!("90.0s"), json!("90.s"), json!("+90s"), json!("90.999999999s")])]
        }
        Kind::Enum(values) => {
            let numbers: BTreeSet<_> = values.values.iter().map(|(_, number)| *number).collect();
            let spelled = |number: u32| {
                let names = values.values.iter().filter(move |(_, own)| *own == number);
                let names = names.map(|(name, _)| json!(name));
                names.chain([json!(number), json!(f64::from(number)), json!(number.to_string())]).collect()
            };
            numbers.into_iter().filter(|number| *number > 0).map(spelled).collect()
        }
        Kind::Message(_) | Kind::Foreign(_) => Vec::new(),
    }
}

/// A request with the required members. Of members that exclude each other it has the first, unless `coming`
/// is one of them.
fn minimal(message: &'static Message, coming: Option<&Member>, depth: usize) -> Map<String, Value> {
    let mut request = Map::new();
    let mut needs_choice =
        message.choice != Choice::Optional && coming.is_none_or(|member| !member.is_choice);
    for member in message.members {
        let is_chosen = member.is_choice && std::mem::take(&mut needs_choice);
        if member.presence == Presence::Required || is_chosen {
            request.insert(json_name(member.name), value(member, depth));
        }
    }
    request
}

/// One value of a member, the first of its kind.
fn value(member: &'static Member, depth: usize) -> Value {
    let one = match member.kind {
        Kind::Message(message) => Value::Object(minimal(message, None, depth + 1)),
        kind => spellings(kind).swap_remove(0).swap_remove(0),
    };
    if member.is_repeated { json!([one]) } else { one }
}

/// A check of a member, given a request with any value of it under any name, and the request without it.
type Check<'c> = dyn FnMut(&'static Member, &dyn Fn(&str, Value) -> Value, Value) + 'c;

/// Calls `check` for each member of a message and of nested ones, with requests that have it with a given
/// value.
fn for_each_member(
    message: &'static Message,
    depth: usize,
    wrap: &dyn Fn(Map<String, Value>) -> Value,
    check: &mut Check<'_>,
) {
    for member in message.members.iter().filter(|member| !matches!(member.kind, Kind::Foreign(_))) {
        let base = minimal(message, Some(member), depth);
        let with = |name: &str, value: Value| {
            let mut request = base.clone();
            request.remove(&json_name(member.name));
            request.insert(name.to_owned(), value);
            wrap(request)
        };
        check(member, &with, wrap(base.clone()));
        if let (Kind::Message(inner), true) = (member.kind, depth < DEPTH) {
            let name = json_name(member.name);
            let wrap = |request: Map<String, Value>| {
                let inner = Value::Object(request);
                with(&name, if member.is_repeated { json!([inner]) } else { inner })
            };
            for_each_member(inner, depth + 1, &wrap, check);
        }
    }
}

#[test]
fn every_spelling_of_every_member_of_every_call_is_the_same() {
    let mut seen = 0;
    for route in ROUTES {
        for_each_member(route.message, 0, &Value::Object, &mut |member, with, base| {
            let json_name = json_name(member.name);
            let names: Vec<_> =
                [member.name, &json_name].into_iter().chain(member.alias.map(|(_, old)| old)).collect();
            let groups = match member.kind {
                Kind::Message(_) => vec![vec![value(member, DEPTH)]],
                kind => spellings(kind),
            };
            for group in groups {
                let in_list = |value: &Value| {
                    let list = member.is_repeated && !matches!(member.kind, Kind::Message(_));
                    if list { json!([value, value]) } else { value.clone() }
                };
                let canonical = of(route.message, &with(&json_name, in_list(&group[0]))).unwrap();
                assert_eq!(canonical.ignored, [""; 0], "{route:?} {}", member.name);
                for (name, spelling) in names.iter().flat_map(|name| group.iter().map(move |one| (name, one)))
                {
                    let request = with(name, in_list(spelling));
                    assert_eq!(of(route.message, &request).as_ref(), Ok(&canonical), "{route:?} {request}");
                    seen += 1;
                }
            }
            // Absence has several spellings: null, and the default where there is no presence.
            if member.presence != Presence::Required
                && (!member.is_choice || of(route.message, &base).is_ok())
            {
                let nothing = of(route.message, &base).unwrap();
                assert_eq!(of(route.message, &with(&json_name, Value::Null)), Ok(nothing), "{}", member.name);
            }
        });
    }
    assert!(seen > 2000, "{seen}");
}

#[test]
fn a_default_equals_absence_where_there_is_no_presence() {
    for route in ROUTES {
        for_each_member(route.message, 0, &Value::Object, &mut |member, with, base| {
            let defaults = match member.kind {
                _ if member.is_repeated => return,
                Kind::Text => vec![json!("")],
                Kind::Flag => vec![json!(false)],
                Kind::Integer(_) => vec![json!(0), json!("0"), json!(-0.0)],
                Kind::Enum(values) => {
                    let names = values.values.iter().filter(|(_, number)| *number == 0);
                    names.map(|(name, _)| json!(name)).chain([json!(0), json!("")]).collect()
                }
                _ => return,
            };
            for default in defaults {
                let request = with(member.name, default);
                match member.presence {
                    Presence::Implicit => {
                        assert_eq!(of(route.message, &request), of(route.message, &base), "{request}");
                    }
                    Presence::Required => {
                        let error = of(route.message, &request).unwrap_err();
                        assert!(error.message.ends_with(": is missing"), "{}", error.message);
                    }
                    Presence::Explicit if member.is_choice && matches!(member.kind, Kind::Enum(_)) => {
                        assert_eq!(of(route.message, &request), of(route.message, &base), "{request}");
                    }
                    Presence::Explicit => {
                        let name = json_name(member.name);
                        let normal = of(route.message, &request).unwrap().request.to_string();
                        assert!(normal.contains(&format!("\"{name}\":")), "{request}");
                    }
                }
            }
        });
    }
}

#[test]
fn handlers_read_exactly_the_members_of_the_tables() {
    fn names(message: &'static Message, depth: usize, all: &mut BTreeSet<String>) {
        for member in message.members {
            all.insert(json_name(member.name));
            if let (Kind::Message(inner), true) = (member.kind, depth < DEPTH) {
                names(inner, depth + 1, all);
            }
        }
    }
    for route in ROUTES {
        let mut known = BTreeSet::new();
        names(route.message, 0, &mut known);
        let report = RefCell::new(Report::default());
        for_each_member(route.message, 0, &Value::Object, &mut |member, with, _| {
            let groups = match member.kind {
                Kind::Message(_) => vec![vec![value(member, DEPTH)]],
                Kind::Enum(kind) => kind.values.iter().map(|(name, _)| vec![json!(name)]).collect(),
                kind => spellings(kind),
            };
            for group in groups {
                let value = if member.is_repeated && !group[0].is_array() {
                    json!([group[0]])
                } else {
                    group[0].clone()
                };
                let normal = match of(route.message, &with(member.name, value.clone())) {
                    // The first value of an enum equals absence.
                    Err(_) if matches!(member.kind, Kind::Enum(values) if value == json!(values.zero())) => {
                        continue;
                    }
                    normal => normal.unwrap(),
                };
                let read = (route.reads)(Probe(normal.request.clone(), &report));
                assert!(read.is_ok(), "{route:?} can't read {}: {read:?}", normal.request);
            }
        });
        let report = report.into_inner();
        assert!(!report.ignored, "{route:?} has a member in its table that its handler ignores");
        for member in report.members {
            assert!(known.contains(member), "{route:?} reads {member}, which is not in its table");
        }
    }
}

#[test]
fn a_query_and_a_path_say_the_same_as_a_body() {
    for route in ROUTES.iter().filter(|route| route.rest.is_some()) {
        for member in route.message.members {
            let mut body = minimal(route.message, Some(member), 0);
            body.remove(&json_name(member.name));
            for group in spellings(member.kind) {
                let mut whole = body.clone();
                let one = if member.is_repeated { json!([group[0]]) } else { group[0].clone() };
                whole.insert(json_name(member.name), one);
                let expected = of(route.message, &Value::Object(whole)).unwrap();
                for spelling in group {
                    let text = spelling.as_str().map_or_else(|| spelling.to_string(), str::to_owned);
                    let mut query = form_urlencoded::Serializer::new(String::new());
                    query.append_pair(member.name, &text);
                    let body = Value::Object(body.clone()).to_string().into_bytes();
                    let input = Input { body, query: Some(query.finish()), ..Input::default() };
                    assert_eq!(normalise(route.message, &input).as_ref(), Ok(&expected), "{route:?} {text}");
                }
            }
        }
    }
    let input = |path: &str, body: &str| Input {
        body: body.into(),
        path: vec![("userId", path.into())],
        query: Some("pagination.limit=5&pagination.asc=true&filters=1".into()),
    };
    let list = &messages::user::LIST_METADATA;
    let error = normalise(list, &input("7", "{}")).unwrap_err();
    assert_eq!(error.message, "filters[0]: must be an object");
    let mut good = input("7", r#"{"userId":"7"}"#);
    good.query = Some("pagination.limit=5&pagination.asc=true&access_token=x".into());
    let normal = normalise(list, &good).unwrap();
    assert_eq!(normal.request, json!({ "userId": "7", "pagination": { "limit": 5, "asc": true } }));
    assert_eq!(normal.ignored, ["access_token"]);
    let other = normalise(list, &input("8", r#"{"userId":"7"}"#));
    assert!(other.is_err());
    good.query = Some("user_id=7".into());
    assert_eq!(normalise(list, &good).unwrap_err().message, "userId: is given twice");
    good.body = b"{}".into();
    good.query = Some("userId=9".into());
    assert_eq!(normalise(list, &good).unwrap_err().message, "userId: differs from the one in the path");
}

#[test]
fn a_refusal_names_the_member_and_the_expected_value_never_the_actual_one() {
    let user = &messages::user::CREATE_USER;
    let machine = |rest: &str| format!(r#"{{"machine":{{"name":"x"{rest}}}}}"#);
    for (body, sentence) in [
        ("[]", "the request: must be an object"),
        ("null", "the request: must be an object"),
        ("7", "the request: must be an object"),
        (r#""x""#, "the request: must be an object"),
        ("{}", "machine: is missing"),
        (r#"{"machine":null}"#, "machine: is missing"),
        (r#"{"machine":{}}"#, "machine.name: is missing"),
        (r#"{"machine":{"name":""}}"#, "machine.name: is missing"),
        (r#"{"machine":{"name":null}}"#, "machine.name: is missing"),
        (r#"{"machine":[]}"#, "machine: must be an object"),
        (r#"{"machine":"hunter2"}"#, "machine: must be an object"),
        (r#"{"username":7}"#, "username: must be text"),
        (r#"{"username":["hunter2"]}"#, "username: must be text"),
        (r#"{"username":{"hunter2":1}}"#, "username: must be text"),
        (r#"{"user_id":true}"#, "userId: must be text"),
        (r#"{"username":"a","username":"b"}"#, "username: is given twice"),
        (r#"{"user_id":"a","userId":"b"}"#, "userId: is given twice"),
        (r#"{"username":null,"username":null}"#, "username: is given twice"),
        (&machine(r#","defaultScopes":"openid""#), "machine.defaultScopes: must be a list"),
        (&machine(r#","defaultScopes":[1]"#), "machine.defaultScopes[0]: must be text"),
        (&machine(r#","defaultScopes":["a",null]"#), "machine.defaultScopes[1]: must be text"),
        (&machine(r#","defaultScopes":[["a"]]"#), "machine.defaultScopes[0]: must be text"),
        (&machine(r#","name":"y""#), "machine.name: is given twice"),
        (
            &machine(r#","accessTokenType":2"#),
            "machine.accessTokenType: must be one of ACCESS_TOKEN_TYPE_BEARER, ACCESS_TOKEN_TYPE_JWT",
        ),
        (
            &machine(r#","accessTokenType":"access_token_type_jwt""#),
            "machine.accessTokenType: must be one of ACCESS_TOKEN_TYPE_BEARER, ACCESS_TOKEN_TYPE_JWT",
        ),
        (
            &machine(r#","tokenLifetime":90"#),
            "machine.tokenLifetime: must be a number of seconds such as 86400s",
        ),
        (&machine(r#","tokenLifetime":"-1s""#), "machine.tokenLifetime: must not be negative"),
        (&machine(r#","tokenLifetime":"4294967296s""#), "machine.tokenLifetime: must be at most 4294967295s"),
    ] {
        refused(user, body, sentence);
    }
    let human = text_of(user, r#"{"human":{"x":[1,{"y":null}]},"machine":{"name":"x"}}"#).unwrap_err();
    assert_eq!(
        (human.code, human.message),
        (Code::Unimplemented, format!("human: {}", messages::user::NO_HUMANS))
    );
    assert!(text_of(user, r#"{"human":null,"machine":{"name":"x"}}"#).is_ok());
}

#[test]
fn numbers_times_and_bytes_have_their_bounds() {
    let page = |member: &str, value: &str| text_of(&messages::PAGE, &format!(r#"{{"{member}":{value}}}"#));
    for (member, value) in [
        ("limit", "4294967296"),
        ("limit", "-1"),
        ("limit", "\"-1\""),
        ("limit", "1.5"),
        ("limit", "\"\""),
        ("limit", "\" 1\""),
        ("limit", "\"0x1\""),
        ("limit", "\"NaN\""),
        ("limit", "true"),
        ("limit", "[1]"),
        ("offset", "18446744073709551616"),
        ("offset", "\"18446744073709551616\""),
        ("offset", "1e20"),
    ] {
        let error = page(member, value).expect_err(value).message;
        assert!(error.starts_with(&format!("{member}: must be an integer from 0 to ")), "{value}: {error}");
    }
    let key = &messages::user::ADD_KEY;
    let with = |member: &str, value: &str| text_of(key, &format!(r#"{{"userId":"1","{member}":{value}}}"#));
    for wrong in [
        "2030",
        "2030-01-31",
        "2030-01-31T12:00:00",
        "2030-13-01T00:00:00Z",
        "2030-02-30T00:00:00Z",
        "2030-01-31 12:00",
        "2030-01-31 12:00:00Z",
        "2030-01-31_12:00:00Z",
        "2030-01-31x12:00:00Z",
        "10000-01-01T00:00:00Z",
        "tomorrow",
        "",
    ] {
        let error = with("expirationDate", &format!("\"{wrong}\"")).expect_err(wrong).message;
        assert_eq!(
            error, "expirationDate: must be an RFC 3339 timestamp such as 2027-01-31T12:00:00Z",
            "{wrong}"
        );
    }
    let over = with("expirationDate", r#""9999-12-31T23:59:59-00:01""#).unwrap_err().message;
    assert_eq!(over, "expirationDate: must be before the year 10000");
    for year_zero in ["0000-12-31T23:59:59Z", "0001-01-01T00:59:59+01:00"] {
        let before = with("expirationDate", &format!("\"{year_zero}\"")).unwrap_err().message;
        assert_eq!(before, "expirationDate: must be in the year 1 or later");
    }
    let last = with("expirationDate", r#""9999-12-31T23:59:59.999Z""#).unwrap();
    assert_eq!(last.request["expirationDate"], TIMESTAMP_MAX.0);
    let first = with("expirationDate", r#""0001-01-01T00:00:00Z""#).unwrap();
    assert_eq!(first.request["expirationDate"], 0);
    for wrong in
        ["s", ".s", "-.s", "1", "1S", "1..s", "1.0000000001s", "--1s", "1e3s", " 1s", "315576000001s", ""]
    {
        let error = with("lifetime", &format!("\"{wrong}\"")).expect_err(wrong).message;
        assert_eq!(error, "lifetime: must be a number of seconds such as 86400s", "{wrong}");
    }
    for zero in ["-0.000s", "0.s", ".0s"] {
        assert!(with("lifetime", &format!("\"{zero}\"")).is_ok(), "{zero}");
    }
    for (part, sentence) in [
        ("0.000000001s", "must be 0s, or 1s or longer"),
        ("0.999999999s", "must be 0s, or 1s or longer"),
        (".5s", "must be 0s, or 1s or longer"),
        ("-0.000000001s", "must not be negative"),
        ("-1.5s", "must not be negative"),
        ("-315576000000s", "must not be negative"),
        ("4294967296.0s", "must be at most 4294967295s"),
        ("315576000000.999999999s", "must be at most 4294967295s"),
    ] {
        let error = with("lifetime", &format!("\"{part}\"")).expect_err(part).message;
        assert_eq!(error, format!("lifetime: {sentence}"), "{part}");
    }
    for wrong in ["a", "a===", "ab=c", "a\u{a0}b", "%%%%", "ä"] {
        let error = with("publicKey", &format!("\"{wrong}\"")).expect_err(wrong).message;
        assert_eq!(error, "publicKey: must be PEM, or PEM in base64");
    }
}

#[test]
fn of_members_that_exclude_each_other_one_is_accepted() {
    let assignment = &messages::permission::ASSIGNMENT;
    let with = |resource: &str| format!(r#"{{"userId":"1","resource":{resource}}}"#);
    let choices = "instance, organizationId, projectId";
    refused(assignment, &with("{}"), &format!("resource: one of {choices} must be given"));
    refused(assignment, &with(r#"{"instance":null}"#), &format!("resource: one of {choices} must be given"));
    let two = with(r#"{"instance":true,"project_id":"1"}"#);
    refused(assignment, &two, &format!("resource: at most one of {choices} can be given"));
    assert!(text_of(assignment, &with(r#"{"instance":true,"projectId":null,"new":1}"#)).is_ok());
    let users = &messages::user::LIST_USERS;
    for unknown in [r#"{"magicQuery":{}}"#, r#"{"userNameQuery":{},"magicQuery":{}}"#] {
        let error = text_of(users, &format!(r#"{{"queries":[{unknown}]}}"#)).unwrap_err().message;
        assert!(
            error.starts_with("queries[0].magicQuery: is unknown; the filters are userNameQuery, "),
            "{error}"
        );
    }
    let hidden = ["{\"queries\":[{\"user\u{7f}\u{202e}", &"x".repeat(1000), "\":{}}]}"].concat();
    let error = text_of(users, &hidden).unwrap_err().message;
    assert!(error.starts_with(r"queries[0].user\u{7f}\u{202e}xx") && error.len() < 600, "{error}");
    let deep = r#"{"queries":[{"notQuery":{"query":{"orQuery":{"queries":[{"stateQuery":{"state":9}}]}}}}]}"#;
    let error = text_of(users, deep).unwrap_err().message;
    assert!(
        error.starts_with("queries[0].notQuery.query.orQuery.queries[0].stateQuery.state: must be one of ")
    );
}

#[test]
fn unknown_members_are_ignored_and_reported() {
    let list = &messages::user::LIST_USERS;
    let normal =
        text_of(list, r#"{"new":[{"deep":1e999}],"query":{"asc":true,"neu":null},"Query":{}}"#).unwrap();
    assert_eq!(normal.request, json!({ "query": { "asc": true } }));
    assert_eq!(normal.ignored, ["new", "query.neu", "Query"]);
    let many: Map<_, _> = (0..100).map(|number| (format!("{number:0100}"), Value::Null)).collect();
    let normal = of(list, &Value::Object(many)).unwrap();
    assert_eq!(normal.ignored.len(), IGNORED_MEMBERS_MAX);
    assert!(normal.ignored.iter().all(|name| name.len() == IGNORED_NAME_CHARS_MAX));
}
