//! Requests that are no JSON.

use super::*;

#[test]
fn malformed_json_is_refused_with_its_position() {
    let list = &messages::user::LIST_USERS;
    assert_eq!(text_of(list, "").unwrap().request, json!({}));
    for body in ["{", "{]", "{\"a\":}", "{} {}", "{'a':1}", "nonsense", "{\"\\ud800\":1}", " ", "\u{feff}{}"]
    {
        let error = text_of(list, body).expect_err(body).message;
        assert!(error.starts_with("the request can't be read as JSON: "), "{error}");
        assert!(error.contains(" at line 1 column "), "{error}");
    }
    let deep = format!("{{\"queries\":{}}}", "[".repeat(200));
    assert_eq!(text_of(list, &deep).unwrap_err().message, "queries[0]: must be an object");
    let nested = "{\"notQuery\":{\"query\":".repeat(100);
    let error = text_of(list, &format!("{{\"queries\":[{nested}")).unwrap_err().message;
    assert!(error.starts_with("queries[0].notQuery.query.notQuery.query."), "{error}");
    assert!(error.contains(": can't be read: recursion limit exceeded at line 1 column "), "{error}");
    for (body, place) in [
        (r#"{"sortingColumn":"\ud800"}"#, "sortingColumn"),
        (r#"{"sorting_column":"\udc00\ud800"}"#, "sortingColumn"),
        (r#"{"query":{"limit":1e999}}"#, "query.limit"),
        (r#"{"query":{"limit":-1e999}}"#, "query.limit"),
        (r#"{"query":{"limit":01}}"#, "query.limit"),
        (r#"{"query":{"\ud800":01}}"#, "query"),
        (
            r#"{"queries":[{"inUserIdsQuery":{"userIds":["1","\ud83d"]}}]}"#,
            "queries[0].inUserIdsQuery.userIds[1]",
        ),
        (r#"{"queries":[{"stateQuery":{"state":1},}]}"#, "queries[0]"),
        (r#"{"query":{"asc":tru}}"#, "query.asc"),
        (r#"{"query":{"asc":true"#, "query"),
    ] {
        let error = text_of(list, body).expect_err(body).message;
        assert!(error.starts_with(&format!("{place}: can't be read: ")), "{body}: {error}");
        assert!(error.contains(" at line 1 column "), "{error}");
    }
    for body in [&b"{\"unknown\xAF\":1}"[..], b"{\"unknown\":\"\xFF\"}", b"\xFF"] {
        let error = normalise(list, &Input { body: body.into(), ..Input::default() }).unwrap_err();
        assert_eq!(error.message, "the request is not UTF-8");
    }
}
