//! Random command sequences against a model that is too simple to be wrong.
//!
//! The model keeps every user and token in a list. After each step the store must agree with it on
//! the liveness of every token ever issued and on every user. PROPTEST_CASES makes it run longer.

#![expect(clippy::unwrap_used, reason = "a test program fails by panicking, its helpers too")]

mod rows;
mod steps;

use jeton_domain::admin::{ClientOperation, ClientUpdate};
use jeton_domain::credential::ExistingCredentials;
use jeton_domain::id::{ClientId, ClientName};
use jeton_domain::limits::TOKEN_LIFETIME_MAX;
use jeton_domain::refusal::OperationError;
use jeton_domain::time::Lifetime;
use jeton_secret::CredentialId;
use jeton_store::journal::memory::MemoryJournal;
use jeton_store::query::{Page, Total, UserFilter, UserOrder, UserQuery, Within};
use proptest::prelude::*;
use std::collections::HashMap;
use steps::{Steps, Token};

#[derive(Debug, Clone)]
enum Step {
    Create(u8),
    Delete(u8),
    Deactivate(u8),
    Reactivate(u8),
    Rename { user: u8, to: u8 },
    AddCredential { user: u8, overlap: Option<u32> },
    RevokeCredential { user: u8, credential: u8 },
    RevokeCredentials(u8),
    Issue { user: u8, credential: u8, lifetime: u32 },
    RevokeToken(u8),
    RevokeTokens(u8),
    RevokeTokensOf { user: u8, credential: u8 },
    Advance(u32),
    Reopen,
    Crash,
}

fn step() -> impl Strategy<Value = Step> {
    let user = 0..4_u8;
    prop_oneof![
        2 => user.clone().prop_map(Step::Create),
        1 => user.clone().prop_map(Step::Delete),
        1 => user.clone().prop_map(Step::Deactivate),
        1 => user.clone().prop_map(Step::Reactivate),
        1 => (user.clone(), user.clone()).prop_map(|(user, to)| Step::Rename { user, to }),
        3 => (user.clone(), proptest::option::of(0..200_u32)).prop_map(|(user, overlap)| Step::AddCredential { user, overlap }),
        1 => (user.clone(), any::<u8>()).prop_map(|(user, credential)| Step::RevokeCredential { user, credential }),
        1 => user.clone().prop_map(Step::RevokeCredentials),
        8 => (user.clone(), any::<u8>(), 1..300_u32).prop_map(|(user, credential, lifetime)| Step::Issue { user, credential, lifetime }),
        2 => any::<u8>().prop_map(Step::RevokeToken),
        1 => user.clone().prop_map(Step::RevokeTokens),
        1 => (user, any::<u8>()).prop_map(|(user, credential)| Step::RevokeTokensOf { user, credential }),
        2 => (1..200_u32).prop_map(Step::Advance),
        1 => Just(Step::Reopen),
        1 => Just(Step::Crash),
    ]
}

#[derive(Default)]
struct Model {
    users: Vec<User>,
    /// Names that no user has any more, and their last owners.
    retired: HashMap<u8, ClientId>,
    tokens: Vec<Issued>,
}

struct User {
    name: u8,
    id: ClientId,
    active: bool,
    credentials: Vec<Known>,
}

struct Known {
    id: CredentialId,
    end: Option<u64>,
    revoked: bool,
}

struct Issued {
    token: Token,
    user: ClientId,
    credential: CredentialId,
    expires: u64,
    revoked: bool,
}

impl Known {
    fn works(&self, now: u64) -> bool {
        !self.revoked && self.end.is_none_or(|end| end > now)
    }
}

impl Model {
    fn user(&mut self, name: u8) -> Option<&mut User> {
        self.users.iter_mut().find(|user| user.name == name)
    }

    /// A credential of a user, picked by a number; the user's id with it.
    fn pick(&mut self, name: u8, number: u8) -> Option<(ClientId, CredentialId)> {
        let user = self.user(name)?;
        let picked = user.credentials.get(usize::from(number) % user.credentials.len().max(1))?;
        Some((user.id, picked.id))
    }

    fn is_live(&self, issued: &Issued, now: u64) -> bool {
        let Some(user) = self.users.iter().find(|user| user.id == issued.user) else { return false };
        let credential = user.credentials.iter().find(|credential| credential.id == issued.credential);
        !issued.revoked
            && issued.expires > now
            && user.active
            && credential.is_some_and(|credential| !credential.revoked)
    }

