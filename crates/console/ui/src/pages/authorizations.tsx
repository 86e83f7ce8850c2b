// Authorizations: roles of a project granted to a service user.

import { change, may, query } from "../api";
import { Empty, LoadState } from "../components/basics";
import { ConfirmButton, DialogButton, FormDialog } from "../components/dialog";
import { CheckList } from "../components/fields";
import { sinceColumn, stateColumn } from "../components/list";
import { ListSection } from "../components/list_layout";
import { Picker } from "../components/picker";
import { useForm, useListing, usePaging, useQuery } from "../hooks";
import { AUTHORIZATIONS, PROJECTS } from "../services";
import { projectSource, userSource } from "../sources";
import type { Authorization, Role } from "../types";

/** The authorizations of a service user, or those in a project. */
export function AuthorizationSection(props: { userId?: string; projectId?: string }) {
  const { userId, projectId } = props;
  const filters = userId ? [{ inUserIds: { ids: [userId] } }] : [{ projectId: { id: projectId } }];
  const list = `${AUTHORIZATIONS}/ListAuthorizations`;
  const members = { rows: "authorizations" };
  const authorizations = useListing<Authorization>(list, { filters }, members, usePaging(10));
  const canEdit = may("user.grant.write");
  return (
    <ListSection
      title="Authorizations"
      addLabel="Grant roles"
      renderAddDialog={canEdit && ((onClose) => <GrantDialog {...props} onClose={onClose} />)}
      {...authorizations}
      label="authorizations"
      rowKey={(row) => row.id}
      empty={
        <Empty title="No roles granted">
          A role says what a service user may do at a project's APIs; they see it in its tokens.
        </Empty>
      }
      columns={[
        {
          title: userId ? "Project" : "Service user",
          narrow: "bare",
          cell: ({ project, user }) =>
            userId ? (
              <a href={`#/projects/${project.id}`}>{project.name}</a>
            ) : (
              <a href={`#/users/${user.id}`}>{user.preferredLoginName}</a>
            ),
        },
        { title: "Roles", cell: rolesText },
        stateColumn,
        sinceColumn,
      ]}
      actions={canEdit && ((row) => <RowActions authorization={row} />)}
    />
  );
}

const rolesText = ({ roles }: Authorization) => roles.map((role) => role.key).join(", ");

function RowActions(props: { authorization: Authorization }) {
  const { id, user, project } = props.authorization;
  const name = user.preferredLoginName;
  return (
    <>
      <DialogButton label="Change" name={`the roles in ${project.name} of ${name}`}>
        {(onClose) => <RolesDialog authorization={props.authorization} onClose={onClose} />}
      </DialogButton>
      <ConfirmButton
        label="Remove"
        name={`the roles in ${project.name} of ${name}`}
        title="Take these roles away?"
        onConfirm={(key) => change(`${AUTHORIZATIONS}/DeleteAuthorization`, { id }, { key })}
      >
        {name} loses {rolesText(props.authorization) || "its authorization"} in {project.name}. Introspection
        shows that at once; JWTs that were issued before say it until they expire.
      </ConfirmButton>
    </>
  );
}

function RolesDialog(props: { authorization: Authorization; onClose: () => void }) {
  const { id, project, user, roles } = props.authorization;
  const { values, field } = useForm({ roleKeys: roles.map((role) => role.key) });
  const submit = (key: string) => change(`${AUTHORIZATIONS}/UpdateAuthorization`, { id, ...values }, { key });
  return (
    <FormDialog
      title={`Change the roles of ${user.preferredLoginName}`}
      action="Save"
      onClose={props.onClose}
      onSubmit={submit}
    >
      <RoleChecks projectId={project.id} {...field("roleKeys")} />
    </FormDialog>
  );
}

function GrantDialog(props: { userId?: string; projectId?: string; onClose: () => void }) {
  const { values, setValues, field } = useForm({
    user: props.userId ? [props.userId] : [],
    project: props.projectId ? [props.projectId] : [],
    roleKeys: [] as string[],
  });
  const [projectId = ""] = values.project;
  const submit = (key: string) => {
    const request = { userId: values.user[0], projectId, roleKeys: values.roleKeys };
    return change(`${AUTHORIZATIONS}/CreateAuthorization`, request, { key });
  };
  return (
    <FormDialog title="Grant roles" action="Grant" onClose={props.onClose} onSubmit={submit}>
      {!props.userId && <Picker label="Service user" source={userSource} {...field("user")} isRequired />}
      {!props.projectId && (
        <Picker
          label="Project"
          source={projectSource}
          value={values.project}
          onChange={(project) => setValues({ ...values, project, roleKeys: [] })}
          isRequired
        />
      )}
      {projectId && <RoleChecks projectId={projectId} {...field("roleKeys")} />}
    </FormDialog>
  );
}

export function RoleChecks(props: {
  projectId: string;
  value: string[];
  onChange: (keys: string[]) => void;
}) {
  const { projectId } = props;
  const roles = useQuery(async () => {
    const request = { projectId, pagination: { limit: 1000, asc: true } };
    return (await query<{ projectRoles: Role[] }>(`${PROJECTS}/ListProjectRoles`, request)).projectRoles;
  }, [projectId]);
  const options = (roles.data ?? []).map(({ key, displayName }) => ({
    value: key,
    label: displayName && displayName !== key ? `${key} (${displayName})` : key,
  }));
  return (
    <CheckList legend="Roles" options={options} value={props.value} onChange={props.onChange}>
      <LoadState query={roles} what="roles" />
      {roles.data?.length === 0 && (
        <p class="hint">
          This project has no roles yet. <a href={`#/projects/${projectId}`}>Add one to the project</a> first.
        </p>
      )}
    </CheckList>
  );
}
