//! Calls of `zitadel.project.v2.ProjectService`.

use crate::message::Message;
use crate::{Operation, messages, project_grants, project_roles, projects, values};

const SERVICE: &str = "zitadel.project.v2.ProjectService";

#[derive(Debug)]
pub struct CreateProject;

impl Operation for CreateProject {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "CreateProject";
    const MESSAGE: &'static Message = &messages::project::CREATE;
    type Request = projects::CreateProject;
    type Reply = projects::CreatedProject;
}

#[derive(Debug)]
pub struct UpdateProject;

impl Operation for UpdateProject {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "UpdateProject";
    const MESSAGE: &'static Message = &messages::project::UPDATE;
    type Request = projects::UpdateProject;
    type Reply = values::Changed;
}

#[derive(Debug)]
pub struct DeleteProject;

impl Operation for DeleteProject {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "DeleteProject";
    const MESSAGE: &'static Message = &messages::project::PROJECT_ID;
    type Request = projects::ByProjectId;
    type Reply = values::Deleted;
}

#[derive(Debug)]
pub struct GetProject;

impl Operation for GetProject {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "GetProject";
    const MESSAGE: &'static Message = &messages::project::PROJECT_ID;
    type Request = projects::ByProjectId;
    type Reply = projects::GotProject;
}

#[derive(Debug)]
pub struct ListProjects;

impl Operation for ListProjects {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "ListProjects";
    const MESSAGE: &'static Message = &messages::project::LIST;
    type Request = projects::ListProjects;
    type Reply = projects::Projects;
}

#[derive(Debug)]
pub struct ActivateProject;

impl Operation for ActivateProject {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "ActivateProject";
    const MESSAGE: &'static Message = &messages::project::PROJECT_ID;
    type Request = projects::ByProjectId;
    type Reply = values::Changed;
}

#[derive(Debug)]
pub struct DeactivateProject;

impl Operation for DeactivateProject {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "DeactivateProject";
    const MESSAGE: &'static Message = &messages::project::PROJECT_ID;
    type Request = projects::ByProjectId;
    type Reply = values::Changed;
}

#[derive(Debug)]
pub struct AddProjectRole;

impl Operation for AddProjectRole {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "AddProjectRole";
    const MESSAGE: &'static Message = &messages::project::ADD_ROLE;
    type Request = project_roles::AddProjectRole;
    type Reply = project_roles::AddedProjectRole;
}

#[derive(Debug)]
pub struct UpdateProjectRole;

impl Operation for UpdateProjectRole {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "UpdateProjectRole";
    const MESSAGE: &'static Message = &messages::project::UPDATE_ROLE;
    type Request = project_roles::UpdateProjectRole;
    type Reply = values::Changed;
}

#[derive(Debug)]
pub struct RemoveProjectRole;

impl Operation for RemoveProjectRole {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "RemoveProjectRole";
    const MESSAGE: &'static Message = &messages::project::REMOVE_ROLE;
    type Request = project_roles::RemoveProjectRole;
    type Reply = project_roles::RemovedProjectRole;
}

#[derive(Debug)]
pub struct ListProjectRoles;

impl Operation for ListProjectRoles {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "ListProjectRoles";
    const MESSAGE: &'static Message = &messages::project::LIST_ROLES;
    type Request = project_roles::ListProjectRoles;
    type Reply = project_roles::ProjectRoles;
}

#[derive(Debug)]
pub struct CreateProjectGrant;

impl Operation for CreateProjectGrant {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "CreateProjectGrant";
    const MESSAGE: &'static Message = &messages::project_grant::CREATE;
    type Request = project_grants::GrantRoles;
    type Reply = project_grants::CreatedGrant;
}

#[derive(Debug)]
pub struct UpdateProjectGrant;

impl Operation for UpdateProjectGrant {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "UpdateProjectGrant";
    const MESSAGE: &'static Message = &messages::project_grant::UPDATE;
    type Request = project_grants::GrantRoles;
    type Reply = values::Changed;
}

#[derive(Debug)]
pub struct DeleteProjectGrant;

impl Operation for DeleteProjectGrant {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "DeleteProjectGrant";
    const MESSAGE: &'static Message = &messages::project_grant::GRANT;
    type Request = project_grants::ByGrant;
    type Reply = values::Deleted;
}

#[derive(Debug)]
pub struct ActivateProjectGrant;

impl Operation for ActivateProjectGrant {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "ActivateProjectGrant";
    const MESSAGE: &'static Message = &messages::project_grant::GRANT;
    type Request = project_grants::ByGrant;
    type Reply = values::Changed;
}

#[derive(Debug)]
pub struct DeactivateProjectGrant;

impl Operation for DeactivateProjectGrant {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "DeactivateProjectGrant";
    const MESSAGE: &'static Message = &messages::project_grant::GRANT;
    type Request = project_grants::ByGrant;
    type Reply = values::Changed;
}

#[derive(Debug)]
pub struct ListProjectGrants;

impl Operation for ListProjectGrants {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "ListProjectGrants";
    const MESSAGE: &'static Message = &messages::project_grant::LIST;
    type Request = project_grants::ListProjectGrants;
    type Reply = project_grants::ProjectGrants;
}
