//! Rules that hold for every listing: the bounds of its pages, its page tokens, its orders.

use super::world::{World, with};
use crate::Code::InvalidArgument;
use crate::limits::OFFSET_MAX;
use crate::{Caller, ROUTES, Route};
use jeton_api::message::{Kind, json_name};
use jeton_api::page::PAGE_LEN;
use serde_json::{Value, json};

/// A listing in pages.
struct Listing {
    route: &'static Route,
    /// The name of the page in the request.
    page: &'static str,
    request: Value,
}

/// All listings in pages, with at least two items each.
fn listings(world: &World) -> Vec<Listing> {
    world.add_second_objects();
    let listing = |route: &'static Route| {
        let page = ["pagination", "query"].into_iter().find(|name| route.message.member(name).is_some())?;
        let mut request = world.request(route.method);
        if route.method == "ListUnusedCredentials" {
            request = json!({ "unusedFor": "1s" });
        }
        Some(Listing { route, page, request })
    };
    ROUTES.iter().filter_map(listing).collect()
}

impl Listing {
    fn ask(&self, world: &World, caller: &Caller, page: &Value) -> Result<Value, crate::ApiError> {
        let mut request = self.request.clone();
        request[self.page] = page.clone();
        world.api.call_by(caller, self.route.method, request)
    }

    /// The items of a page, and the token of the next one.
    fn page(&self, world: &World, page: &Value) -> (Vec<Value>, Option<Value>) {
        let reply = self.ask(world, &Caller::Operator, page);
        let reply = reply.unwrap_or_else(|error| panic!("{} {page}: {}", self.route.method, error.message));
        let items = reply.as_object().unwrap().iter().find_map(|(name, value)| match value {
            Value::Array(items) if name != "unreadable" => Some(items.clone()),
            _ => None,
        });
        (items.unwrap(), reply.get("nextPageToken").cloned())
    }

    /// All items in pages of one.
    fn one_by_one(&self, world: &World, asc: bool) -> Vec<Value> {
        let (mut all, mut page) = (Vec::new(), json!({ "limit": 1, "asc": asc }));
        loop {
            let (items, next) = self.page(world, &page);
            assert!(items.len() <= 1, "{}", self.route.method);
            all.extend(items);
            match next {
                Some(token) => page["pageToken"] = token,
                None => return all,
            }
        }
    }

    /// The token of the second page.
    fn token(&self, world: &World) -> Value {
        let (_, next) = self.page(world, &json!({ "limit": 1 }));
        next.unwrap_or_else(|| panic!("{} has no second page", self.route.method))
    }

    fn refused(&self, world: &World, page: &Value, member: &str) {
        let begin = format!("{}.{member}: ", self.page);
        match self.ask(world, &Caller::Operator, page) {
            Ok(reply) => panic!("{} {page} was answered {reply}", self.route.method),
            Err(error) => {
                assert_eq!(error.code, InvalidArgument, "{}", self.route.method);
                assert!(error.message.starts_with(&begin), "{}: {}", self.route.method, error.message);
            }
        }
    }
}

#[test]
fn pages_of_one_item_show_all_items_once_in_either_direction() {
    let world = World::new();
    for listing in listings(&world) {
        for asc in [true, false] {
            let (whole, next) = listing.page(&world, &json!({ "limit": PAGE_LEN.1, "asc": asc }));
            assert!(whole.len() >= 2 && next.is_none(), "{}: {whole:?}", listing.route.method);
            assert_eq!(listing.one_by_one(&world, asc), whole, "{} asc {asc}", listing.route.method);
        }
    }
}

#[test]
fn a_page_without_a_limit_has_the_default_one() {
    let world = World::new();
    for listing in listings(&world) {
        for page in [json!({}), json!({ "limit": 0 })] {
            let reply = listing.ask(&world, &Caller::Operator, &page).unwrap();
            if let Some(pagination) = reply.get("pagination") {
                assert_eq!(pagination["appliedLimit"], PAGE_LEN.0.to_string(), "{}", listing.route.method);
            }
            let default = json!({ "limit": PAGE_LEN.0 });
            assert_eq!(listing.page(&world, &page), listing.page(&world, &default));
        }
    }
}

#[test]
fn one_item_or_place_beyond_the_bound_is_refused() {
    let world = World::new();
    for listing in listings(&world) {
        listing.refused(&world, &json!({ "limit": PAGE_LEN.1 + 1 }), "limit");
        listing.refused(&world, &json!({ "limit": -1 }), "limit");
        listing.refused(&world, &json!({ "limit": "many" }), "limit");
        listing.refused(&world, &json!({ "offset": OFFSET_MAX + 1 }), "offset");
        listing.refused(&world, &json!({ "offset": -1 }), "offset");
        listing.refused(&world, &json!({ "asc": "yes" }), "asc");
        listing.refused(&world, &json!({ "pageToken": 7 }), "pageToken");
    }
}

/// Listings by page token alone.
const WITHOUT_OFFSET: [&str; 2] = ["ListEvents", "ListRetiredNames"];

