// Recent refusals of a client's requests, with the exact reason, which the client itself does not get.

import { sentence } from "../api";
import { Empty } from "../components/basics";
import { timeColumn } from "../components/list";
import { ListSection } from "../components/list_layout";
import { formatNumber } from "../format";
import { useRows } from "../hooks";
import { SERVER } from "../services";
import type { Refusal } from "../types";

const ENDPOINTS: Record<string, string> = {
  "/oauth/v2/token": "Token request",
  "/oauth/v2/introspect": "Introspection",
  "/oauth/v2/revoke": "Revocation",
  "/oidc/v1/userinfo": "Userinfo",
};

export function RefusalSection(props: { clientId: string }) {
  const list = `${SERVER}/ListRefusals`;
  const select = ({ refusals }: { refusals: Refusal[] }) => refusals;
  const loaded = useRows(list, { userId: props.clientId }, select);
  return (
    <ListSection
      title="Why refused"
      hint="Refused requests since the server started, with the exact reason."
      action={
        <button class="small" onClick={loaded.reload}>
          Refresh
        </button>
      }
      label="refused requests"
      query={loaded}
      rowKey={(refusal) => refusal.date + refusal.reason + refusal.source + refusal.endpoint}
      empty={<Empty title="Nothing was refused since the server started" />}
      columns={[
        { title: "Why", narrow: "bare", cell: (refusal) => sentence(refusal.sentence) },
        {
          title: "Request",
          cell: ({ endpoint }) => <span title={endpoint}>{ENDPOINTS[endpoint] ?? endpoint}</span>,
        },
        { title: "From", cell: (refusal) => <code>{refusal.source}</code> },
        { title: "Times", cell: (refusal) => formatNumber(refusal.count) },
        timeColumn("Last", "date"),
      ]}
    />
  );
}
