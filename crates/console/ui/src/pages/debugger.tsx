// The token debugger: what introspection would answer about a token, and why.

import { useState } from "preact/hooks";
import { call } from "../api";
import { Badge, Notice, Time } from "../parts/basics";
import { Area } from "../parts/form";
import type { Explanation } from "../types";

export function DebuggerPage() {
  const [token, setToken] = useState("");
  const [explained, setExplained] = useState<Explanation>();
  const [error, setError] = useState<Error>();
  const [busy, setBusy] = useState(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      setExplained(await call<Explanation>("jeton.token.v1.TokenService/ExplainToken", { token: token.trim() }));
    } catch (failed) {
      setExplained(undefined);
      setError(failed as Error);
    }
    setBusy(false);
  };
  return (
    <>
      <header class="page">
        <h1>Token debugger</h1>
      </header>
      <form onSubmit={submit}>
        <Area label="Access token" value={token} set={setToken} required rows={4} hint="Opaque or JWT. It is sent to this server only, and kept nowhere." />
        <div class="buttons">
          <button
            type="button"
            onClick={() => {
              setToken("");
              setExplained(undefined);
            }}
          >
            Clear
          </button>
          <button class="primary" disabled={busy}>
            {busy ? "Looking…" : "Explain"}
          </button>
        </div>
      </form>
      {error && <Notice kind="error">{error.message}</Notice>}
      {explained && (
        <section aria-labelledby="answer" aria-live="polite">
          <h2 id="answer">
            {explained.active ? <Badge kind="good">Active</Badge> : <Badge kind="bad">Not active</Badge>}
          </h2>
          <p>{explained.sentence}</p>
          <dl class="facts">
            <dt>Kind</dt>
            <dd>{explained.kind}</dd>
            {explained.userId && (
              <>
                <dt>Service user</dt>
                <dd>
                  <a href={`#/users/${explained.userId}`}>{explained.username ?? explained.userId}</a>
                </dd>
              </>
            )}
            {explained.credentialId && (
              <>
                <dt>Obtained with</dt>
                <dd>
                  <code>{explained.credentialId}</code>
                </dd>
              </>
            )}
            {explained.issued && (
              <>
                <dt>Issued</dt>
                <dd>
                  <Time at={explained.issued} />
                </dd>
              </>
            )}
            {explained.expires && (
              <>
                <dt>Expires</dt>
                <dd>
                  <Time at={explained.expires} />
                </dd>
              </>
            )}
          </dl>
          <h3>What introspection answers to an API that the token is for</h3>
          <pre tabIndex={0}>{JSON.stringify(explained.introspection, null, 2)}</pre>
        </section>
      )}
    </>
  );
}
