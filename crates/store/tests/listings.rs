//! Listings find the existing objects, in order, page by page, and no others.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test program fails by panicking, its helpers too"
)]

mod steps;

use jeton_domain::admin::{
    ClientOperation, ClientUpdate, NewServiceUser, Operation, OrganizationOperation, ProjectEdit,
    ProjectOperation,
};
use jeton_domain::client::{Client, ClientState};
use jeton_domain::credential::ExistingCredentials;
use jeton_domain::id::{AuthorizationId, ClientId, EventId, OrganizationId, ProjectId};
use jeton_domain::permission::{AdminRole, AdminScope};
use jeton_domain::service_user::{Authorization, Edit, ServiceUser};
use jeton_secret::CredentialId;
use jeton_store::query::{
    AdministratorQuery, ApplicationOrder, ApplicationQuery, AuthorizationFilter, AuthorizationQuery, ByGrant,
    CredentialFilter, CredentialOwners, CredentialQuery, CredentialType, Page, TextMatch, TextMethod, Total,
    UserFilter, UserOrder, UserPlace, UserQuery, Within,
};
use proptest::prelude::*;
use proptest::sample::select;
use std::collections::BTreeSet;
use steps::{Steps, text};

fn does(steps: &Steps, operation: Operation) {
    steps.store().execute(steps.command(operation)).unwrap();
}

fn next(steps: &Steps) -> u64 {
    steps.store().next_id(steps.now())
}

fn organization(steps: &Steps, name: &str) -> OrganizationId {
    let id = OrganizationId(next(steps));
    does(steps, Operation::Organization(id, OrganizationOperation::Create(text(name), Vec::new())));
    id
}

fn project(steps: &Steps, organization: OrganizationId) -> ProjectId {
    let id = ProjectId(next(steps));
    let create = ProjectOperation::Create { organization, name: text("Shop"), edit: ProjectEdit::default() };
    does(steps, Operation::Project(id, create));
    id
}

fn api(steps: &Steps, project: ProjectId, name: &str) -> ClientId {
    let id = ClientId(next(steps));
    let create = ClientOperation::CreateApi { name: text(name), project, resource: None, credential: None };
    does(steps, Operation::Client(id, create));
    id
}

fn user(steps: &Steps, organization: OrganizationId, name: &str, shown: &str) -> ClientId {
    let id = ClientId(next(steps));
    let user = ServiceUser { name: text(shown), ..ServiceUser::default() };
    let user = NewServiceUser { organization, user, ..steps.new_user(id, name) };
    does(steps, Operation::CreateServiceUsers(vec![user]));
    id
}

/// Ten users in each of three organizations, created in turns, some at the same second.
fn scene() -> (Steps, Vec<OrganizationId>) {
    let steps = Steps::new();
    let homes = vec![steps.organization(), organization(&steps, "B"), organization(&steps, "C")];
    for number in 0..30_usize {
        steps.clock.advance((number % 2) as u64);
        let name = format!("{}-{number}", ["Billing", "shop", "Straße"][number * 7 % 3]);
        let id = user(&steps, homes[number % 3], &name, &format!("Name {}", number % 5));
        match number % 4 {
            0 => drop(steps.update(id, ClientUpdate::Deactivate).unwrap()),
            1 => drop(steps.update(id, ClientUpdate::Lock).unwrap()),
            _ => {}
        }
    }
    (steps, homes)
}

/// All users that a query finds, page by page.
fn walk(steps: &Steps, query: &mut UserQuery) -> Vec<ClientId> {
    let mut found = Vec::new();
    query.page.after = None;
    loop {
        let listed = steps.store().snapshot().unwrap().list_users(query).unwrap();
        assert!(listed.found.len() <= query.page.limit && listed.unreadable.is_empty());
        found.extend(listed.found.iter().map(|client| client.id));
        query.page.after = listed.next;
        if query.page.after.is_none() {
            return found;
        }
    }
}

