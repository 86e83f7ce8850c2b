// The list of service users, and the form for a new one.

import { change, may } from "../api";
import { Empty, Time } from "../components/basics";
import { FormDialog } from "../components/dialog";
import { type Choice, ChoiceField, Filters, NameField, TextField } from "../components/fields";
import { type Column, linkColumn, List, type Sorting, stateColumn } from "../components/list";
import { ListPage } from "../components/list_layout";
import { FilterPicker } from "../components/picker";
import { useAddressPaging, useForm, useListing, type Paging } from "../hooks";
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

function useUsers(filter: Filter, paging: Paging) {
  const { search, state, organization, column, isAscending: asc } = filter;
  const queries = [
    ...(search ? [userQuery(search)] : []),
    ...(state ? [{ stateQuery: { state } }] : []),
    ...(organization ? [{ organizationIdQuery: { organizationId: organization } }] : []),
  ];
  const request = { queries, sortingColumn: column };
  const members = { rows: "result", paging: "query", asc } as const;
  return useListing<User>(`${USERS}/ListUsers`, request, members, paging);
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
  const column = ORDERS[order.replace("-", "")] ?? BY_NAME;
  const filter = { search, state, organization, column, isAscending: !order.startsWith("-") };
  const users = useUsers(filter, useAddressPaging(25));
  const isFiltered = Boolean(search || state || organization);
  const organizationColumn: Column<User> = {
    title: "Organization",
    narrow: "hide",
    cell: (user) => organizations.nameOf(user.details.resourceOwner),
  };
  const handleSort = ({ column, isAscending }: Sorting) => {
    const name = Object.keys(ORDERS).find((name) => ORDERS[name] === column);
    setOrder(`${isAscending ? "" : "-"}${name}`);
  };
  const filterFields = (
    <Filters search="Search by username or name">
      <ChoiceField label="State" value={state} onChange={setState} options={STATES} />
      {organizations.areSeveral && (
        <FilterPicker
          label="Organization"
          source={organizationSource}
          value={organization}
          onChange={setOrganization}
          placeholder="All organizations"
        />
      )}
    </Filters>
  );
  return (
    <ListPage
      title="Service users"
      hint="Programs that get access tokens. Elsewhere they are called service accounts or machine users."
      renderAddDialog={may("user.write") && ((onClose) => <NewUserDialog onClose={onClose} />)}
      filters={filterFields}
    >
      <List
        {...users}
        label="service users"
        rowKey={(user) => user.userId}
        onRemoveUnreadable={
          may("user.delete") && ((userId, key) => change(`${USERS}/DeleteUser`, { userId }, { key }))
        }
        sorting={filter}
        onSort={handleSort}
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
          { ...linkColumn("Username", "users", "userId", "username"), sort: BY_NAME },
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
          { title: "Created", narrow: "hide", cell: ({ details }) => <Time at={details.creationDate} /> },
        ]}
      />
    </ListPage>
  );
}

function NewUserDialog(props: { onClose: () => void }) {
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
    navigate(`users/${userId}`);
  };
  return (
    <FormDialog title="New service user" action="Create" onClose={props.onClose} onSubmit={create}>
      <NameField
        label="Username"
        {...field("username")}
        hint="Programs send it as their client ID, or the user ID instead"
      />
      <TextField label="Display name" {...field("name")} isRequired maxLength={200} />
      <TextField label="Description" {...field("description")} maxLength={500} />
      <ChoiceField label="Access token type" {...field("accessTokenType")} options={TOKEN_TYPES} />
      <OrganizationField {...field("organization")} />
    </FormDialog>
  );
}
