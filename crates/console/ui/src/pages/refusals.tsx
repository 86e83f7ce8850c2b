// Why requests of a client were refused lately, with the exact reason that the wire doesn't tell.

import { call } from "../api";
import { useLoaded } from "../hooks";
import { Empty, LoadState, Section, Time } from "../parts/basics";
import { Table } from "../parts/list";
import type { Refusal } from "../types";

export function Refusals(props: { userId: string }) {
  const { userId } = props;
  const loaded = useLoaded(
    () => call<{ refusals: Refusal[] }>("jeton.server.v1.ServerService/ListRefusals", { userId }),
    [userId],
  );
  const rows = loaded.data?.refusals ?? [];
  return (
    <Section
      title="Why refused"
      action={
        <button class="small" onClick={loaded.reload}>
          Look again
        </button>
      }
    >
      <LoadState of={loaded} what="refusals" />
      {loaded.data && rows.length === 0 && <Empty>Nothing was refused since the server started.</Empty>}
      {rows.length > 0 && (
        <Table
          label="Why refused"
          rows={rows}
          id={(refusal) => refusal.date + refusal.reason + refusal.source + refusal.endpoint}
          columns={[
            { title: "Last", show: (refusal) => <Time at={refusal.date} /> },
            { title: "Times", show: (refusal) => refusal.count },
            { title: "Why", show: (refusal) => refusal.sentence },
            { title: "At", show: (refusal) => <code>{refusal.endpoint}</code> },
            { title: "From", show: (refusal) => <code>{refusal.source}</code> },
          ]}
        />
      )}
    </Section>
  );
}
