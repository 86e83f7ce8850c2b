// One service user: its properties, actions, credentials and permissions.

import { change, may, query } from "../api";
import { ActionMenu, confirmed, dangerous, type Action } from "../components/action";
import { ACTIVITY, LoadingPage, PageHeader, StateBadge } from "../components/basics";
import { useQuery } from "../hooks";
import { navigate } from "../router";
import { OWN_USERS, TOKENS, USERS } from "../services";
import type { Credential, Secret, User } from "../types";
import { AccessTokenSection } from "./access_tokens";
import { AdministrationSection } from "./administrators";
import { AuditSection } from "./audit";
import { AuthorizationSection } from "./authorizations";
import { KeySection, userKeys } from "./keys";
import { RefusalSection } from "./refusals";
import { GenerateSecret, SecretSection } from "./secrets";
import { UserSettings } from "./user_settings";

const TRAIL: [string, string] = ["users", "Service users"];

export function UserPage(props: { id: string }) {
  const loaded = useQuery(
    () => query<{ user: User }>(`${USERS}/GetUserByID`, { userId: props.id }),
    [props.id],
  );
  const user = loaded.data?.user;
  if (!user) return <LoadingPage what="service user" trail={TRAIL} query={loaded} />;
  const { userId } = user;
  const mayWrite = may("user.write");
  return (
    <>
      <UserHeader user={user} />
      <UserSettings user={user} />
      <SecretSection clientId={userId} kind="user" mayWrite={mayWrite} />
      <KeySection calls={userKeys(userId)} mayWrite={mayWrite} />
      <AccessTokenSection userId={userId} />
      {may("user.grant.read") && <AuthorizationSection userId={userId} />}
      {may("member.read") && <AdministrationSection userId={userId} />}
      <RefusalSection clientId={userId} />
      {may("events.read") && <AuditSection subjectId={userId} />}
    </>
  );
}

function UserHeader(props: { user: User }) {
  const { userId, username, state, machine } = props.user;
  const act = (method: string) => (key: string) => change(`${USERS}/${method}`, { userId }, { key });
  const isActive = state === "USER_STATE_ACTIVE";
  const generate: Action = {
    label: "Generate Client Secret",
    dialog: (onClose) => (
      <GenerateSecret
        clientId={userId}
        kind="user"
        verb="Generate"
        hasSecret={machine.hasSecret}
        onClose={onClose}
      />
    ),
  };
  const reactivate: Action = { label: "Reactivate", run: act("ReactivateUser") };
  const deactivate = confirmed("Deactivate", {
    title: `Deactivate ${username}?`,
    sentence:
      "It gets no more tokens, and those it has stop working at once. Its credentials stay; " +
      "reactivating it makes them work again.",
    onConfirm: act("DeactivateUser"),
  });
  const unlock: Action = { label: "Unlock", run: act("UnlockUser") };
  const lock = confirmed("Lock", {
    title: `Lock ${username}?`,
    sentence: "It gets no more tokens, and those it has stop working at once, until it is unlocked.",
    onConfirm: act("LockUser"),
  });
  const revoke = dangerous("Revoke everything", {
    title: `Revoke everything of ${username}?`,
    sentence:
      "All its client secrets, keys, personal access tokens and access tokens stop working at once and for " +
      "good. The service user stays; programs that use it need a new credential.",
    onConfirm: (key) => revokeEverything(userId, key),
  });
  const remove = dangerous("Delete", {
    title: `Delete ${username}?`,
    sentence:
      "The service user, its credentials, tokens, roles and metadata are removed for good. Programs that " +
      "use it stop working at once. The audit trail keeps what was done.",
    onConfirm: async (key) => {
      await act("DeleteUser")(key);
      navigate("users");
    },
  });
  const actions = [
    generate,
    state === "USER_STATE_INACTIVE" ? reactivate : { ...deactivate, isDisabled: !isActive },
    state === "USER_STATE_LOCKED" ? unlock : { ...lock, isDisabled: !isActive },
    revoke,
    may("user.delete") && remove,
  ];
  const badge = <StateBadge state={state} badges={ACTIVITY} />;
  return (
    <PageHeader title={username} trail={[TRAIL]} badge={badge} hint={machine.description}>
      {may("user.write") && <ActionMenu actions={actions} />}
    </PageHeader>
  );
}

/** Revokes all credentials. Each step is idempotent, so the next attempt completes an interrupted one. */
async function revokeEverything(userId: string, key: string) {
  const all = { userId, pagination: { limit: 1000 } };
  const { result: secrets } = await query<{ result: Secret[] }>(`${OWN_USERS}/ListSecrets`, { userId });
  for (const { secretId, state } of secrets) {
    if (state === "SECRET_STATE_LIVE") await query(`${USERS}/RemoveSecret`, { userId, secretId });
  }
  const { result: keys } = await query<{ result: Credential[] }>(`${USERS}/ListKeys`, all);
  for (const { id } of keys) await query(`${USERS}/RemoveKey`, { userId, keyId: id });
  const { result: tokens } = await query<{ result: Credential[] }>(`${USERS}/ListPersonalAccessTokens`, all);
  for (const { id } of tokens) await query(`${USERS}/RemovePersonalAccessToken`, { userId, tokenId: id });
  await change(`${TOKENS}/RevokeUserTokens`, { userId }, { key });
}
