// The audit trail: who did what, and whether the trail is whole.

import { useState } from "preact/hooks";
import { call, may } from "../api";
import { count, useLoaded, useSettled } from "../hooks";
import { Empty, LoadState, Notice, Section, Time } from "../parts/basics";
import { Choice, Field } from "../parts/form";
import { Pager, Table, usePages } from "../parts/list";
import type { AuditEvent } from "../types";

const SERVICE = "jeton.audit.v1.AuditService";

const KINDS: [string, string, string[]][] = [
  ["", "Everything", []],
  [
    "users",
    "Service users",
    [
      "user.added",
      "user.changed",
      "user.deactivated",
      "user.reactivated",
      "user.locked",
      "user.unlocked",
      "user.removed",
    ],
  ],
  [
    "credentials",
    "Credentials and tokens",
    [
      "credential.secret.added",
      "credential.key.added",
      "credential.pat.added",
      "credential.revoked",
      "credential.secrets.revoked",
      "credential.tokens.revoked",
      "token.revoked",
      "user.tokens.revoked",
    ],
  ],
  ["leaks", "Leaks", ["leak.reported"]],
  ["refusals", "Failed and refused", ["authentication.failed", "permission.denied"]],
  ["sessions", "Console sessions", ["session.began", "session.ended"]],
  ["administrators", "Administrators", ["member.added", "member.changed", "member.removed", "instance.bootstrapped"]],
  ["keys", "Signing keys", ["web_key.added", "web_key.activated", "web_key.retired", "web_key.removed"]],
];

export function AuditPage() {
  return (
    <>
      <header class="page">
        <h1>Audit trail</h1>
      </header>
      <Verification />
      <AuditList title="Events" />
    </>
  );
}

/** Verifying reads the whole trail, so it is asked for. */
function Verification() {
  const [asked, ask] = useState(0);
  const verified = useLoaded(async () => {
    if (asked === 0) return undefined;
    return call<{ intact: boolean; records: string; faults: string[] }>(`${SERVICE}/VerifyEvents`);
  }, [asked]);
  const { data, loading } = verified;
  return (
    <Section title="Verification">
      <LoadState of={verified} what="" />
      {data?.intact && (
        <Notice kind="good">The trail is whole: {count(data.records)} records, none changed, removed or added.</Notice>
      )}
      {data && !data.intact && (
        <Notice kind="error">
          The trail was tampered with or damaged:
          <ul>
            {data.faults.map((fault) => (
              <li>{fault}</li>
            ))}
          </ul>
        </Notice>
      )}
      <button disabled={loading && asked > 0} onClick={() => ask(asked + 1)}>
        {loading && asked > 0 ? "Verifying…" : "Verify the trail"}
      </button>
    </Section>
  );
}

export function AuditList(props: { title: string; subjectId?: string }) {
  const [kind, setKind] = useState("");
  const [subject, setSubject] = useState("");
  const [actor, setActor] = useState("");
  const pages = usePages();
  const wanted = { subject: useSettled(props.subjectId ?? subject.trim()), actor: useSettled(actor.trim()) };
  const types = KINDS.find(([value]) => value === kind)?.[2] ?? [];
  const load = () =>
    call<{ events: AuditEvent[]; nextPageToken?: string }>(`${SERVICE}/ListEvents`, {
      pagination: { limit: props.subjectId ? 10 : 25, asc: false, pageToken: pages.token },
      types,
      ...(wanted.subject ? { subjectId: wanted.subject } : {}),
      ...(wanted.actor ? { actorId: wanted.actor } : {}),
    });
  const loaded = useLoaded(load, [kind, wanted.subject, wanted.actor, pages.token]);
  const changed = (set: (text: string) => void) => (text: string) => {
    set(text);
    pages.first();
  };
  return (
    <Section title={props.title}>
      {!props.subjectId && (
        <form class="filters" role="search" onSubmit={(event) => event.preventDefault()}>
          <Choice
            label="About"
            value={kind}
            set={changed(setKind)}
            options={KINDS.map(([value, label]) => [value, label])}
          />
          <Field label="Subject's id" value={subject} set={changed(setSubject)} />
          <Field label="Actor's id" value={actor} set={changed(setActor)} />
        </form>
      )}
      <LoadState of={loaded} what="events" />
      {loaded.data?.events.length === 0 && (
        <Empty>
          {loaded.data.nextPageToken
            ? "Nothing like this among the events looked at; go on with Next."
            : "No such event."}
        </Empty>
      )}
      {loaded.data && loaded.data.events.length > 0 && (
        <Table
          label={props.title}
          rows={loaded.data.events}
          id={(event) => event.sequence}
          busy={loaded.loading}
          columns={[
            { title: "No.", show: (event) => event.sequence },
            { title: "When", show: (event) => <Time at={event.date} /> },
            { title: "What", show: (event) => <code>{event.type}</code> },
            { title: "By", show: (event) => <Actor event={event} /> },
            { title: "Subject", show: (event) => <Subject event={event} /> },
            { title: "Note", show: (event) => event.note ?? "" },
          ]}
        />
      )}
      {loaded.data && <Pager pages={pages} next={loaded.data.nextPageToken} />}
    </Section>
  );
}

function Actor(props: { event: AuditEvent }) {
  const { actor } = props.event;
  if (actor.userId) return <a href={`#/users/${actor.userId}`}>{actor.userId}</a>;
  return <>{actor.type.replace(/^ACTOR_TYPE_/, "").toLowerCase()}</>;
}

function Subject(props: { event: AuditEvent }) {
  const { subjectId, type } = props.event;
  if (!subjectId) return null;
  const linked =
    may("user.read") &&
    type !== "user.removed" &&
    /^(user|credential|authentication|permission|leak|session)\b/.test(type);
  return linked ? <a href={`#/users/${subjectId}`}>{subjectId}</a> : <code>{subjectId}</code>;
}
