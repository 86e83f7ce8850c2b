// Calls by two clients: the one that @hey-api/openapi-ts made, and openapi-fetch with the types of openapi-typescript.

import assert from "node:assert/strict";
import createClient from "openapi-fetch";
import { client } from "./hey/client.gen.js";
import {
  zitadelUserV2UserServiceCreateUserRest as createUser,
  zitadelUserV2UserServiceDeleteUserRest as deleteUser,
  zitadelUserV2UserServiceListUsers as listUsers,
} from "./hey/sdk.gen.js";
import type { paths } from "./schema.js";

const [url, token] = process.argv.slice(2) as [string, string];
const headers = { authorization: `Bearer ${token}` };

client.setConfig({ baseUrl: url, headers });
const made = await createUser({
  body: { username: "hey", machine: { name: "Generated", accessTokenType: "ACCESS_TOKEN_TYPE_JWT" } },
});
assert.equal(made.response?.status, 201, JSON.stringify(made.error));
const userId = made.data?.userId ?? "";
const listed = await listUsers({
  body: {
    query: { limit: 10, asc: true },
    sortingColumn: "USER_FIELD_NAME_USER_NAME",
    queries: [{ userNameQuery: { userName: "hey" } }, { notQuery: { query: { typeQuery: { type: "TYPE_HUMAN" } } } }],
  },
});
assert.deepEqual(listed.data?.result.map((user) => user.userId), [userId]);
const taken = await createUser({ body: { username: "hey", machine: { name: "Again" } } });
assert.equal(taken.error?.code, 6);

const fetched = createClient<paths>({ baseUrl: url, headers });
const shown = await fetched.GET("/v2/users/{userId}", { params: { path: { userId } } });
assert.equal(shown.data?.user.machine.accessTokenType, "ACCESS_TOKEN_TYPE_JWT");
const secret = await fetched.POST("/v2/users/{userId}/secret", {
  params: { path: { userId } },
  body: { label: "generated", expirationDate: "2030-01-31T12:00:00Z" },
});
assert.equal(secret.data?.expirationDate, "2030-01-31T12:00:00Z");
const administrators = await fetched.POST(
  "/zitadel.internal_permission.v2.InternalPermissionService/ListAdministrators",
  { body: { filters: [{ resource: { instance: true } }] } },
);
assert.equal(administrators.data?.administrators.length, 1, JSON.stringify(administrators.error));
const wrong = await fetched.POST("/jeton.user.v1.UserService/ListSecrets", { body: { userId: "999" } });
assert.equal(wrong.error?.code, "not_found");

assert.ok((await deleteUser({ path: { userId } })).data?.deletionDate);
console.log("openapi-ts, openapi-typescript: all calls did what they should");
