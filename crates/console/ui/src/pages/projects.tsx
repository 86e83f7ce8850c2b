// Projects, their roles, and the API applications that may introspect tokens.

import { useState } from "preact/hooks";
import { call, may } from "../api";
import { count, go, useLoaded } from "../hooks";
import { Badge, Copyable, download, Empty, LoadState, Menu, Notice, Section, Time } from "../parts/basics";
import { Confirm, Dialog, FormDialog } from "../parts/dialog";
import { Area, Check, Choice, Field } from "../parts/form";
import { Table } from "../parts/list";
import type { Application, NewSecret, Project, Role } from "../types";
import { ProjectAuthorizations } from "./authorizations";

const PROJECTS = "zitadel.project.v2.ProjectService";
const APPLICATIONS = "zitadel.application.v2.ApplicationService";
const PAGE = 50;

export function ProjectsPage() {
  const [page, setPage] = useState(0);
  const [making, setMaking] = useState(false);
  const request = {
    pagination: { limit: PAGE, offset: page * PAGE, asc: true },
    sortingColumn: "PROJECT_FIELD_NAME_NAME",
  };
  const loaded = useLoaded(
    () => call<{ projects: Project[]; pagination: { totalResult: string } }>(`${PROJECTS}/ListProjects`, request),
    [page],
  );
  const total = Number(loaded.data?.pagination.totalResult ?? 0);
  return (
    <>
      <header class="page">
        <h1>Projects</h1>
        {may("project.create") && (
          <button class="primary" onClick={() => setMaking(true)}>
            New
          </button>
        )}
      </header>
      <LoadState of={loaded} what="projects" />
      {loaded.data?.projects.length === 0 && <Empty>There is no project that you may see.</Empty>}
      {loaded.data && loaded.data.projects.length > 0 && (
        <Table
          label="Projects"
          rows={loaded.data.projects}
          id={(project) => project.projectId}
          columns={[
            { title: "Name", show: (project) => <a href={`#/projects/${project.projectId}`}>{project.name}</a> },
            { title: "Id", show: (project) => <code>{project.projectId}</code> },
            { title: "State", show: (project) => <ProjectState project={project} /> },
            { title: "Created", show: (project) => <Time at={project.creationDate} /> },
          ]}
        />
      )}
      {total > PAGE && (
        <nav class="pager" aria-label="Pages">
          <button disabled={page === 0} onClick={() => setPage(page - 1)}>
            ← Previous
          </button>
          <span role="status">
            Page {page + 1} of {Math.ceil(total / PAGE)}, {count(total)} in all
          </span>
          <button disabled={(page + 1) * PAGE >= total} onClick={() => setPage(page + 1)}>
            Next →
          </button>
        </nav>
      )}
      {making && <NewProject close={() => setMaking(false)} />}
    </>
  );
}

function ProjectState(props: { project: Project }) {
  return props.project.state === "PROJECT_STATE_ACTIVE" ? (
    <Badge kind="good">Active</Badge>
  ) : (
    <Badge kind="warning">Deactivated</Badge>
  );
}

function NewProject(props: { close: () => void }) {
  const [name, setName] = useState("");
  const create = async (key: string) => {
    const { projectId } = await call<{ projectId: string }>(
      `${PROJECTS}/CreateProject`,
      { name: name.trim() },
      { key },
    );
    props.close();
    go(`projects/${projectId}`);
  };
  return (
    <FormDialog title="New project" action="Create" close={props.close} submit={create}>
      <Field
        label="Name"
        value={name}
        set={setName}
        required
        autofocus
        maxLength={200}
        hint="A project groups APIs and the roles that they know"
      />
    </FormDialog>
  );
}

