// Client secrets of a service user or an API, live and ended ones.

import { useState } from "preact/hooks";
import { appState, change } from "../api";
import { type BadgeKind, Empty, Id } from "../components/basics";
import { ConfirmButton, DialogButton, FormDialog } from "../components/dialog";
import { ChoiceField, EndField, TextField, type End } from "../components/fields";
import { badgeColumn, createdColumn, endColumn, timeColumn } from "../components/list";
import { ListSection } from "../components/list_layout";
import { OneTimeDialog } from "../components/one_time";
import { useForm, useRows } from "../hooks";
import { OWN_USERS, USERS } from "../services";
import { formsOf, introspectionSnippets, tokenSnippets, type ClientSecret } from "../snippets";
import type { NewSecret, Secret } from "../types";

const STATES: Record<string, [BadgeKind, string]> = {
  SECRET_STATE_LIVE: ["good", "Live"],
  SECRET_STATE_ENDED: ["quiet", "Ended"],
  SECRET_STATE_REVOKED: ["quiet", "Revoked"],
};

const isLive = (secret: Secret) => secret.state === "SECRET_STATE_LIVE";

export type ClientKind = "user" | "api";

const newestFirst = ({ result }: { result: Secret[] }) =>
  result.toSorted((a, b) => b.creationDate.localeCompare(a.creationDate));

export function SecretSection(props: { clientId: string; kind: ClientKind; canEdit: boolean }) {
  const { clientId, kind, canEdit } = props;
  const [isShowingEnded, setIsShowingEnded] = useState(false);
  const loaded = useRows(`${OWN_USERS}/ListSecrets`, { userId: clientId }, newestFirst);
  const all = loaded.data?.rows ?? [];
  const live = all.filter(isLive);
  const shown = loaded.data && { rows: isShowingEnded ? all : live };
  const endedCount = all.length - live.length;
  const hasSecret = live.length > 0;
  const verb = hasSecret ? "Rotate" : "Generate";
  return (
    <ListSection
      title="Client secrets"
      action={
        canEdit && (
          <DialogButton label={verb} name="client secret">
            {(onClose) => <GenerateSecretDialog {...{ clientId, kind, verb, hasSecret, onClose }} />}
          </DialogButton>
        )
      }
      label="client secrets"
      query={{ ...loaded, data: shown }}
      rowKey={(secret) => secret.secretId}
      empty={
        <Empty title="No client secret">
          {kind === "user"
            ? "A program trades a client secret for access tokens."
            : "An API proves with a client secret that it may ask about tokens."}
        </Empty>
      }
      columns={[
        {
          title: "Label",
          narrow: "bare",
          cell: ({ label, secretId }) => label || <Id id={secretId} what="secret ID" />,
        },
        badgeColumn(STATES),
        createdColumn,
        endColumn,
        timeColumn("Last used", "lastUseDate"),
      ]}
      actions={
        canEdit && ((secret) => isLive(secret) && <RevokeButton clientId={clientId} secret={secret} />)
      }
    >
      {endedCount > 0 && (
        <button
          type="button"
          class="more"
          aria-expanded={isShowingEnded}
          onClick={() => setIsShowingEnded(!isShowingEnded)}
        >
          {isShowingEnded ? "Hide those that ended" : `Show ${endedCount} that ended`}
        </button>
      )}
    </ListSection>
  );
}

function RevokeButton(props: { clientId: string; secret: Secret }) {
  const { secretId, label } = props.secret;
  const name = label || secretId;
  return (
    <ConfirmButton
      label="Revoke"
      name={name}
      title="Revoke this client secret?"
      onConfirm={(key) => change(`${USERS}/RemoveSecret`, { userId: props.clientId, secretId }, { key })}
    >
      The secret “{name}” stops working at once, and so do all tokens that were obtained with it.
    </ConfirmButton>
  );
}

const KEEP = "keep";

const OVERLAPS: [string, string][] = [
  ["0s", "End now"],
  ["3600s", "End after 1 hour"],
  ["86400s", "End after 1 day"],
  ["604800s", "End after 7 days"],
  [KEEP, "Stay as they are"],
];

/** A new secret: the form, and the dialog that shows the secret once. */
export function GenerateSecretDialog(props: {
  clientId: string;
  kind: ClientKind;
  verb: "Generate" | "Rotate";
  hasSecret: boolean;
  onClose: () => void;
}) {
  const { kind, verb, hasSecret, onClose } = props;
  const { values, field } = useForm({ label: "", overlap: "86400s", end: {} as End });
  const generate = (key: string) => {
    const { label, overlap, end } = values;
    const others = overlap === KEEP ? { keepOthers: true } : { overlap };
    const request = { userId: props.clientId, label: label.trim(), ...end, ...(hasSecret ? others : {}) };
    return change<NewSecret>(`${USERS}/AddSecret`, request, { key });
  };
  return (
    <FormDialog
      title={`${verb} client secret`}
      action={verb}
      onClose={onClose}
      onSubmit={generate}
      reveal={(secret) => <SecretDialog secret={secret} kind={kind} onClose={onClose} />}
    >
      <TextField
        label="Label"
        {...field("label")}
        maxLength={200}
        hasFocus
        hint="Where it will be used, to recognize it later"
      />
      <EndField initial="" onChange={field("end").onChange} />
      {hasSecret && (
        <ChoiceField
          label="The secrets it has now"
          {...field("overlap")}
          options={OVERLAPS}
          hint="Time to bring the new one to every program"
        />
      )}
    </FormDialog>
  );
}

export function SecretDialog(props: { secret: ClientSecret; kind: ClientKind; onClose: () => void }) {
  const { secret, kind } = props;
  const snippets = kind === "user" ? tokenSnippets : introspectionSnippets;
  return (
    <OneTimeDialog
      title="Client secret generated"
      label="ClientSecret"
      secret={secret.clientSecret}
      forms={formsOf(secret)}
      facts={[["ClientID", secret.clientId]]}
      heading={kind === "user" ? "Get a token" : "Ask about a token"}
      snippets={snippets(appState.session?.issuer ?? "", secret)}
      onClose={props.onClose}
    />
  );
}
