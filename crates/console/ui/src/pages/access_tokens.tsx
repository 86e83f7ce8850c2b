// Personal access tokens of a service user.

import { appState, change, may } from "../api";
import { Empty } from "../components/basics";
import { ConfirmButton, FormDialog } from "../components/dialog";
import { EndField, lifetime } from "../components/fields";
import { createdColumn, endColumn, idColumn } from "../components/list";
import { ListSection } from "../components/list_layout";
import { OneTimeDialog } from "../components/one_time";
import { useForm, useListing, usePaging } from "../hooks";
import { USERS } from "../services";
import type { Credential } from "../types";

export function AccessTokenSection(props: { userId: string }) {
  const { userId } = props;
  const list = `${USERS}/ListPersonalAccessTokens`;
  const tokens = useListing<Credential>(list, { userId }, { rows: "result" }, usePaging(10));
  const canEdit = may("user.write");
  const removeButton = ({ id }: Credential) => (
    <ConfirmButton
      label="Remove"
      name={`token ${id}`}
      title="Remove this personal access token?"
      onConfirm={(key) => change(`${USERS}/RemovePersonalAccessToken`, { userId, tokenId: id }, { key })}
    >
      The token {id} stops working at once.
    </ConfirmButton>
  );
  return (
    <ListSection
      title="Personal access tokens"
      addLabel="New token"
      renderAddDialog={canEdit && ((onClose) => <NewTokenDialog userId={userId} onClose={onClose} />)}
      {...tokens}
      label="personal access tokens"
      rowKey={(token) => token.id}
      empty={
        <Empty title="No personal access token">
          An access token for scripts and tools that can't ask for one themselves.
        </Empty>
      }
      columns={[idColumn("Token ID", "id", "bare"), createdColumn, endColumn]}
      actions={canEdit && removeButton}
    />
  );
}

function NewTokenDialog(props: { userId: string; onClose: () => void }) {
  const { userId, onClose } = props;
  const { values, field } = useForm({ end: lifetime("7776000s") });
  const create = (key: string) =>
    change<{ token: string }>(`${USERS}/AddPersonalAccessToken`, { userId, ...values.end }, { key });
  return (
    <FormDialog
      title="New personal access token"
      action="Create"
      onClose={onClose}
      onSubmit={create}
      reveal={({ token }) => <TokenDialog token={token} onClose={onClose} />}
    >
      <EndField initial="7776000s" onChange={field("end").onChange} />
    </FormDialog>
  );
}

function TokenDialog(props: { token: string; onClose: () => void }) {
  const { token, onClose } = props;
  const url = `${appState.session?.issuer}/oidc/v1/userinfo`;
  const text = `curl --request POST \\\n  --url ${url} \\\n  --header 'Authorization: Bearer ${token}'\n`;
  return (
    <OneTimeDialog
      title="Personal access token generated"
      label="Token"
      noun="token"
      secret={token}
      heading="Try it"
      snippets={[{ name: "curl", text }]}
      onClose={onClose}
    />
  );
}
