//! The APIs that accept a live token, which are those that introspection shows it to, and the reason why
//! another one does not.

use super::ApiError;
use super::call::Call;
use crate::limits::ACCEPTING_APIS_MAX;
use jeton_api::acceptance::ListedApi;
use jeton_domain::client::{Api, Client};
use jeton_domain::id::ProjectId;
use jeton_domain::instance::Instance;
use jeton_domain::permission::{Permission, ResourcePath};
use jeton_oauth::grant::{audience, may_introspect};
use jeton_oauth::render::Seen;
use jeton_store::Snapshot;
use jeton_store::query::{ApplicationFilter, ApplicationOrder, ApplicationQuery, Page, Within};
use std::collections::BTreeSet;

/// Active APIs that accept a token, as far as the caller may see them, in the order of their ids; one more
/// than [`ACCEPTING_APIS_MAX`] if there are more.
pub(super) fn accepting(call: &Call, seen: &Seen<'_>) -> Result<Vec<ListedApi>, ApiError> {
    let snapshot = call.snapshot()?;
    let mut found = BTreeSet::new();
    let mut listed = Vec::new();
    for client in candidates(call, &snapshot, seen)? {
        let Some(api) = client.api() else { continue };
        let place = ResourcePath::Project(client.organization, api.project);
        let accepts = client.is_active() && may_introspect(&client, api, seen.token, seen.instance);
        let is_shown = accepts && call.caller.may(Permission::ProjectRead, place);
        if is_shown && listed.len() <= ACCEPTING_APIS_MAX && found.insert(client.id) {
            listed.push(ListedApi::of(&client, api, seen.instance));
        }
    }
    Ok(listed)
}

/// The APIs of the projects that a token can be for, and those that it names.
fn candidates(
    call: &Call,
    snapshot: &Snapshot,
    seen: &Seen<'_>,
) -> Result<Vec<std::sync::Arc<Client>>, ApiError> {
    let mut clients = Vec::new();
    for project in projects(seen) {
        let query = ApplicationQuery {
            within: Within::These(BTreeSet::from([project])),
            filters: vec![ApplicationFilter::Active(true)],
            order: ApplicationOrder::Id,
            page: Page { after: None, backwards: false, offset: 0, limit: ACCEPTING_APIS_MAX + 1 },
        };
        let listed = snapshot.list_applications(&query);
        clients.extend(listed.map_err(|error| call.page_tokens().refused(error))?.found);
    }
    for api in &seen.token.facts.resources {
        clients.extend(snapshot.client(*api)?.map(|known| known.client));
    }
    Ok(clients)
}

fn projects(seen: &Seen<'_>) -> BTreeSet<ProjectId> {
    let token = seen.token;
    let user = token.client.service_user().filter(|_| token.is_personal());
    let granted = user.into_iter().flat_map(|user| &user.authorizations).map(|granted| granted.project);
    audience(token.facts, token.client, seen.instance).chain(granted).collect()
}

/// The reason why an API does not accept a live token, with a remedy; `None` if it accepts it.
pub(super) fn objection(client: &Client, api: &Api, seen: &Seen<'_>) -> Option<(&'static str, String)> {
    let name = api.name.as_str();
    if !client.is_active() {
        let sentence = format!("It is live, but {name} is deactivated, so its introspections are refused.");
        return Some(("api_inactive", sentence));
    }
    if may_introspect(client, api, seen.token, seen.instance) {
        return None;
    }
    if !seen.instance.admits(seen.token.client, api.project) {
        let own = named(api.project, seen.instance);
        let sentence = format!(
            "It is live, but not for {name}: {own} requires an authorization or membership in its \
             organization, and the user of the token does not meet this."
        );
        return Some(("not_admitted", sentence));
    }
    let is_for: Vec<_> = audience(seen.token.facts, seen.token.client, seen.instance)
        .map(|id| named(id, seen.instance))
        .chain(seen.resources.iter().map(|resource| format!("the API {}", resource.as_str())))
        .collect();
    let is_for = if is_for.is_empty() { "nothing that exists".to_owned() } else { is_for.join(" and ") };
    let own = named(api.project, seen.instance);
    let ask = if seen.token.is_personal() {
        format!("Authorize its user for {own}.")
    } else {
        format!("Request it with the scope urn:zitadel:iam:org:project:id:{}:aud.", api.project)
    };
    let sentence =
        format!("It is live, but not for {name}: it is for {is_for}, and {name} belongs to {own}. {ask}");
    Some(("not_for_this_api", sentence))
}

fn named(id: ProjectId, instance: &Instance) -> String {
    match instance.project(id) {
        Some(project) => format!("the project {} ({id})", project.name.as_str()),
        None => format!("the project {id}"),
    }
}