export function ProjectPage(props: { id: string }) {
  const { id } = props;
  const loaded = useLoaded(() => call<{ project: Project }>(`${PROJECTS}/GetProject`, { projectId: id }), [id]);
  const [asked, ask] = useState<"rename" | "deactivate" | "delete">();
  const [problem, setProblem] = useState<Error>();
  const project = loaded.data?.project;
  if (!project) {
    return (
      <>
        <h1>Project</h1>
        <LoadState of={loaded} what="the project" />
        <a href="#/projects">All projects</a>
      </>
    );
  }
  const change = (method: string) => async (key: string) => {
    await call(`${PROJECTS}/${method}`, { projectId: id }, { key });
    loaded.reload();
  };
  const close = () => ask(undefined);
  return (
    <>
      <p class="trail">
        <a href="#/projects">Projects</a>
      </p>
      <header class="page">
        <h1>{project.name}</h1>
        <ProjectState project={project} />
        {may("project.write") && (
          <Menu
            label="Actions"
            items={[
              { label: "Rename…", act: () => ask("rename") },
              project.state === "PROJECT_STATE_ACTIVE"
                ? { label: "Deactivate…", act: () => ask("deactivate") }
                : {
                    label: "Reactivate",
                    act: () => void change("ActivateProject")(crypto.randomUUID()).catch(setProblem),
                  },
              ...(may("project.delete") ? [{ label: "Delete…", act: () => ask("delete"), danger: true }] : []),
            ]}
          />
        )}
      </header>
      {problem && <Notice kind="error">{problem.message}</Notice>}
      <p class="hint">
        Project id <code>{project.projectId}</code>. A program that asks for the scope{" "}
        <code>urn:zitadel:iam:org:project:id:{project.projectId}:aud</code> gets tokens for its APIs.
      </p>
      <Applications projectId={id} />
      <Roles projectId={id} />
      {may("user.grant.read") && <ProjectAuthorizations projectId={id} />}
      {asked === "rename" && <Rename project={project} close={close} done={loaded.reload} />}
      {asked === "deactivate" && (
        <Confirm
          title={`Deactivate ${project.name}?`}
          action="Deactivate"
          close={close}
          act={change("DeactivateProject")}
        >
          Its roles are granted to nobody as long as it is deactivated. Reactivating it brings them back.
        </Confirm>
      )}
      {asked === "delete" && (
        <Confirm
          title={`Delete ${project.name}?`}
          action="Delete"
          close={close}
          act={async (key) => {
            await call(`${PROJECTS}/DeleteProject`, { projectId: id }, { key });
            go("projects");
          }}
        >
          Its API applications, roles and authorizations are removed for good. Its APIs can introspect no token from
          then on.
        </Confirm>
      )}
    </>
  );
}

function Rename(props: { project: Project; close: () => void; done: () => void }) {
  const [name, setName] = useState(props.project.name);
  const submit = async (key: string) => {
    await call(
      `${PROJECTS}/UpdateProject`,
      { projectId: props.project.projectId, name: name.trim() },
      { key, ifMatch: props.project.sequence },
    );
    props.close();
    props.done();
  };
  return (
    <FormDialog title="Rename project" action="Rename" close={props.close} submit={submit}>
      <Field label="Name" value={name} set={setName} required maxLength={200} autofocus />
    </FormDialog>
  );
}

function Roles(props: { projectId: string }) {
  const { projectId } = props;
  const request = { projectId, pagination: { limit: 1000, asc: true } };
  const loaded = useLoaded(() => call<{ projectRoles: Role[] }>(`${PROJECTS}/ListProjectRoles`, request), [projectId]);
  const [adding, add] = useState(false);
  const [removing, remove] = useState<Role>();
  const rows = loaded.data?.projectRoles ?? [];
  return (
    <Section
      title="Roles"
      action={
        may("project.write") && (
          <button class="small" onClick={() => add(true)}>
            Add role
          </button>
        )
      }
    >
      <LoadState of={loaded} what="roles" />
      {loaded.data && rows.length === 0 && (
        <Empty>No role yet. A role says what a service user may do at the project's APIs.</Empty>
      )}
      {rows.length > 0 && (
        <Table
          label="Roles"
          rows={rows}
          id={(role) => role.key}
          columns={[
            { title: "Key", show: (role) => <code>{role.key}</code> },
            { title: "Display name", show: (role) => role.displayName },
            { title: "Group", show: (role) => role.group },
            {
              title: "",
              show: (role) =>
                may("project.write") && (
                  <button class="small danger" aria-label={`Remove ${role.key}`} onClick={() => remove(role)}>
                    Remove
                  </button>
                ),
            },
          ]}
        />
      )}
      {adding && <AddRole projectId={projectId} close={() => add(false)} done={loaded.reload} />}
      {removing && (
        <Confirm
          title={`Remove the role ${removing.key}?`}
          action="Remove"
          close={() => remove(undefined)}
          act={async (key) => {
            await call(`${PROJECTS}/RemoveProjectRole`, { projectId, roleKey: removing.key }, { key });
            loaded.reload();
          }}
        >
          Every service user that has it loses it. A role that is added under the same name later is another one.
        </Confirm>
      )}
    </Section>
  );
}

