// One service user: its properties, actions, credentials and permissions.

import { change, changesOf, may, query } from "../api";
import {
  activationAction,
  confirmAction,
  dangerAction,
  deleteAction,
  SubjectHeader,
} from "../components/action";
import type { Action } from "../components/action";
import { type Breadcrumb, LoadingPage } from "../components/basics";
import { useQuery } from "../hooks";
import { OWN_USERS, TOKENS, USERS } from "../services";
import type { Credential, Secret, User } from "../types";
import { AccessTokenSection } from "./access_tokens";
import { AdministrationSection } from "./administrators";
import { AuditSection } from "./audit";
import { AuthorizationSection } from "./authorizations";
import { KeySection, userKeys } from "./keys";
import { RefusalSection } from "./refusals";
import { GenerateSecretDialog, SecretSection } from "./secrets";
import { UserSettings } from "./user_settings";

const USERS_CRUMB: Breadcrumb = ["users", "Service users"];

export function UserPage(props: { id: string }) {
  const loaded = useQuery(
    () => query<{ user: User }>(`${USERS}/GetUserByID`, { userId: props.id }),
    [props.id],
  );
  const user = loaded.data?.user;
  if (!user) return <LoadingPage what="service user" parent={USERS_CRUMB} query={loaded} />;
  const { userId } = user;
  const canEdit = may("user.write");
  return (
    <>
      <UserHeader user={user} />
      <UserSettings user={user} />
      <SecretSection clientId={userId} kind="user" canEdit={canEdit} />
      <KeySection calls={userKeys(userId)} canEdit={canEdit} />
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
  const changeTo = changesOf(USERS, { userId });
  const isActive = state === "USER_STATE_ACTIVE";
  const isInactive = state === "USER_STATE_INACTIVE";
  const { hasSecret } = machine;
  const generate: Action = {
    label: "Generate Client Secret",
    dialog: (onClose) => (
      <GenerateSecretDialog clientId={userId} kind="user" verb="Generate" {...{ hasSecret, onClose }} />
    ),
  };
  const activation = activationAction(
    !isInactive,
    username,
    "It gets no more tokens, and those it has stop working at once. Its credentials stay; " +
      "reactivating it makes them work again.",
    changeTo,
    ["DeactivateUser", "ReactivateUser"],
  );
  const unlock: Action = { label: "Unlock", onRun: changeTo("UnlockUser") };
  const lock = confirmAction("Lock", {
    title: `Lock ${username}?`,
    sentence: "It gets no more tokens, and those it has stop working at once, until it is unlocked.",
    onConfirm: changeTo("LockUser"),
  });
  const revoke = dangerAction("Revoke everything", {
    title: `Revoke everything of ${username}?`,
    sentence:
      "All its client secrets, keys, personal access tokens and access tokens stop working at once and for " +
      "good. The service user stays; programs that use it need a new credential.",
    onConfirm: (key) => revokeEverything(userId, key),
  });
  const remove = deleteAction(
    username,
    "The service user, its credentials, tokens, roles and metadata are removed for good. Programs that " +
      "use it stop working at once. The audit trail keeps what was done.",
    changeTo("DeleteUser"),
    "users",
  );
  const actions = [
    generate,
    { ...activation, isDisabled: !isActive && !isInactive },
    state === "USER_STATE_LOCKED" ? unlock : { ...lock, isDisabled: !isActive },
    revoke,
    may("user.delete") && remove,
  ];
  return (
    <SubjectHeader
      title={username}
      breadcrumbs={[USERS_CRUMB]}
      state={state}
      hint={machine.description}
      canEdit={may("user.write")}
      actions={actions}
    />
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