/// A filter by numbers, which refer to the existing users.
#[derive(Debug, Clone)]
enum Sketch {
    Username(TextMethod, bool, &'static str),
    DisplayName(TextMethod, &'static str),
    State(ClientState),
    Ids(Vec<usize>),
    Organization(usize),
    All(Vec<Sketch>),
    Any(Vec<Sketch>),
    Not(Box<Sketch>),
}

impl Sketch {
    fn filter(&self, all: &[Client], homes: &[OrganizationId]) -> UserFilter {
        let each = |sketches: &[Self]| sketches.iter().map(|sketch| sketch.filter(all, homes)).collect();
        match self {
            Self::Username(method, ignores_case, wanted) => {
                UserFilter::Username(TextMatch::new(*method, *ignores_case, wanted))
            }
            Self::DisplayName(method, wanted) => {
                UserFilter::DisplayName(TextMatch::new(*method, false, wanted))
            }
            Self::State(state) => UserFilter::State(*state),
            Self::Ids(places) => UserFilter::Ids(places.iter().map(|place| all[*place].id).collect()),
            Self::Organization(place) => UserFilter::Organization(homes[*place]),
            Self::All(sketches) => UserFilter::All(each(sketches)),
            Self::Any(sketches) => UserFilter::Any(each(sketches)),
            Self::Not(sketch) => UserFilter::Not(Box::new(sketch.filter(all, homes))),
        }
    }
}

fn sketch() -> impl Strategy<Value = Sketch> {
    let method = || {
        select(&[TextMethod::Equals, TextMethod::StartsWith, TextMethod::Contains, TextMethod::EndsWith][..])
    };
    let name =
        select(&["billing-0", "Billing-0", "b", "B", "strasse-", "Straße-2", "SHOP-1", "-1", "", "x"][..]);
    let leaf = prop_oneof![
        (method(), any::<bool>(), name).prop_map(|(method, case, name)| Sketch::Username(method, case, name)),
        (method(), select(&["Name 1", "Name", "2"][..]))
            .prop_map(|(method, name)| Sketch::DisplayName(method, name)),
        select(&[ClientState::Active, ClientState::Inactive, ClientState::Locked][..])
            .prop_map(Sketch::State),
        prop::collection::vec(0_usize..30, 0..5).prop_map(Sketch::Ids),
        (0_usize..3).prop_map(Sketch::Organization),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Sketch::All),
            prop::collection::vec(inner.clone(), 0..4).prop_map(Sketch::Any),
            inner.prop_map(|inner| Sketch::Not(Box::new(inner))),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn users_are_found_as_by_a_scan_of_all_users(
        sketches in prop::collection::vec(
            (sketch(), prop::collection::btree_set(0_usize..3, 0..4), any::<bool>(), 1_usize..12),
            20,
        ),
    ) {
        let (steps, homes) = scene();
        let all: Vec<Client> =
            steps.listing().into_iter().filter(|client| client.service_user().is_some()).collect();
        for (sketch, within, backwards, limit) in sketches {
            let filter = sketch.filter(&all, &homes);
            let these: BTreeSet<_> = within.iter().map(|place| homes[*place]).collect();
            let within = if these.len() == 3 { Within::Everything } else { Within::These(these) };
            for order in [UserOrder::Creation, UserOrder::Username, UserOrder::DisplayName, UserOrder::State] {
                let mut expected: Vec<_> = all
                    .iter()
                    .filter(|client| within.contains(client.organization) && filter.matches(client))
                    .map(|client| (UserPlace::of(order, client), client.id))
                    .collect();
                expected.sort();
                if backwards {
                    expected.reverse();
                }
                let expected: Vec<_> = expected.into_iter().map(|(_, id)| id).collect();
                let page = Page { after: None, backwards, offset: 0, limit };
                let (filter, within) = (filter.clone(), within.clone());
                let mut query = UserQuery { within, filter, order, page };
                prop_assert_eq!(walk(&steps, &mut query), expected.clone(), "{:?}", &query);
                query.page = Page { after: None, backwards, offset: 3, limit: 5 };
                let listed = steps.store().snapshot().unwrap().list_users(&query).unwrap();
                let found: Vec<_> = listed.found.iter().map(|client| client.id).collect();
                let part: Vec<_> = expected.iter().copied().skip(3).take(5).collect();
                prop_assert_eq!((found, listed.total), (part, Total::Exactly(expected.len() as u64)));
            }
        }
    }
}

#[test]
fn authorizations_are_found_by_project_user_and_role() {
    let (steps, homes) = scene();
    let projects = [project(&steps, homes[0]), project(&steps, homes[1])];
    let users: Vec<_> = steps.listing().iter().map(|client| client.id).take(8).collect();
    let mut granted = Vec::new();
    for (number, user) in users.iter().enumerate() {
        for project in &projects[..=number % 2] {
            let id = AuthorizationId(next(&steps));
            let (created, changed, event_id) = (steps.now(), steps.now(), EventId(0));
            let new = Authorization {
                id,
                project: *project,
                roles: Vec::new(),
                active: true,
                by_grant: false,
                created,
                changed,
                event_id,
            };
            steps.update(*user, ClientUpdate::Authorize(new)).unwrap();
            granted.push((id, *project, *user));
        }
    }
    granted.sort();
    let list = |within: Within<ProjectId>, filters: Vec<AuthorizationFilter>, backwards: bool| {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = Page { after, backwards, offset: 0, limit: 3 };
            let query = AuthorizationQuery {
                within: within.clone(),
                by_grant: ByGrant::default(),
                filters: filters.clone(),
                page,
            };
            let listed = steps.store().snapshot().unwrap().list_authorizations(&query).unwrap();
            found.extend(listed.found.iter().map(|(client, own)| (own.id, own.project, client.id)));
            after = listed.next;
            if after.is_none() {
                return found;
            }
        }
    };
    let expected = |wanted: &dyn Fn(&(AuthorizationId, ProjectId, ClientId)) -> bool| {
        granted.iter().copied().filter(wanted).collect::<Vec<_>>()
    };
    assert_eq!(list(Within::Everything, Vec::new(), false), granted);
    let mut backwards = granted.clone();
    backwards.reverse();
    assert_eq!(list(Within::Everything, Vec::new(), true), backwards);
    let one = Within::These([projects[1]].into());
    assert_eq!(list(one.clone(), Vec::new(), false), expected(&|(_, project, _)| *project == projects[1]));
    let of_two = AuthorizationFilter::Users([users[0], users[1]].into());
    let wanted = expected(&|(_, _, user)| users[..2].contains(user));
    assert_eq!(list(Within::Everything, vec![of_two.clone()], false), wanted);
    let wanted = expected(&|(_, project, user)| users[..2].contains(user) && *project == projects[1]);
    assert_eq!(list(one.clone(), vec![of_two], false), wanted);
    let named = AuthorizationFilter::Ids([granted[0].0, granted[5].0].into());
    assert_eq!(list(Within::Everything, vec![named], false), [granted[0], granted[5]]);
    let inactive = AuthorizationFilter::Active(false);
    assert_eq!(list(Within::Everything, vec![inactive], false), []);
    // APIs of a deleted project are not listed.
    does(&steps, Operation::Project(projects[1], ProjectOperation::Delete));
    assert_eq!(
        list(Within::Everything, Vec::new(), false),
        expected(&|(_, project, _)| *project == projects[0])
    );
    assert_eq!(list(one, Vec::new(), false), []);
}

#[test]
fn apis_and_administrators_are_found_where_the_caller_may_see_them() {
    let (steps, homes) = scene();
    let projects = [project(&steps, homes[0]), project(&steps, homes[1])];
    let apis: Vec<_> =
        (0..9).map(|number| api(&steps, projects[number % 2], &format!("API {number}"))).collect();
    let list = |within: Within<ProjectId>, order| {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = Page { after, backwards: false, offset: 0, limit: 2 };
            let query = ApplicationQuery { within: within.clone(), filters: Vec::new(), order, page };
            let listed = steps.store().snapshot().unwrap().list_applications(&query).unwrap();
            found.extend(listed.found.iter().map(|client| client.id));
            after = listed.next;
            if after.is_none() {
                return found;
            }
        }
    };
    assert_eq!(list(Within::Everything, ApplicationOrder::Id), apis);
    assert_eq!(list(Within::Everything, ApplicationOrder::Name), apis);
    let of_one: Vec<_> = apis.iter().copied().skip(1).step_by(2).collect();
    assert_eq!(list(Within::These([projects[1]].into()), ApplicationOrder::Id), of_one);
    assert_eq!(list(Within::These(BTreeSet::new()), ApplicationOrder::Id), []);
    let realms = [AdminScope::Instance, AdminScope::Organization(homes[1]), AdminScope::Project(projects[0])];
    let users: Vec<_> = steps.listing().iter().map(|client| client.id).take(4).collect();
    for realm in realms {
        let role = match realm {
            AdminScope::Instance => AdminRole::IamOwner,
            AdminScope::Organization(_) => AdminRole::OrgOwner,
            AdminScope::Project(_) => AdminRole::ProjectOwner,
        };
        for user in &users {
            steps.update(*user, ClientUpdate::AddAdminRoles(realm, vec![role])).unwrap();
        }
    }
    let list = |within: Within<AdminScope>| {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = Page { after, backwards: true, offset: 0, limit: 3 };
            let query = AdministratorQuery { within: within.clone(), filters: Vec::new(), page };
            let listed = steps.store().snapshot().unwrap().list_administrators(&query).unwrap();
            found.extend(listed.found.iter().map(|(client, own)| (own.realm, client.id)));
            after = listed.next;
            if after.is_none() {
                return found;
            }
        }
    };
    let expected = |realms: &[AdminScope]| {
        let mut all: Vec<_> =
            realms.iter().flat_map(|realm| users.iter().map(move |user| (*realm, *user))).collect();
        all.sort_by(|a, b| b.cmp(a));
        all
    };
    assert_eq!(list(Within::Everything), expected(&realms));
    assert_eq!(list(Within::These([realms[1], realms[2]].into())), expected(&realms[1..]));
    assert_eq!(list(Within::These(BTreeSet::new())), []);
}

