// Sessions of the console.

import { appState, change } from "../api";
import { Badge, Empty, Time } from "../components/basics";
import { ConfirmButton } from "../components/dialog";
import { List, timeColumn } from "../components/list";
import { ListPage } from "../components/list_layout";
import { formatBrowser } from "../format";
import { useRows } from "../hooks";
import type { BrowserSession } from "../types";

export function SessionsPage() {
  const select = ({ sessions }: { sessions: BrowserSession[] }) => sessions;
  const loaded = useRows("session/list", {}, select);
  const endButton = ({ sessionId, name, source, own }: BrowserSession) => (
    <ConfirmButton
      label="End"
      name={`the session of ${name} from ${source}`}
      title={`End the session of ${name}?`}
      onConfirm={async () => {
        await change("session/end", { sessionId });
        if (own) appState.signedOut();
      }}
    >
      {own ? "You will be signed out." : "Its user has to sign in again."}
    </ConfirmButton>
  );
  return (
    <ListPage
      title="Console sessions"
      hint={
        <>
          A session ends after 15 minutes without activity, and after 8 hours in any case. Yours ends{" "}
          <Time at={appState.session?.ends} /> at the latest.
        </>
      }
    >
      <List
        label="sessions"
        query={loaded}
        rowKey={(session) => session.sessionId}
        empty={<Empty title="No session" />}
        columns={[
          {
            title: "Who",
            narrow: "bare",
            cell: ({ name, own }) => (
              <>
                {name} {own && <Badge kind="good">This one</Badge>}
              </>
            ),
          },
          { title: "From", cell: (session) => <code>{session.source}</code> },
          {
            title: "Browser",
            cell: ({ agent }) => <span title={agent}>{formatBrowser(agent)}</span>,
          },
          timeColumn("Since", "began"),
          timeColumn("Last active", "seen"),
        ]}
        actions={endButton}
      />
    </ListPage>
  );
}
