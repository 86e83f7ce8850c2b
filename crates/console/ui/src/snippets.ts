// Snippets that use a new secret, in several languages. Ids and secrets contain no quotes; the issuer is
// trusted.

import type { Snippet } from "./components/one_time";

const SCOPE = "openid profile";

export interface ClientSecret {
  clientId: string;
  clientSecret: string;
}

/** Basic credentials. The server's client ids need no encoding here (RFC 6749 §2.3.1). */
const basic = ({ clientId, clientSecret }: ClientSecret) => btoa(`${clientId}:${clientSecret}`);

/** A text inside single quotes of a shell. */
const quoted = (text: string) => (/^[\w.@-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);

function curl(url: string, secret: ClientSecret, data: string[]): Snippet {
  const lines = [
    `curl --request POST`,
    `--url ${url}`,
    `--header 'Content-Type: application/x-www-form-urlencoded'`,
    `--header 'Authorization: Basic ${basic(secret)}'`,
    ...data.map((parameter) => `--data ${parameter}`),
  ];
  return { name: "curl", text: `${lines.join(" \\\n  ")}\n` };
}

function environment(url: string, { clientId, clientSecret }: ClientSecret): Snippet {
  const text = `TOKEN_URL=${url}\nCLIENT_ID=${quoted(clientId)}\nCLIENT_SECRET=${clientSecret}\n`;
  return { name: "Environment", text, file: `${fileName(clientId)}.env` };
}

const fileName = (clientId: string) => clientId.toLowerCase().replace(/[^a-z0-9.-]+/g, "-");

function kubernetes(url: string, { clientId, clientSecret }: ClientSecret): Snippet {
  const text = `apiVersion: v1
kind: Secret
metadata:
  name: ${fileName(clientId)}-credentials
type: Opaque
stringData:
  TOKEN_URL: ${JSON.stringify(url)}
  CLIENT_ID: ${JSON.stringify(clientId)}
  CLIENT_SECRET: ${JSON.stringify(clientSecret)}
`;
  return { name: "Kubernetes", text, file: "secret.yaml" };
}

const python = (url: string) => `import os
import requests

reply = requests.post(
    "${url}",
    auth=(os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"]),
    data={"grant_type": "client_credentials", "scope": "${SCOPE}"},
    timeout=10,
)
reply.raise_for_status()
token = reply.json()["access_token"]
`;

const node = (url: string) => `const { CLIENT_ID, CLIENT_SECRET } = process.env;
const reply = await fetch("${url}", {
  method: "POST",
  headers: { authorization: "Basic " + Buffer.from(CLIENT_ID + ":" + CLIENT_SECRET).toString("base64") },
  body: new URLSearchParams({ grant_type: "client_credentials", scope: "${SCOPE}" }),
});
if (!reply.ok) throw new Error(await reply.text());
const { access_token } = await reply.json();
`;

const go = (url: string) => `config := clientcredentials.Config{ // golang.org/x/oauth2/clientcredentials
	ClientID:     os.Getenv("CLIENT_ID"),
	ClientSecret: os.Getenv("CLIENT_SECRET"),
	TokenURL:     "${url}",
	Scopes:       []string{"openid", "profile"},
}
client := config.Client(context.Background())
`;

const rust = (url: string) => `let reply = reqwest::Client::new()
    .post("${url}")
    .basic_auth(std::env::var("CLIENT_ID")?, Some(std::env::var("CLIENT_SECRET")?))
    .form(&[("grant_type", "client_credentials"), ("scope", "${SCOPE}")])
    .send()
    .await?
    .error_for_status()?;
let token: serde_json::Value = reply.json().await?;
`;

/** Getting a token as a service user. */
export function tokenSnippets(issuer: string, secret: ClientSecret): Snippet[] {
  const url = `${issuer}/oauth/v2/token`;
  return [
    curl(url, secret, ["grant_type=client_credentials", `scope='${SCOPE}'`]),
    environment(url, secret),
    kubernetes(url, secret),
    { name: "Python", text: python(url) },
    { name: "Node", text: node(url) },
    { name: "Go", text: go(url) },
    { name: "Rust", text: rust(url) },
  ];
}

/** Introspecting a token as an API. */
export function introspectionSnippets(issuer: string, secret: ClientSecret): Snippet[] {
  return [curl(`${issuer}/oauth/v2/introspect`, secret, ["token=THE_TOKEN_THAT_IT_RECEIVED"])];
}

/** The forms of a secret in the snippets. */
export const formsOf = (secret: ClientSecret) => [secret.clientSecret, basic(secret)];