#[test]
fn credentials_are_found_page_by_page_in_both_directions() {
    let (steps, homes) = scene();
    let users: Vec<_> = steps
        .listing()
        .iter()
        .filter(|client| client.organization == homes[1])
        .map(|client| client.id)
        .collect();
    let mut made = Vec::new();
    for user in &users {
        for _ in 0..3 {
            made.push((*user, steps.add_credential(*user, ExistingCredentials::Keep).unwrap()));
        }
    }
    let list = |within: Within<OrganizationId>, filters: Vec<CredentialFilter>, backwards: bool| {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let owners = CredentialOwners::Users(within.clone());
            let page = Page { after, backwards, offset: 0, limit: 4 };
            let query = CredentialQuery { owners, filters: filters.clone(), page };
            let listed = steps.store().snapshot().unwrap().list_credentials(&query).unwrap();
            found.extend(listed.found.iter().map(|found| (found.client.id, found.credential.id)));
            after = listed.next;
            if after.is_none() {
                return found;
            }
        }
    };
    let home = || Within::These([homes[1]].into());
    let forwards = list(home(), Vec::new(), false);
    assert_eq!(forwards.iter().copied().collect::<BTreeSet<_>>(), made.iter().copied().collect());
    assert_eq!(forwards.len(), made.len());
    assert_eq!(list(home(), Vec::new(), true), forwards.iter().rev().copied().collect::<Vec<_>>());
    assert_eq!(list(Within::These([homes[2]].into()), Vec::new(), false), []);
    assert_eq!(list(home(), vec![CredentialFilter::Kind(CredentialType::Key)], false), []);
    let (owner, credential): (ClientId, CredentialId) = made[4];
    assert_eq!(
        list(Within::Everything, vec![CredentialFilter::Id(credential)], false),
        [(owner, credential)]
    );
    let elsewhere = Within::These([homes[2]].into());
    assert_eq!(list(elsewhere, vec![CredentialFilter::Id(credential)], false), []);
    steps.update(owner, ClientUpdate::Edit { username: None, edit: Box::new(Edit::default()) }).unwrap();
    steps.change(owner, ClientOperation::Delete).unwrap();
    assert!(!list(home(), Vec::new(), false).iter().any(|(user, _)| *user == owner));
    let id = CredentialFilter::Id(credential);
    assert_eq!(list(Within::Everything, vec![id], false), []);
}
