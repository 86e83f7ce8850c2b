// A server with sample data: lists, long names, states and refusals.

import { requestToken, shell } from "./steps.mjs";

const USERS = "zitadel.user.v2.UserService";
const PROJECTS = "zitadel.project.v2.ProjectService";

export const LONG =
  "a-name-that-somebody-made-of-a-namespace-a-deployment-and-a-region.production.eu-central-1.example";
const UNBROKEN = "x".repeat(180);

/** Fills the server; returns the pages to check, by name. */
export function furnish(server) {
  const workers = Array.from({ length: 40 }, (_, n) => ({
    username: `worker-${String(n).padStart(3, "0")}`,
    machine: { name: `Worker ${n} in the warehouse` },
  }));
  const odd = { username: LONG, machine: { name: UNBROKEN, description: `${UNBROKEN} ${LONG}` } };
  const { users } = server.call("jeton.user.v1.UserService/CreateUsers", { users: [odd, ...workers] });
  const billing = server.cli("user", "create", "billing", "--name", "Billing worker").userId;
  for (const name of ["mailer", "reports"]) server.cli("user", "create", name, "--name", `The ${name} program`);
  server.call(`${USERS}/CreateUser`, { username: "Müller & Söhne 株式会社", machine: { name: "خدمة الفواتير" } });
  server.cli("user", "lock", "mailer");
  server.cli("user", "deactivate", "reports");

  server.cli("secret", "generate", "billing", "--label", "laptop");
  server.cli("secret", "generate", "billing", "--label", "kubernetes", "--expires", "90d");
  server.cli("pat", "create", "billing");
  server.call(`${USERS}/AddKey`, { userId: billing, lifetime: "86400s" });

  const { projectId } = server.call(`${PROJECTS}/CreateProject`, { name: "Shop" });
  server.call(`${PROJECTS}/CreateProject`, { name: `${LONG} ${UNBROKEN}` });
  for (let n = 0; n < 12; n++) {
    const role = { roleKey: `orders.${n}.read`, displayName: "Reads orders", group: "orders" };
    server.call(`${PROJECTS}/AddProjectRole`, { projectId, ...role });
  }
  const create = "zitadel.application.v2.ApplicationService/CreateApplication";
  const api = server.call(create, {
    projectId,
    name: "Shop API",
    apiConfiguration: { resource: `https://shop.example.com/${LONG}` },
  });
  server.call(create, {
    projectId,
    name: LONG,
    apiConfiguration: { authMethodType: "API_AUTH_METHOD_TYPE_PRIVATE_KEY_JWT" },
  });
  server.call("zitadel.authorization.v2.AuthorizationService/CreateAuthorization", {
    userId: billing,
    projectId,
    roleKeys: ["orders.1.read", "orders.2.read"],
  });
  const organization = server.call("zitadel.org.v2.OrganizationService/AddOrganization", {
    name: "Acme",
    admins: [{ userId: billing }],
  });
  server.cli("admin", "create", "root");

  const { clientSecret } = server.cli("secret", "generate", "billing", "--label", "server");
  const scope = `openid urn:zitadel:iam:org:project:id:${projectId}:aud`;
  const { access_token: token } = JSON.parse(requestToken(server, "billing", clientSecret, scope));
  const { clientId, clientSecret: apiSecret } = api.apiConfiguration;
  shell(`curl --silent -u ${clientId}:${apiSecret} -d token=${token} ${server.issuer}/oauth/v2/introspect`);
  for (const secret of [clientSecret.replace(/^(jeton_cs_.{10})./, "$1A"), "x"]) {
    requestToken(server, "billing", secret);
  }
  server.cli("user", "deactivate", "billing");
  requestToken(server, "billing", clientSecret);
  server.cli("user", "reactivate", "billing");
  return {
    token,
    places: {
      overview: "overview",
      users: "users",
      user: `users/${billing}`,
      "user-with-long-names": `users/${users[0].userId}`,
      projects: "projects",
      project: `projects/${projectId}`,
      api: `projects/${projectId}/apis/${api.applicationId}`,
      organizations: "organizations",
      organization: `organizations/${organization.organizationId}`,
      administrators: "administrators",
      keys: "keys",
      audit: "audit",
      debugger: "debugger",
      sessions: "sessions",
    },
  };
}

/** Statistics of a busy hour; the last, current minute has hardly begun. */
export function statistics(minutes = 60) {
  const begin = Math.floor(Date.now() / 60_000) - minutes;
  const points = Array.from({ length: minutes + 1 }, (_, n) => ({
    date: new Date((begin + n) * 60_000).toISOString(),
    issued: n === minutes ? 1 : 300 + Math.round(120 * Math.sin(n / 7)),
    introspections: n === minutes ? 2 : 700 + Math.round(150 * Math.cos(n / 9)),
    refused: n === minutes ? 0 : n % 11,
  }));
  return {
    startDate: points[0].date,
    unexpiredTokens: "21873",
    storeBytes: String(18 * 1048576),
    stepSeconds: 60,
    points,
    refusals: [
      { reason: "wrong", sentence: "the secret or the signature is not the credential's", count: "214" },
      { reason: "ended", sentence: "the credential has ended", count: "97" },
    ],
  };
}
