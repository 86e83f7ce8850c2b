// Projects: groups of APIs and their roles.

import type { ComponentChildren } from "preact";
import { change, may, query, queryPage, type Page, type PageRequest } from "../api";
import { ActionMenu, confirmed, dangerous, type Action } from "../components/action";
import {
  ACTIVITY,
  Empty,
  Facts,
  Id,
  LoadingPage,
  PageHeader,
  Section,
  StateBadge,
  Time,
} from "../components/basics";
import { ConfirmButton, DialogButton, FormDialog } from "../components/dialog";
import { CheckField, Filters, TextField } from "../components/fields";
import { type Column, List, stateColumn } from "../components/list";
import { useAddressPaging, useForm, usePage, usePaging, useQuery, type Paging, type Query } from "../hooks";
import { navigate, useParam } from "../router";
import { PROJECTS } from "../services";
import type { Project, Role } from "../types";
import { AdministratorSection } from "./administrators";
import { ApplicationSection } from "./applications";
import { AuditSection } from "./audit";
import { AuthorizationSection } from "./authorizations";
import { ProjectGrantSection } from "./project_grants";
import { OrganizationField, useOrganizations } from "../organizations";

const TRAIL: [string, string] = ["projects", "Projects"];

export function listProjects(filters: object[], page: PageRequest): Promise<Page<Project>> {
  const request = { filters, sortingColumn: "PROJECT_FIELD_NAME_NAME" };
  return queryPage(`${PROJECTS}/ListProjects`, request, page, { rows: "projects" });
}

export function ProjectsPage() {
  const [search] = useParam("search");
  const paging = useAddressPaging(25);
  const method = "TEXT_FILTER_METHOD_CONTAINS_IGNORE_CASE";
  const filters = search ? [{ projectNameFilter: { projectName: search, method } }] : [];
  const projects = usePage((page) => listProjects(filters, page), paging, [search]);
  return (
    <>
      <PageHeader title="Projects" hint="A project groups APIs and the roles that they know.">
        {may("project.create") && (
          <DialogButton label="New" class="primary">
            {(close) => <NewProject onClose={close} />}
          </DialogButton>
        )}
      </PageHeader>
      <Filters search="Search by name" />
      <div class="card">
        <ProjectList
          query={projects}
          paging={paging}
          empty={
            <Empty title={search ? "No project has this name" : "There is no project that you may see"} />
          }
        />
      </div>
    </>
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
        may("project.delete")
          ? (projectId, key) => change(`${PROJECTS}/DeleteProject`, { projectId }, { key })
          : undefined
      }
      columns={[
        {
          title: "Name",
          narrow: "bare",
          cell: (project) => (
            <a class="name" href={`#/projects/${project.projectId}`}>
              {project.name}
            </a>
          ),
        },
        stateColumn,
        ...(organizations.areSeveral ? [organization] : []),
        {
          title: "Project ID",
          narrow: "hide",
          cell: ({ projectId }) => <Id id={projectId} what="project ID" />,
        },
        { title: "Created", narrow: "hide", cell: (project) => <Time at={project.creationDate} /> },
      ]}
    />
  );
}

