// The token debugger: what introspection would answer about a token, and why.

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { call } from "../api";
import { Badge, Notice, Time } from "../parts/basics";
import { Area } from "../parts/form";
import type { Explanation } from "../types";

/** What is known of a token. */
function facts(explained: Explanation): [name: string, value: ComponentChildren][] {
  const { kind, userId, username, credentialId, issued, expires } = explained;
  const all: [string, unknown, ComponentChildren][] = [
    ["Kind", kind, kind],
    ["Service user", userId, <a href={`#/users/${userId}`}>{username ?? userId}</a>],
    ["Obtained with", credentialId, <code>{credentialId}</code>],
    ["Issued", issued, <Time at={issued} />],
    ["Expires", expires, <Time at={expires} />],
  ];
  return all.filter(([, known]) => known).map(([name, , value]) => [name, value]);
}

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
        <Area
          label="Access token"
          value={token}
          set={setToken}
          required
          rows={4}
          hint="Opaque or JWT. It is sent to this server only, and kept nowhere."
        />
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
            {facts(explained).map(([name, value]) => (
              <>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </>
            ))}
          </dl>
          <h3>What introspection answers to an API that the token is for</h3>
          <pre tabIndex={0}>{JSON.stringify(explained.introspection, null, 2)}</pre>
        </section>
      )}
    </>
  );
}
