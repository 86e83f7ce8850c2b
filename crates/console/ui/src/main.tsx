// The console: the sign-in, and the page of the address.

import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { appState, resume, signIn } from "./api";
import { Notice, PageHeader } from "./components/basics";
import { Frame } from "./frame";
import { useAppState } from "./hooks";
import { AdministratorsPage } from "./pages/administrators";
import { ApplicationPage } from "./pages/applications";
import { AuditPage } from "./pages/audit";
import { DebuggerPage } from "./pages/debugger";
import { OrganizationPage, OrganizationsPage } from "./pages/organizations";
import { OverviewPage } from "./pages/overview";
import { ProjectPage, ProjectsPage } from "./pages/projects";
import { SessionsPage } from "./pages/sessions";
import { SignInAgain, SignInPage, takeLink } from "./pages/sign_in";
import { UserPage } from "./pages/user";
import { UsersPage } from "./pages/users";
import { WebKeysPage } from "./pages/web_keys";
import { useRoute } from "./router";

function App(props: { link: string | undefined }) {
  const { session, isExpired, isOffline } = useAppState();
  const [isReady, setIsReady] = useState(false);
  const [error, setError] = useState<Error>();
  const begin = async () => {
    try {
      // A link replaces an existing session of the browser.
      if (props.link) await signIn({ link: props.link }).catch(setError);
      if (!appState.session) await resume();
      setIsReady(true);
    } catch {
      setTimeout(begin, 1000);
    }
  };
  useEffect(() => void begin(), []);
  // Handles a link pasted into the address of an open page.
  useEffect(() => {
    const take = () => {
      const link = takeLink();
      if (link) void signIn({ link }).catch(setError);
    };
    addEventListener("hashchange", take);
    return () => removeEventListener("hashchange", take);
  }, []);
  // Other administrators may have made changes while the page was hidden.
  useEffect(() => {
    const refresh = () => document.visibilityState === "visible" && appState.session && appState.invalidate();
    document.addEventListener("visibilitychange", refresh);
    return () => document.removeEventListener("visibilitychange", refresh);
  }, []);
  return (
    <>
      {isOffline && (
        <Notice kind="warning">The server does not answer. Trying again; what you typed is kept.</Notice>
      )}
      {!isReady && !isOffline && (
        <p class="loading alone" role="status">
          Loading…
        </p>
      )}
      {isReady && !session && <SignInPage error={error} />}
      {isReady && session && <CurrentPage />}
      {isReady && session && isExpired && <SignInAgain />}
    </>
  );
}

function CurrentPage() {
  const { path } = useRoute();
  const address = path.join("/");
  return (
    <Frame place={path[0] ?? "overview"} address={address}>
      <Page path={path} key={address} />
    </Frame>
  );
}

function Page(props: { path: string[] }) {
  const [place = "overview", id, part, partId] = props.path;
  switch (place) {
    case "overview":
      return <OverviewPage />;
    case "users":
      return id ? <UserPage id={id} /> : <UsersPage />;
    case "projects":
      if (id && part === "apis" && partId) return <ApplicationPage projectId={id} id={partId} />;
      return id ? <ProjectPage id={id} /> : <ProjectsPage />;
    case "organizations":
      return id ? <OrganizationPage id={id} /> : <OrganizationsPage />;
    case "administrators":
      return <AdministratorsPage />;
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
          <PageHeader title="Not found" />
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
