//! Listings of credentials over all users: a walk along the index of users, one part of it for each page.

use super::ApiError;
use super::call::{Call, Caller};
use super::json::Page;
use super::pages;
use crate::limits::SCAN_USERS_MAX;
use jeton_oauth::client::Client;
use jeton_oauth::credential::Credential;
use jeton_oauth::id::{ClientId, OrganizationId};
use jeton_oauth::permission::{Permission, Place};
use jeton_oauth::project::Instance;
use jeton_oauth::time::Timestamp;
use jeton_store::{Snapshot, Unavailable, listing};
use std::ops::ControlFlow;

/// One page.
pub(super) struct Scanned<T> {
    /// What was found, in the order of organizations and of the creation of users.
    pub(super) found: Vec<T>,
    /// The token of the next page; none on the last one.
    pub(super) next_page_token: Option<String>,
}

/// A user that a page has looked at, in the part of the index for its organization, or for all of them.
#[derive(Debug, Clone, Copy)]
struct Looked {
    home: Option<OrganizationId>,
    user: listing::Place,
}

impl Looked {
    fn write(self) -> Vec<u8> {
        let home = self.home.map_or(0, |organization| organization.0);
        pages::place([home, self.user.created.0, self.user.id.0])
    }

    fn read(place: &[u8]) -> Option<Self> {
        let [home, created, id] = pages::numbers(place)?;
        let user = listing::Place { created: Timestamp(created), id: ClientId(id) };
        Some(Self { home: (home > 0).then_some(OrganizationId(home)), user })
    }
}

/// Shows `list` the credentials of the users that the caller sees, and keeps what it makes of them. A page looks at a
/// bounded number of users, so it may be short and still have a next one. Users of other organizations are not looked at.
pub(super) fn scan<T>(
    call: &Call,
    name: &str,
    page: &Page,
    list: impl Fn(&Snapshot, &Client, &Credential) -> Result<Option<T>, Unavailable>,
) -> Result<Scanned<T>, ApiError> {
    let limit = page.limit();
    if page.offset > 0 {
        return Err(ApiError::invalid("pagination.offset: this listing is paged by pageToken"));
    }
    let after = call.page_place(name, "pagination", page)?.as_deref().and_then(Looked::read);
    let (found, last) = walk(&*call.snapshot()?, &call.caller, after, limit, list)?;
    let next_page_token = last.map(|last| call.page_token(name, &last.write()));
    Ok(Scanned { found, next_page_token })
}

/// What was found, and the last user that was looked at if there are more.
fn walk<T>(
    snapshot: &Snapshot,
    caller: &Caller,
    after: Option<Looked>,
    limit: usize,
    list: impl Fn(&Snapshot, &Client, &Credential) -> Result<Option<T>, Unavailable>,
) -> Result<(Vec<T>, Option<Looked>), Unavailable> {
    let (mut found, mut last, mut more, mut left) = (Vec::new(), None, false, SCAN_USERS_MAX);
    let mut trouble = Ok(());
    for home in homes(caller, snapshot.instance()) {
        let after = after.filter(|after| after.home >= home);
        if more || after.is_some_and(|after| after.home > home) {
            continue;
        }
        snapshot.for_each_user(home, after.map(|after| after.user), false, |user| {
            // A user is on one page with all its credentials, so a page may be longer by those of one user.
            if found.len() >= limit || left == 0 {
                more = true;
                return ControlFlow::Break(());
            }
            left -= 1;
            last = Some(Looked { home, user });
            match look(snapshot, user.id, &list) {
                Ok(listed) => found.extend(listed),
                Err(unavailable) => trouble = Err(unavailable),
            }
            if trouble.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        trouble?;
    }
    Ok((found, last.filter(|_| more)))
}

fn look<T>(
    snapshot: &Snapshot,
    user: ClientId,
    list: &impl Fn(&Snapshot, &Client, &Credential) -> Result<Option<T>, Unavailable>,
) -> Result<Vec<T>, Unavailable> {
    let Ok(known) = snapshot.listed(user)? else { return Ok(Vec::new()) };
    let listed = known.client.credentials.iter().map(|credential| list(snapshot, &known.client, credential));
    listed.filter_map(Result::transpose).collect()
}

/// The parts of the index that a caller may see, in their order: that of all users, or those of organizations.
fn homes(caller: &Caller, instance: &Instance) -> Vec<Option<OrganizationId>> {
    if caller.may(Permission::UserRead, Place::Instance) {
        return vec![None];
    }
    let sees = |id: &&OrganizationId| caller.may(Permission::UserRead, Place::Organization(**id));
    let mut homes: Vec<_> = instance.organizations.keys().filter(sees).copied().map(Some).collect();
    homes.sort_unstable();
    homes
}