function AddRole(props: { projectId: string; close: () => void; done: () => void }) {
  const [roleKey, setKey] = useState("");
  const [displayName, setDisplayName] = useState("");
  const [group, setGroup] = useState("");
  const submit = async (key: string) => {
    const request = {
      projectId: props.projectId,
      roleKey: roleKey.trim(),
      displayName: displayName.trim() || roleKey.trim(),
      group: group.trim(),
    };
    await call(`${PROJECTS}/AddProjectRole`, request, { key });
    props.close();
    props.done();
  };
  return (
    <FormDialog title="Add role" action="Add" close={props.close} submit={submit}>
      <Field
        label="Key"
        value={roleKey}
        set={setKey}
        required
        autofocus
        maxLength={200}
        hint="As the APIs see it, such as orders.read"
      />
      <Field label="Display name" value={displayName} set={setDisplayName} maxLength={200} />
      <Field label="Group" value={group} set={setGroup} maxLength={200} />
    </FormDialog>
  );
}

interface NewApplication {
  applicationId: string;
  apiConfiguration: { clientId: string; clientSecret: string };
}

function Applications(props: { projectId: string }) {
  const { projectId } = props;
  const request = { filters: [{ projectIdFilter: { projectId } }], pagination: { limit: 1000, asc: true } };
  const loaded = useLoaded(
    () => call<{ applications: Application[] }>(`${APPLICATIONS}/ListApplications`, request),
    [projectId],
  );
  const [adding, add] = useState(false);
  const [made, setMade] = useState<{ clientId: string; clientSecret: string }>();
  const [keyFor, setKeyFor] = useState<Application>();
  const [removing, remove] = useState<Application>();
  const [renewing, renew] = useState<Application>();
  const rows = loaded.data?.applications ?? [];
  const isBasic = (api: Application) => api.apiConfiguration.authMethodType !== "API_AUTH_METHOD_TYPE_PRIVATE_KEY_JWT";
  return (
    <Section
      title="API applications"
      action={
        may("project.write") && (
          <button class="small" onClick={() => add(true)}>
            New application
          </button>
        )
      }
    >
      <LoadState of={loaded} what="applications" />
      {loaded.data && rows.length === 0 && <Empty>No API yet. An API introspects the tokens that it receives.</Empty>}
      {rows.length > 0 && (
        <Table
          label="API applications"
          rows={rows}
          id={(api) => api.applicationId}
          columns={[
            { title: "Name", show: (api) => api.name },
            { title: "Client id", show: (api) => <code>{api.apiConfiguration.clientId}</code> },
            { title: "Authentication", show: (api) => (isBasic(api) ? "Client secret" : "Private key JWT") },
            { title: "Resource", show: (api) => api.apiConfiguration.resource ?? "" },
            {
              title: "",
              show: (api) =>
                may("project.write") && (
                  <>
                    <button
                      class="small"
                      aria-label={`${isBasic(api) ? "New secret" : "Add key"} for ${api.name}`}
                      onClick={() => (isBasic(api) ? renew(api) : setKeyFor(api))}
                    >
                      {isBasic(api) ? "New secret" : "Add key"}
                    </button>{" "}
                    <button class="small danger" aria-label={`Delete ${api.name}`} onClick={() => remove(api)}>
                      Delete
                    </button>
                  </>
                ),
            },
          ]}
        />
      )}
      {adding && (
        <AddApplication
          projectId={projectId}
          close={() => add(false)}
          done={(application) => {
            add(false);
            if (application.apiConfiguration.clientSecret) setMade(application.apiConfiguration);
            loaded.reload();
          }}
        />
      )}
      {made && (
        <Dialog title="Client secret generated" close={() => setMade(undefined)}>
          <Notice kind="warning">Copy the ClientSecret now. You won't be able to retrieve it again.</Notice>
          <Copyable label="ClientID" text={made.clientId} />
          <Copyable label="ClientSecret" text={made.clientSecret} secret />
          <div class="buttons">
            <button class="primary" onClick={() => setMade(undefined)}>
              Done
            </button>
          </div>
        </Dialog>
      )}
      {renewing && (
        <Confirm
          title={`Generate a new secret for ${renewing.name}?`}
          action="Generate"
          close={() => renew(undefined)}
          act={async (key) => {
            const request = { applicationId: renewing.applicationId, overlap: "86400s" };
            setMade(await call<NewSecret>(`${APPLICATIONS}/GenerateClientSecret`, request, { key }));
          }}
        >
          The secrets that it has go on working for one day.
        </Confirm>
      )}
      {keyFor && <AddApplicationKey application={keyFor} close={() => setKeyFor(undefined)} />}
      {removing && (
        <Confirm
          title={`Delete ${removing.name}?`}
          action="Delete"
          close={() => remove(undefined)}
          act={async (key) => {
            await call(`${APPLICATIONS}/DeleteApplication`, { applicationId: removing.applicationId }, { key });
            loaded.reload();
          }}
        >
          The API can introspect no token from then on.
        </Confirm>
      )}
    </Section>
  );
}

