// oidc-provider as its documentation sets it up for client credentials: opaque tokens, its own adapter in memory.

import Provider from "oidc-provider";

const [port, clientSecret] = process.argv.slice(2);
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [
    {
      client_id: "bench",
      client_secret: clientSecret,
      grant_types: ["client_credentials"],
      redirect_uris: [],
      response_types: [],
      scope: "read",
    },
  ],
  scopes: ["read"],
  features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false } },
  ttl: { ClientCredentials: 43200 },
});
const server = provider.listen(Number(port), "127.0.0.1");
server.keepAliveTimeout = 60_000;
