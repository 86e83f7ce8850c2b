// The server's keys: signing keys (next, active, retiring, removed), and token keys, which have no next one.

import { change, may, query } from "../api";
import { Empty, Id, PageHeader, Section, StateBadge, Time, type BadgeKind } from "../components/basics";
import { ConfirmButton, DialogButton, FormDialog } from "../components/dialog";
import { CheckField, ChoiceField, type Choice } from "../components/fields";
import { List } from "../components/list";
import { useForm, useQuery } from "../hooks";
import { OWN_WEB_KEYS, TOKEN_KEYS, WEB_KEYS } from "../services";
import type { TokenKey, WebKey } from "../types";

const STATES: Record<string, [BadgeKind, string]> = {
  STATE_INITIAL: ["quiet", "Next: published"],
  STATE_ACTIVE: ["good", "Active: signs"],
  STATE_INACTIVE: ["warning", "Retiring: verifies"],
  STATE_REMOVED: ["bad", "Removed"],
};

const ALGORITHMS: Choice[] = [
  ["", "The same as now"],
  ...["RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "EdDSA"].map((name): Choice => [name, name]),
];

export function WebKeysPage() {
  const loaded = useQuery(async () => {
    const { webKeys } = await query<{ webKeys: WebKey[] }>(`${WEB_KEYS}/ListWebKeys`);
    return { rows: webKeys };
  }, []);
  const mayWrite = may("iam.web_key.write");
  const removeButton = ({ id, state }: WebKey) =>
    (state === "STATE_INACTIVE" || state === "STATE_INITIAL") && (
      <ConfirmButton
        label="Remove"
        name={`key ${id}`}
        title="Remove this signing key?"
        onConfirm={(key) => change(`${WEB_KEYS}/DeleteWebKey`, { id }, { key })}
      >
        It is published no longer. JWTs that it signed are refused at once, by this server and by every API
        that reads the key set.
      </ConfirmButton>
    );
  return (
    <>
      <PageHeader
        title="Signing keys"
        hint="The active key signs JWTs. The next one is published long before it signs. Keys rotate on their own."
      >
        {mayWrite && (
          <DialogButton label="Rotate…" class="primary">
            {(close) => <RotateKeys onClose={close} />}
          </DialogButton>
        )}
      </PageHeader>
      <div class="card">
        <List
          label="signing keys"
          query={loaded}
          rowKey={(key) => key.id}
          empty={<Empty title="No signing key" />}
          columns={[
            { title: "Key ID", narrow: "bare", cell: ({ id }) => <Id id={id} what="key ID" /> },
            {
              title: "State",
              narrow: "bare",
              cell: ({ state }) => <StateBadge state={state} badges={STATES} />,
            },
            { title: "Algorithm", cell: (key) => key.algorithm },
            { title: "Created", narrow: "hide", cell: (key) => <Time at={key.creationDate} /> },
            { title: "Changed", cell: (key) => <Time at={key.changeDate} /> },
            { title: "Verifies until", cell: (key) => <Time at={key.expirationDate} otherwise="–" /> },
          ]}
          actions={mayWrite ? removeButton : undefined}
        />
      </div>
      <TokenKeys mayWrite={mayWrite} />
    </>
  );
}

const TOKEN_KEY_STATES: Record<string, [BadgeKind, string]> = {
  STATE_ACTIVE: ["good", "Active: seals"],
  STATE_INACTIVE: ["warning", "Retiring: opens"],
  STATE_REMOVED: ["bad", "Removed"],
};

function TokenKeys(props: { mayWrite: boolean }) {
  const loaded = useQuery(async () => {
    const { tokenKeys } = await query<{ tokenKeys: TokenKey[] }>(`${TOKEN_KEYS}/ListTokenKeys`);
    return { rows: tokenKeys };
  }, []);
  const removeButton = ({ id, state }: TokenKey) =>
    state !== "STATE_REMOVED" && (
      <ConfirmButton
        label="Remove"
        name={`token key ${id}`}
        title="Remove this token key?"
        onConfirm={(key) => change(`${TOKEN_KEYS}/DeleteTokenKey`, { id }, { key })}
      >
        Opaque tokens that it sealed are not active any more, at once. In place of the active key a new one
        seals.
      </ConfirmButton>
    );
  return (
    <Section
      title="Token keys"
      hint="The active key seals opaque access tokens; only the server has it. Keys rotate on their own."
      action={
        props.mayWrite && (
          <ConfirmButton
            label="Rotate"
            name="token keys"
            title="Rotate token keys?"
            onConfirm={(key) => change(`${TOKEN_KEYS}/RotateTokenKey`, {}, { key })}
          >
            A new key seals from now on. The active one opens its tokens until the last of them has expired.
          </ConfirmButton>
        )
      }
    >
      <div class="card">
        <List
          label="token keys"
          query={loaded}
          rowKey={(key) => key.id}
          empty={<Empty title="No token key" />}
          columns={[
            { title: "Key ID", narrow: "bare", cell: ({ id }) => <Id id={id} what="key ID" /> },
            {
              title: "State",
              narrow: "bare",
              cell: ({ state }) => <StateBadge state={state} badges={TOKEN_KEY_STATES} />,
            },
            { title: "Created", cell: (key) => <Time at={key.creationDate} /> },
            { title: "Opens until", cell: (key) => <Time at={key.expirationDate} otherwise="–" /> },
          ]}
          actions={props.mayWrite ? removeButton : undefined}
        />
      </div>
    </Section>
  );
}

function RotateKeys(props: { onClose: () => void }) {
  const { values, field } = useForm({ algorithm: "", now: false });
  const submit = async (key: string) => {
    const request = { now: values.now, ...(values.algorithm ? { algorithm: values.algorithm } : {}) };
    await change(`${OWN_WEB_KEYS}/RotateWebKey`, request, { key });
    props.onClose();
  };
  return (
    <FormDialog title="Rotate signing keys" action="Rotate" onClose={props.onClose} onSubmit={submit}>
      <p class="explain">
        The next key signs from now on. The active one verifies until the last JWT that it signed has expired.
        An API that has an old copy of the key set refuses new JWTs until it reads it again.
      </p>
      <ChoiceField label="Algorithm of the key after the next" {...field("algorithm")} options={ALGORITHMS} />
      <CheckField
        label="Even if the next key was not published long enough"
        hint="APIs may refuse new JWTs for a while."
        {...field("now")}
      />
    </FormDialog>
  );
}