#[test]
fn an_offset_leaves_out_the_first_items() {
    let world = World::new();
    for listing in listings(&world) {
        let offset = |offset: usize| json!({ "limit": PAGE_LEN.1, "asc": true, "offset": offset });
        if WITHOUT_OFFSET.contains(&listing.route.method) {
            listing.refused(&world, &offset(1), "offset");
            continue;
        }
        let (all, _) = listing.page(&world, &offset(0));
        let (rest, _) = listing.page(&world, &offset(1));
        assert_eq!(rest, all[1..], "{}", listing.route.method);
        let (none, next) = listing.page(&world, &offset(all.len()));
        assert!(none.is_empty() && next.is_none(), "{}: {none:?}", listing.route.method);
    }
}

#[test]
fn a_page_token_of_another_listing_is_refused() {
    let world = World::new();
    let listings = listings(&world);
    let tokens: Vec<_> = listings.iter().map(|listing| listing.token(&world)).collect();
    for (place, listing) in listings.iter().enumerate() {
        for (from, token) in tokens.iter().enumerate() {
            let page = json!({ "limit": 1, "pageToken": token });
            if from == place {
                listing.page(&world, &page);
            } else {
                listing.refused(&world, &page, "pageToken");
            }
        }
    }
}

#[test]
fn a_page_token_that_was_changed_or_made_up_is_refused() {
    let world = World::new();
    for listing in listings(&world) {
        let token = listing.token(&world).as_str().unwrap().to_owned();
        let changed = match token.split_at(token.len() / 2) {
            (head, tail) if tail.starts_with('A') => format!("{head}B{}", &tail[1..]),
            (head, tail) => format!("{head}A{}", &tail[1..]),
        };
        for wrong in [&changed, &token[1..], &token[..token.len() - 1], "Nw", "%", " "] {
            listing.refused(&world, &json!({ "pageToken": wrong }), "pageToken");
        }
    }
}

#[test]
fn a_page_token_of_another_caller_is_refused() {
    let world = World::new();
    let viewer = world.api.with_role("viewer", &json!({ "instance": true }), "IAM_OWNER_VIEWER");
    for listing in listings(&world) {
        let page = json!({ "limit": 1, "pageToken": listing.token(&world) });
        let error = listing.ask(&world, &viewer, &page).unwrap_err();
        assert_eq!(error.code, InvalidArgument, "{}", listing.route.method);
        let token = listing.ask(&world, &viewer, &json!({ "limit": 1 })).unwrap()["nextPageToken"].clone();
        listing.refused(&world, &json!({ "limit": 1, "pageToken": token }), "pageToken");
    }
}

#[test]
fn every_order_shows_the_same_items_and_backwards_in_reverse() {
    /// Orders of columns that only people have.
    const PEOPLE: [&str; 4] = [
        "USER_FIELD_NAME_FIRST_NAME",
        "USER_FIELD_NAME_LAST_NAME",
        "USER_FIELD_NAME_NICK_NAME",
        "USER_FIELD_NAME_EMAIL",
    ];
    let world = World::new();
    for listing in listings(&world) {
        let Some(column) = listing.route.message.member("sorting_column") else { continue };
        let Kind::Enum(columns) = column.kind else { panic!("{}", listing.route.method) };
        let by_default = listing.one_by_one(&world, true);
        for (name, _) in columns.values {
            let request = with(listing.request.clone(), &json_name(column.name), name);
            if PEOPLE.contains(name) {
                world.api.refused(listing.route.method, request, InvalidArgument, "sortingColumn: ");
                continue;
            }
            let ordered = Listing { request, ..listing };
            let (forwards, mut backwards) =
                (ordered.one_by_one(&world, true), ordered.one_by_one(&world, false));
            backwards.reverse();
            assert_eq!(forwards, backwards, "{} by {name}", listing.route.method);
            let missing = by_default.iter().find(|item| !forwards.contains(item));
            assert_eq!(missing, None, "{} by {name}", listing.route.method);
            assert_eq!(forwards.len(), by_default.len(), "{} by {name}", listing.route.method);
        }
    }
}

#[test]
fn a_filter_that_is_empty_or_unknown_is_refused() {
    let world = World::new();
    let names = ["filters", "queries"];
    let with_filters = |name: &'static str| {
        ROUTES
            .iter()
            .filter(move |route| route.message.member(name).is_some())
            .map(move |route| (name, route))
    };
    let all: Vec<_> = names.into_iter().flat_map(with_filters).collect();
    assert_eq!(all.len(), 13);
    for (name, route) in all {
        let mut request = world.request(route.method);
        for filter in [json!({}), json!({ "noSuchFilter": {} }), json!("x"), json!([])] {
            request[name] = json!([filter]);
            world.api.refused(route.method, request.clone(), InvalidArgument, &format!("{name}[0]"));
        }
        request[name] = json!({});
        world.api.refused(route.method, request, InvalidArgument, name);
    }
}
