//! Decisions without a store.

mod matrix;
mod model;
mod plans;

use super::{
    Change, ChangeOrganization, ClientOperation, ClientUpdate, Decide, Decision, Operation,
    OrganizationOperation, PastNeeded, Record, RevokeOwnToken, UpdateClient,
};
use crate::client::Client;
use crate::fixtures::{ORGANIZATION, PROJECT};
use crate::id::{ClientId, EventId};
use crate::permission::{AdminRole, AdminScope};
use crate::refusal::OperationError;
use model::{FOREIGN, Model, user};
use plans::{KINDS, Plan};
use proptest::prelude::*;

/// An owner, one with each of some other roles, and one without any.
fn model() -> Model {
    let home = AdminScope::Organization(ORGANIZATION);
    Model::new([
        user(300, ORGANIZATION, &[(AdminScope::Instance, AdminRole::IamOwner)]),
        user(301, ORGANIZATION, &[(home, AdminRole::OrgOwner)]),
        user(302, ORGANIZATION, &[(home, AdminRole::OrgUserManager)]),
        user(303, ORGANIZATION, &[(AdminScope::Project(PROJECT), AdminRole::ProjectOwner)]),
        user(304, FOREIGN, &[(AdminScope::Organization(FOREIGN), AdminRole::OrgOwner)]),
        user(305, ORGANIZATION, &[]),
    ])
}

fn plan() -> impl Strategy<Value = Plan> {
    (0..=KINDS, 0_u64..8, 0_u64..8).prop_map(|(kind, subject, part)| Plan { kind, subject, part })
}

/// The operator, or one of the users.
fn actor() -> impl Strategy<Value = Option<ClientId>> {
    prop_oneof![2 => Just(None), 5 => (300_u64..306).prop_map(|id| Some(ClientId(id)))]
}

