// Sources of service users, projects, organizations and scopes for choices by name.

import { may, query, queryPage } from "./api";
import type { Option, Source } from "./components/picker";
import { ORGANIZATIONS, PROJECTS, USERS } from "./services";
import type { Organization, Project, User } from "./types";

const LIMIT = 10;
const CONTAINS = "TEXT_FILTER_METHOD_CONTAINS_IGNORE_CASE";

async function findUsers(queries: object[], limit: number): Promise<Option[]> {
  const request = { queries, sortingColumn: "USER_FIELD_NAME_USER_NAME" };
  const page = { cursor: undefined, limit };
  const members = { rows: "result", paging: "query" as const };
  const { rows } = await queryPage<User>(`${USERS}/ListUsers`, request, page, members);
  return rows.map(({ userId, username, machine }) => ({
    id: userId,
    name: username,
    detail: machine.name,
  }));
}

/** Users whose username or display name contains a text. */
export function userQuery(text: string): object {
  const method = CONTAINS.replace("FILTER", "QUERY");
  return {
    orQuery: {
      queries: [
        { userNameQuery: { userName: text, method } },
        { displayNameQuery: { displayName: text, method } },
      ],
    },
  };
}

export const userSource: Source = {
  search: (text) => findUsers(text ? [userQuery(text)] : [], LIMIT),
  resolve: (userIds) => findUsers([{ inUserIdsQuery: { userIds } }], userIds.length),
};

async function findProjects(filters: object[], limit: number): Promise<Option[]> {
  const request = { pagination: { limit, asc: true }, filters, sortingColumn: "PROJECT_FIELD_NAME_NAME" };
  const { projects } = await query<{ projects: Project[] }>(`${PROJECTS}/ListProjects`, request);
  return projects.map(({ projectId, name }) => ({ id: projectId, name }));
}

export const projectSource: Source = {
  search: (text) =>
    findProjects(text ? [{ projectNameFilter: { projectName: text, method: CONTAINS } }] : [], LIMIT),
  resolve: (ids) => findProjects([{ inProjectIdsFilter: { ids } }], ids.length),
};

async function findOrganizations(queries: object[], limit: number): Promise<Option[]> {
  const request = { query: { limit, asc: true }, queries, sortingColumn: "ORGANIZATION_FIELD_NAME_NAME" };
  const { result } = await query<{ result: Organization[] }>(`${ORGANIZATIONS}/ListOrganizations`, request);
  return result.map(({ id, name }) => ({ id, name }));
}

const findOrganization = async (id: string) => findOrganizations([{ idQuery: { id } }], 1);

export const organizationSource: Source = {
  search: (name) =>
    findOrganizations(
      name ? [{ nameQuery: { name, method: CONTAINS.replace("FILTER", "QUERY") } }] : [],
      LIMIT,
    ),
  resolve: async (ids) => (await Promise.all(ids.map(findOrganization))).flat(),
};

/** Subjects of audit events with a name. */
export const subjectSource: Source = {
  search: (text) => ofAll((source) => source.search(text)),
  resolve: (ids) => ofAll((source) => source.resolve(ids)),
};

async function ofAll(find: (source: Source) => Promise<Option[]>): Promise<Option[]> {
  const kinds: [string, Source, string][] = [
    ["user.read", userSource, "service user"],
    ["project.read", projectSource, "project"],
    ["org.read", organizationSource, "organization"],
  ];
  const found = kinds
    .filter(([permission]) => may(permission))
    .map(async ([, source, detail]) => (await find(source)).map((option) => ({ ...option, detail })));
  return (await Promise.all(found)).flat();
}

const SCOPES: Option[] = [
  { id: "openid", name: "openid", detail: "the token works at the userinfo endpoint" },
  { id: "profile", name: "profile", detail: "names are in userinfo and introspection" },
  {
    id: "urn:zitadel:iam:org:projects:roles",
    name: "Roles",
    detail: "in every project that the token is for",
  },
  { id: "urn:zitadel:iam:user:metadata", name: "Metadata", detail: "of the service user" },
  { id: "urn:zitadel:iam:user:resourceowner", name: "Organization", detail: "of the service user" },
  { id: "urn:zitadel:iam:org:project:id:zitadel:aud", name: "Management API", detail: "as an audience" },
];

const AUDIENCE = /^urn:zitadel:iam:org:project:id:(\d+):aud$/;

const audience = ({ id, name }: Option): Option => ({
  id: `urn:zitadel:iam:org:project:id:${id}:aud`,
  name: `Audience ${name}`,
  detail: "the project's APIs accept the token",
});

/** Scopes; a scope with a project's id is shown with the project's name. */
export const scopeSource: Source = {
  search: async (text) => {
    const isLike = ({ id, name }: Option) => `${name} ${id}`.toLowerCase().includes(text.toLowerCase());
    const projects = may("project.read") ? await projectSource.search(text.replace(/^audience\s*/i, "")) : [];
    return [...SCOPES.filter(isLike), ...projects.map(audience)];
  },
  resolve: async (ids) => {
    const projects = ids.flatMap((id) => AUDIENCE.exec(id)?.[1] ?? []);
    const named = projects.length > 0 && may("project.read") ? await projectSource.resolve(projects) : [];
    return [...SCOPES, ...named.map(audience)];
  },
};
