// The settings of a service user. A concurrent change of another administrator is shown, not overwritten.

import { useEffect, useState } from "preact/hooks";
import { ApiError, change, may, query } from "../api";
import { ActionError } from "../components/action";
import { Facts, Id, Notice, Section, Time } from "../components/basics";
import { ChoiceField, DurationField, TextField } from "../components/fields";
import { Picker, type PickerProps } from "../components/picker";
import { useAction, useForm } from "../hooks";
import { useUnsaved } from "../router";
import { USERS } from "../services";
import { projectSource, scopeSource } from "../sources";
import type { User } from "../types";
import { useOrganizations } from "../organizations";
import { TOKEN_TYPES } from "./users";

/** The values of the fields. */
function valuesOf({ machine }: User) {
  return {
    name: machine.name,
    description: machine.description,
    accessTokenType: machine.accessTokenType,
    tokenLifetime: machine.tokenLifetime?.replace(/s$/, "") ?? "",
    defaultScopes: machine.defaultScopes ?? [],
    allowedScopes: machine.allowedScopes ?? [],
    allowedAudiences: machine.allowedAudiences ?? [],
  };
}

type Values = ReturnType<typeof valuesOf>;

const isSame = (a: Values, b: Values) => JSON.stringify(a) === JSON.stringify(b);

async function load(userId: string): Promise<User> {
  return (await query<{ user: User }>(`${USERS}/GetUserByID`, { userId })).user;
}

export function UserSettings(props: { user: User }) {
  const { user } = props;
  const { values, setValues, field } = useForm(valuesOf(user));
  /** The user before the edits in the fields. */
  const [savedUser, setSavedUser] = useState(user);
  const isDirty = !isSame(values, valuesOf(savedUser));
  useUnsaved(isDirty ? "The settings that you changed are not saved." : undefined);
  const show = (user: User) => {
    setSavedUser(user);
    setValues(valuesOf(user));
  };
  // Newer settings replace the fields unless they were edited.
  useEffect(() => {
    if (!isDirty) show(user);
  }, [user]);
  const save = useAction(async () => {
    const { tokenLifetime, name, description, ...rest } = values;
    const texts = { name: name.trim(), description: description.trim() };
    const machine = { ...rest, ...texts, tokenLifetime: `${tokenLifetime || 0}s` };
    const ifMatch = savedUser.details.sequence;
    await change(`${USERS}/UpdateUser`, { userId: user.userId, machine }, { ifMatch });
    show(await load(user.userId));
    return true;
  });
  const isConflict = save.error instanceof ApiError && save.error.code === "aborted";
  const handleDiscard = async () => {
    show(await load(user.userId));
    save.clear();
  };
  const handleKeep = async () => {
    setSavedUser(await load(user.userId));
    save.clear();
  };
  const handleSubmit = (event: Event) => {
    event.preventDefault();
    void save.run();
  };
  return (
    <Section title="General">
      <UserFacts user={user} />
      <form onSubmit={handleSubmit}>
        <fieldset disabled={!may("user.write")} class="grid">
          <TextField label="Display name" {...field("name")} isRequired maxLength={200} />
          <TextField label="Description" {...field("description")} maxLength={500} />
          <ChoiceField label="Access token type" {...field("accessTokenType")} options={TOKEN_TYPES} />
          <DurationField
            label="Token lifetime"
            {...field("tokenLifetime")}
            hint="Empty: the server's default."
          />
          <ScopePicker
            label="Default scopes"
            {...field("defaultScopes")}
            hint="Granted when a token request names none."
          />
          <ScopePicker label="Allowed scopes" {...field("allowedScopes")} hint="None chosen: all scopes." />
          <Picker
            label="Allowed audiences"
            source={projectSource}
            {...field("allowedAudiences")}
            isMultiple
            placeholder="Add a project"
            hint="Projects whose APIs its tokens may be for. None chosen: all projects."
          />
        </fieldset>
        {isConflict ? (
          <Notice kind="error">
            Another administrator changed this service user after you opened it. Your input is kept, and
            nothing was overwritten.
            <span class="row">
              <button type="button" onClick={() => void handleDiscard()}>
                Drop mine, show theirs
              </button>
              <button type="button" onClick={() => void handleKeep()}>
                Keep mine, then save again
              </button>
            </span>
          </Notice>
        ) : (
          <ActionError action={save} />
        )}
        {may("user.write") && (
          <div class="buttons">
            {save.result && !isDirty && (
              <span class="said" role="status">
                Saved.
              </span>
            )}
            <button type="button" disabled={!isDirty || save.isBusy} onClick={() => show(user)}>
              Reset
            </button>
            <button type="submit" class="primary" disabled={!isDirty || save.isBusy}>
              {save.isBusy ? "Saving…" : "Save"}
            </button>
          </div>
        )}
      </form>
    </Section>
  );
}

function ScopePicker(props: Omit<PickerProps, "source">) {
  return <Picker {...props} source={scopeSource} isMultiple takesText placeholder="Add a scope" />;
}

/** The client id for programs: the username, or the id if the username needs encoding for Basic. */
const clientIdOf = ({ username, userId }: User) => (/^[\w.~@-]+$/.test(username) ? username : userId);

function UserFacts(props: { user: User }) {
  const { userId, details } = props.user;
  const organizations = useOrganizations();
  return (
    <Facts
      rows={[
        ["Client ID", <Id id={clientIdOf(props.user)} what="client ID" />],
        ["User ID", <Id id={userId} what="user ID" />],
        organizations.areSeveral && [
          "Organization",
          <a href={`#/organizations/${details.resourceOwner}`}>
            {organizations.nameOf(details.resourceOwner)}
          </a>,
        ],
        ["Created", <Time at={details.creationDate} />],
        ["Changed", <Time at={details.changeDate} />],
      ]}
    />
  );
}
