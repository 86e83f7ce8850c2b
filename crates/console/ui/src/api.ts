// Requests to the server: whose session it is, calls of the management API, and what happens when the session has
// ended or the server is away.

export interface Session {
  sessionId: string;
  csrfToken: string;
  name: string;
  userId: string | null;
  permissions: string[];
  endsWhenIdle: string;
  ends: string;
  issuer: string;
  version: string;
}

/** The server refused; `message` is a sentence for people. */
export class Refused extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

/** The server did not answer. Whether it did what was asked is not known. */
export class Away extends Error {}

type Listener = () => void;

/** What the whole page follows: who is signed in, and whether the server answers. */
class State {
  session: Session | null = null;
  /** Somebody was signed in, and has to sign in again before the page can go on. */
  expired = false;
  away = false;
  /** Counts how often the server came back; whoever shows its data loads it again then. */
  returns = 0;
  #listeners = new Set<Listener>();
  #resumed: Listener[] = [];

  listen(listener: Listener): Listener {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  changed() {
    this.#listeners.forEach((listener) => listener());
  }

  signedIn(session: Session) {
    this.session = session;
    this.expired = false;
    this.#resumed.splice(0).forEach((resume) => resume());
    this.changed();
  }

  signedOut() {
    this.session = null;
    this.expired = false;
    this.changed();
  }

  /** Completes when somebody has signed in again; what was typed stays where it is. */
  expire(): Promise<void> {
    this.expired = true;
    this.changed();
    return new Promise((resolve) => this.#resumed.push(resolve));
  }
}

export const state = new State();

const JSON_HEADERS = { "content-type": "application/json" };

async function request(path: string, init: RequestInit): Promise<Response> {
  let response;
  try {
    response = await fetch(`api/${path}`, { ...init, cache: "no-store", redirect: "error" });
  } catch {
    leave();
    throw new Away("the server does not answer");
  }
  if (state.away) {
    back();
  }
  return response;
}

async function result<R>(response: Response): Promise<R> {
  const body = await response.json().catch(() => ({}));
  if (response.ok) {
    return body as R;
  }
  const message = body.message ?? body.error_description ?? `the server answered ${response.status}`;
  throw new Refused(body.code ?? "unknown", message, response.status);
}

function leave() {
  if (!state.away) {
    state.away = true;
    state.changed();
    void lookForServer();
  }
}

function back() {
  state.away = false;
  state.returns += 1;
  state.changed();
}

async function lookForServer() {
  while (state.away) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    await request("session", { headers: { "jeton-unattended": "1" } }).catch(() => undefined);
  }
}

/** Who is signed in, if somebody is. */
export async function resume(): Promise<void> {
  const response = await request("session", {});
  if (response.status === 401) {
    state.changed();
    return;
  }
  state.signedIn(await result<Session>(response));
}

export type Credentials = { link: string } | { token: string } | { clientId: string; clientSecret: string };

export async function signIn(credentials: Credentials): Promise<void> {
  const init = { method: "POST", headers: JSON_HEADERS, body: JSON.stringify(credentials) };
  state.signedIn(await result<Session>(await request("session", init)));
}

export async function signOut(): Promise<void> {
  const headers = { ...JSON_HEADERS, "jeton-csrf-token": state.session?.csrfToken ?? "" };
  // Refused or not: whoever signs out wants to see the page gone.
  await request("session/end", { method: "POST", headers, body: "{}" });
  state.signedOut();
}

export interface Options {
  /** The sequence that the subject had when it was read: somebody else's change is refused then. */
  ifMatch?: string | undefined;
  /** The same for each attempt at one thing, so that it is done once. */
  key?: string | undefined;
  /** Nobody asked for this; it keeps nobody signed in. */
  unattended?: boolean | undefined;
}

/** Does a call; `name` is the service and the method. */
export async function call<R>(name: string, body: object = {}, options: Options = {}): Promise<R> {
  for (;;) {
    const headers: Record<string, string> = {
      ...JSON_HEADERS,
      "jeton-csrf-token": state.session?.csrfToken ?? "",
    };
    if (options.ifMatch !== undefined) headers["if-match"] = options.ifMatch;
    if (options.key !== undefined) headers["idempotency-key"] = options.key;
    if (options.unattended) headers["jeton-unattended"] = "1";
    const response = await request(name, { method: "POST", headers, body: JSON.stringify(body) });
    if (response.status !== 401) {
      return result<R>(response);
    }
    await state.expire();
  }
}

/** Whether the one who is signed in may do this anywhere. */
export function may(permission: string): boolean {
  return state.session?.permissions.includes(permission) ?? false;
}
