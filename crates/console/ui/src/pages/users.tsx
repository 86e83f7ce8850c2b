// Service users: all of them, and a new one.

import { useState } from "preact/hooks";
import { call, may } from "../api";
import { count, go, useLoaded, useSettled } from "../hooks";
import { Badge, Empty, LoadState, Time } from "../parts/basics";
import { FormDialog } from "../parts/dialog";
import { Choice, Field } from "../parts/form";
import { Pager, Table, usePages, type Sorting } from "../parts/list";
import type { User, Users } from "../types";

const PAGE = 25;

const STATES: [string, string][] = [
  ["", "All states"],
  ["USER_STATE_ACTIVE", "Active"],
  ["USER_STATE_INACTIVE", "Deactivated"],
  ["USER_STATE_LOCKED", "Locked"],
];

export function UserState(props: { state: string }) {
  switch (props.state) {
    case "USER_STATE_ACTIVE":
      return <Badge kind="good">Active</Badge>;
    case "USER_STATE_LOCKED":
      return <Badge kind="bad">Locked</Badge>;
    default:
      return <Badge kind="warning">Deactivated</Badge>;
  }
}

export function tokenType(type: string): string {
  return type === "ACCESS_TOKEN_TYPE_JWT" ? "JWT" : "Opaque";
}

export function UsersPage() {
  const [search, setSearch] = useState("");
  const [userState, setUserState] = useState("");
  const [sorting, setSorting] = useState<Sorting>({ column: "USER_FIELD_NAME_USER_NAME", ascending: true });
  const [making, setMaking] = useState(false);
  const pages = usePages();
  const wanted = useSettled(search.trim());
  // Walked in the order of an index, a page costs the same at any place; else the place is a number.
  const ordered = !wanted && !userState && sorting.column === "USER_FIELD_NAME_USER_NAME";
  const offset = (pages.page - 1) * PAGE;
  const load = () => {
    const text = { method: "TEXT_QUERY_METHOD_CONTAINS_IGNORE_CASE" };
    const queries: object[] = [];
    if (wanted) {
      queries.push({
        orQuery: {
          queries: [
            { userNameQuery: { userName: wanted, ...text } },
            { displayNameQuery: { displayName: wanted, ...text } },
          ],
        },
      });
    }
    if (userState) queries.push({ stateQuery: { state: userState } });
    return call<Users>("zitadel.user.v2.UserService/ListUsers", {
      query: { limit: PAGE, asc: sorting.ascending, ...(ordered ? { pageToken: pages.token } : { offset }) },
      queries,
      sortingColumn: sorting.column,
    });
  };
  const users = useLoaded(load, [wanted, userState, sorting.column, sorting.ascending, pages.token]);
  const { data } = users;
  const next = ordered
    ? data?.nextPageToken
    : offset + PAGE < Number(data?.details.totalResult)
      ? String(offset + PAGE)
      : undefined;
  const filtered = Boolean(wanted || userState);
  return (
    <>
      <header class="page">
        <h1>Service users</h1>
        {may("user.write") && (
          <button class="primary" onClick={() => setMaking(true)}>
            New
          </button>
        )}
      </header>
      <form class="filters" role="search" onSubmit={(event) => event.preventDefault()}>
        <Field
          label="Search by username or name"
          type="search"
          value={search}
          set={(text) => {
            setSearch(text);
            pages.first();
          }}
        />
        <Choice
          label="State"
          value={userState}
          set={(text) => {
            setUserState(text);
            pages.first();
          }}
          options={STATES}
        />
      </form>
      <LoadState of={users} what="service users" />
      {data && data.result.length === 0 && (
        <Empty>
          {filtered ? (
            <p>No service user is like this. Look for something else.</p>
          ) : (
            <p>There is no service user yet. A service user is a program that gets access tokens: make one with New.</p>
          )}
        </Empty>
      )}
      {data && data.result.length > 0 && (
        <>
          <Table
            label="Service users"
            rows={data.result}
            id={(user) => user.userId}
            busy={users.loading}
            sorting={sorting}
            sort={(sorting) => {
              setSorting(sorting);
              pages.first();
            }}
            columns={[
              {
                title: "Username",
                sort: "USER_FIELD_NAME_USER_NAME",
                show: (user) => <a href={`#/users/${user.userId}`}>{user.username}</a>,
              },
              { title: "Display name", sort: "USER_FIELD_NAME_DISPLAY_NAME", show: (user) => user.machine.name },
              { title: "State", show: (user) => <UserState state={user.state} /> },
              { title: "Access token", show: (user) => tokenType(user.machine.accessTokenType) },
              { title: "Created", show: (user: User) => <Time at={user.details.creationDate} /> },
            ]}
          />
          <Pager pages={pages} next={next} total={data.details.totalResult && count(data.details.totalResult)} />
        </>
      )}
      {users.loading && data && (
        <p class="loading" role="status">
          Looking…
        </p>
      )}
      {making && <NewUser close={() => setMaking(false)} />}
    </>
  );
}

function NewUser(props: { close: () => void }) {
  const [username, setUsername] = useState("");
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [accessTokenType, setType] = useState("ACCESS_TOKEN_TYPE_BEARER");
  const create = async (key: string) => {
    const request = {
      username: username.trim(),
      machine: { name: name.trim(), description: description.trim(), accessTokenType },
    };
    const { userId } = await call<{ userId: string }>("zitadel.user.v2.UserService/CreateUser", request, { key });
    props.close();
    go(`users/${userId}`);
  };
  return (
    <FormDialog title="New service user" action="Create" close={props.close} submit={create}>
      <Field
        label="Username"
        value={username}
        set={setUsername}
        required
        autofocus
        maxLength={200}
        hint="Its client id: letters, digits and - . _ ~ @"
      />
      <Field label="Display name" value={name} set={setName} required maxLength={200} />
      <Field label="Description" value={description} set={setDescription} maxLength={500} />
      <Choice
        label="Access token type"
        value={accessTokenType}
        set={setType}
        options={[
          ["ACCESS_TOKEN_TYPE_BEARER", "Opaque: APIs ask the server about it"],
          ["ACCESS_TOKEN_TYPE_JWT", "JWT: APIs can verify it by themselves"],
        ]}
      />
    </FormDialog>
  );
}
