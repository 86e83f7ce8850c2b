// The list of service users, and the form for a new one.

import { change, may, queryPage, type Page, type PageRequest } from "../api";
import { Empty, PageHeader, Time } from "../components/basics";
import { DialogButton, FormDialog } from "../components/dialog";
import { type Choice, ChoiceField, Filters, TextField } from "../components/fields";
import { type Column, List, stateColumn } from "../components/list";
import { Picker } from "../components/picker";
import { useAddressPaging, useForm, usePage } from "../hooks";
import { navigate, useParam } from "../router";
import { USERS } from "../services";
import { organizationSource, userQuery } from "../sources";
import type { User } from "../types";
import { OrganizationField, useOrganizations } from "../organizations";

const STATES: Choice[] = [
  ["", "All states"],
  ["USER_STATE_ACTIVE", "Active"],
  ["USER_STATE_INACTIVE", "Deactivated"],
  ["USER_STATE_LOCKED", "Locked"],
];

export const TOKEN_TYPES: Choice[] = [
  ["ACCESS_TOKEN_TYPE_BEARER", "Opaque: APIs ask this server"],
  ["ACCESS_TOKEN_TYPE_JWT", "JWT: APIs can verify it themselves"],
];

export const tokenType = (type: string) => (type === "ACCESS_TOKEN_TYPE_JWT" ? "JWT" : "Opaque");

const BY_NAME = "USER_FIELD_NAME_USER_NAME";
/** Values of the address's parameter for the order; a leading minus sign means descending. */
const ORDERS: Record<string, string> = { username: BY_NAME, name: "USER_FIELD_NAME_DISPLAY_NAME" };

interface Filter {
  search: string;
  state: string;
  organization: string;
  column: string;
  isAscending: boolean;
}

async function listUsers(filter: Filter, page: PageRequest): Promise<Page<User>> {
  const { search, state, organization, column, isAscending: asc } = filter;
  const queries = [
    ...(search ? [userQuery(search)] : []),
    ...(state ? [{ stateQuery: { state } }] : []),
    ...(organization ? [{ organizationIdQuery: { organizationId: organization } }] : []),
  ];
  const request = { queries, sortingColumn: column };
  return queryPage(`${USERS}/ListUsers`, request, page, { rows: "result", paging: "query", asc });
}

export function UsersPage() {
  const [search] = useParam("search");
  const [state, setState] = useParam(
    "state",
    STATES.map(([value]) => value),
  );
  const [organization, setOrganization] = useParam("organization");
  const [order, setOrder] = useParam("order");
  const organizations = useOrganizations();
  const paging = useAddressPaging(25);
  const column = ORDERS[order.replace("-", "")] ?? BY_NAME;
  const filter = { search, state, organization, column, isAscending: !order.startsWith("-") };
  const users = usePage((page) => listUsers(filter, page), paging, Object.values(filter));
  const isFiltered = Boolean(search || state || organization);
  const organizationColumn: Column<User> = {
    title: "Organization",
    narrow: "hide",
    cell: (user) => organizations.nameOf(user.details.resourceOwner),
  };
  return (
    <>
      <PageHeader
        title="Service users"
        hint="Programs that get access tokens. Elsewhere they are called service accounts or machine users."
      >
        {may("user.write") && (
          <DialogButton label="New" class="primary">
            {(close) => <NewUser onClose={close} />}
          </DialogButton>
        )}
      </PageHeader>
      <Filters search="Search by username or name">
        <ChoiceField label="State" value={state} onChange={setState} options={STATES} />
        {organizations.areSeveral && (
          <Picker
            label="Organization"
            source={organizationSource}
            value={organization ? [organization] : []}
            onChange={([id]) => setOrganization(id ?? "")}
            placeholder="All organizations"
          />
        )}
      </Filters>
      <div class="card">
        <List
          label="service users"
          query={users}
          paging={paging}
          rowKey={(user) => user.userId}
          onRemoveUnreadable={
            may("user.delete")
              ? (userId, key) => change(`${USERS}/DeleteUser`, { userId }, { key })
              : undefined
          }
          sorting={filter}
          onSort={({ column, isAscending }) => {
            const name = Object.keys(ORDERS).find((name) => ORDERS[name] === column);
            setOrder(`${isAscending ? "" : "-"}${name}`);
          }}
          empty={
            isFiltered ? (
              <Empty title="No service user is like this">Search for something else, or in all states.</Empty>
            ) : (
              <Empty title="There is no service user yet">
                Make one with New, generate its client secret, and a program can get access tokens with it.
              </Empty>
            )
          }
          columns={[
            {
              title: "Username",
              sort: BY_NAME,
              narrow: "bare",
              cell: (user) => (
                <a class="name" href={`#/users/${user.userId}`}>
                  {user.username}
                </a>
              ),
            },
            {
              title: "Display name",
              sort: ORDERS.name!,
              narrow: "bare",
              cell: (user) => user.machine.name,
            },
            stateColumn,
            ...(organizations.areSeveral && !organization ? [organizationColumn] : []),
            {
              title: "Access tokens",
              narrow: "hide",
              cell: (user) => tokenType(user.machine.accessTokenType),
            },
            { title: "Created", narrow: "hide", cell: (user) => <Time at={user.details.creationDate} /> },
          ]}
        />
      </div>
    </>
  );
}

function NewUser(props: { onClose: () => void }) {
  const { values, field } = useForm({
    username: "",
    name: "",
    description: "",
    accessTokenType: "ACCESS_TOKEN_TYPE_BEARER",
    organization: [] as string[],
  });
  const create = async (key: string) => {
    const { username, name, description, accessTokenType, organization } = values;
    const machine = {
      name: name.trim() || username.trim(),
      description: description.trim(),
      accessTokenType,
    };
    const request = { username: username.trim(), organizationId: organization[0], machine };
    const { userId } = await change<{ userId: string }>(`${USERS}/CreateUser`, request, { key });
    props.onClose();
    navigate(`users/${userId}`);
  };
  return (
    <FormDialog title="New service user" action="Create" onClose={props.onClose} onSubmit={create}>
      <TextField
        label="Username"
        {...field("username")}
        isRequired
        hasFocus
        maxLength={200}
        hint="Programs send it as their client ID, or the user ID instead"
      />
      <TextField label="Display name" {...field("name")} isRequired maxLength={200} />
      <TextField label="Description" {...field("description")} maxLength={500} />
      <ChoiceField label="Access token type" {...field("accessTokenType")} options={TOKEN_TYPES} />
      <OrganizationField {...field("organization")} />
    </FormDialog>
  );
}
