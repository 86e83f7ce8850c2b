//! The APIs that accept a live token, which are those that introspection shows it to, and the reason why
//! another one does not.

use jeton_domain::client::{Api, Client};
use jeton_domain::instance::Instance;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An API with its name and that of its project.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "AcceptingApi")]
#[serde(rename_all = "camelCase")]
pub struct ListedApi {
    pub application_id: String,
    pub name: String,
    pub project_id: String,
    pub project_name: String,
}

impl ListedApi {
    pub fn of(client: &Client, api: &Api, instance: &Instance) -> Self {
        let project = instance.project(api.project);
        Self {
            application_id: client.id.to_string(),
            name: api.name.to_string(),
            project_id: api.project.to_string(),
            project_name: project.map(|project| project.name.to_string()).unwrap_or_default(),
        }
    }
}
