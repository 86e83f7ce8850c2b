// One service user: what it is, what can be done to it, and its credentials.

import { useEffect, useState } from "preact/hooks";
import { call, may, Refused } from "../api";
import { go, useLoaded, type Loaded } from "../hooks";
import { LoadState, Menu, Notice, Section, Time } from "../parts/basics";
import { Confirm, FormDialog } from "../parts/dialog";
import { Check, Choice, Field, LIFETIMES, words } from "../parts/form";
import type { NewSecret, User } from "../types";
import { AuditList } from "./audit";
import { UserAuthorizations } from "./authorizations";
import { Keys, Secrets, Tokens } from "./credentials";
import { Refusals } from "./refusals";
import { SecretDialog } from "./secret_dialog";
import { UserState } from "./users";

const USERS = "zitadel.user.v2.UserService";

type Asked = "secret" | "deactivate" | "lock" | "revoke" | "delete";

export function UserPage(props: { id: string }) {
  const loaded = useLoaded(() => call<{ user: User }>(`${USERS}/GetUserByID`, { userId: props.id }), [props.id]);
  const user = loaded.data?.user;
  const [asked, ask] = useState<Asked>();
  const [secret, setSecret] = useState<NewSecret>();
  const [turn, setTurn] = useState(0);
  const [problem, setProblem] = useState<Error>();
  const changed = () => {
    loaded.reload();
    setTurn((n) => n + 1);
  };
  if (loaded.error instanceof Refused && loaded.error.code === "not_found") {
    return (
      <>
        <h1>Service user</h1>
        <Notice kind="error">
          There is no service user {props.id}, or you may not see it. <a href="#/users">All service users</a>
        </Notice>
      </>
    );
  }
  if (!user) {
    return (
      <>
        <h1>Service user</h1>
        <LoadState of={loaded} what="the service user" />
      </>
    );
  }
  const active = user.state === "USER_STATE_ACTIVE";
  const act = (method: string) => async (key: string) => {
    await call(`${USERS}/${method}`, { userId: user.userId }, { key });
    changed();
  };
  const atOnce = (method: string) => () => {
    setProblem(undefined);
    void act(method)(crypto.randomUUID()).catch(setProblem);
  };
  const items = [
    { label: "Generate Client Secret", act: () => ask("secret") },
    user.state === "USER_STATE_INACTIVE"
      ? { label: "Reactivate", act: atOnce("ReactivateUser") }
      : { label: "Deactivate…", act: () => ask("deactivate"), off: !active },
    user.state === "USER_STATE_LOCKED"
      ? { label: "Unlock", act: atOnce("UnlockUser") }
      : { label: "Lock…", act: () => ask("lock"), off: !active },
    { label: "Revoke everything…", act: () => ask("revoke"), danger: true },
    ...(may("user.delete") ? [{ label: "Delete…", act: () => ask("delete"), danger: true }] : []),
  ];
  const close = () => ask(undefined);
  return (
    <>
      <p class="trail">
        <a href="#/users">Service users</a>
      </p>
      <header class="page">
        <h1>{user.username}</h1>
        <UserState state={user.state} />
        {may("user.write") && <Menu label="Actions" items={items} />}
      </header>
      {problem && <Notice kind="error">{problem.message}</Notice>}
      <General user={user} loaded={loaded} />
      <Secrets userId={user.userId} turn={turn} generate={() => ask("secret")} />
      <Keys userId={user.userId} turn={turn} />
      <Tokens userId={user.userId} turn={turn} />
      {may("user.grant.read") && <UserAuthorizations userId={user.userId} />}
      <Refusals userId={user.userId} />
      {may("events.read") && <AuditList subjectId={user.userId} title="What was done to it" />}

      {asked === "secret" && (
        <Generate
          user={user}
          close={close}
          done={(made) => {
            close();
            setSecret(made);
            changed();
          }}
        />
      )}
      {asked === "deactivate" && (
        <Confirm title={`Deactivate ${user.username}?`} action="Deactivate" close={close} act={act("DeactivateUser")}>
          It gets no more tokens, and those it has stop working at once. Its credentials stay; reactivating it makes
          them work again.
        </Confirm>
      )}
      {asked === "lock" && (
        <Confirm title={`Lock ${user.username}?`} action="Lock" close={close} act={act("LockUser")}>
          It gets no more tokens, and those it has stop working at once, until somebody unlocks it.
        </Confirm>
      )}
      {asked === "revoke" && (
        <Confirm
          title={`Revoke everything of ${user.username}?`}
          action="Revoke everything"
          close={close}
          act={async (key) => {
            await revokeEverything(user.userId, key);
            changed();
          }}
        >
          All its client secrets, keys, personal access tokens and access tokens stop working at once and for good. The
          service user stays; programs that use it need a new credential.
        </Confirm>
      )}
      {asked === "delete" && (
        <Confirm
          title={`Delete ${user.username}?`}
          action="Delete"
          close={close}
          act={async (key) => {
            await call(`${USERS}/DeleteUser`, { userId: user.userId }, { key });
            go("users");
          }}
        >
          The service user, its credentials, tokens, roles and metadata are removed for good. Programs that use it stop
          working at once. The audit trail keeps what was done.
        </Confirm>
      )}
      {secret && <SecretDialog secret={secret} close={() => setSecret(undefined)} />}
    </>
  );
}

