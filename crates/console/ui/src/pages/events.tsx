// Events of the audit trail as sentences. Ids become linked names if the reader may see them.

import type { ComponentChildren } from "preact";
import { formatNumber } from "../format";
import type { AuditEvent, Names } from "../types";
import { roleName } from "./administrators";

/** The kind of an event's subject, derived from the event's type. */
type Kind = "client" | "project" | "organization" | "key";

function kindOf(type: string): Kind {
  if (type.startsWith("project.")) return "project";
  if (type.startsWith("org.")) return "organization";
  return type.startsWith("web_key.") || type.startsWith("token_key.") ? "key" : "client";
}

/** `$` is the subject; `: note` adds the event's note, in words. */
const SENTENCES: Record<string, string> = {
  "user.added": "Created the service user $",
  "user.changed": "Changed $: note",
  "user.deactivated": "Deactivated $",
  "user.reactivated": "Reactivated $",
  "user.locked": "Locked $",
  "user.unlocked": "Unlocked $",
  "user.removed": "Deleted the service user $",
  "user.tokens.revoked": "Revoked all access tokens of $",
  "user.metadata.set": "Set metadata of $: note",
  "user.metadata.removed": "Removed metadata of $: note",
  "user.grant.added": "Granted roles to $: note",
  "user.grant.changed": "Changed the roles of $: note",
  "user.grant.reactivated": "Reactivated an authorization of $",
  "user.grant.deactivated": "Deactivated an authorization of $",
  "user.grant.removed": "Took an authorization from $",
  "credential.secret.added": "Generated a client secret for $: note",
  "credential.key.added": "Added a key to $",
  "credential.pat.added": "Made a personal access token for $",
  "credential.revoked": "Revoked a credential of $",
  "credential.secrets.revoked": "Revoked all client secrets of $",
  "credential.tokens.revoked": "Revoked the access tokens of a credential of $",
  "token.revoked": "Revoked an access token of $",
  "leak.reported": "Disabled a leaked credential of $",
  "member.added": "Made $ an administrator: note",
  "member.changed": "Changed what $ administers: note",
  "member.removed": "Removed $ as an administrator: note",
  "application.added": "Created the API $",
  "application.changed": "Changed the API $: note",
  "application.deactivated": "Deactivated the API $",
  "application.reactivated": "Reactivated the API $",
  "application.removed": "Deleted the API $",
  "project.added": "Created the project $",
  "project.changed": "Changed the project $: note",
  "project.deactivated": "Deactivated the project $",
  "project.reactivated": "Reactivated the project $",
  "project.removed": "Deleted the project $",
  "project.role.added": "Added a role to $: note",
  "project.role.changed": "Changed a role of $: note",
  "project.role.removed": "Removed a role from $: note",
  "project.grant.added": "Granted the project $: note",
  "project.grant.changed": "Changed the roles of a grant of $: note",
  "project.grant.reactivated": "Reactivated a grant of $: note",
  "project.grant.deactivated": "Deactivated a grant of $: note",
  "project.grant.removed": "Removed a grant of $: note",
  "org.added": "Created the organization $",
  "org.changed": "Changed the organization $: note",
  "org.deactivated": "Deactivated the organization $",
  "org.reactivated": "Reactivated the organization $",
  "org.removed": "Deleted the organization $",
  "org.metadata.set": "Set metadata of $: note",
  "org.metadata.removed": "Removed metadata of $: note",
  "name.freed": "Freed a retired name: note",
  "web_key.added": "Made the signing key $: note",
  "web_key.activated": "Tokens are signed with the key $ from now on",
  "web_key.scheduled": "Chose the key $ to sign as soon as verifiers know it",
  "web_key.retired": "Retired signing keys whose last token has expired",
  "web_key.removed": "Removed the signing key $",
  "token_key.added": "Made the token key $, which seals opaque tokens from now on",
  "token_key.retired": "Retired token keys whose last token has expired",
  "token_key.removed": "Removed the token key $",
  "token.implausible": "$: note",
  "instance.bootstrapped": "Made $ the first administrator",
  "authentication.failed": "Authentication of $ failed: note",
  "clock.stepped": "The machine's clock was set: note",
  "permission.denied": "Refused calls of $: note",
  "session.began": "$ signed in to the console: note",
  "session.ended": "A console session of $ was ended: note",
};

/** Labels of the API's members. */
const FIELDS: Record<string, string> = {
  name: "display name",
  defaultScopes: "default scopes",
  accessTokenType: "access token type",
  allowedScopes: "allowed scopes",
  allowedAudiences: "allowed audiences",
  tokenLifetime: "token lifetime",
};

/** Groups of event types for the filter. */
export const EVENT_GROUPS: [value: string, label: string, types: string[]][] = [
  ["", "Everything", []],
  ["users", "Service users", typesOf("user.").filter((type) => !type.includes("tokens"))],
  [
    "credentials",
    "Credentials and tokens",
    [...typesOf("credential."), ...typesOf("token."), "user.tokens.revoked", ...typesOf("leak.")],
  ],
  ["refusals", "Failed and refused", ["authentication.failed", "permission.denied"]],
  ["administrators", "Administrators", [...typesOf("member."), "instance.bootstrapped"]],
  ["projects", "Projects and APIs", [...typesOf("project."), ...typesOf("application.")]],
  ["organizations", "Organizations", typesOf("org.")],
  ["keys", "Keys", [...typesOf("web_key."), ...typesOf("token_key.")]],
  ["sessions", "Console sessions", typesOf("session.")],
];

