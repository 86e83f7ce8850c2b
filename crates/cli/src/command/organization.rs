//! `jeton organization`.

use crate::CliError;
use crate::args::{Global, Organization, OrganizationMetadata};
use crate::operator::{call, perform};
use crate::output::{items, json, line, table, table_of_metadata, text};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json as object;

const SERVICE: &str = "/zitadel.org.v2.OrganizationService/";

pub(crate) fn run(global: &Global, command: Organization) -> Result<(), CliError> {
    let by_id = |method: &str, organization: &str, done: &str| {
        let request = object!({ "organizationId": organization });
        perform(global, &format!("{SERVICE}{method}"), &request, |_| line(&format!("{done} {organization}")))
    };
    match command {
        Organization::Create { name, owner } => {
            let admins: Vec<_> = owner.iter().map(|user| object!({ "userId": user })).collect();
            let request = object!({ "name": name, "admins": admins });
            perform(global, &format!("{SERVICE}AddOrganization"), &request, |reply| {
                line(&format!("created organization {name} (id {})", text(reply, "/organizationId")))
            })
        }
        Organization::List => list(global),
        Organization::Rename { organization, name } => {
            let request = object!({ "organizationId": organization, "name": name });
            perform(global, &format!("{SERVICE}UpdateOrganization"), &request, |_| line("renamed"))
        }
        Organization::Deactivate { organization } => {
            by_id("DeactivateOrganization", &organization, "deactivated")
        }
        Organization::Activate { organization } => by_id("ActivateOrganization", &organization, "activated"),
        Organization::Delete { organization } => by_id("DeleteOrganization", &organization, "deleted"),
        Organization::Metadata(command) => metadata(global, command),
    }
}

fn list(global: &Global) -> Result<(), CliError> {
    let request = object!({ "query": { "limit": 1000, "asc": true } });
    let reply = call(global, &format!("{SERVICE}ListOrganizations"), &request)?;
    if global.json {
        return json(&reply);
    }
    let rows: Vec<_> = items(&reply, "result")
        .iter()
        .map(|organization| {
            [
                text(organization, "/id").to_owned(),
                text(organization, "/name").to_owned(),
                text(organization, "/primaryDomain").to_owned(),
                text(organization, "/state").trim_start_matches("ORGANIZATION_STATE_").to_lowercase(),
                text(organization, "/details/creationDate").to_owned(),
            ]
        })
        .collect();
    table(["ID", "NAME", "DOMAIN", "STATE", "CREATED"], &rows)
}

fn metadata(global: &Global, command: OrganizationMetadata) -> Result<(), CliError> {
    match command {
        OrganizationMetadata::Set { organization, key, value } => {
            let entry = object!({ "key": key, "value": STANDARD.encode(value) });
            let request = object!({ "organizationId": organization, "metadata": [entry] });
            perform(global, &format!("{SERVICE}SetOrganizationMetadata"), &request, |_| line("noted"))
        }
        OrganizationMetadata::List { organization } => {
            let request = object!({ "organizationId": organization });
            perform(global, &format!("{SERVICE}ListOrganizationMetadata"), &request, table_of_metadata)
        }
        OrganizationMetadata::Delete { organization, key } => {
            let request = object!({ "organizationId": organization, "keys": [key] });
            perform(global, &format!("{SERVICE}DeleteOrganizationMetadata"), &request, |_| line("removed"))
        }
    }
}
