// The one time that a client secret is shown, with everything that somebody does with it next.

import { useState } from "preact/hooks";
import { state } from "../api";
import { Copyable, CopyButton, download, Notice } from "../parts/basics";
import { Dialog } from "../parts/dialog";
import type { NewSecret } from "../types";

const SCOPE = "openid profile";

/** Text inside single quotes of a shell. Ids and secrets have no quotes; the issuer is the server's. */
function snippets(issuer: string, secret: NewSecret): [name: string, text: string][] {
  const { clientId, clientSecret } = secret;
  const basic = btoa(`${clientId}:${clientSecret}`);
  const url = `${issuer}/oauth/v2/token`;
  return [
    [
      "curl",
      `curl --request POST \\
  --url ${url} \\
  --header 'Content-Type: application/x-www-form-urlencoded' \\
  --header 'Authorization: Basic ${basic}' \\
  --data grant_type=client_credentials \\
  --data scope='${SCOPE}'
`,
    ],
    ["Environment", `TOKEN_URL=${url}\nCLIENT_ID=${clientId}\nCLIENT_SECRET=${clientSecret}\n`],
    [
      "Kubernetes",
      `apiVersion: v1
kind: Secret
metadata:
  name: ${clientId.toLowerCase().replace(/[^a-z0-9.-]/g, "-")}-credentials
type: Opaque
stringData:
  TOKEN_URL: "${url}"
  CLIENT_ID: "${clientId}"
  CLIENT_SECRET: "${clientSecret}"
`,
    ],
    [
      "Python",
      `import os
import requests

reply = requests.post(
    "${url}",
    auth=(os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"]),
    data={"grant_type": "client_credentials", "scope": "${SCOPE}"},
    timeout=10,
)
reply.raise_for_status()
token = reply.json()["access_token"]
`,
    ],
    [
      "Node",
      `const { CLIENT_ID, CLIENT_SECRET } = process.env;
const reply = await fetch("${url}", {
  method: "POST",
  headers: { authorization: "Basic " + Buffer.from(CLIENT_ID + ":" + CLIENT_SECRET).toString("base64") },
  body: new URLSearchParams({ grant_type: "client_credentials", scope: "${SCOPE}" }),
});
if (!reply.ok) throw new Error(await reply.text());
const { access_token } = await reply.json();
`,
    ],
    [
      "Go",
      `config := clientcredentials.Config{ // golang.org/x/oauth2/clientcredentials
	ClientID:     os.Getenv("CLIENT_ID"),
	ClientSecret: os.Getenv("CLIENT_SECRET"),
	TokenURL:     "${url}",
	Scopes:       []string{"openid", "profile"},
}
client := config.Client(context.Background())
`,
    ],
    [
      "Rust",
      `let reply = reqwest::Client::new()
    .post("${url}")
    .basic_auth(std::env::var("CLIENT_ID")?, Some(std::env::var("CLIENT_SECRET")?))
    .form(&[("grant_type", "client_credentials"), ("scope", "${SCOPE}")])
    .send()
    .await?
    .error_for_status()?;
let token: serde_json::Value = reply.json().await?;
`,
    ],
  ];
}

export function SecretDialog(props: { secret: NewSecret; close: () => void }) {
  const { secret } = props;
  const all = snippets(state.session?.issuer ?? "", secret);
  const [chosen, choose] = useState("curl");
  const text = all.find(([name]) => name === chosen)?.[1] ?? "";
  return (
    <Dialog title="Client secret generated" close={props.close}>
      <Notice kind="warning">
        Copy the ClientSecret now. You won't be able to retrieve it again; if you lose it, generate a new one.
      </Notice>
      <Copyable label="ClientID" text={secret.clientId} />
      <Copyable label="ClientSecret" text={secret.clientSecret} secret />
      <h3>Get a token</h3>
      <div class="tabs" role="tablist" aria-label="Snippets">
        {all.map(([name]) => (
          <button
            type="button"
            role="tab"
            id={`tab-${name}`}
            aria-selected={name === chosen}
            aria-controls="snippet"
            onClick={() => choose(name)}
          >
            {name}
          </button>
        ))}
      </div>
      <div role="tabpanel" id="snippet" aria-labelledby={`tab-${chosen}`}>
        <pre tabIndex={0}>{text}</pre>
        <CopyButton what={`the ${chosen} snippet`} text={text} />
        {chosen === "Environment" && (
          <button type="button" class="small" onClick={() => download(`${secret.clientId}.env`, text, "text/plain")}>
            Download
          </button>
        )}
      </div>
      <div class="buttons">
        <button type="button" class="primary" onClick={props.close}>
          Done
        </button>
      </div>
    </Dialog>
  );
}
