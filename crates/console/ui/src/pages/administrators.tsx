// Administrators: service users with administrator roles.

import { change, may } from "../api";
import { Empty, Section } from "../components/basics";
import { ConfirmButton, DialogButton, FormDialog } from "../components/dialog";
import { CheckList, type Choice, ChoiceField, Filters } from "../components/fields";
import { type Column, List, sinceColumn } from "../components/list";
import { ListPage } from "../components/list_layout";
import { FilterPicker, Picker } from "../components/picker";
import { useAddressPaging, useForm, useListing, usePaging, type Paging } from "../hooks";
import { useParam } from "../router";
import { ADMINISTRATORS } from "../services";
import { organizationSource, projectSource, userSource } from "../sources";
import type { Administrator } from "../types";

/** The scope of administrator roles in the API's form. */
type Scope = { instance: true } | { organizationId: string } | { projectId: string };
type Kind = "IAM" | "ORG" | "PROJECT";

const ROLES: { value: string; label: string; hint: string }[] = [
  { value: "IAM_OWNER", label: "Owner", hint: "Everything, including who administers." },
  { value: "IAM_OWNER_VIEWER", label: "Viewer", hint: "Sees everything and changes nothing." },
  {
    value: "IAM_USER_MANAGER",
    label: "User manager",
    hint: "Service users of all organizations, and their roles.",
  },
  {
    value: "ORG_OWNER",
    label: "Owner",
    hint: "Everything in the organization, including who administers it.",
  },
  { value: "ORG_OWNER_VIEWER", label: "Viewer", hint: "Sees everything in it and changes nothing." },
  { value: "ORG_USER_MANAGER", label: "User manager", hint: "Its service users, and their roles." },
  { value: "ORG_USER_PERMISSION_EDITOR", label: "Role editor", hint: "Which roles its service users have." },
  {
    value: "PROJECT_OWNER",
    label: "Owner",
    hint: "Everything in the project, including who administers it.",
  },
  { value: "PROJECT_OWNER_VIEWER", label: "Viewer", hint: "Sees everything in it and changes nothing." },
  { value: "IAM_TOKEN_INTROSPECTOR", label: "Introspector", hint: "Introspects tokens for all projects." },
  { value: "ORG_TOKEN_INTROSPECTOR", label: "Introspector", hint: "Introspects tokens for its projects." },
  { value: "PROJECT_TOKEN_INTROSPECTOR", label: "Introspector", hint: "Introspects tokens for it." },
];

const KINDS: [Kind, string][] = [
  ["IAM", "The whole instance"],
  ["ORG", "An organization"],
  ["PROJECT", "A project"],
];

const kindOf = (role: string) => role.slice(0, role.indexOf("_"));

export const roleName = (value: string) => ROLES.find((role) => role.value === value)?.label ?? value;

const rolesOf = (kind: Kind) => ROLES.filter(({ value }) => kindOf(value) === kind);

function scopeOf(administrator: Administrator): Scope {
  const { organization, project } = administrator;
  if (organization) return { organizationId: organization.id };
  return project ? { projectId: project.id } : { instance: true };
}

function kindOfScope(scope: Scope): Kind {
  if ("instance" in scope) return "IAM";
  return "organizationId" in scope ? "ORG" : "PROJECT";
}

function ScopeName(props: { administrator: Administrator }) {
  const { organization, project } = props.administrator;
  if (organization) return <a href={`#/organizations/${organization.id}`}>{organization.name}</a>;
  if (project) return <a href={`#/projects/${project.id}`}>{project.name}</a>;
  return <>The whole instance</>;
}

function scopeText({ organization, project }: Administrator): string {
  return organization?.name ?? project?.name ?? "the whole instance";
}

export function AdministratorsPage() {
  const [role, setRole] = useParam("role", ["", ...ROLES.map(({ value }) => value)]);
  const [user, setUser] = useParam("user");
  const filters = [
    ...(role ? [{ role: { roleKey: role } }] : []),
    ...(user ? [{ inUserIdsFilter: { ids: [user] } }] : []),
  ];
  const options = ROLES.map(({ value, label }): Choice => {
    const where = KINDS.find(([kind]) => kind === kindOf(value))?.[1] ?? "";
    return [value, `${label}: ${where.toLowerCase()}`];
  });
  const filterFields = (
    <Filters>
      <FilterPicker
        label="Service user"
        source={userSource}
        value={user}
        onChange={setUser}
        placeholder="All, or search by name"
      />
      <ChoiceField label="Role" value={role} onChange={setRole} options={[["", "All roles"], ...options]} />
    </Filters>
  );
  return (
    <ListPage
      title="Administrators"
      hint="Service users that may see and change things here and over the API."
      renderAddDialog={
        may("member.write") && ((onClose) => <AddDialog title="New administrator" onClose={onClose} />)
      }
      filters={filterFields}
    >
      <AdministratorList filters={filters} paging={useAddressPaging(25)} columns={["user", "scope"]} />
    </ListPage>
  );
}

/** The administrators of one organization or project. */
export function AdministratorSection(props: { scope: Scope }) {
  return (
    <Section title="Administrators" action={may("member.write") && <AddButton scope={props.scope} />}>
      <AdministratorList filters={[{ resource: props.scope }]} paging={usePaging(10)} columns={["user"]} />
    </Section>
  );
}