/** Each step can be done again, so a try that broke off is finished by the next one. */
async function revokeEverything(userId: string, key: string) {
  const { result: secrets } = await call<{ result: { secretId: string; state: string }[] }>(
    "jeton.user.v1.UserService/ListSecrets",
    { userId },
  );
  for (const { secretId, state } of secrets) {
    if (state !== "SECRET_STATE_REVOKED") await call(`${USERS}/RemoveSecret`, { userId, secretId });
  }
  const all = { userId, pagination: { limit: 1000 } };
  for (const { id } of (await call<{ result: { id: string }[] }>(`${USERS}/ListKeys`, all)).result) {
    await call(`${USERS}/RemoveKey`, { userId, keyId: id });
  }
  for (const { id } of (await call<{ result: { id: string }[] }>(`${USERS}/ListPersonalAccessTokens`, all)).result) {
    await call(`${USERS}/RemovePersonalAccessToken`, { userId, tokenId: id });
  }
  await call("jeton.token.v1.TokenService/RevokeUserTokens", { userId }, { key });
}

/** The general settings. Somebody else's change in the meantime is shown and nothing is overwritten. */
function General(props: { user: User; loaded: Loaded<unknown> }) {
  const { user } = props;
  const [name, setName] = useState(user.machine.name);
  const [description, setDescription] = useState(user.machine.description);
  const [type, setType] = useState(user.machine.accessTokenType);
  const [lifetime, setLifetime] = useState(seconds(user.machine.tokenLifetime));
  const [scopes, setScopes] = useState((user.machine.allowedScopes ?? []).join(" "));
  const [audiences, setAudiences] = useState((user.machine.allowedAudiences ?? []).join(" "));
  /** What the fields are a change of. */
  const [base, setBase] = useState(user);
  const [error, setError] = useState<Error>();
  const [saved, setSaved] = useState(false);
  const [busy, setBusy] = useState(false);
  const edited =
    name !== base.machine.name ||
    description !== base.machine.description ||
    type !== base.machine.accessTokenType ||
    lifetime !== seconds(base.machine.tokenLifetime) ||
    scopes !== (base.machine.allowedScopes ?? []).join(" ") ||
    audiences !== (base.machine.allowedAudiences ?? []).join(" ");
  const take = (from: User) => {
    setBase(from);
    setName(from.machine.name);
    setDescription(from.machine.description);
    setType(from.machine.accessTokenType);
    setLifetime(seconds(from.machine.tokenLifetime));
    setScopes((from.machine.allowedScopes ?? []).join(" "));
    setAudiences((from.machine.allowedAudiences ?? []).join(" "));
    setError(undefined);
  };
  // What was loaded again is taken over unless something is being typed.
  useEffect(() => {
    if (!edited) take(user);
  }, [user]);
  const conflict = error instanceof Refused && error.code === "aborted";
  const save = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    setSaved(false);
    const machine = {
      name: name.trim(),
      description: description.trim(),
      accessTokenType: type,
      tokenLifetime: lifetime ? `${lifetime}s` : "0s",
      allowedScopes: words(scopes),
      allowedAudiences: words(audiences),
    };
    try {
      await call(`${USERS}/UpdateUser`, { userId: user.userId, machine }, { ifMatch: base.details.sequence });
      const { user: now } = await call<{ user: User }>(`${USERS}/GetUserByID`, { userId: user.userId });
      take(now);
      setSaved(true);
      props.loaded.reload();
    } catch (failed) {
      setError(failed as Error);
    }
    setBusy(false);
  };
  const reload = async () => take((await call<{ user: User }>(`${USERS}/GetUserByID`, { userId: user.userId })).user);
  const keep = async () => {
    const { user: theirs } = await call<{ user: User }>(`${USERS}/GetUserByID`, { userId: user.userId });
    setBase(theirs);
    setError(undefined);
  };
  return (
    <Section title="General">
      <dl class="facts">
        <dt>Client id</dt>
        <dd>
          <code>{user.username}</code>
        </dd>
        <dt>User id</dt>
        <dd>
          <code>{user.userId}</code>
        </dd>
        <dt>Created</dt>
        <dd>
          <Time at={user.details.creationDate} />
        </dd>
        <dt>Changed</dt>
        <dd>
          <Time at={user.details.changeDate} />
        </dd>
      </dl>
      <form onSubmit={save}>
        <fieldset disabled={!may("user.write")} class="grid">
          <Field label="Display name" value={name} set={setName} required maxLength={200} />
          <Field label="Description" value={description} set={setDescription} maxLength={500} />
          <Choice
            label="Access token type"
            value={type}
            set={setType}
            options={[
              ["ACCESS_TOKEN_TYPE_BEARER", "Opaque"],
              ["ACCESS_TOKEN_TYPE_JWT", "JWT"],
            ]}
          />
          <Field
            label="Token lifetime in seconds"
            value={lifetime}
            set={setLifetime}
            pattern="[0-9]*"
            hint="Empty: as the server is configured"
          />
          <Field label="Allowed scopes" value={scopes} set={setScopes} hint="Separated by spaces. Empty: all" />
          <Field
            label="Allowed audiences"
            value={audiences}
            set={setAudiences}
            hint="Project ids or resource URIs. Empty: all"
          />
        </fieldset>
        {conflict && (
          <Notice kind="error">
            Somebody else changed this service user after you opened it. Your input is kept and nothing was overwritten.{" "}
            <button type="button" onClick={() => void reload()}>
              Drop mine, show theirs
            </button>{" "}
            <button type="button" onClick={() => void keep()}>
              Keep mine, then save again
            </button>
          </Notice>
        )}
        {error && !conflict && <Notice kind="error">{error.message}</Notice>}
        {saved && !edited && <Notice kind="good">Saved.</Notice>}
        {may("user.write") && (
          <div class="buttons">
            <button type="button" disabled={!edited || busy} onClick={() => take(user)}>
              Reset
            </button>
            <button type="submit" class="primary" disabled={!edited || busy}>
              {busy ? "Saving…" : "Save"}
            </button>
          </div>
        )}
      </form>
    </Section>
  );
}

