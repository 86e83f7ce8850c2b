// Sign-in: the whole page at first, a dialog above the page if a session has ended during work.

import { useState } from "preact/hooks";
import { signIn, type Credentials } from "../api";
import { ActionError } from "../components/action";
import { Dialog } from "../components/dialog";
import { TextField } from "../components/fields";
import { useAction, useForm } from "../hooks";

type Method = "credentials" | "token" | "link";

const METHODS: { method: Method; name: string; label: string; hint?: string }[] = [
  { method: "credentials", name: "Client credentials", label: "Client secret" },
  { method: "token", name: "Access token", label: "Personal access token" },
  { method: "link", name: "One-time link", label: "Link", hint: "As jeton console prints it" },
];

/** Takes the secret of a one-time link out of the address, so that it does not stay in the history. */
export function takeLink(): string | undefined {
  const link = location.hash.match(/^#link=(.+)$/)?.[1];
  if (link) history.replaceState(null, "", location.pathname);
  return link;
}

export function SignInPage(props: { error: Error | undefined }) {
  return (
    <main class="alone">
      <h1>
        <img src="icon.svg" alt="" width="36" height="36" /> Jeton
      </h1>
      <div class="card padded">
        <p>Sign in as an administrator.</p>
        <ActionError action={props} />
        <SignInForm />
      </div>
      <p class="hint">
        No administrator yet? On the server's machine, <code>jeton console</code> prints a link that signs you
        in, and <code>jeton admin create NAME</code> makes the first administrator.
      </p>
    </main>
  );
}

export function SignInAgain() {
  return (
    <Dialog title="Your session has ended" onClose={() => undefined} isLocked>
      <p>Sign in again to go on. What you typed is still there.</p>
      <SignInForm />
    </Dialog>
  );
}

function SignInForm() {
  const [method, setMethod] = useState<Method>("credentials");
  const { values, setValues, field } = useForm({ clientId: "", secret: "" });
  const attempt = useAction((credentials: Credentials) => signIn(credentials));
  const handleSubmit = (event: Event) => {
    event.preventDefault();
    const secret = values.secret.trim();
    if (method === "credentials")
      void attempt.run({ clientId: values.clientId.trim(), clientSecret: secret });
    else if (method === "token") void attempt.run({ token: secret });
    else void attempt.run({ link: secret.replace(/^.*#link=/, "") });
  };
  const handleMethod = (selected: Method) => {
    setMethod(selected);
    setValues({ ...values, secret: "" });
    attempt.clear();
  };
  const { label, hint } = METHODS.find((known) => known.method === method)!;
  return (
    <form onSubmit={handleSubmit}>
      <fieldset class="segments">
        <legend class="unseen">With</legend>
        {METHODS.map(({ method: value, name }) => (
          <label>
            <input type="radio" name="way" checked={method === value} onChange={() => handleMethod(value)} />
            {name}
          </label>
        ))}
      </fieldset>
      {method === "credentials" && (
        <TextField
          label="Client ID"
          {...field("clientId")}
          isRequired
          hint="The username of a service user with an administrator role"
        />
      )}
      <TextField key={method} label={label} type="password" {...field("secret")} isRequired hint={hint} />
      <ActionError action={attempt} />
      <div class="buttons">
        <button class="primary" type="submit" disabled={attempt.isBusy}>
          {attempt.isBusy ? "Signing in…" : "Sign in"}
        </button>
      </div>
    </form>
  );
}
