// Signing in: the whole page at first, a dialog above the page when a session has ended in mid-work.

import { useEffect, useState } from "preact/hooks";
import { signIn, type Credentials } from "../api";
import { Notice } from "../parts/basics";
import { Dialog } from "../parts/dialog";
import { Field } from "../parts/form";

type Way = "credentials" | "token" | "link";

/** The secret of a one-time link, which the address loses at once so that it is in no history. */
export function takeLink(): string | undefined {
  const link = location.hash.match(/^#link=(.+)$/)?.[1];
  if (link) history.replaceState(null, "", location.pathname);
  return link;
}

export function SignInPage(props: { problem: string | undefined }) {
  return (
    <main class="alone">
      <h1>Jeton</h1>
      <p>Sign in as an administrator.</p>
      <SignInForm problem={props.problem} />
      <p class="hint">
        No administrator yet? On the server's machine, <code>jeton console</code> prints a link that signs you in, and{" "}
        <code>jeton admin create NAME</code> makes the first administrator.
      </p>
    </main>
  );
}

export function SignInAgain() {
  return (
    <Dialog title="Your session has ended" close={() => undefined} locked>
      <p>Sign in again to go on. What you typed is still there.</p>
      <SignInForm problem={undefined} />
    </Dialog>
  );
}

function SignInForm(props: { problem: string | undefined }) {
  const [way, setWay] = useState<Way>("credentials");
  const [clientId, setClientId] = useState("");
  const [secret, setSecret] = useState("");
  const [error, setError] = useState(props.problem);
  const [busy, setBusy] = useState(false);
  const attempt = async (credentials: Credentials) => {
    setBusy(true);
    setError(undefined);
    await signIn(credentials).catch((failed: Error) => setError(failed.message));
    setBusy(false);
  };
  useEffect(() => {
    const pasted = () => {
      const link = takeLink();
      if (link) void attempt({ link });
    };
    addEventListener("hashchange", pasted);
    return () => removeEventListener("hashchange", pasted);
  }, []);
  const submit = (event: Event) => {
    event.preventDefault();
    const text = secret.trim();
    if (way === "credentials") void attempt({ clientId: clientId.trim(), clientSecret: text });
    else if (way === "token") void attempt({ token: text });
    else void attempt({ link: text.replace(/^.*#link=/, "") });
  };
  const ways: [Way, string][] = [
    ["credentials", "Client credentials"],
    ["token", "Access token"],
    ["link", "One-time link"],
  ];
  const label = { credentials: "Client secret", token: "Personal access token", link: "Link" }[way];
  return (
    <form onSubmit={submit}>
      <fieldset class="ways">
        <legend>With</legend>
        {ways.map(([value, text]) => (
          <label>
            <input
              type="radio"
              name="way"
              checked={way === value}
              onChange={() => {
                setWay(value);
                setSecret("");
              }}
            />
            {text}
          </label>
        ))}
      </fieldset>
      {way === "credentials" && (
        <Field
          label="Client id"
          value={clientId}
          set={setClientId}
          required
          hint="The username of a service user with an administrator role"
        />
      )}
      <Field
        key={way}
        label={label}
        type="password"
        value={secret}
        set={setSecret}
        required
        {...(way === "link" ? { hint: "From jeton console" } : {})}
      />
      {error && <Notice kind="error">{error}</Notice>}
      <div class="buttons">
        <button class="primary" type="submit" disabled={busy}>
          {busy ? "Signing in…" : "Sign in"}
        </button>
      </div>
    </form>
  );
}