/** The administrator roles of one service user. */
export function AdministrationSection(props: { userId: string }) {
  const filters = [{ inUserIdsFilter: { ids: [props.userId] } }];
  return (
    <Section title="Administrator roles" action={may("member.write") && <AddButton userId={props.userId} />}>
      <AdministratorList filters={filters} paging={usePaging(10)} columns={["scope"]} />
    </Section>
  );
}

function AdministratorList(props: { filters: object[]; paging: Paging; columns: ("user" | "scope")[] }) {
  const { filters, paging, columns } = props;
  const list = `${ADMINISTRATORS}/ListAdministrators`;
  const administrators = useListing<Administrator>(list, { filters }, { rows: "administrators" }, paging);
  const all: Record<"user" | "scope", Column<Administrator>> = {
    user: {
      title: "Service user",
      narrow: "bare",
      cell: ({ user }) => (
        <a class="name" href={`#/users/${user.id}`}>
          {user.preferredLoginName}
        </a>
      ),
    },
    scope: { title: "Administers", cell: (row) => <ScopeName administrator={row} /> },
  };
  return (
    <List
      {...administrators}
      label="administrators"
      rowKey={(row) => `${row.user.id} ${JSON.stringify(scopeOf(row))}`}
      empty={<Empty title={columns.includes("user") ? "No administrator" : "It administers nothing"} />}
      columns={[
        ...columns.map((column) => all[column]),
        { title: "Roles", cell: (row) => row.roles.map(roleName).join(", ") },
        sinceColumn,
      ]}
      actions={may("member.write") && ((row) => <RowActions administrator={row} />)}
    />
  );
}

function RowActions(props: { administrator: Administrator }) {
  const { user, roles } = props.administrator;
  const resource = scopeOf(props.administrator);
  const where = scopeText(props.administrator);
  const name = user.preferredLoginName;
  return (
    <>
      <DialogButton label="Change" name={`the roles of ${name}`}>
        {(onClose) => (
          <RolesDialog userId={user.id} name={name} scope={resource} roles={roles} onClose={onClose} />
        )}
      </DialogButton>
      <ConfirmButton
        label="Remove"
        name={name}
        title={`Remove ${name} as an administrator?`}
        onConfirm={(key) =>
          change(`${ADMINISTRATORS}/DeleteAdministrator`, { userId: user.id, resource }, { key })
        }
      >
        {name} loses its administrator roles for {where} at once. The service user and its credentials stay.
      </ConfirmButton>
    </>
  );
}

function RolesDialog(props: {
  userId: string;
  name: string;
  scope: Scope;
  roles: string[];
  onClose: () => void;
}) {
  const { userId, scope } = props;
  const { values, field } = useForm({ roles: props.roles });
  const submit = (key: string) => {
    const request = { userId, resource: scope, roles: values.roles };
    return change(`${ADMINISTRATORS}/UpdateAdministrator`, request, { key });
  };
  return (
    <FormDialog
      title={`Change the roles of ${props.name}`}
      action="Save"
      isDisabled={values.roles.length === 0}
      onClose={props.onClose}
      onSubmit={submit}
    >
      <CheckList legend="Roles" options={rolesOf(kindOfScope(scope))} {...field("roles")} />
    </FormDialog>
  );
}

/** A button that adds an administrator to a scope, or a role to a service user. */
function AddButton(props: { scope?: Scope; userId?: string }) {
  const label = props.userId ? "Add role" : "Add administrator";
  return (
    <DialogButton label={label}>
      {(onClose) => <AddDialog title={label} {...props} onClose={onClose} />}
    </DialogButton>
  );
}

function AddDialog(props: { title: string; scope?: Scope; userId?: string; onClose: () => void }) {
  const { values, setValues, field } = useForm({
    user: props.userId ? [props.userId] : [],
    kind: (props.scope ? kindOfScope(props.scope) : "IAM") as Kind,
    subject: [] as string[],
    roles: [] as string[],
  });
  const { kind, subject, roles } = values;
  const [id = ""] = subject;
  const scopes: Record<Kind, Scope> = {
    IAM: { instance: true },
    ORG: { organizationId: id },
    PROJECT: { projectId: id },
  };
  const submit = (key: string) => {
    const request = { userId: values.user[0], resource: props.scope ?? scopes[kind], roles };
    return change(`${ADMINISTRATORS}/CreateAdministrator`, request, { key });
  };
  return (
    <FormDialog
      title={props.title}
      action="Add"
      isDisabled={roles.length === 0}
      onClose={props.onClose}
      onSubmit={submit}
    >
      {!props.userId && <Picker label="Service user" source={userSource} {...field("user")} isRequired />}
      {!props.scope && (
        <ChoiceField
          label="Administers"
          value={kind}
          onChange={(kind) => setValues({ ...values, kind: kind as Kind, subject: [], roles: [] })}
          options={KINDS}
        />
      )}
      {!props.scope && kind === "ORG" && (
        <Picker label="Organization" source={organizationSource} {...field("subject")} isRequired />
      )}
      {!props.scope && kind === "PROJECT" && (
        <Picker label="Project" source={projectSource} {...field("subject")} isRequired />
      )}
      <CheckList legend="Roles" options={rolesOf(kind)} {...field("roles")} />
    </FormDialog>
  );
}
