// The audit trail: its events, and its verification.

import { may, query, type Page, type PageRequest } from "../api";
import { ActionError } from "../components/action";
import { Empty, Notice, PageHeader, Section, Time } from "../components/basics";
import { ChoiceField, Filters, TextField } from "../components/fields";
import { List } from "../components/list";
import { FilterPicker } from "../components/picker";
import { formatNumber } from "../format";
import { useAction, useAddressPaging, usePage, usePaging, type Paging } from "../hooks";
import { useParam } from "../router";
import { AUDIT } from "../services";
import { subjectSource, userSource } from "../sources";
import type { AuditEvent, Names } from "../types";
import { Actor, EVENT_GROUPS, EventSentence } from "./events";

interface Filter {
  types?: string[];
  subjectId?: string | undefined;
  actorId?: string | undefined;
  from?: string | undefined;
  until?: string | undefined;
}

interface NamedEvent {
  event: AuditEvent;
  names: Names;
}

interface EventReply {
  events: AuditEvent[];
  names: Names;
  nextPageToken?: string;
  unreadable?: string[];
}

async function listEvents(filter: Filter, page: PageRequest): Promise<Page<NamedEvent>> {
  const pagination = { limit: page.limit, asc: false, pageToken: page.cursor };
  const reply = await query<EventReply>(`${AUDIT}/ListEvents`, { pagination, ...filter });
  const { events, names, nextPageToken: next, unreadable } = reply;
  return { rows: events.map((event) => ({ event, names })), next, unreadable };
}

/** The beginning of a day, or of a day `days` later, in the API's form. */
function startOfDay(day: string, days = 0): string | undefined {
  if (!day) return undefined;
  const start = new Date(`${day}T00:00:00`);
  start.setDate(start.getDate() + days);
  return isNaN(start.getTime()) ? undefined : start.toISOString();
}

export function AuditPage() {
  const [group, setGroup] = useParam(
    "about",
    EVENT_GROUPS.map(([value]) => value),
  );
  const [subject, setSubject] = useParam("subject");
  const [actor, setActor] = useParam("by");
  const [since, setSince] = useParam("since");
  const [until, setUntil] = useParam("until");
  const filter = {
    types: EVENT_GROUPS.find(([value]) => value === group)?.[2] ?? [],
    subjectId: subject || undefined,
    actorId: actor || undefined,
    from: startOfDay(since),
    until: startOfDay(until, 1),
  };
  return (
    <>
      <PageHeader
        title="Audit trail"
        hint="Everything that was changed, by whom, and what failed or was refused."
      />
      <Verification />
      <Filters>
        <ChoiceField
          label="About"
          value={group}
          onChange={setGroup}
          options={EVENT_GROUPS.map(([value, label]) => [value, label])}
        />
        <FilterPicker label="Subject" source={subjectSource} value={subject} onChange={setSubject} />
        <FilterPicker label="By" source={userSource} value={actor} onChange={setActor} />
        <TextField label="From" type="date" value={since} onChange={setSince} />
        <TextField label="Until" type="date" value={until} onChange={setUntil} />
      </Filters>
      <div class="card">
        <EventList filter={filter} paging={useAddressPaging(25)} />
      </div>
    </>
  );
}

/** The events about one subject. */
export function AuditSection(props: { subjectId: string }) {
  const { subjectId } = props;
  return (
    <Section
      title="History"
      hint="What was done to it."
      action={<a href={`#/audit?subject=${subjectId}`}>Open in the audit trail</a>}
    >
      <EventList filter={{ subjectId }} paging={usePaging(10)} own={subjectId} />
    </Section>
  );
}

function EventList(props: { filter: Filter; paging: Paging; own?: string }) {
  const { filter, paging, own } = props;
  const events = usePage((page) => listEvents(filter, page), paging, [JSON.stringify(filter)]);
  return (
    <List
      label="events"
      query={events}
      paging={paging}
      rowKey={({ event }) => event.sequence}
      empty={
        events.data?.next ? (
          <Empty title="Nothing like this among the latest events">
            Go on with Next to look further back.
          </Empty>
        ) : (
          <Empty title="No such event" />
        )
      }
      columns={[
        {
          title: "Event",
          narrow: "bare",
          cell: ({ event, names }) => <EventSentence event={event} names={names} own={own} />,
        },
        { title: "By", cell: ({ event, names }) => <Actor event={event} names={names} own={own} /> },
        { title: "When", narrow: "bare", cell: ({ event }) => <Time at={event.date} /> },
        { title: "No.", cell: ({ event }) => <span class="quiet">{event.sequence}</span> },
      ]}
    />
  );
}

/** A button to verify the trail, because verification reads the whole trail. */
function Verification() {
  const verify = useAction(() =>
    query<{ intact: boolean; records: string; faults: string[] }>(`${AUDIT}/VerifyEvents`),
  );
  const { result, isBusy } = verify;
  if (!may("events.read")) return null;
  return (
    <div class="card padded verification">
      <p>Events are chained, so a change behind the server's back can be found.</p>
      <button type="button" disabled={isBusy} onClick={() => void verify.run()}>
        {isBusy ? "Verifying…" : "Verify the trail"}
      </button>
      <ActionError action={verify} />
      {result?.intact && (
        <Notice kind="good">
          The trail is whole: {formatNumber(result.records)} records, none changed, removed or added.
        </Notice>
      )}
      {result && !result.intact && (
        <Notice kind="error">
          The trail was tampered with or damaged:
          <ul>
            {result.faults.map((fault) => (
              <li>{fault}</li>
            ))}
          </ul>
        </Notice>
      )}
    </div>
  );
}
