//! The facts about the instance that all requests use: its organizations and projects.
//!
//! They are few, so all of them are in memory with every snapshot.

use crate::id::{OrganizationId, ProjectId};
use crate::organization::Organization;
use crate::project::Project;
use crate::project_grant::GRANTS_OF_INSTANCE_MAX;
use crate::refusal::OperationError;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// The facts about the whole instance that decisions and answers need, read at one revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    /// The owner of objects for which no other organization is named.
    pub default_organization: OrganizationId,
    /// All organizations.
    pub organizations: HashMap<OrganizationId, Arc<Organization>>,
    /// The audience of tokens whose request names none.
    pub default_project: ProjectId,
    /// The project of the management API (`...:project:id:zitadel:aud`).
    pub management_project: ProjectId,
    /// All projects.
    pub projects: HashMap<ProjectId, Arc<Project>>,
    /// Ids of organizations and projects whose record cannot be read: requests that depend on them get no
    /// answer.
    pub unreadable: BTreeSet<u64>,
    /// The kinds of objects of which unidentified records cannot be read.
    pub lost: Lost,
    /// Ids of deleted organizations and projects whose users and APIs are not yet removed: these count as
    /// absent.
    pub removed: BTreeSet<u64>,
}

/// The kinds of objects of which some records are lost: an unknown id may belong to one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Lost {
    /// Organizations.
    pub organizations: bool,
    /// Projects.
    pub projects: bool,
}

impl Instance {
    /// The project with this id.
    pub fn project(&self, id: ProjectId) -> Option<&Project> {
        self.projects.get(&id).map(Arc::as_ref)
    }

    /// The organization with this id.
    pub fn organization(&self, id: OrganizationId) -> Option<&Organization> {
        self.organizations.get(&id).map(Arc::as_ref)
    }

    /// True if a project with this id may exist that cannot be read.
    pub fn is_unknown_project(&self, id: ProjectId) -> bool {
        self.is_unknown(id.0, self.lost.projects && !self.projects.contains_key(&id))
    }

    /// True if an organization with this id may exist that cannot be read.
    pub fn is_unknown_organization(&self, id: OrganizationId) -> bool {
        self.is_unknown(id.0, self.lost.organizations && !self.organizations.contains_key(&id))
    }

    fn is_unknown(&self, id: u64, may_be_lost: bool) -> bool {
        self.unreadable.contains(&id) || may_be_lost && !self.removed.contains(&id)
    }

    /// True if this organization is active.
    pub fn is_active(&self, id: OrganizationId) -> bool {
        self.organization(id).is_some_and(|organization| organization.active)
    }

    /// Checks that there is room for one more grant.
    ///
    /// # Errors
    /// [`OperationError::TooMany`].
    pub fn check_room_for_grant(&self) -> Result<(), OperationError> {
        let grants: usize = self.projects.values().map(|project| project.grants.len()).sum();
        if grants < GRANTS_OF_INSTANCE_MAX {
            Ok(())
        } else {
            Err(OperationError::TooMany(GRANTS_OF_INSTANCE_MAX))
        }
    }
}
