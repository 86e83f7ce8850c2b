// The server's keys: signing keys (next, active, retiring, removed), and token keys, which have no next one.

import { change, may } from "../api";
import { type BadgeKind, Empty, PageHeader, Section } from "../components/basics";
import { ConfirmButton, DialogButton, FormDialog } from "../components/dialog";
import { CheckField, ChoiceField, type Choice } from "../components/fields";
import { badgeColumn, createdColumn, idColumn, List, type ListProps, timeColumn } from "../components/list";
import { useForm, useRows } from "../hooks";
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
  const select = ({ webKeys }: { webKeys: WebKey[] }) => webKeys;
  const canEdit = may("iam.web_key.write");
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
        {canEdit && (
          <DialogButton label="Rotate…" class="primary">
            {(onClose) => <RotateDialog onClose={onClose} />}
          </DialogButton>
        )}
      </PageHeader>
      <div class="card">
        <KeyList
          label="signing keys"
          query={useRows(`${WEB_KEYS}/ListWebKeys`, {}, select)}
          empty={<Empty title="No signing key" />}
          states={STATES}
          columns={[
            { title: "Algorithm", cell: (key) => key.algorithm },
            { ...createdColumn, narrow: "hide" },
            timeColumn("Changed", "changeDate"),
            timeColumn("Verifies until", "expirationDate", "–"),
          ]}
          actions={canEdit && removeButton}
        />
      </div>
      <TokenKeys canEdit={canEdit} />
    </>
  );
}

type KeyListProps<R> = Omit<ListProps<R>, "rowKey"> & { states: Record<string, [BadgeKind, string]> };

/** A list of keys: their ids and states, then other columns. */
function KeyList<R extends { id: string; state: string }>({ states, columns, ...list }: KeyListProps<R>) {
  const keyColumns = [idColumn("Key ID", "id", "bare"), badgeColumn(states), ...columns];
  return <List {...list} rowKey={(key) => key.id} columns={keyColumns} />;
}

const TOKEN_KEY_STATES: Record<string, [BadgeKind, string]> = {
  STATE_ACTIVE: ["good", "Active: seals"],
  STATE_INACTIVE: ["warning", "Retiring: opens"],
  STATE_REMOVED: ["bad", "Removed"],
};

function TokenKeys(props: { canEdit: boolean }) {
  const select = ({ tokenKeys }: { tokenKeys: TokenKey[] }) => tokenKeys;
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
        props.canEdit && (
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
      <KeyList
        label="token keys"
        query={useRows(`${TOKEN_KEYS}/ListTokenKeys`, {}, select)}
        empty={<Empty title="No token key" />}
        states={TOKEN_KEY_STATES}
        columns={[createdColumn, timeColumn("Opens until", "expirationDate", "–")]}
        actions={props.canEdit && removeButton}
      />
    </Section>
  );
}

function RotateDialog(props: { onClose: () => void }) {
  const { values, field } = useForm({ algorithm: "", now: false });
  const submit = (key: string) => {
    const request = { now: values.now, ...(values.algorithm ? { algorithm: values.algorithm } : {}) };
    return change(`${OWN_WEB_KEYS}/RotateWebKey`, request, { key });
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
