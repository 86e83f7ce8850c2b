//! Calls about grants of projects to other organizations.

use super::{Lab, Make, ORGANIZATIONS, PROJECTS, Target, deletes, does, name, page, shows, unknown};
use crate::harness::text;
use serde_json::{Value, json};

pub(super) fn of_grants(method: &str) -> Make {
    match method {
        "CreateProjectGrant" => |lab, place| does(lab.grant(place)),
        "UpdateProjectGrant" | "ActivateProjectGrant" | "DeactivateProjectGrant" => {
            |lab, place| does(lab.granted(place))
        }
        "DeleteProjectGrant" => |lab, place| deletes(lab.granted(place)),
        "ListProjectGrants" => |lab, place| {
            let granted = text(&lab.granted(place), "/grantedOrganizationId");
            shows(json!({ "pagination": page() }), &granted)
        },
        _ => unknown(method),
    }
}

impl Lab<'_> {
    /// A request for a grant of the place's project to a new organization.
    fn grant(&self, place: &Target) -> Value {
        let organization = self.does(ORGANIZATIONS, "AddOrganization", &json!({ "name": name("partner") }));
        let granted = text(&organization, "/organizationId");
        json!({ "projectId": place.project, "grantedOrganizationId": granted })
    }

    /// Creates that grant.
    fn granted(&self, place: &Target) -> Value {
        let grant = self.grant(place);
        self.does(PROJECTS, "CreateProjectGrant", &grant);
        grant
    }
}
