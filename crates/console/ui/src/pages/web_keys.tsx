// The server's signing keys: next, active, retiring, removed.

import { useState } from "preact/hooks";
import { call, may } from "../api";
import { useLoaded } from "../hooks";
import { Badge, LoadState, Time } from "../parts/basics";
import { Confirm, FormDialog } from "../parts/dialog";
import { Check, Choice } from "../parts/form";
import { Table } from "../parts/list";
import type { WebKey } from "../types";

const KEYS = "zitadel.webkey.v2.WebKeyService";

function KeyState(props: { state: string }) {
  switch (props.state) {
    case "STATE_ACTIVE":
      return <Badge kind="good">Active: signs</Badge>;
    case "STATE_INITIAL":
      return <Badge kind="quiet">Next: published</Badge>;
    case "STATE_INACTIVE":
      return <Badge kind="warning">Retiring: verifies</Badge>;
    default:
      return <Badge kind="bad">Removed</Badge>;
  }
}

export function WebKeysPage() {
  const loaded = useLoaded(() => call<{ webKeys: WebKey[] }>(`${KEYS}/ListWebKeys`), []);
  const [rotating, rotate] = useState(false);
  const [removing, remove] = useState<WebKey>();
  return (
    <>
      <header class="page">
        <h1>Signing keys</h1>
        {may("iam.web_key.write") && (
          <button class="primary" onClick={() => rotate(true)}>
            Rotate…
          </button>
        )}
      </header>
      <p class="hint">
        JWTs are signed with the active key. The next one is published long before it signs, and keys rotate by
        themselves.
      </p>
      <LoadState of={loaded} what="signing keys" />
      {loaded.data && (
        <Table
          label="Signing keys"
          rows={loaded.data.webKeys}
          id={(key) => key.id}
          columns={[
            { title: "Key id", show: (key) => <code>{key.id}</code> },
            { title: "Algorithm", show: (key) => key.algorithm },
            { title: "State", show: (key) => <KeyState state={key.state} /> },
            { title: "Created", show: (key) => <Time at={key.creationDate} /> },
            { title: "Changed", show: (key) => <Time at={key.changeDate} /> },
            { title: "Verifies until", show: (key) => <Time at={key.expirationDate} otherwise="" /> },
            {
              title: "",
              show: (key) =>
                may("iam.web_key.write") &&
                (key.state === "STATE_INACTIVE" || key.state === "STATE_INITIAL") && (
                  <button class="small danger" aria-label={`Remove ${key.id}`} onClick={() => remove(key)}>
                    Remove
                  </button>
                ),
            },
          ]}
        />
      )}
      {rotating && <Rotate close={() => rotate(false)} done={loaded.reload} />}
      {removing && (
        <Confirm
          title="Remove this signing key?"
          action="Remove"
          close={() => remove(undefined)}
          act={async (key) => {
            await call(`${KEYS}/DeleteWebKey`, { id: removing.id }, { key });
            loaded.reload();
          }}
        >
          It is published no longer. JWTs that it signed are refused at once, by this server and by every API that reads
          the key set.
        </Confirm>
      )}
    </>
  );
}

function Rotate(props: { close: () => void; done: () => void }) {
  const [algorithm, setAlgorithm] = useState("");
  const [now, setNow] = useState(false);
  const submit = async (key: string) => {
    await call("jeton.webkey.v1.WebKeyService/RotateWebKey", { now, ...(algorithm ? { algorithm } : {}) }, { key });
    props.close();
    props.done();
  };
  return (
    <FormDialog title="Rotate signing keys" action="Rotate" close={props.close} submit={submit}>
      <Choice
        label="Algorithm of the key after the next"
        value={algorithm}
        set={setAlgorithm}
        options={[
          ["", "As it is"],
          ...["RS256", "ES256", "ES384", "EdDSA"].map((name): [string, string] => [name, name]),
        ]}
      />
      <Check label="Even if the next key was not published long enough" value={now} set={setNow} />
      <p class="explain">
        The next key signs from now on. The active one verifies until the last JWT that it signed has expired. An API
        that has an old copy of the key set refuses new JWTs until it reads it again.
      </p>
    </FormDialog>
  );
}
