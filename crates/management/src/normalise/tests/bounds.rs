//! Bounds of lists and of filters.

use super::*;
use crate::limits::{FILTERS_MAX, LIST_LEN_MAX};
use jeton_api::messages;

/// `count` filters of states.
fn filters(count: usize) -> Vec<Value> {
    vec![json!({ "stateQuery": { "state": "USER_STATE_ACTIVE" } }); count]
}

fn refusal(message: &'static Message, body: &Value) -> Option<String> {
    of(message, body).err().map(|error| error.message)
}

#[test]
fn the_length_of_a_list_is_bounded() {
    let ids = |count| json!({ "ids": vec!["1"; count] });
    assert_eq!(refusal(&messages::IDS, &ids(LIST_LEN_MAX)), None);
    let refused = Some("ids: must have at most 1000 elements".to_owned());
    assert_eq!(refusal(&messages::IDS, &ids(LIST_LEN_MAX + 1)), refused);
    let query = |count| Input { query: Some("ids=1&".repeat(count)), ..Input::default() };
    assert!(normalise(&messages::IDS, &query(LIST_LEN_MAX)).is_ok());
    let error = normalise(&messages::IDS, &query(LIST_LEN_MAX + 1)).unwrap_err();
    assert_eq!(Some(error.message), refused);
}

#[test]
fn the_number_of_filters_in_a_request_is_bounded_at_any_depth() {
    let list = &messages::user::LIST_USERS;
    assert_eq!(refusal(list, &json!({ "queries": filters(FILTERS_MAX) })), None);
    // The enclosing filter counts, too.
    let around = |count| json!({ "queries": [{ "orQuery": { "queries": filters(count) } }] });
    assert_eq!(refusal(list, &around(FILTERS_MAX - 1)), None);
    for body in [json!({ "queries": filters(FILTERS_MAX + 1) }), around(FILTERS_MAX)] {
        let refused = refusal(list, &body).unwrap();
        assert!(
            refused.ends_with("a request may have at most 50 filters, nested ones included"),
            "{refused}"
        );
    }
}

/// Ignoring an order would put the wrong items first, also on a page that is the only one read.
#[test]
fn no_call_ignores_an_unsupported_order() {
    for route in ROUTES {
        let columns = route.message.member("sorting_column").map(|member| member.kind);
        for name in ["sortingColumn", "sorting_column"] {
            let error = refusal(route.message, &json!({ (name): "BY_NAME" })).unwrap_or_default();
            let choices = match columns {
                Some(Kind::Enum(columns)) => columns.values.iter().map(|(name, _)| *name).collect(),
                Some(other) => panic!("{}: {other:?}", route.method),
                None => vec!["this call has no order to choose"],
            };
            assert!(error.starts_with("sortingColumn: "), "{}: {error}", route.method);
            assert!(choices.iter().all(|choice| error.contains(choice)), "{}: {error}", route.method);
        }
        if route.service.starts_with("zitadel.") && route.method.starts_with("List") {
            let without = ["ListUserMetadata", "ListOrganizationMetadata", "ListWebKeys"];
            assert_eq!(columns.is_none(), without.contains(&route.method), "{}", route.method);
        }
    }
}
