// Sign-in: the whole page at first, a dialog above the page if a session has ended during work.

import { useState } from "preact/hooks";
import { signIn, type Credentials } from "../api";
import { ActionError } from "../components/action";
import { Dialog } from "../components/dialog";
import { TextField } from "../components/fields";
import { useAction, useForm } from "../hooks";

type Way = "credentials" | "token" | "link";

const WAYS: { way: Way; name: string; label: string; hint?: string }[] = [
  { way: "credentials", name: "Client credentials", label: "Client secret" },
  { way: "token", name: "Access token", label: "Personal access token" },
  { way: "link", name: "One-time link", label: "Link", hint: "As jeton console prints it" },
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
  const [way, setWay] = useState<Way>("credentials");
  const { values, setValues, field } = useForm({ clientId: "", secret: "" });
  const attempt = useAction((credentials: Credentials) => signIn(credentials));
  const submit = (event: Event) => {
    event.preventDefault();
    const secret = values.secret.trim();
    if (way === "credentials") void attempt.run({ clientId: values.clientId.trim(), clientSecret: secret });
    else if (way === "token") void attempt.run({ token: secret });
    else void attempt.run({ link: secret.replace(/^.*#link=/, "") });
  };
  const choose = (chosen: Way) => {
    setWay(chosen);
    setValues({ ...values, secret: "" });
    attempt.clear();
  };
  const { label, hint } = WAYS.find((known) => known.way === way)!;
  return (
    <form onSubmit={submit}>
      <fieldset class="segments">
        <legend class="unseen">With</legend>
        {WAYS.map(({ way: value, name }) => (
          <label>
            <input type="radio" name="way" checked={way === value} onChange={() => choose(value)} />
            {name}
          </label>
        ))}
      </fieldset>
      {way === "credentials" && (
        <TextField
          label="Client ID"
          {...field("clientId")}
          isRequired
          hint="The username of a service user with an administrator role"
        />
      )}
      <TextField key={way} label={label} type="password" {...field("secret")} isRequired hint={hint} />
      <ActionError action={attempt} />
      <div class="buttons">
        <button class="primary" type="submit" disabled={attempt.isBusy}>
          {attempt.isBusy ? "Signing in…" : "Sign in"}
        </button>
      </div>
    </form>
  );
}
