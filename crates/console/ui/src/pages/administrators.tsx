// Administrators: service users with administrator roles.

import { change, may, queryPage } from "../api";
import { Empty, PageHeader, Section, Time } from "../components/basics";
import { ConfirmButton, DialogButton, FormDialog } from "../components/dialog";
import { CheckList, type Choice, ChoiceField, Filters } from "../components/fields";
import { List, type Column } from "../components/list";
import { Picker } from "../components/picker";
import { useAddressPaging, useForm, usePage, usePaging, type Paging } from "../hooks";
import { useParam } from "../router";
import { ADMINISTRATORS } from "../services";
import { organizationSource, projectSource, userSource } from "../sources";
import type { Administrator } from "../types";

/** The scope of administrator roles in the API's form. */
type Place = { instance: true } | { organizationId: string } | { projectId: string };
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

function placeOf(administrator: Administrator): Place {
  const { organization, project } = administrator;
  if (organization) return { organizationId: organization.id };
  return project ? { projectId: project.id } : { instance: true };
}

function kindOfPlace(place: Place): Kind {
  if ("instance" in place) return "IAM";
  return "organizationId" in place ? "ORG" : "PROJECT";
}

function PlaceName(props: { administrator: Administrator }) {
  const { organization, project } = props.administrator;
  if (organization) return <a href={`#/organizations/${organization.id}`}>{organization.name}</a>;
  if (project) return <a href={`#/projects/${project.id}`}>{project.name}</a>;
  return <>The whole instance</>;
}

function placeText({ organization, project }: Administrator): string {
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
  return (
    <>
      <PageHeader
        title="Administrators"
        hint="Service users that may see and change things here and over the API."
      >
        {may("member.write") && (
          <DialogButton label="New" class="primary">
            {(close) => <AddAdministrator title="New administrator" onClose={close} />}
          </DialogButton>
        )}
      </PageHeader>
      <Filters>
        <Picker
          label="Service user"
          source={userSource}
          value={user ? [user] : []}
          onChange={([id]) => setUser(id ?? "")}
          placeholder="All, or search by name"
        />
        <ChoiceField label="Role" value={role} onChange={setRole} options={[["", "All roles"], ...options]} />
      </Filters>
      <div class="card">
        <AdministratorList filters={filters} paging={useAddressPaging(25)} columns={["user", "place"]} />
      </div>
    </>
  );
}

/** The administrators of one organization or project. */
export function AdministratorSection(props: { place: Place }) {
  return (
    <Section title="Administrators" action={may("member.write") && <AddButton place={props.place} />}>
      <AdministratorList filters={[{ resource: props.place }]} paging={usePaging(10)} columns={["user"]} />
    </Section>
  );
}

/** The administrator roles of one service user. */
export function AdministrationSection(props: { userId: string }) {
  const filters = [{ inUserIdsFilter: { ids: [props.userId] } }];
  return (
    <Section title="Administrator roles" action={may("member.write") && <AddButton userId={props.userId} />}>
      <AdministratorList filters={filters} paging={usePaging(10)} columns={["place"]} />
    </Section>
  );
}

function AdministratorList(props: { filters: object[]; paging: Paging; columns: ("user" | "place")[] }) {
  const { filters, paging, columns } = props;
  const list = `${ADMINISTRATORS}/ListAdministrators`;
  const administrators = usePage(
    (page) => queryPage<Administrator>(list, { filters }, page, { rows: "administrators" }),
    paging,
    [JSON.stringify(filters)],
  );
  const all: Record<"user" | "place", Column<Administrator>> = {
    user: {
      title: "Service user",
      narrow: "bare",
      cell: ({ user }) => (
        <a class="name" href={`#/users/${user.id}`}>
          {user.preferredLoginName}
        </a>
      ),
    },
    place: { title: "Administers", cell: (row) => <PlaceName administrator={row} /> },
  };
  return (
    <List
      label="administrators"
      query={administrators}
      paging={paging}
      rowKey={(row) => `${row.user.id} ${JSON.stringify(placeOf(row))}`}
      empty={<Empty title={columns.includes("user") ? "No administrator" : "It administers nothing"} />}
      columns={[
        ...columns.map((column) => all[column]),
        { title: "Roles", cell: (row) => row.roles.map(roleName).join(", ") },
        { title: "Since", narrow: "hide", cell: (row) => <Time at={row.creationDate} /> },
      ]}
      actions={may("member.write") ? (row) => <RowActions administrator={row} /> : undefined}
    />
  );
}

function RowActions(props: { administrator: Administrator }) {
  const { user, roles } = props.administrator;
  const resource = placeOf(props.administrator);
  const where = placeText(props.administrator);
  const name = user.preferredLoginName;
  return (
    <>
      <DialogButton label="Change" name={`the roles of ${name}`}>
        {(close) => (
          <ChangeRoles userId={user.id} name={name} place={resource} roles={roles} onClose={close} />
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

function ChangeRoles(props: {
  userId: string;
  name: string;
  place: Place;
  roles: string[];
  onClose: () => void;
}) {
  const { userId, place } = props;
  const { values, field } = useForm({ roles: props.roles });
  const submit = async (key: string) => {
    await change(
      `${ADMINISTRATORS}/UpdateAdministrator`,
      { userId, resource: place, roles: values.roles },
      { key },
    );
    props.onClose();
  };
  return (
    <FormDialog
      title={`Change the roles of ${props.name}`}
      action="Save"
      isDisabled={values.roles.length === 0}
      onClose={props.onClose}
      onSubmit={submit}
    >
      <CheckList legend="Roles" options={rolesOf(kindOfPlace(place))} {...field("roles")} />
    </FormDialog>
  );
}

/** A button that adds an administrator to a place, or a role to a service user. */
function AddButton(props: { place?: Place; userId?: string }) {
  const label = props.userId ? "Add role" : "Add administrator";
  return (
    <DialogButton label={label}>
      {(close) => <AddAdministrator title={label} {...props} onClose={close} />}
    </DialogButton>
  );
}

function AddAdministrator(props: { title: string; place?: Place; userId?: string; onClose: () => void }) {
  const { values, setValues, field } = useForm({
    user: props.userId ? [props.userId] : [],
    kind: (props.place ? kindOfPlace(props.place) : "IAM") as Kind,
    where: [] as string[],
    roles: [] as string[],
  });
  const { kind, where, roles } = values;
  const [id = ""] = where;
  const places: Record<Kind, Place> = {
    IAM: { instance: true },
    ORG: { organizationId: id },
    PROJECT: { projectId: id },
  };
  const submit = async (key: string) => {
    const request = { userId: values.user[0], resource: props.place ?? places[kind], roles };
    await change(`${ADMINISTRATORS}/CreateAdministrator`, request, { key });
    props.onClose();
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
      {!props.place && (
        <ChoiceField
          label="Administers"
          value={kind}
          onChange={(kind) => setValues({ ...values, kind: kind as Kind, where: [], roles: [] })}
          options={KINDS}
        />
      )}
      {!props.place && kind === "ORG" && (
        <Picker label="Organization" source={organizationSource} {...field("where")} isRequired />
      )}
      {!props.place && kind === "PROJECT" && (
        <Picker label="Project" source={projectSource} {...field("where")} isRequired />
      )}
      <CheckList legend="Roles" options={rolesOf(kind)} {...field("roles")} />
    </FormDialog>
  );
}
