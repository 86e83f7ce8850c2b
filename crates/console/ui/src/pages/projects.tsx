// Projects: groups of APIs and their roles.

import type { ComponentChildren } from "preact";
import { change, changesOf, may, query, type Page } from "../api";
import { type Action, activationAction, deleteAction, SubjectHeader } from "../components/action";
import { type Breadcrumb, Empty, Facts, Id, LoadingPage, Time } from "../components/basics";
import { ConfirmButton, DialogButton, FormDialog } from "../components/dialog";
import { CheckField, Filters, NameField, TextField } from "../components/fields";
import { type Column, createdColumn, idColumn, linkColumn, List, stateColumn } from "../components/list";
import { ListPage, ListSection } from "../components/list_layout";
import {
  useAddressPaging,
  useForm,
  useListing,
  usePaging,
  useQuery,
  type Paging,
  type Query,
} from "../hooks";
import { navigate, useParam } from "../router";
import { PROJECTS } from "../services";
import type { Project, Role } from "../types";
import { AdministratorSection } from "./administrators";
import { ApplicationSection } from "./applications";
import { AuditSection } from "./audit";
import { AuthorizationSection } from "./authorizations";
import { ProjectGrantSection } from "./project_grants";
import { OrganizationField, useOrganizations } from "../organizations";

const PROJECTS_CRUMB: Breadcrumb = ["projects", "Projects"];

export function useProjects(filters: object[], paging: Paging) {
  const request = { filters, sortingColumn: "PROJECT_FIELD_NAME_NAME" };
  return useListing<Project>(`${PROJECTS}/ListProjects`, request, { rows: "projects" }, paging);
}

export function ProjectsPage() {
  const [search] = useParam("search");
  const method = "TEXT_FILTER_METHOD_CONTAINS_IGNORE_CASE";
  const filters = search ? [{ projectNameFilter: { projectName: search, method } }] : [];
  const projects = useProjects(filters, useAddressPaging(25));
  return (
    <ListPage
      title="Projects"
      hint="A project groups APIs and the roles that they know."
      renderAddDialog={may("project.create") && ((onClose) => <NewProjectDialog onClose={onClose} />)}
      filters={<Filters search="Search by name" />}
    >
      <ProjectList
        {...projects}
        empty={<Empty title={search ? "No project has this name" : "There is no project that you may see"} />}
      />
    </ListPage>
  );
}

export function ProjectList(props: {
  query: Query<Page<Project>>;
  paging: Paging;
  empty: ComponentChildren;
}) {
  const organizations = useOrganizations();
  const organization: Column<Project> = {
    title: "Organization",
    narrow: "hide",
    cell: (project: Project) => organizations.nameOf(project.organizationId),
  };
  return (
    <List
      label="projects"
      {...props}
      rowKey={(project) => project.projectId}
      onRemoveUnreadable={
        may("project.delete") &&
        ((projectId, key) => change(`${PROJECTS}/DeleteProject`, { projectId }, { key }))
      }
      columns={[
        linkColumn("Name", "projects", "projectId", "name"),
        stateColumn,
        ...(organizations.areSeveral ? [organization] : []),
        idColumn("Project ID", "projectId", "hide"),
        { ...createdColumn, narrow: "hide" },
      ]}
    />
  );
}

function NewProjectDialog(props: { onClose: () => void }) {
  const { values, field } = useForm({ name: "", organization: [] as string[] });
  const create = async (key: string) => {
    const request = { name: values.name.trim(), organizationId: values.organization[0] };
    const { projectId } = await change<{ projectId: string }>(`${PROJECTS}/CreateProject`, request, { key });
    navigate(`projects/${projectId}`);
  };
  return (
    <FormDialog title="New project" action="Create" onClose={props.onClose} onSubmit={create}>
      <NameField {...field("name")} />
      <OrganizationField {...field("organization")} />
    </FormDialog>
  );
}

export function ProjectPage(props: { id: string }) {
  const { id: projectId } = props;
  const loaded = useQuery(
    () => query<{ project: Project }>(`${PROJECTS}/GetProject`, { projectId }),
    [projectId],
  );
  const project = loaded.data?.project;
  if (!project) return <LoadingPage what="project" parent={PROJECTS_CRUMB} query={loaded} />;
  return (
    <>
      <ProjectHeader project={project} />
      <div class="card padded">
        <ProjectFacts project={project} />
      </div>
      <ApplicationSection projectId={projectId} />
      <RoleSection projectId={projectId} />
      {may("project.grant.read") && <ProjectGrantSection projectId={projectId} />}
      {may("user.grant.read") && <AuthorizationSection projectId={projectId} />}
      {may("member.read") && <AdministratorSection scope={{ projectId }} />}
      {may("events.read") && <AuditSection subjectId={projectId} />}
    </>
  );
}

function ProjectFacts(props: { project: Project }) {
  const { projectId, organizationId, creationDate, ...project } = props.project;
  const organizations = useOrganizations();
  return (
    <Facts
      rows={[
        ["Project ID", <Id id={projectId} what="project ID" />],
        [
          "Scope for its audience",
          <Id id={`urn:zitadel:iam:org:project:id:${projectId}:aud`} what="scope for its audience" />,
        ],
        organizations.areSeveral && [
          "Organization",
          <a href={`#/organizations/${organizationId}`}>{organizations.nameOf(organizationId)}</a>,
        ],
        ["Who gets tokens for it", accessText(project)],
        ["Created", <Time at={creationDate} />],
      ]}
    />
  );
}

