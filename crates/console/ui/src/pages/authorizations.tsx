// Authorizations: which roles of a project a service user has.

import { useState } from "preact/hooks";
import { call, may } from "../api";
import { useLoaded } from "../hooks";
import { Badge, Empty, LoadState, Section, Time } from "../parts/basics";
import { Confirm, FormDialog } from "../parts/dialog";
import { Check, Choice, Field } from "../parts/form";
import { Table } from "../parts/list";
import type { Authorization, Project, Role } from "../types";

const SERVICE = "zitadel.authorization.v2.AuthorizationService";

export function UserAuthorizations(props: { userId: string }) {
  return <Authorizations filter={{ inUserIds: { ids: [props.userId] } }} userId={props.userId} />;
}

export function ProjectAuthorizations(props: { projectId: string }) {
  return <Authorizations filter={{ projectId: { id: props.projectId } }} projectId={props.projectId} />;
}

function Authorizations(props: { filter: object; userId?: string; projectId?: string }) {
  const request = { filters: [props.filter], pagination: { limit: 100, asc: true } };
  const list = () => call<{ authorizations: Authorization[] }>(`${SERVICE}/ListAuthorizations`, request);
  const loaded = useLoaded(list, [props.userId, props.projectId]);
  const [adding, add] = useState(false);
  const [removing, remove] = useState<Authorization>();
  const rows = loaded.data?.authorizations ?? [];
  return (
    <Section
      title="Authorizations"
      action={
        may("user.grant.write") && (
          <button class="small" onClick={() => add(true)}>
            Grant roles
          </button>
        )
      }
    >
      <LoadState of={loaded} what="authorizations" />
      {loaded.data && rows.length === 0 && (
        <Empty>No roles granted. Roles of a project appear in tokens for its APIs.</Empty>
      )}
      {rows.length > 0 && (
        <Table
          label="Authorizations"
          rows={rows}
          id={(row) => row.id}
          columns={[
            props.userId
              ? { title: "Project", show: (row) => <a href={`#/projects/${row.project.id}`}>{row.project.name}</a> }
              : {
                  title: "Service user",
                  show: (row) => <a href={`#/users/${row.user.id}`}>{row.user.preferredLoginName}</a>,
                },
            { title: "Roles", show: (row) => row.roles.map((role) => role.key).join(", ") },
            {
              title: "State",
              show: (row) =>
                row.state === "STATE_ACTIVE" ? (
                  <Badge kind="good">Active</Badge>
                ) : (
                  <Badge kind="warning">Inactive</Badge>
                ),
            },
            { title: "Since", show: (row) => <Time at={row.creationDate} /> },
            {
              title: "",
              show: (row) =>
                may("user.grant.write") && (
                  <button
                    class="small danger"
                    aria-label={`Remove the roles in ${row.project.name} of ${row.user.preferredLoginName}`}
                    onClick={() => remove(row)}
                  >
                    Remove
                  </button>
                ),
            },
          ]}
        />
      )}
      {adding && <Grant {...props} close={() => add(false)} done={loaded.reload} />}
      {removing && (
        <Confirm
          title="Take these roles away?"
          action="Remove"
          close={() => remove(undefined)}
          act={async (key) => {
            await call(`${SERVICE}/DeleteAuthorization`, { id: removing.id }, { key });
            loaded.reload();
          }}
        >
          {removing.user.preferredLoginName} loses {removing.roles.map((role) => role.key).join(", ")} in{" "}
          {removing.project.name}. Introspection shows that at once; JWTs that were issued before say it until they
          expire.
        </Confirm>
      )}
    </Section>
  );
}

function Grant(props: { userId?: string; projectId?: string; close: () => void; done: () => void }) {
  const [user, setUser] = useState(props.userId ?? "");
  const [projectId, setProject] = useState(props.projectId ?? "");
  const [chosen, choose] = useState<string[]>([]);
  const projects = useLoaded(
    () =>
      call<{ projects: Project[] }>("zitadel.project.v2.ProjectService/ListProjects", {
        pagination: { limit: 1000, asc: true },
      }),
    [],
  );
  const roles = useLoaded(async () => {
    if (!projectId) return [];
    const request = { projectId, pagination: { limit: 1000, asc: true } };
    return (await call<{ projectRoles: Role[] }>("zitadel.project.v2.ProjectService/ListProjectRoles", request))
      .projectRoles;
  }, [projectId]);
  const submit = async (key: string) => {
    const { user: found } = await call<{ user: { userId: string } }>("zitadel.user.v2.UserService/GetUserByID", {
      userId: user.trim(),
    });
    await call(`${SERVICE}/CreateAuthorization`, { userId: found.userId, projectId, roleKeys: chosen }, { key });
    props.close();
    props.done();
  };
  const named = (projects.data?.projects ?? []).map((project): [string, string] => [project.projectId, project.name]);
  return (
    <FormDialog title="Grant roles" action="Grant" close={props.close} submit={submit}>
      {!props.userId && <Field label="Service user" value={user} set={setUser} required hint="Username or id" />}
      {!props.projectId && (
        <Choice
          label="Project"
          value={projectId}
          set={(id) => {
            setProject(id);
            choose([]);
          }}
          options={[["", "Choose a project"], ...named]}
        />
      )}
      <fieldset>
        <legend>Roles</legend>
        <LoadState of={roles} what="roles" />
        {projectId && roles.data?.length === 0 && <p class="hint">This project has no roles yet.</p>}
        {roles.data?.map((role) => (
          <Check
            label={role.displayName ? `${role.key} (${role.displayName})` : role.key}
            value={chosen.includes(role.key)}
            set={(on) => choose(on ? [...chosen, role.key] : chosen.filter((key) => key !== role.key))}
          />
        ))}
      </fieldset>
    </FormDialog>
  );
}
