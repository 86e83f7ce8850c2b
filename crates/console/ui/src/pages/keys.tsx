// Public keys of a service user or an API, for signed assertions instead of a secret.

import { change, queryPage, type Options, type Page, type PageRequest } from "../api";
import { Empty } from "../components/basics";
import { ConfirmButton, FormDialog } from "../components/dialog";
import { AreaField, ChoiceField, EndField, lifetime, type End } from "../components/fields";
import { createdColumn, endColumn, idColumn } from "../components/list";
import { ListSection } from "../components/list_layout";
import { KeyFileDialog } from "../components/one_time";
import { useForm, usePage, usePaging } from "../hooks";
import { APPLICATIONS, USERS } from "../services";
import type { Credential } from "../types";

interface NewKey {
  keyId: string;
  /** The key file in base64. */
  file: string;
}

/** The calls for keys, which differ between users and applications. */
interface KeyCalls {
  list: (page: PageRequest) => Promise<Page<Credential>>;
  add: (request: object, options: Options) => Promise<NewKey>;
  remove: (keyId: string, options: Options) => Promise<unknown>;
}

export function userKeys(userId: string): KeyCalls {
  return {
    list: (page) => queryPage(`${USERS}/ListKeys`, { userId }, page, { rows: "result" }),
    add: async (request, options) => {
      const add = `${USERS}/AddKey`;
      type Reply = { keyId: string; keyContent: string };
      const { keyId, keyContent } = await change<Reply>(add, { userId, ...request }, options);
      return { keyId, file: keyContent };
    },
    remove: (keyId, options) => change(`${USERS}/RemoveKey`, { userId, keyId }, options),
  };
}

export function applicationKeys(applicationId: string): KeyCalls {
  const filters = [{ applicationIdFilter: { applicationId } }];
  return {
    list: async (page) => {
      const list = `${APPLICATIONS}/ListApplicationKeys`;
      const listed = await queryPage<Credential & { keyId: string }>(list, { filters }, page, {
        rows: "keys",
      });
      return { ...listed, rows: listed.rows.map((row) => ({ ...row, id: row.keyId })) };
    },
    add: async (request, options) => {
      const add = `${APPLICATIONS}/CreateApplicationKey`;
      type Reply = { keyId: string; keyDetails: string };
      const { keyId, keyDetails } = await change<Reply>(add, { applicationId, ...request }, options);
      return { keyId, file: keyDetails };
    },
    remove: (keyId, options) =>
      change(`${APPLICATIONS}/DeleteApplicationKey`, { applicationId, keyId }, options),
  };
}

export function KeySection(props: { calls: KeyCalls; canEdit: boolean }) {
  const { calls, canEdit } = props;
  const paging = usePaging(10);
  const keys = usePage(calls.list, paging, []);
  const hasAlgorithms = keys.data?.rows.some((key) => key.algorithm) ?? false;
  const removeButton = ({ id }: Credential) => (
    <ConfirmButton
      label="Remove"
      name={`key ${id}`}
      title="Remove this key?"
      onConfirm={(key) => calls.remove(id, { key })}
    >
      Assertions signed with the key {id} are refused at once, and tokens that were obtained with it stop
      working.
    </ConfirmButton>
  );
  return (
    <ListSection
      title="Keys"
      addLabel="Add key"
      renderAddDialog={canEdit && ((onClose) => <AddKeyDialog calls={calls} onClose={onClose} />)}
      label="keys"
      query={keys}
      paging={paging}
      rowKey={(key) => key.id}
      empty={
        <Empty title="No key">
          With a key, a program signs a statement of who it is (private_key_jwt) and never sends a secret.
        </Empty>
      }
      columns={[
        idColumn("Key ID", "id", "bare"),
        ...(hasAlgorithms ? [{ title: "Algorithm", cell: (key: Credential) => key.algorithm ?? "" }] : []),
        createdColumn,
        endColumn,
      ]}
      actions={canEdit && removeButton}
    />
  );
}

function AddKeyDialog(props: { calls: KeyCalls; onClose: () => void }) {
  const { calls, onClose } = props;
  const { values, field } = useForm({ origin: "generate", publicKey: "", end: lifetime("31536000s") });
  const isUpload = values.origin === "upload";
  const submit = (key: string) => {
    const request: End = { ...values.end, ...(isUpload ? { publicKey: btoa(values.publicKey.trim()) } : {}) };
    return calls.add(request, { key });
  };
  const reveal = ({ keyId, file }: NewKey) =>
    !isUpload && <KeyFileDialog keyId={keyId} content={atob(file)} onClose={onClose} />;
  return (
    <FormDialog
      title="Add key"
      action={isUpload ? "Upload" : "Generate"}
      onClose={onClose}
      onSubmit={submit}
      reveal={reveal}
    >
      <ChoiceField
        label="Key pair"
        {...field("origin")}
        options={[
          ["generate", "Generate it on the server, and download the key file"],
          ["upload", "Upload a public key"],
        ]}
        hint={
          isUpload
            ? "The private key stays where it was made."
            : "RSA, 2048 bits, in the file that ZITADEL's libraries read."
        }
      />
      {isUpload && (
        <AreaField
          label="Public key (PEM)"
          {...field("publicKey")}
          isRequired
          rows={7}
          hint="RSA, elliptic curve, or Ed25519"
        />
      )}
      <EndField initial="31536000s" onChange={field("end").onChange} />
    </FormDialog>
  );
}
