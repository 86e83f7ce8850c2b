// The credentials of a service user: client secrets, keys, personal access tokens.

import { useState } from "preact/hooks";
import { call, may, state } from "../api";
import { useLoaded } from "../hooks";
import { Badge, Copyable, download, Empty, LoadState, Notice, Section, Time } from "../parts/basics";
import { Confirm, Dialog, FormDialog } from "../parts/dialog";
import { Area, Choice, LIFETIMES } from "../parts/form";
import { Table } from "../parts/list";
import type { Credential, Secret } from "../types";

const USERS = "zitadel.user.v2.UserService";

function SecretState(props: { state: string }) {
  switch (props.state) {
    case "SECRET_STATE_LIVE":
      return <Badge kind="good">Live</Badge>;
    case "SECRET_STATE_ENDED":
      return <Badge kind="quiet">Ended</Badge>;
    default:
      return <Badge kind="quiet">Revoked</Badge>;
  }
}

export function Secrets(props: { userId: string; turn: number; generate: () => void }) {
  const { userId } = props;
  const loaded = useLoaded(
    () => call<{ result: Secret[] }>("jeton.user.v1.UserService/ListSecrets", { userId }),
    [userId, props.turn],
  );
  const [revoking, revoke] = useState<Secret>();
  const rows = loaded.data?.result ?? [];
  return (
    <Section
      title="Client secrets"
      action={
        may("user.write") && (
          <button class="small" onClick={props.generate}>
            {rows.some((secret) => secret.state === "SECRET_STATE_LIVE") ? "Rotate" : "Generate"}
          </button>
        )
      }
    >
      <LoadState of={loaded} what="secrets" />
      {loaded.data && rows.length === 0 && <Empty>No client secret yet. With one, a program gets access tokens.</Empty>}
      {rows.length > 0 && (
        <Table
          label="Client secrets"
          rows={rows}
          id={(secret) => secret.secretId}
          columns={[
            { title: "Label", show: (secret) => secret.label || <span class="quiet">{secret.secretId}</span> },
            { title: "State", show: (secret) => <SecretState state={secret.state} /> },
            { title: "Created", show: (secret) => <Time at={secret.creationDate} /> },
            { title: "Ends", show: (secret) => <Time at={secret.expirationDate} /> },
            { title: "Last used", show: (secret) => <Time at={secret.lastUseDate} /> },
            {
              title: "",
              show: (secret) =>
                may("user.write") &&
                secret.state === "SECRET_STATE_LIVE" && (
                  <button
                    class="small danger"
                    aria-label={`Revoke ${secret.label || secret.secretId}`}
                    onClick={() => revoke(secret)}
                  >
                    Revoke
                  </button>
                ),
            },
          ]}
        />
      )}
      {revoking && (
        <Confirm
          title="Revoke this client secret?"
          action="Revoke"
          close={() => revoke(undefined)}
          act={async (key) => {
            await call(`${USERS}/RemoveSecret`, { userId, secretId: revoking.secretId }, { key });
            loaded.reload();
          }}
        >
          The secret “{revoking.label || revoking.secretId}” stops working at once, and so do all tokens that were
          obtained with it.
        </Confirm>
      )}
    </Section>
  );
}

export function Keys(props: { userId: string; turn: number }) {
  const { userId } = props;
  const list = () => call<{ result: Credential[] }>(`${USERS}/ListKeys`, { userId, pagination: { limit: 100 } });
  const loaded = useLoaded(list, [userId, props.turn]);
  const [adding, add] = useState(false);
  const [removing, remove] = useState<Credential>();
  return (
    <Section
      title="Keys"
      action={
        may("user.write") && (
          <button class="small" onClick={() => add(true)}>
            Add key
          </button>
        )
      }
    >
      <LoadState of={loaded} what="keys" />
      {loaded.data?.result.length === 0 && (
        <Empty>No key. With a key a program signs assertions (RFC 7523) and never sends a secret.</Empty>
      )}
      <CredentialTable label="Keys" rows={loaded.data?.result ?? []} remove={remove} />
      {adding && <AddKey userId={userId} close={() => add(false)} done={loaded.reload} />}
      {removing && (
        <Confirm
          title="Remove this key?"
          action="Remove"
          close={() => remove(undefined)}
          act={async (key) => {
            await call(`${USERS}/RemoveKey`, { userId, keyId: removing.id }, { key });
            loaded.reload();
          }}
        >
          Assertions signed with the key {removing.id} are refused at once, and tokens that were obtained with it stop
          working.
        </Confirm>
      )}
    </Section>
  );
}

function CredentialTable(props: { label: string; rows: Credential[]; remove: (row: Credential) => void }) {
  if (props.rows.length === 0) return null;
  return (
    <Table
      label={props.label}
      rows={props.rows}
      id={(row) => row.id}
      columns={[
        { title: "Id", show: (row) => <code>{row.id}</code> },
        ...(props.label === "Keys" ? [{ title: "Algorithm", show: (row: Credential) => row.algorithm ?? "" }] : []),
        { title: "Created", show: (row) => <Time at={row.creationDate} /> },
        { title: "Ends", show: (row) => <Time at={row.expirationDate} /> },
        {
          title: "",
          show: (row) =>
            may("user.write") && (
              <button class="small danger" aria-label={`Remove ${row.id}`} onClick={() => props.remove(row)}>
                Remove
              </button>
            ),
        },
      ]}
    />
  );
}

