// The token debugger: the answer of introspection about a token, and its reason.

import { useState } from "preact/hooks";
import { query } from "../api";
import { ActionError } from "../components/action";
import { Badge, Facts, Id, PageHeader, Time } from "../components/basics";
import { AreaField } from "../components/fields";
import { useAction } from "../hooks";
import { TOKENS } from "../services";
import type { Explanation } from "../types";

export function DebuggerPage() {
  const [token, setToken] = useState("");
  const explain = useAction(() => query<Explanation>(`${TOKENS}/ExplainToken`, { token: token.trim() }));
  const handleSubmit = (event: Event) => {
    event.preventDefault();
    void explain.run();
  };
  const handleClear = () => {
    setToken("");
    explain.clear();
  };
  return (
    <>
      <PageHeader
        title="Token debugger"
        hint="Paste an access token to see whether it works, whose it is, and why it works or does not."
      />
      <form class="card padded" onSubmit={handleSubmit}>
        <AreaField
          label="Access token"
          value={token}
          onChange={setToken}
          isRequired
          rows={4}
          hint="Opaque or JWT. It is sent to this server only, and kept nowhere."
        />
        <div class="buttons">
          <button type="button" onClick={handleClear} disabled={!token && !explain.result}>
            Clear
          </button>
          <button class="primary" disabled={explain.isBusy}>
            {explain.isBusy ? "Looking…" : "Explain"}
          </button>
        </div>
      </form>
      <ActionError action={explain} />
      {explain.result && <ExplanationSection explanation={explain.result} />}
    </>
  );
}

function ExplanationSection(props: { explanation: Explanation }) {
  const { active, sentence, kind, userId, username, credentialId, issued, expires, introspection } =
    props.explanation;
  return (
    <section aria-labelledby="answer" aria-live="polite">
      <header>
        <h2 id="answer">
          {active ? <Badge kind="good">Active</Badge> : <Badge kind="bad">Not active</Badge>} {sentence}
        </h2>
      </header>
      <Facts
        rows={[
          ["Kind", kind.charAt(0).toUpperCase() + kind.slice(1)],
          !!userId && ["Service user", <a href={`#/users/${userId}`}>{username ?? userId}</a>],
          !!credentialId && ["Obtained with", <Id id={credentialId} what="credential ID" />],
          !!issued && ["Issued", <Time at={issued} />],
          !!expires && ["Expires", <Time at={expires} />],
        ]}
      />
      <div class="padded">
        <h3>What introspection answers to an API that the token is for</h3>
        <pre tabIndex={0}>{JSON.stringify(introspection, null, 2)}</pre>
      </div>
    </section>
  );
}
