// Personal access tokens of a service user.

import { useState } from "preact/hooks";
import { appState, change, may, queryPage } from "../api";
import { Empty, EndTime, Id, Section, Time } from "../components/basics";
import { ConfirmButton, DialogButton, FormDialog } from "../components/dialog";
import { EndField, lifetime } from "../components/fields";
import { List } from "../components/list";
import { OneTimeDialog } from "../components/one_time";
import { useForm, usePage, usePaging } from "../hooks";
import { USERS } from "../services";
import type { Credential } from "../types";

export function AccessTokenSection(props: { userId: string }) {
  const { userId } = props;
  const paging = usePaging(10);
  const list = `${USERS}/ListPersonalAccessTokens`;
  const tokens = usePage(
    (page) => queryPage<Credential>(list, { userId }, page, { rows: "result" }),
    paging,
    [userId],
  );
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
    <Section
      title="Personal access tokens"
      action={
        may("user.write") && (
          <DialogButton label="New token">
            {(close) => <NewToken userId={userId} onClose={close} />}
          </DialogButton>
        )
      }
    >
      <List
        label="personal access tokens"
        query={tokens}
        paging={paging}
        rowKey={(token) => token.id}
        empty={
          <Empty title="No personal access token">
            An access token for scripts and tools that can't ask for one themselves.
          </Empty>
        }
        columns={[
          { title: "Token ID", narrow: "bare", cell: ({ id }) => <Id id={id} what="token ID" /> },
          { title: "Created", cell: (token) => <Time at={token.creationDate} /> },
          { title: "Ends", cell: (token) => <EndTime at={token.expirationDate} /> },
        ]}
        actions={may("user.write") ? removeButton : undefined}
      />
    </Section>
  );
}

function NewToken(props: { userId: string; onClose: () => void }) {
  const { values, field } = useForm({ end: lifetime("7776000s") });
  const [token, setToken] = useState<string>();
  if (token) {
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
        onClose={props.onClose}
      />
    );
  }
  const create = async (key: string) => {
    const request = { userId: props.userId, ...values.end };
    setToken((await change<{ token: string }>(`${USERS}/AddPersonalAccessToken`, request, { key })).token);
  };
  return (
    <FormDialog title="New personal access token" action="Create" onClose={props.onClose} onSubmit={create}>
      <EndField initial="7776000s" onChange={field("end").onChange} />
    </FormDialog>
  );
}
