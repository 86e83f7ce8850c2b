// The console: who is signed in, where one is, and the frame around every page.

import { render } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { may, resume, signIn, signOut, state } from "./api";
import { useFollowed, usePlace } from "./hooks";
import { Notice } from "./parts/basics";
import { AuditPage } from "./pages/audit";
import { DebuggerPage } from "./pages/debugger";
import { OverviewPage } from "./pages/overview";
import { ProjectPage, ProjectsPage } from "./pages/projects";
import { SessionsPage } from "./pages/sessions";
import { SignInAgain, SignInPage, takeLink } from "./pages/sign_in";
import { UserPage } from "./pages/user";
import { UsersPage } from "./pages/users";
import { WebKeysPage } from "./pages/web_keys";

const PLACES: [place: string, label: string, permission?: string][] = [
  ["overview", "Overview"],
  ["users", "Service users", "user.read"],
  ["projects", "Projects", "project.read"],
  ["keys", "Signing keys", "iam.web_key.read"],
  ["audit", "Audit trail", "events.read"],
  ["debugger", "Token debugger", "user.read"],
  ["sessions", "Sessions"],
];

function App(props: { link: string | undefined }) {
  const { session, expired, away } = useFollowed();
  const [ready, setReady] = useState(false);
  const [problem, setProblem] = useState<string>();
  const begin = async () => {
    try {
      // A link is for whoever opens it now, also when somebody is signed in already.
      if (props.link) await signIn({ link: props.link }).catch((failed: Error) => setProblem(failed.message));
      if (!state.session) await resume();
      setReady(true);
    } catch {
      setTimeout(begin, 1000);
    }
  };
  useEffect(() => void begin(), []);
  return (
    <>
      {away && <Notice kind="warning">The server does not answer. Trying again; what you typed is kept.</Notice>}
      {!ready && !away && (
        <p class="loading alone" role="status">
          Loading…
        </p>
      )}
      {ready && !session && <SignInPage problem={problem} />}
      {ready && session && <Frame />}
      {ready && session && expired && <SignInAgain />}
    </>
  );
}

function Frame() {
  const place = usePlace();
  const [at = "overview", id] = place;
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  const label = PLACES.find(([known]) => known === at)?.[1] ?? "Not found";
  useEffect(() => {
    document.title = `${label} · Jeton`;
    // Readers begin at the page that was asked for.
    if (!first.current) main.current?.focus();
    first.current = false;
  }, [at, id]);
  return (
    <div class="frame">
      <a class="skip" href="#main" onClick={(event) => (event.preventDefault(), main.current?.focus())}>
        Skip to the page
      </a>
      <header class="top">
        <a class="brand" href="#/overview">
          <img src="icon.svg" alt="" width="24" height="24" /> Jeton
        </a>
        <nav aria-label="Console">
          {PLACES.filter(([, , permission]) => !permission || may(permission)).map(([known, text]) => (
            <a href={`#/${known}`} {...(known === at ? { "aria-current": "page" as const } : {})}>
              {text}
            </a>
          ))}
        </nav>
        <div class="who">
          <span>{state.session?.name}</span>
          <button class="small" onClick={() => void signOut().catch(() => undefined)}>
            Sign out
          </button>
        </div>
      </header>
      <main id="main" ref={main} tabIndex={-1}>
        <Page at={at} id={id} key={`${at}/${id ?? ""}`} />
      </main>
      <footer>
        Jeton {state.session?.version} · {state.session?.issuer}
      </footer>
    </div>
  );
}

function Page(props: { at: string; id: string | undefined }) {
  const { at, id } = props;
  switch (at) {
    case "overview":
      return <OverviewPage />;
    case "users":
      return id ? <UserPage id={id} /> : <UsersPage />;
    case "projects":
      return id ? <ProjectPage id={id} /> : <ProjectsPage />;
    case "keys":
      return <WebKeysPage />;
    case "audit":
      return <AuditPage />;
    case "debugger":
      return <DebuggerPage />;
    case "sessions":
      return <SessionsPage />;
    default:
      return (
        <>
          <h1>Not found</h1>
          <p>
            There is no such page. <a href="#/overview">Overview</a>
          </p>
        </>
      );
  }
}

const root = document.getElementById("app");
if (root) {
  const link = takeLink();
  root.replaceChildren();
  render(<App link={link} />, root);
}