function accessText(project: Pick<Project, "authorizationRequired" | "projectAccessRequired">): string {
  if (project.authorizationRequired) return "Service users with an authorization";
  if (project.projectAccessRequired) return "Service users of its organization and of those it is granted to";
  return "Every service user";
}

function ProjectHeader(props: { project: Project }) {
  const { projectId, name, state } = props.project;
  const changeTo = changesOf(PROJECTS, { projectId });
  const edit: Action = {
    label: "Edit…",
    dialog: (onClose) => <EditProjectDialog project={props.project} onClose={onClose} />,
  };
  const activation = activationAction(
    state === "PROJECT_STATE_ACTIVE",
    name,
    "Its roles do not count while it is deactivated. Reactivating it brings them back.",
    changeTo,
    ["DeactivateProject", "ActivateProject"],
  );
  const remove = deleteAction(
    name,
    "Its APIs, roles and authorizations are removed for good. Its APIs can't ask about tokens any more.",
    changeTo("DeleteProject"),
    "projects",
  );
  return (
    <SubjectHeader
      title={name}
      breadcrumbs={[PROJECTS_CRUMB]}
      state={state}
      canEdit={may("project.write")}
      actions={[edit, activation, may("project.delete") && remove]}
    />
  );
}

function EditProjectDialog(props: { project: Project; onClose: () => void }) {
  const { projectId, sequence, name, ...project } = props.project;
  const { values, field } = useForm({
    name,
    projectRoleAssertion: project.projectRoleAssertion,
    authorizationRequired: project.authorizationRequired,
    projectAccessRequired: project.projectAccessRequired,
  });
  const request = { projectId, ...values, name: values.name.trim() };
  const submit = changesOf(PROJECTS, request, sequence)("UpdateProject");
  return (
    <FormDialog title="Edit project" action="Save" onClose={props.onClose} onSubmit={submit}>
      <NameField {...field("name")} />
      <CheckField
        label="Tell its APIs the roles of a token without being asked"
        hint="Otherwise a token has them when its scopes ask for roles."
        {...field("projectRoleAssertion")}
      />
      <CheckField
        label="Only service users with an authorization get tokens for it"
        {...field("authorizationRequired")}
      />
      <CheckField
        label="Only service users of its organization, and of those it is granted to, get tokens for it"
        {...field("projectAccessRequired")}
      />
    </FormDialog>
  );
}

function RoleSection(props: { projectId: string }) {
  const { projectId } = props;
  const list = `${PROJECTS}/ListProjectRoles`;
  const roles = useListing<Role>(list, { projectId }, { rows: "projectRoles" }, usePaging(10));
  const canEdit = may("project.write");
  return (
    <ListSection
      title="Roles"
      addLabel="Add role"
      renderAddDialog={canEdit && ((onClose) => <RoleDialog projectId={projectId} onClose={onClose} />)}
      {...roles}
      label="roles"
      rowKey={(role) => role.key}
      empty={<Empty title="No role">A role says what a service user may do at the project's APIs.</Empty>}
      columns={[
        { title: "Key", narrow: "bare", cell: (role) => <code>{role.key}</code> },
        { title: "Display name", narrow: "bare", cell: (role) => role.displayName },
        { title: "Group", cell: (role) => role.group },
      ]}
      actions={canEdit && ((role) => <RoleActions projectId={projectId} role={role} />)}
    />
  );
}

function RoleActions(props: { projectId: string; role: Role }) {
  const { projectId, role } = props;
  return (
    <>
      <DialogButton label="Edit" name={role.key}>
        {(onClose) => <RoleDialog projectId={projectId} role={role} onClose={onClose} />}
      </DialogButton>
      <ConfirmButton
        label="Remove"
        name={role.key}
        title={`Remove the role ${role.key}?`}
        onConfirm={(key) =>
          change(`${PROJECTS}/RemoveProjectRole`, { projectId, roleKey: role.key }, { key })
        }
      >
        Every service user that has it loses it. A role that is added with the same key later is another one.
      </ConfirmButton>
    </>
  );
}

/** The form for a new role, or for the name and group of an existing one. */
function RoleDialog(props: { projectId: string; role?: Role; onClose: () => void }) {
  const { role } = props;
  const { values, field } = useForm({
    roleKey: role?.key ?? "",
    displayName: role?.displayName ?? "",
    group: role?.group ?? "",
  });
  const submit = (key: string) => {
    const roleKey = values.roleKey.trim();
    const displayName = values.displayName.trim() || roleKey;
    const method = role ? "UpdateProjectRole" : "AddProjectRole";
    const request = { projectId: props.projectId, roleKey, displayName, group: values.group.trim() };
    return change(`${PROJECTS}/${method}`, request, { key });
  };
  return (
    <FormDialog
      title={role ? `Edit the role ${role.key}` : "Add role"}
      action={role ? "Save" : "Add"}
      onClose={props.onClose}
      onSubmit={submit}
    >
      {!role && (
        <NameField label="Key" {...field("roleKey")} hint="As the APIs see it, such as orders.read" />
      )}
      <TextField label="Display name" {...field("displayName")} maxLength={200} />
      <TextField label="Group" {...field("group")} maxLength={200} />
    </FormDialog>
  );
}