function seconds(duration: string | undefined): string {
  return duration?.replace(/s$/, "") ?? "";
}

function Generate(props: { user: User; close: () => void; done: (made: NewSecret) => void }) {
  const [label, setLabel] = useState("");
  const [lifetime, setLifetime] = useState("");
  const [overlap, setOverlap] = useState("86400s");
  const [keepOthers, setKeepOthers] = useState(false);
  const has = props.user.machine.hasSecret;
  const generate = async (key: string) => {
    const request = {
      userId: props.user.userId,
      label: label.trim(),
      ...(lifetime ? { lifetime } : {}),
      ...(has ? (keepOthers ? { keepOthers } : { overlap }) : {}),
    };
    props.done(await call<NewSecret>(`${USERS}/AddSecret`, request, { key }));
  };
  return (
    <FormDialog title="Generate Client Secret" action="Generate" close={props.close} submit={generate}>
      <Field
        label="Label"
        value={label}
        set={setLabel}
        maxLength={200}
        autofocus
        hint="Where it will be used, for whoever looks at the list later"
      />
      <Choice label="Ends" value={lifetime} set={setLifetime} options={LIFETIMES} />
      {has && <Check label="Keep the secrets that it has" value={keepOthers} set={setKeepOthers} />}
      {has && !keepOthers && (
        <Choice
          label="The secrets that it has go on for"
          value={overlap}
          set={setOverlap}
          hint="Time to bring the new one to every program"
          options={[
            ["0s", "no time: they end now"],
            ["3600s", "1 hour"],
            ["86400s", "1 day"],
            ["604800s", "7 days"],
          ]}
        />
      )}
    </FormDialog>
  );
}