/// A decision that changes a record tells so, and the record names one of its events.
fn check_events(decision: &Decision, first: EventId) {
    let events = decision.events();
    assert!(decision.changes().is_empty() || !events.is_empty(), "{decision:?}");
    let is_one = |event: EventId| (first.0..first.0 + events.len() as u64).contains(&event.0);
    for change in decision.changes() {
        let named = match change {
            Change::PutClient { after, .. } => Some(after.event_id),
            Change::PutOrganization(organization) => Some(organization.event_id),
            Change::PutProject(_)
            | Change::PutPast(..)
            | Change::RemoveUnreadablePast(..)
            | Change::RemoveClient(_)
            | Change::RemoveUnreadableClient(_)
            | Change::SetClientAside(_)
            | Change::RemoveOrganization(_)
            | Change::RemoveProject(_)
            | Change::SetAside(_)
            | Change::EndSetAside(_)
            | Change::FreeName(_)
            | Change::PutSigningKeys(_)
            | Change::PutTokenKeys(_)
            | Change::RevokeToken { .. }
            | Change::InvalidateAll => None,
        };
        assert!(named.is_none_or(is_one), "{change:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// Each operation is decided on the facts that it asks for, twice with one result. Its changes are told,
    /// and no client takes the last owner from the instance.
    #[test]
    fn decisions_need_no_other_facts_and_are_told_and_leave_an_owner(
        steps in proptest::collection::vec((actor(), plan()), 1..40),
    ) {
        let mut model = model();
        for (by, plan) in steps {
            let Ok(context) = model.context(by, None) else { continue };
            let (first, second) =
                (model.decide(plan.operation(), &context), model.decide(plan.operation(), &context));
            prop_assert_eq!(format!("{:?}", &first), format!("{:?}", &second));
            let decision = match first {
                Ok(decision) => decision,
                Err(refusal) => {
                    prop_assert_ne!(refusal, OperationError::FactsUnavailable, "{:?}", plan);
                    continue;
                }
            };
            check_events(&decision, context.event_id());
            prop_assert!(decision.events().iter().all(|event| !event.entry.note.contains("9, 9, 9")));
            let had_owner = model.has_owner(|_| true);
            model.apply(decision);
            prop_assert!(by.is_none() || !had_owner || model.has_owner(|_| true), "{:?} by {:?}", plan, by);
        }
    }

    /// More roles never make a command refused for lack of a right.
    #[test]
    fn who_has_more_roles_may_do_no_less(
        steps in proptest::collection::vec((actor(), plan()), 0..20),
        few in proptest::collection::vec(proptest::sample::select(&ROLES[..]), 0..3),
        more in proptest::collection::vec(proptest::sample::select(&ROLES[..]), 0..3),
        attempt in plan(),
    ) {
        let mut model = model();
        for (by, plan) in steps {
            let Ok(context) = model.context(by, None) else { continue };
            if let Ok(decision) = model.decide(plan.operation(), &context) {
                model.apply(decision);
            }
        }
        let decide = |roles: &[(AdminScope, AdminRole)]| {
            let actor = user(399, ORGANIZATION, roles);
            let mut model = model.clone();
            model.clients.insert(actor.id, actor.clone());
            let context = model.context(Some(actor.id), None)?;
            model.decide(attempt.operation(), &context)
        };
        let with_few = decide(&few);
        let with_more = decide(&[few, more].concat());
        let is_denied = |result: &Result<Decision, OperationError>| {
            matches!(result, Err(OperationError::NotPermitted(_)))
        };
        prop_assert!(is_denied(&with_few) || !is_denied(&with_more), "{:?}: {:?}", attempt, with_more);
    }
}

const ROLES: [(AdminScope, AdminRole); 6] = [
    (AdminScope::Instance, AdminRole::IamOwner),
    (AdminScope::Instance, AdminRole::IamUserManager),
    (AdminScope::Organization(ORGANIZATION), AdminRole::OrgOwner),
    (AdminScope::Organization(FOREIGN), AdminRole::OrgOwner),
    (AdminScope::Organization(ORGANIZATION), AdminRole::OrgUserPermissionEditor),
    (AdminScope::Project(PROJECT), AdminRole::ProjectOwner),
];

fn update(client: u64, update: ClientUpdate) -> Operation {
    Operation::Client(ClientId(client), ClientOperation::Update(update))
}

#[test]
fn the_last_owner_stays_unless_the_operator_ends_it() {
    let model = model();
    let ends: [fn() -> Operation; 4] = [
        || update(300, ClientUpdate::Deactivate),
        || update(300, ClientUpdate::Lock),
        || update(300, ClientUpdate::RemoveAdminRoles(AdminScope::Instance)),
        || Operation::Client(ClientId(300), ClientOperation::Delete),
    ];
    for end in ends {
        let owner = model.context(Some(ClientId(300)), None).unwrap();
        assert_eq!(model.decide(end(), &owner).unwrap_err(), OperationError::LastOwner);
        let operator = model.context(None, None).unwrap();
        assert!(model.decide(end(), &operator).is_ok());
    }
}

#[test]
fn a_stale_command_is_refused_after_its_rights_were_checked() {
    let model = model();
    let lock = || update(305, ClientUpdate::Lock);
    let owner = model.context(Some(ClientId(300)), Some(EventId(77))).unwrap();
    assert_eq!(model.decide(lock(), &owner).unwrap_err(), OperationError::Stale);
    let other = model.context(Some(ClientId(304)), Some(EventId(77))).unwrap();
    assert!(matches!(model.decide(lock(), &other), Err(OperationError::NotPermitted(_))));
    let fresh = model.context(Some(ClientId(300)), Some(model.clients[&ClientId(305)].event_id)).unwrap();
    assert!(model.decide(lock(), &fresh).is_ok());
}

/// Facts are loaded before a decision, so a refusal must not cost what only the rest of it needs.
#[test]
fn a_command_that_is_refused_before_asks_for_no_facts_of_the_rest() {
    let model = model();
    let owner = Record::Is(Box::new(model.clients[&ClientId(300)].clone()));
    let asks = |by: u64, expected: Option<EventId>, update: ClientUpdate| {
        let context = model.context(Some(ClientId(by)), expected).unwrap();
        let update = UpdateClient { id: ClientId(300), update };
        let asks = update.asks(&owner, &context);
        (asks.other_owner, asks.past)
    };
    assert_eq!(asks(300, None, ClientUpdate::Lock), (true, PastNeeded::None));
    assert_eq!(asks(300, None, ClientUpdate::RevokeSecrets).1, PastNeeded::All);
    let stale = Some(EventId(77));
    for (by, expected) in [(302, None), (305, None), (300, stale)] {
        assert_eq!(asks(by, expected, ClientUpdate::Lock), (false, PastNeeded::None), "{by}");
        assert_eq!(asks(by, expected, ClientUpdate::RevokeSecrets), (false, PastNeeded::None), "{by}");
    }
    let ends = |id, expected| {
        let context = model.context(Some(ClientId(300)), expected).unwrap();
        let end = ChangeOrganization { id, operation: OrganizationOperation::Delete };
        end.asks_for_administrators(&context)
    };
    let default = model.context(None, None).unwrap().instance().default_organization;
    let other = if default == FOREIGN { ORGANIZATION } else { FOREIGN };
    assert!(ends(other, None) && !ends(other, stale) && !ends(default, None));
}

/// The mark of the credential is told once an hour; in between the record keeps its former event id.
#[test]
fn a_quiet_revocation_keeps_the_event_id_of_the_record() {
    let model = model();
    let context = model.context(None, None).unwrap();
    let client = model.clients[&ClientId(305)].clone();
    let revoke = |client: &Client| {
        let token = Plan { kind: 42, subject: 5, part: 0 }.token();
        RevokeOwnToken(token).decide(&model.full(client), &context).unwrap()
    };
    let after = |decision: &Decision| {
        let changed = decision.changes().iter().find_map(|change| {
            let Change::PutClient { after, .. } = change else { return None };
            Some(Client::clone(after))
        });
        changed.unwrap()
    };
    let told = revoke(&client);
    assert_eq!((told.events().len(), after(&told).event_id), (1, context.event_id()));
    let quiet = revoke(&after(&told));
    assert_eq!((quiet.events().len(), after(&quiet).event_id), (0, after(&told).event_id));
}