    fn revoke_tokens(&mut self, of: impl Fn(&Issued) -> bool) {
        self.tokens.iter_mut().filter(|issued| of(issued)).for_each(|issued| issued.revoked = true);
    }
}

/// Applies a step to both; they must agree on its success.
fn take(step: &Step, steps: Steps, model: &mut Model) -> Steps {
    let now = steps.now().0;
    match *step {
        Step::Create(name) => {
            let id = ClientId(steps.store().next_id(steps.now()));
            let created = steps.create(id, &format!("user-{name}"));
            if model.user(name).is_some() {
                assert_eq!(created, Err(OperationError::NameTaken));
            } else if model.retired.contains_key(&name) {
                assert_eq!(created, Err(OperationError::NameRetired));
            } else {
                created.unwrap();
                model.users.push(User { name, id, active: true, credentials: Vec::new() });
            }
        }
        Step::Delete(name) => {
            if let Some(id) = model.user(name).map(|user| user.id) {
                steps.change(id, ClientOperation::Delete).unwrap();
                model.users.retain(|user| user.id != id);
                model.retired.insert(name, id);
            }
        }
        Step::Deactivate(name) | Step::Reactivate(name) => {
            let active = matches!(step, Step::Reactivate(_));
            if let Some(user) = model.user(name) {
                let changed = steps.update(
                    user.id,
                    if active { ClientUpdate::Reactivate } else { ClientUpdate::Deactivate },
                );
                assert_eq!(changed.is_ok(), user.active != active);
                user.active = active;
            }
        }
        Step::Rename { user, to } => {
            let taken = model.user(to).is_some();
            let owner = model.retired.get(&to).copied();
            if let Some(user) = model.user(user) {
                let username = Some(ClientName::username(&format!("user-{to}")).unwrap());
                let renamed = steps.update(user.id, ClientUpdate::Edit { username, edit: Box::default() });
                let free = owner.is_none_or(|owner| owner == user.id);
                assert_eq!(renamed.is_ok(), !taken && free || to == user.name);
                if renamed.is_ok() && to != user.name {
                    let (id, old) = (user.id, user.name);
                    user.name = to;
                    model.retired.remove(&to);
                    model.retired.insert(old, id);
                }
            }
        }
        Step::AddCredential { user, overlap } => {
            if let Some(user) = model.user(user) {
                let others = overlap.map_or(ExistingCredentials::Keep, |overlap| {
                    ExistingCredentials::EndAfter(Lifetime(overlap))
                });
                let id = steps.add_credential(user.id, others).unwrap();
                if let Some(overlap) = overlap {
                    let end = now + u64::from(overlap);
                    for known in user.credentials.iter_mut().filter(|known| known.works(now)) {
                        known.end = Some(known.end.map_or(end, |earlier| earlier.min(end)));
                    }
                }
                user.credentials.push(Known { id, end: None, revoked: false });
            }
        }
        Step::RevokeCredential { user, credential } => {
            if let Some((id, credential)) = model.pick(user, credential) {
                let revoked = steps.update(id, ClientUpdate::RevokeCredential(credential));
                let known = model
                    .user(user)
                    .unwrap()
                    .credentials
                    .iter_mut()
                    .find(|known| known.id == credential)
                    .unwrap();
                assert_eq!(revoked.is_err(), known.revoked);
                known.revoked = true;
            }
        }
        Step::RevokeCredentials(name) => {
            if let Some(user) = model.user(name) {
                let revoked = steps.update(user.id, ClientUpdate::RevokeSecrets);
                assert_eq!(revoked.is_ok(), user.credentials.iter().any(|known| !known.revoked));
                user.credentials.iter_mut().for_each(|known| known.revoked = true);
            }
        }
        Step::Issue { user, credential, lifetime } => {
            if let Some((id, credential)) = model.pick(user, credential) {
                let issued = steps.issue(id, credential, lifetime);
                let user = model.user(user).unwrap();
                let works = user.credentials.iter().any(|known| known.id == credential && known.works(now));
                assert_eq!(issued.is_some(), user.active && works);
                if let Some(token) = issued {
                    let expires = now + u64::from(lifetime);
                    model.tokens.push(Issued { token, user: id, credential, expires, revoked: false });
                }
            }
        }
        Step::RevokeToken(number) => {
            let count = model.tokens.len().max(1);
            if let Some(issued) = model.tokens.get_mut(usize::from(number) % count) {
                steps.revoke(&issued.token);
                issued.revoked = true;
            }
        }
        Step::RevokeTokens(name) => {
            if let Some(id) = model.user(name).map(|user| user.id) {
                steps.update(id, ClientUpdate::RevokeTokens).unwrap();
                model.revoke_tokens(|issued| issued.user == id);
            }
        }
        Step::RevokeTokensOf { user, credential } => {
            if let Some((id, credential)) = model.pick(user, credential) {
                steps.update(id, ClientUpdate::RevokeTokensOf(credential)).unwrap();
                model.revoke_tokens(|issued| issued.credential == credential);
            }
        }
        Step::Advance(seconds) => steps.clock.advance(u64::from(seconds)),
        Step::Reopen => return steps.reopen(),
        Step::Crash => return steps.crash(),
    }
    steps
}

