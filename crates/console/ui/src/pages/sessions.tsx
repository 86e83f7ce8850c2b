// Who is signed in to the console.

import { useState } from "preact/hooks";
import { call, state } from "../api";
import { useLoaded } from "../hooks";
import { Badge, LoadState, Time } from "../parts/basics";
import { Confirm } from "../parts/dialog";
import { Table } from "../parts/list";
import type { BrowserSession } from "../types";

export function SessionsPage() {
  const loaded = useLoaded(() => call<{ sessions: BrowserSession[] }>("session/list"), []);
  const [ending, end] = useState<BrowserSession>();
  return (
    <>
      <header class="page">
        <h1>Sessions</h1>
      </header>
      <p class="hint">
        A session ends after 15 minutes in which nobody did anything, and after 8 hours in any case. Yours ends at the
        latest <Time at={state.session?.ends} />.
      </p>
      <LoadState of={loaded} what="sessions" />
      {loaded.data && (
        <Table
          label="Sessions"
          rows={loaded.data.sessions}
          id={(session) => session.sessionId}
          columns={[
            {
              title: "Who",
              show: (session) => (
                <>
                  {session.name} {session.own && <Badge kind="good">this one</Badge>}
                </>
              ),
            },
            { title: "From", show: (session) => <code>{session.source}</code> },
            { title: "Browser", show: (session) => <span class="clip">{session.agent}</span> },
            { title: "Since", show: (session) => <Time at={session.began} /> },
            { title: "Active", show: (session) => <Time at={session.seen} /> },
            {
              title: "",
              show: (session) => (
                <button
                  class="small danger"
                  aria-label={`End the session of ${session.name} from ${session.source}`}
                  onClick={() => end(session)}
                >
                  End
                </button>
              ),
            },
          ]}
        />
      )}
      {ending && (
        <Confirm
          title={`End the session of ${ending.name}?`}
          action="End session"
          close={() => end(undefined)}
          act={async () => {
            await call("session/end", { sessionId: ending.sessionId });
            if (ending.own) state.signedOut();
            else loaded.reload();
          }}
        >
          {ending.own ? "You will be signed out." : "Whoever uses it has to sign in again."}
        </Confirm>
      )}
    </>
  );
}
