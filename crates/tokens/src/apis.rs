//! The APIs that a token is for: by id in an opaque one, by URI in a JWT.

use jeton_domain::id::{ClientId, ProjectId};
use jeton_domain::resource::Resource;
use jeton_domain::token::AccessTokenFacts;
use jeton_oauth::jwt::AccessTokenClaims;
use jeton_store::{Snapshot, Unavailable};

/// The URIs of the APIs that a token is for, as far as these still exist.
pub(super) fn resources(snapshot: &Snapshot, facts: &AccessTokenFacts) -> Result<Vec<Resource>, Unavailable> {
    let mut found = Vec::new();
    for api in &facts.resources {
        if let Some(known) = snapshot.client(*api)? {
            found.extend(known.client.api().and_then(|api| api.resource.clone()));
        }
    }
    Ok(found)
}

/// The APIs that a JWT's audience names by URI. A deleted one leaves an id that no API has, so that the token
/// does not fall back to the default audience.
pub(super) fn named_apis(
    snapshot: &Snapshot,
    claims: &AccessTokenClaims<'_>,
) -> Result<(Vec<ClientId>, Vec<Resource>), Unavailable> {
    let (mut apis, mut resources) = (Vec::new(), Vec::new());
    for name in claims.audience.iter().filter(|name| ProjectId::parse(name).is_err()) {
        let resource = Resource::parse(name).ok();
        let known =
            resource.as_ref().map(|resource| snapshot.api_by_resource(resource)).transpose()?.flatten();
        apis.push(known.as_ref().map_or(ClientId(0), |known| known.client.id));
        resources.extend(resource.filter(|_| known.is_some()));
    }
    Ok((apis, resources))
}
