//! Listings over several pages, printed like one reply.
//!
//! Rows stay as the server sent them, with members that this version does not know.

use crate::CliError;
use crate::output::Output;
use crate::session::{Answer, Session, unknown_form};
use jeton_api::Operation;
use jeton_api::page::{PAGE_LEN, Page};
use serde_json::Value;
use std::ops::ControlFlow;

impl Session<'_> {
    /// Performs a listing call for all pages and prints them like one reply.
    pub(crate) fn list<O: Operation>(
        &mut self,
        request: O::Request,
        page: fn(&mut O::Request) -> &mut Page,
        say: impl FnOnce(&mut Output<'_>, O::Reply) -> Result<(), CliError>,
    ) -> Result<(), CliError> {
        let mut joined: Option<Answer<O>> = None;
        self.pages::<O>(request, page, |_, answer, _| {
            joined = Some(Answer::joined(joined.take(), answer));
            Ok(ControlFlow::Continue(()))
        })?;
        self.show(&joined.ok_or_else(unknown_form)?, say)
    }

    /// Like [`Self::list`], for at most this many rows, the member with this name. With more of them the
    /// reply has the token of the next page.
    pub(crate) fn list_up_to<O: Operation>(
        &mut self,
        (limit, rows): (u32, &str),
        mut request: O::Request,
        page: fn(&mut O::Request) -> &mut Page,
    ) -> Result<Answer<O>, CliError> {
        let mut joined: Option<Answer<O>> = None;
        page(&mut request).limit = limit.clamp(1, PAGE_LEN.1);
        self.pages::<O>(request, page, |_, answer, page| {
            let answer = Answer::joined(joined.take(), answer);
            let len = u32::try_from(answer.rows(rows)?.len()).unwrap_or(u32::MAX);
            joined = Some(answer);
            // The next page has no more rows than are missing, so that its token continues behind them.
            page.limit = limit.saturating_sub(len).min(PAGE_LEN.1);
            Ok(if page.limit == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        })?;
        let mut joined = joined.ok_or_else(unknown_form)?;
        if let Some(Value::Array(rows)) = joined.json.get_mut(rows) {
            rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        }
        Ok(joined)
    }

    /// Reads page after page until the last one, or until `see` has seen enough.
    pub(crate) fn pages<O: Operation>(
        &mut self,
        mut request: O::Request,
        page: fn(&mut O::Request) -> &mut Page,
        mut see: impl FnMut(&mut Output<'_>, Answer<O>, &mut Page) -> Result<ControlFlow<()>, CliError>,
    ) -> Result<(), CliError> {
        loop {
            let answer = self.call::<O>(&request)?;
            let page = page(&mut request);
            let next = answer.next_page_token().map(str::to_owned);
            // A page that is followed by itself would never end.
            if next.is_some() && next == page.page_token {
                return Err(unknown_form());
            }
            let seen = see(&mut self.output, answer, page)?;
            if seen.is_break() || next.is_none() {
                return Ok(());
            }
            page.offset = 0;
            page.page_token = next;
        }
    }
}

impl<O: Operation> Answer<O> {
    /// The rows of a listing as the server sent them, the member with this name.
    pub(crate) fn rows(&self, member: &str) -> Result<&Vec<Value>, CliError> {
        self.json.get(member).and_then(Value::as_array).ok_or_else(unknown_form)
    }

    /// The token of the next page of a listing, if there is one.
    fn next_page_token(&self) -> Option<&str> {
        self.json.get("nextPageToken").and_then(Value::as_str)
    }

    /// The pages of a listing so far with the next one.
    fn joined(pages: Option<Self>, next: Self) -> Self {
        let Some(mut pages) = pages else { return next };
        if let Value::Object(reply) = &mut pages.json {
            // The last page has none.
            reply.remove("nextPageToken");
        }
        join(&mut pages.json, next.json);
        pages
    }
}

/// Joins the replies of two pages: their lists (rows, ids of what can't be read) and objects (names of what
/// is in the rows) are joined, and everything else is as the second one says.
fn join(first: &mut Value, second: Value) {
    match (first, second) {
        (Value::Array(rows), Value::Array(more)) => rows.extend(more),
        (Value::Object(members), Value::Object(more)) => {
            more.into_iter()
                .for_each(|(name, value)| join(members.entry(name).or_insert(Value::Null), value));
        }
        (first, second) => *first = second,
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Script, answered};
    use serde_json::{Value, json};

    const UNKNOWN_FORM: &str = "the server's reply has an unknown form; is it another version?";

    /// A page of the audit trail, with members that no version knows yet.
    fn events(numbers: &[u32], next: Option<&str>) -> Value {
        let event = |number: &u32| {
            json!({
                "sequence": number.to_string(), "date": "2026-01-02T03:04:05Z", "type": "user.added", "link": "ab",
                "actor": { "type": "ACTOR_TYPE_OPERATOR" }, "novelty": number,
            })
        };
        let (first, rows) = (numbers.first(), numbers.iter().map(event).collect::<Vec<_>>());
        let mut page = json!({
            "events": rows, "unreadable": [format!("u{first:?}")], "last": numbers.last(),
            "names": { "users": { format!("{first:?}"): "x" }, "projects": {}, "organizations": {}, "applications": {} },
        });
        if let Some(next) = next {
            page["nextPageToken"] = json!(next);
        }
        page
    }

    /// The printed JSON of a command whose calls have these replies in turn, and its requests.
    fn printed(arguments: &[&str], replies: Vec<Value>) -> (Value, Vec<Value>) {
        let mut script = Script::new(replies.into_iter().map(Ok));
        let ran = script.run(&[&["--json"], arguments].concat());
        assert_eq!(ran.result, Ok(()));
        (serde_json::from_str(&ran.output).unwrap(), script.requests())
    }

    #[test]
    fn rows_of_all_pages_are_printed_as_they_came() {
        let pages = vec![events(&[9, 8], Some("a")), events(&[7], Some("b")), events(&[6], None)];
        let (reply, requests) = printed(&["audit", "list"], pages);
        let numbers: Vec<_> = reply["events"].as_array().unwrap().iter().map(|row| &row["novelty"]).collect();
        assert_eq!(numbers, [9, 8, 7, 6]);
        let tokens: Vec<_> = requests.iter().map(|request| &request["pagination"]["pageToken"]).collect();
        assert_eq!(tokens, [&Value::Null, &json!("a"), &json!("b")]);
    }

    #[test]
    fn what_is_said_beside_the_rows_is_joined_too() {
        let pages = vec![events(&[9, 8], Some("a")), events(&[7, 6], None)];
        let (reply, _) = printed(&["audit", "list"], pages);
        assert_eq!(reply["unreadable"].as_array().unwrap().len(), 2, "ids of what can't be read");
        assert_eq!(reply["names"]["users"].as_object().unwrap().len(), 2, "names of what is in the rows");
        assert_eq!(reply["last"], 6, "everything else is that of the last page");
        assert_eq!(reply.get("nextPageToken"), None, "the last page has none");
    }

    #[test]
    fn the_token_of_the_next_page_is_printed_when_a_limit_was_asked_for() {
        let pages = vec![events(&[9, 8], Some("a")), events(&[7], Some("b"))];
        let (reply, requests) = printed(&["audit", "list", "--limit", "3"], pages);
        assert_eq!(reply["events"].as_array().unwrap().len(), 3);
        assert_eq!(reply["nextPageToken"], "b");
        let limits: Vec<_> = requests.iter().map(|request| &request["pagination"]["limit"]).collect();
        assert_eq!(limits, [3, 1], "no row behind the token was asked for");
    }

    #[test]
    fn rows_are_skipped_once_and_not_on_each_page() {
        let page = |next: &str| json!({ "result": [1], "nextPageToken": next });
        let pages = vec![page("a"), page("b"), page("c")];
        let (reply, requests) = printed(&["user", "list", "--offset", "5", "--limit", "3"], pages);
        assert_eq!((&reply["result"], &reply["nextPageToken"]), (&json!([1, 1, 1]), &json!("c")));
        let places: Vec<_> = requests.iter().map(|request| &request["query"]).collect();
        assert_eq!(places[0], &json!({ "asc": true, "limit": 3, "offset": 5 }));
        assert_eq!(places[1], &json!({ "asc": true, "limit": 2, "offset": 0, "pageToken": "a" }));
        assert_eq!(places[2], &json!({ "asc": true, "limit": 1, "offset": 0, "pageToken": "b" }));
    }

    #[test]
    fn a_page_has_a_thousand_rows_at_most() {
        let (_, requests) = printed(&["audit", "list", "--limit", "5000"], vec![events(&[], None)]);
        assert_eq!(requests[0]["pagination"]["limit"], 1000);
    }

    #[test]
    fn more_rows_than_asked_for_are_not_printed() {
        for limit in ["0", "1"] {
            let (reply, _) = printed(&["audit", "list", "--limit", limit], vec![events(&[9, 8], None)]);
            assert_eq!(reply["events"].as_array().unwrap().len().to_string(), limit);
        }
    }

    #[test]
    fn an_empty_page_with_a_next_one_does_not_end_the_listing() {
        let pages = vec![events(&[], Some("a")), events(&[], Some("b")), events(&[1], None)];
        let (reply, _) = printed(&["audit", "list"], pages);
        assert_eq!(reply["events"].as_array().unwrap().len(), 1);
    }

    #[test]
    fn a_page_that_is_followed_by_itself_is_an_error() {
        for command in [&["audit", "list"][..], &["audit", "export"], &["name", "list"], &["user", "list"]] {
            let page = json!({ "events": [], "names": [], "result": [], "nextPageToken": "a" });
            assert_eq!(answered(command, page), Err(UNKNOWN_FORM.to_owned()), "{command:?}");
        }
    }

    #[test]
    fn a_listing_that_fails_in_the_middle_prints_nothing() {
        for json_too in [true, false] {
            let mut script = Script::new([Ok(events(&[9], Some("a"))), Err("not today".to_owned())]);
            let ran = script.run(if json_too { &["--json", "audit", "list"] } else { &["audit", "list"] });
            assert_eq!((ran.result, &*ran.output), (Err("not today".to_owned()), ""));
        }
    }

    #[test]
    fn rows_of_an_unknown_form_are_an_error_where_they_are_counted_or_read() {
        for command in [
            &["--json", "audit", "list"][..],
            &["--json", "user", "list"],
            &["audit", "export"],
            &["project", "list"],
        ] {
            for reply in [json!({}), json!([]), json!({ "events": {}, "result": 1, "projects": "x" })] {
                assert_eq!(answered(command, reply), Err(UNKNOWN_FORM.to_owned()), "{command:?}");
            }
        }
    }

    /// Every listing of the command line, with the member that has the rows.
    #[test]
    fn every_listing_reads_all_pages() {
        for (command, rows) in [
            (&["user", "metadata", "list", "u"][..], "metadata"),
            (&["key", "list", "u"], "result"),
            (&["pat", "list", "u"], "result"),
            (&["api", "list"], "applications"),
            (&["api", "keys"], "keys"),
            (&["project", "list"], "projects"),
            (&["project", "grant", "list"], "projectGrants"),
            (&["role", "list", "1"], "projectRoles"),
            (&["authorization", "list"], "authorizations"),
            (&["organization", "list"], "result"),
            (&["organization", "metadata", "list", "1"], "metadata"),
            (&["name", "list"], "names"),
            (&["admin", "list"], "administrators"),
            (&["credential", "unused"], "credentials"),
            (&["credential", "expiring"], "credentials"),
            (&["user", "list"], "result"),
            (&["audit", "list"], "events"),
        ] {
            let pages = vec![json!({ rows: [1, 2], "nextPageToken": "a" }), json!({ rows: [3] })];
            let (reply, requests) = printed(command, pages);
            assert_eq!(reply, json!({ rows: [1, 2, 3] }), "{command:?}");
            let page = requests[1].get("pagination").or(requests[1].get("query")).unwrap();
            assert_eq!(page["pageToken"], "a", "{command:?}");
        }
    }

    #[test]
    fn an_export_prints_each_event_of_all_pages_on_a_line_oldest_first() {
        for json_too in [true, false] {
            let mut script = Script::new([Ok(events(&[1, 2], Some("a"))), Ok(events(&[3], None))]);
            let ran =
                script.run(if json_too { &["--json", "audit", "export"] } else { &["audit", "export"] });
            let lines = ran.output.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
            assert_eq!(lines.map(|event| event["novelty"].clone()).collect::<Vec<_>>(), [1, 2, 3]);
            assert!(script.requests().iter().all(|request| request["pagination"]["asc"] == true));
        }
    }

    #[test]
    fn an_export_that_fails_in_the_middle_is_an_error_behind_what_came() {
        let mut script = Script::new([Ok(events(&[1, 2], Some("a"))), Err("not today".to_owned())]);
        let ran = script.run(&["audit", "export"]);
        assert_eq!((ran.result, ran.output.lines().count()), (Err("not today".to_owned()), 2));
    }
}
