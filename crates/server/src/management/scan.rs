//! Listings of credentials over all users: a walk over the table of users, one part of it for each page.

use super::ApiError;
use super::call::{Call, Caller};
use super::json::Page;
use crate::limits::SCAN_USERS_MAX;
use jeton_oauth::client::Client;
use jeton_oauth::credential::Credential;
use jeton_oauth::id::ClientId;
use jeton_oauth::permission::{Permission, Place};
use jeton_store::{Snapshot, Unavailable};
use std::ops::ControlFlow;

/// One page.
pub(super) struct Scanned<T> {
    /// What was found, in the order of users' ids.
    pub(super) found: Vec<T>,
    /// Where the next page begins; none on the last one.
    pub(super) next_page_token: Option<String>,
}

/// Shows `list` the credentials of the users that the caller sees, and keeps what it makes of them. A page looks at a
/// bounded number of users, so it may be short and still have a next one.
pub(super) fn scan<T>(
    call: &Call,
    page: &Page,
    list: impl Fn(&Snapshot, &Client, &Credential) -> Result<Option<T>, Unavailable>,
) -> Result<Scanned<T>, ApiError> {
    let limit = page.limit()?;
    if page.offset > 0 {
        return Err(ApiError::invalid("pagination.offset: this listing is paged by pageToken"));
    }
    let from = match page.page_token.as_deref().filter(|token| !token.is_empty()) {
        Some(token) => ClientId::parse(token).map_err(|_| {
            ApiError::invalid("pagination.pageToken: must be one that a page had as nextPageToken")
        })?,
        None => ClientId(0),
    };
    Ok(walk(&*call.snapshot()?, &call.caller, from, limit, list)?)
}

fn walk<T>(
    snapshot: &Snapshot,
    caller: &Caller,
    from: ClientId,
    limit: usize,
    list: impl Fn(&Snapshot, &Client, &Credential) -> Result<Option<T>, Unavailable>,
) -> Result<Scanned<T>, Unavailable> {
    let (mut found, mut next, mut left) = (Vec::new(), None, SCAN_USERS_MAX);
    let mut trouble = Ok(());
    snapshot.for_each_client(from, |client| {
        let Ok(client) = client else { return ControlFlow::Continue(()) };
        // A user is on one page with all its credentials, so a page may be longer by those of one user.
        if found.len() >= limit || left == 0 {
            next = Some(client.id);
            return ControlFlow::Break(());
        }
        left -= 1;
        let place = Place::Organization(client.organization);
        if client.service_user().is_none() || !caller.may(Permission::UserRead, place) {
            return ControlFlow::Continue(());
        }
        for credential in &client.credentials {
            match list(snapshot, &client, credential) {
                Ok(listed) => found.extend(listed),
                Err(unavailable) => {
                    trouble = Err(unavailable);
                    return ControlFlow::Break(());
                }
            }
        }
        ControlFlow::Continue(())
    })?;
    trouble?;
    Ok(Scanned { found, next_page_token: next.map(|next| next.to_string()) })
}