function AddApplication(props: { projectId: string; close: () => void; done: (made: NewApplication) => void }) {
  const [name, setName] = useState("");
  const [authMethodType, setMethod] = useState("API_AUTH_METHOD_TYPE_BASIC");
  const [resource, setResource] = useState("");
  const submit = async (key: string) => {
    const apiConfiguration = { authMethodType, ...(resource.trim() ? { resource: resource.trim() } : {}) };
    const request = { projectId: props.projectId, name: name.trim(), apiConfiguration };
    props.done(await call<NewApplication>(`${APPLICATIONS}/CreateApplication`, request, { key }));
  };
  return (
    <FormDialog title="New API application" action="Create" close={props.close} submit={submit}>
      <Field label="Name" value={name} set={setName} required autofocus maxLength={200} />
      <Choice
        label="Authentication"
        value={authMethodType}
        set={setMethod}
        options={[
          ["API_AUTH_METHOD_TYPE_BASIC", "Client secret (Basic)"],
          ["API_AUTH_METHOD_TYPE_PRIVATE_KEY_JWT", "Key (private_key_jwt)"],
        ]}
      />
      <Field
        label="Resource URI"
        value={resource}
        set={setResource}
        hint="Optional: how programs name this API when they ask for a token (RFC 8707)"
      />
    </FormDialog>
  );
}

function AddApplicationKey(props: { application: Application; close: () => void }) {
  const [upload, setUpload] = useState(false);
  const [publicKey, setPublicKey] = useState("");
  const submit = async (key: string) => {
    const request = {
      applicationId: props.application.applicationId,
      ...(upload ? { publicKey: btoa(publicKey.trim()) } : {}),
    };
    const made = await call<{ keyId: string; keyDetails: string }>(`${APPLICATIONS}/CreateApplicationKey`, request, {
      key,
    });
    if (!upload) download(`${made.keyId}.json`, atob(made.keyDetails), "application/json");
    props.close();
  };
  return (
    <FormDialog
      title={`Add a key to ${props.application.name}`}
      action={upload ? "Upload" : "Generate and download"}
      close={props.close}
      submit={submit}
    >
      <Check label="Upload a public key instead of generating a pair" value={upload} set={setUpload} />
      {upload && <Area label="Public key (PEM)" value={publicKey} set={setPublicKey} required rows={6} />}
      {!upload && <Notice kind="warning">The file has the private key. It is offered once.</Notice>}
    </FormDialog>
  );
}