function NewProject(props: { onClose: () => void }) {
  const { values, field } = useForm({ name: "", organization: [] as string[] });
  const create = async (key: string) => {
    const request = { name: values.name.trim(), organizationId: values.organization[0] };
    const { projectId } = await change<{ projectId: string }>(`${PROJECTS}/CreateProject`, request, { key });
    props.onClose();
    navigate(`projects/${projectId}`);
  };
  return (
    <FormDialog title="New project" action="Create" onClose={props.onClose} onSubmit={create}>
      <TextField label="Name" {...field("name")} isRequired hasFocus maxLength={200} />
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
  if (!project) return <LoadingPage what="project" trail={TRAIL} query={loaded} />;
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
      {may("member.read") && <AdministratorSection place={{ projectId }} />}
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
  const act = (method: string) => (key: string) => change(`${PROJECTS}/${method}`, { projectId }, { key });
  const edit: Action = {
    label: "Edit…",
    dialog: (onClose) => <EditProject project={props.project} onClose={onClose} />,
  };
  const reactivate: Action = { label: "Reactivate", run: act("ActivateProject") };
  const deactivate = confirmed("Deactivate", {
    title: `Deactivate ${name}?`,
    sentence: "Its roles do not count while it is deactivated. Reactivating it brings them back.",
    onConfirm: act("DeactivateProject"),
  });
  const remove = dangerous("Delete", {
    title: `Delete ${name}?`,
    sentence:
      "Its APIs, roles and authorizations are removed for good. Its APIs can't ask about tokens any more.",
    onConfirm: async (key) => {
      await act("DeleteProject")(key);
      navigate("projects");
    },
  });
  const isActive = state === "PROJECT_STATE_ACTIVE";
  const actions = [edit, isActive ? deactivate : reactivate, may("project.delete") && remove];
  return (
    <PageHeader title={name} trail={[TRAIL]} badge={<StateBadge state={state} badges={ACTIVITY} />}>
      {may("project.write") && <ActionMenu actions={actions} />}
    </PageHeader>
  );
}

function EditProject(props: { project: Project; onClose: () => void }) {
  const { projectId, sequence, name, ...project } = props.project;
  const { values, field } = useForm({
    name,
    projectRoleAssertion: project.projectRoleAssertion,
    authorizationRequired: project.authorizationRequired,
    projectAccessRequired: project.projectAccessRequired,
  });
  const submit = async (key: string) => {
    const request = { projectId, ...values, name: values.name.trim() };
    await change(`${PROJECTS}/UpdateProject`, request, { key, ifMatch: sequence });
    props.onClose();
  };
  return (
    <FormDialog title="Edit project" action="Save" onClose={props.onClose} onSubmit={submit}>
      <TextField label="Name" {...field("name")} isRequired maxLength={200} hasFocus />
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
  const paging = usePaging(10);
  const list = `${PROJECTS}/ListProjectRoles`;
  const roles = usePage(
    (page) => queryPage<Role>(list, { projectId }, page, { rows: "projectRoles" }),
    paging,
    [projectId],
  );
  return (
    <Section
      title="Roles"
      action={
        may("project.write") && (
          <DialogButton label="Add role">
            {(close) => <RoleDialog projectId={projectId} onClose={close} />}
          </DialogButton>
        )
      }
    >
      <List
        label="roles"
        query={roles}
        paging={paging}
        rowKey={(role) => role.key}
        empty={<Empty title="No role">A role says what a service user may do at the project's APIs.</Empty>}
        columns={[
          { title: "Key", narrow: "bare", cell: (role) => <code>{role.key}</code> },
          { title: "Display name", narrow: "bare", cell: (role) => role.displayName },
          { title: "Group", cell: (role) => role.group },
        ]}
        actions={
          may("project.write") ? (role) => <RoleActions projectId={projectId} role={role} /> : undefined
        }
      />
    </Section>
  );
}

function RoleActions(props: { projectId: string; role: Role }) {
  const { projectId, role } = props;
  return (
    <>
      <DialogButton label="Edit" name={role.key}>
        {(close) => <RoleDialog projectId={projectId} role={role} onClose={close} />}
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
  const submit = async (key: string) => {
    const roleKey = values.roleKey.trim();
    const displayName = values.displayName.trim() || roleKey;
    const method = role ? "UpdateProjectRole" : "AddProjectRole";
    const request = { projectId: props.projectId, roleKey, displayName, group: values.group.trim() };
    await change(`${PROJECTS}/${method}`, request, { key });
    props.onClose();
  };
  return (
    <FormDialog
      title={role ? `Edit the role ${role.key}` : "Add role"}
      action={role ? "Save" : "Add"}
      onClose={props.onClose}
      onSubmit={submit}
    >
      {!role && (
        <TextField
          label="Key"
          {...field("roleKey")}
          isRequired
          hasFocus
          maxLength={200}
          hint="As the APIs see it, such as orders.read"
        />
      )}
      <TextField label="Display name" {...field("displayName")} maxLength={200} />
      <TextField label="Group" {...field("group")} maxLength={200} />
    </FormDialog>
  );
}