function AddKey(props: { userId: string; close: () => void; done: () => void }) {
  const [whose, setWhose] = useState("generate");
  const [algorithm, setAlgorithm] = useState("RS256");
  const [lifetime, setLifetime] = useState("31536000s");
  const [publicKey, setPublicKey] = useState("");
  const submit = async (key: string) => {
    const end = lifetime ? { lifetime } : {};
    if (whose === "upload") {
      await call(`${USERS}/AddKey`, { userId: props.userId, publicKey: btoa(publicKey.trim()), ...end }, { key });
    } else {
      const request = { userId: props.userId, algorithm, ...end };
      const made = await call<{ keyId: string; keyContent: string }>(`${USERS}/AddKey`, request, { key });
      download(`${made.keyId}.json`, atob(made.keyContent), "application/json");
    }
    props.close();
    props.done();
  };
  return (
    <FormDialog
      title="Add key"
      action={whose === "upload" ? "Upload" : "Generate and download"}
      close={props.close}
      submit={submit}
    >
      <Choice
        label="Key pair"
        value={whose}
        set={setWhose}
        options={[
          ["generate", "Generate it here and download the key file"],
          ["upload", "Upload a public key"],
        ]}
      />
      {whose === "upload" ? (
        <Area
          label="Public key (PEM)"
          value={publicKey}
          set={setPublicKey}
          required
          rows={6}
          hint="The private key stays where it was made"
        />
      ) : (
        <Choice
          label="Algorithm"
          value={algorithm}
          set={setAlgorithm}
          options={["RS256", "ES256", "ES384", "EdDSA"].map((name) => [name, name])}
        />
      )}
      <Choice label="Ends" value={lifetime} set={setLifetime} options={LIFETIMES} />
      {whose === "generate" && (
        <Notice kind="warning">
          The file has the private key. It is offered once; the server keeps only the public half.
        </Notice>
      )}
    </FormDialog>
  );
}

export function Tokens(props: { userId: string; turn: number }) {
  const { userId } = props;
  const list = () =>
    call<{ result: Credential[] }>(`${USERS}/ListPersonalAccessTokens`, { userId, pagination: { limit: 100 } });
  const loaded = useLoaded(list, [userId, props.turn]);
  const [adding, add] = useState(false);
  const [removing, remove] = useState<Credential>();
  const [made, setMade] = useState<string>();
  return (
    <Section
      title="Personal access tokens"
      action={
        may("user.write") && (
          <button class="small" onClick={() => add(true)}>
            New token
          </button>
        )
      }
    >
      <LoadState of={loaded} what="personal access tokens" />
      {loaded.data?.result.length === 0 && (
        <Empty>None. A personal access token is an access token that is made here and used as it is.</Empty>
      )}
      <CredentialTable label="Personal access tokens" rows={loaded.data?.result ?? []} remove={remove} />
      {adding && (
        <NewToken
          userId={userId}
          close={() => add(false)}
          done={(token) => {
            add(false);
            setMade(token);
            loaded.reload();
          }}
        />
      )}
      {made && (
        <Dialog title="Personal access token" close={() => setMade(undefined)}>
          <Notice kind="warning">Copy it now. You won't be able to retrieve it again.</Notice>
          <Copyable label="Token" text={made} secret />
          <pre
            tabIndex={0}
          >{`curl --request POST \\\n  --url ${state.session?.issuer}/oidc/v1/userinfo \\\n  --header 'Authorization: Bearer ${made}'`}</pre>
          <div class="buttons">
            <button class="primary" onClick={() => setMade(undefined)}>
              Done
            </button>
          </div>
        </Dialog>
      )}
      {removing && (
        <Confirm
          title="Remove this personal access token?"
          action="Remove"
          close={() => remove(undefined)}
          act={async (key) => {
            await call(`${USERS}/RemovePersonalAccessToken`, { userId, tokenId: removing.id }, { key });
            loaded.reload();
          }}
        >
          The token {removing.id} stops working at once.
        </Confirm>
      )}
    </Section>
  );
}

function NewToken(props: { userId: string; close: () => void; done: (token: string) => void }) {
  const [lifetime, setLifetime] = useState("7776000s");
  const submit = async (key: string) => {
    const request = { userId: props.userId, ...(lifetime ? { lifetime } : {}) };
    const { token } = await call<{ token: string }>(`${USERS}/AddPersonalAccessToken`, request, { key });
    props.done(token);
  };
  return (
    <FormDialog title="New personal access token" action="Create" close={props.close} submit={submit}>
      <Choice label="Ends" value={lifetime} set={setLifetime} options={LIFETIMES} />
    </FormDialog>
  );
}