function typesOf(prefix: string): string[] {
  return Object.keys(SENTENCES).filter((type) => type.startsWith(prefix));
}

export interface EventProps {
  event: AuditEvent;
  names: Names;
  /** The subject of the page, which is not linked. */
  own?: string | undefined;
}

export function EventSentence(props: EventProps) {
  const { event, names } = props;
  const { type } = event;
  // A failed authentication may name an unknown client, or none.
  const template =
    type === "authentication.failed" && !event.subjectId ? "Authentication failed: note" : SENTENCES[type];
  // An unknown type is newer than this page.
  if (!template) return <span title={type}>{event.note || type}</span>;
  const [sentence = "", hasNote] = template.split(": ");
  const [before, after] = sentence.split("$");
  const note = hasNote && noteText(event, names);
  return (
    <span title={type}>
      {before}
      {after !== undefined && <Subject {...props} />}
      {after}
      {note && <span class="note">{note}</span>}
    </span>
  );
}

/** The page of a subject. For an API only the event of its creation has the project. */
function subjectPlace({ type, subjectId, objectId }: AuditEvent): string | undefined {
  if (type === "application.added") return `projects/${objectId}/apis/${subjectId}`;
  if (type.startsWith("application.")) return undefined;
  return {
    client: `users/${subjectId}`,
    project: `projects/${subjectId}`,
    organization: `organizations/${subjectId}`,
  }[kindOf(type) as string];
}

function Subject(props: EventProps) {
  const { event, names, own } = props;
  const { type, subjectId, note } = event;
  if (!subjectId) return <>Operator</>;
  const { users, applications, projects, organizations } = names;
  const known = {
    client: { ...applications, ...users },
    project: projects,
    organization: organizations,
    key: {},
  };
  const name = (known[kindOf(type)] as Record<string, string>)[subjectId];
  const place = applications[subjectId] && type !== "application.added" ? undefined : subjectPlace(event);
  if (name !== undefined)
    return place && subjectId !== own ? <a href={`#/${place}`}>{name}</a> : <b>{name}</b>;
  // The note of these events has the name of a deleted subject.
  const isNamed = /^(user|application|project|org)\.(added|removed)$/.test(type);
  return isNamed && note ? <b>{note}</b> : <code>{subjectId}</code>;
}

/** The note as text: labels of fields, names of roles and places. */
function noteText({ type, note = "", subjectId, objectId }: AuditEvent, names: Names): ComponentChildren {
  if (type === "user.changed")
    return note
      .split(", ")
      .map((field) => FIELDS[field] ?? field)
      .join(", ");
  const failed = /^(\d+) failed authentications(?: for client (\S+))?(?: from (.+))?$/.exec(note);
  if (failed) {
    const [, count, client, source] = failed;
    return [times(count), client && !subjectId && `as ${client}`, source && `from ${source}`]
      .filter(Boolean)
      .join(" ");
  }
  const refused = /^(\w+) was refused (\d+) times$/.exec(note);
  if (refused) return `${refused[1]}, ${times(refused[2])}`;
  if (type.startsWith("session.")) return note.replace(/^(the operator, )?console session \d+ /, "");
  const place = /^(project|organization|instance)(?: (\d+))?: ?(.*)$/s.exec(note);
  if (type.startsWith("user.grant.") && place) return `in ${placeName(place, names)}: ${place[3]}`;
  const organization = names.organizations[objectId ?? ""] ?? objectId ?? "";
  if (type.startsWith("project.grant.")) return [`to ${organization}`, note].filter(Boolean).join(": ");
  if (!type.startsWith("member.")) return note;
  const roles = (place?.[3] ?? note).split(", ").filter(Boolean).map(roleName).join(", ");
  const where = place ? placeName(place, names) : organization;
  return [roles, where && `for ${where}`].filter(Boolean).join(" ");
}

const times = (count = "") => (count === "1" ? "once" : `${formatNumber(count)} times`);

function placeName([, kind = "", id = ""]: RegExpExecArray, names: Names): string {
  if (kind === "instance") return "the whole instance";
  return (kind === "project" ? names.projects : names.organizations)[id] ?? `${kind} ${id}`;
}

const ACTORS: Record<string, string> = { ACTOR_TYPE_OPERATOR: "Operator", ACTOR_TYPE_SYSTEM: "Server" };

export function Actor(props: EventProps) {
  const { type, userId } = props.event.actor;
  // The server records the event; its subject is the actor.
  if (props.event.type.startsWith("session.")) return <Subject {...props} />;
  if (!userId) return <>{ACTORS[type] ?? type}</>;
  const name = props.names.users[userId];
  return name === undefined ? <code>{userId}</code> : <a href={`#/users/${userId}`}>{name}</a>;
}
