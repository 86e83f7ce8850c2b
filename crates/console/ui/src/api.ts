// Requests to the server: the session, calls of the management API, and the handling of an ended session or
// an unreachable server.

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
export class ApiError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

/** The server did not answer. It may or may not have performed the request. */
export class ConnectionError extends Error {}

type Listener = () => void;

/** State that every page depends on: the session, the connection, and the number of changes. */
class AppState {
  session: Session | null = null;
  /** True if the session ended during work; the page continues after the next sign-in. */
  isExpired = false;
  isOffline = false;
  /** Increases with every change and when the server is back; the page's data is reloaded then. */
  revision = 0;
  #listeners = new Set<Listener>();
  #resumed: Listener[] = [];

  subscribe(listener: Listener): Listener {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  update(changes: Partial<Pick<AppState, "session" | "isExpired" | "isOffline">>) {
    Object.assign(this, changes);
    this.#listeners.forEach((listener) => listener());
  }

  /** Makes every list and form on the page reload its data. */
  invalidate() {
    this.revision += 1;
    this.update({});
  }

  /** Takes up a session and reloads the page's data with its permissions. */
  signedIn(session: Session) {
    this.revision += 1;
    this.update({ session, isExpired: false });
    this.#resumed.splice(0).forEach((resume) => resume());
  }

  signedOut() {
    this.update({ session: null, isExpired: false });
  }

  /** Completes after the next sign-in; input on the page is kept. */
  expire(): Promise<void> {
    this.update({ isExpired: true });
    return new Promise((resolve) => this.#resumed.push(resolve));
  }
}

export const appState = new AppState();

const JSON_HEADERS = { "content-type": "application/json" };

async function request(path: string, init: RequestInit): Promise<Response> {
  let response;
  try {
    response = await fetch(`api/${path}`, { ...init, cache: "no-store", redirect: "error" });
  } catch {
    wentOffline();
    throw new ConnectionError("The server does not answer");
  }
  if (appState.isOffline) {
    appState.isOffline = false;
    appState.invalidate();
  }
  return response;
}

async function result<R>(response: Response): Promise<R> {
  const body = await response.json().catch(() => ({}));
  if (response.ok) {
    return body as R;
  }
  const message = body.message ?? body.error_description ?? `the server answered ${response.status}`;
  throw new ApiError(body.code ?? "unknown", sentence(message), response.status);
}

/** A message of the server as a sentence. A name such as `userId` at its beginning is kept as it is. */
export function sentence(message: string): string {
  const begin = /^[a-z]+(?=[ ,])/.test(message)
    ? message.charAt(0).toUpperCase() + message.slice(1)
    : message;
  return /[.!?]$/.test(begin) ? begin : `${begin}.`;
}

function wentOffline() {
  if (!appState.isOffline) {
    appState.update({ isOffline: true });
    void pollServer();
  }
}

async function pollServer() {
  while (appState.isOffline) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    await request("session", { headers: { "jeton-unattended": "1" } }).catch(() => undefined);
  }
}

/** Takes up the session of the browser's cookie, if it is still live. */
export async function resume(): Promise<void> {
  const response = await request("session", {});
  if (response.status === 401) {
    appState.update({});
    return;
  }
  appState.signedIn(await result<Session>(response));
}

export type Credentials = { link: string } | { token: string } | { clientId: string; clientSecret: string };

export async function signIn(credentials: Credentials): Promise<void> {
  const init = { method: "POST", headers: JSON_HEADERS, body: JSON.stringify(credentials) };
  appState.signedIn(await result<Session>(await request("session", init)));
}

export async function signOut(): Promise<void> {
  const headers = { ...JSON_HEADERS, "jeton-csrf-token": appState.session?.csrfToken ?? "" };
  // The page is left even if the request was refused.
  await request("session/end", { method: "POST", headers, body: "{}" });
  appState.signedOut();
}

export interface Options {
  /** The sequence of the subject when it was read. The change is refused if it has another one now. */
  ifMatch?: string | undefined;
  /** An idempotency key, the same for all attempts at one change. */
  key?: string | undefined;
  /** True for a request without a user's action, which does not keep the session alive. */
  unattended?: boolean | undefined;
}

/** A call that changes nothing; `name` is the service and the method. */
export async function query<R>(name: string, body: object = {}, options: Options = {}): Promise<R> {
  for (;;) {
    const headers: Record<string, string> = {
      ...JSON_HEADERS,
      "jeton-csrf-token": appState.session?.csrfToken ?? "",
    };
    if (options.ifMatch !== undefined) headers["if-match"] = options.ifMatch;
    if (options.key !== undefined) headers["idempotency-key"] = options.key;
    if (options.unattended) headers["jeton-unattended"] = "1";
    const response = await request(name, { method: "POST", headers, body: JSON.stringify(body) });
    if (response.status !== 401) {
      return result<R>(response);
    }
    await appState.expire();
  }
}

/** A call that changes something. All data on the page is reloaded afterwards, so none is stale. */
export async function change<R>(name: string, body: object, options: Options = {}): Promise<R> {
  const reply = await query<R>(name, body, options);
  appState.invalidate();
  return reply;
}

/** Changes of one object: `changesOf(USERS, { userId })("LockUser")` takes an idempotency key. */
export const changesOf =
  (service: string, object: object, ifMatch?: string) => (method: string) => (key: string) =>
    change(`${service}/${method}`, object, { key, ifMatch });

/** True if the session has this permission for any subject. */
export function may(permission: string): boolean {
  return appState.session?.permissions.includes(permission) ?? false;
}

/** A page of a listing, and the token of the next page. */
export interface Page<R> {
  rows: R[];
  next?: string | undefined;
  total?: number | undefined;
  /** Ids of objects that the listing leaves out because their records are damaged. */
  unreadable?: string[] | undefined;
}

export interface PageRequest {
  cursor: string | undefined;
  limit: number;
}

interface ListReply {
  pagination?: { totalResult?: string };
  details?: { totalResult?: string };
  nextPageToken?: string;
  unreadable?: string[];
}

/** Maximum requests for a page: with filters the server examines a limited number of objects per request. */
const ROUNDS_MAX = 50;

/** Names of a listing's members: the rows of the reply, and the page of the request. */
export interface Members {
  rows: string;
  paging?: "query" | "pagination";
  asc?: boolean;
}

/** Loads a page of a listing. */
export async function queryPage<R>(
  name: string,
  request: object,
  page: PageRequest,
  members: Members,
): Promise<Page<R>> {
  const rows: R[] = [];
  const unreadable: string[] = [];
  let total: number | undefined;
  let next = page.cursor;
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const limit = page.limit - rows.length;
    const paging = { [members.paging ?? "pagination"]: { pageToken: next, limit, asc: members.asc ?? true } };
    const reply = await query<ListReply & { [rows: string]: unknown }>(name, { ...request, ...paging });
    rows.push(...((reply[members.rows] ?? []) as R[]));
    unreadable.push(...(reply.unreadable ?? []));
    total ??= Number(reply.pagination?.totalResult ?? reply.details?.totalResult ?? 0);
    next = reply.nextPageToken;
    if (!next || rows.length >= page.limit) break;
  }
  return { rows, total, next, unreadable };
}