fn compare(steps: &Steps, model: &Model) {
    let now = steps.now().0;
    for issued in &model.tokens {
        assert_eq!(steps.is_live(&issued.token), model.is_live(issued, now), "{:?}", issued.token);
    }
    let listing = steps.listing();
    assert_eq!(listing.len(), model.users.len());
    for client in listing {
        let user = model.users.iter().find(|user| user.id == client.id).unwrap();
        assert_eq!(client.name.as_str(), format!("user-{}", user.name));
        assert_eq!(
            client.has_live_secret(steps.moment()),
            user.credentials.iter().any(|known| known.works(now))
        );
    }
    compare_indexes(steps, model);
}

/// Indexes of users lead to the same ones as their ids, and the trail is whole.
fn compare_indexes(steps: &Steps, model: &Model) {
    let snapshot = steps.store().snapshot().unwrap();
    let listed = |within: Within<_>, order| -> Vec<_> {
        let page = Page { after: None, backwards: false, offset: 0, limit: 1_000 };
        let query = UserQuery { within, filter: UserFilter::EVERYTHING, order, page };
        let listed = snapshot.list_users(&query).unwrap();
        assert_eq!(listed.total, Total::Exactly(model.users.len() as u64));
        listed.found.iter().map(|client| (client.name.to_string(), client.id)).collect()
    };
    let expected: Vec<_> = model.users.iter().map(|user| (format!("user-{}", user.name), user.id)).collect();
    for within in [Within::Everything, Within::These([steps.organization()].into())] {
        assert_eq!(steps.users_len(&within), model.users.len() as u64);
        let mut by_name = expected.clone();
        by_name.sort();
        assert_eq!(listed(within.clone(), UserOrder::Username), by_name);
        // Ids begin with the second of their creation, so users stand in the order of their ids.
        let mut by_creation = expected.clone();
        by_creation.sort_by_key(|(_, id)| *id);
        assert_eq!(listed(within, UserOrder::Creation), by_creation);
    }
    assert_eq!(snapshot.verify_trail().unwrap().faults, []);
}

/// The rows that servers share.
fn shared_rows(steps: Steps) -> String {
    let own = |line: &&str| !line.contains("_clock\"") && !line.contains("last_uses");
    rows::dump(&steps.close()).lines().filter(own).map(|line| format!("{line}\n")).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(48), ..ProptestConfig::default() })]

    #[test]
    fn the_store_agrees_with_the_model(sequence in proptest::collection::vec(step(), 1..60)) {
        // Longer than any sequence lasts, so no credential is deleted.
        prop_assert!(TOKEN_LIFETIME_MAX.0 > 60 * 200);
        let (mut steps, mut model) = (Steps::new(), Model::default());
        for step in &sequence {
            steps = take(step, steps, &mut model);
            compare(&steps, &model);
        }
    }

    /// Each step on another server than the one before.
    #[test]
    fn servers_that_share_a_journal_agree_with_the_model(
        sequence in proptest::collection::vec(step(), 1..40)
    ) {
        let journal = MemoryJournal::default();
        let (mut servers, mut model) = (Vec::from(Steps::sharing::<3>(&journal)), Model::default());
        for step in &sequence {
            let server = servers.remove(0);
            server.confirm().unwrap();
            servers.push(take(step, server, &mut model));
            for server in &servers {
                server.confirm().unwrap();
                compare(server, &model);
            }
        }
        let rows: Vec<_> = servers.into_iter().map(shared_rows).collect();
        for other in &rows[1..] {
            prop_assert_eq!(other, &rows[0]);
        }
    }
}
