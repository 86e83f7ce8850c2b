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
  const start = async () => {
    try {
      // A link replaces an existing session of the browser.
      if (props.link) await signIn({ link: props.link }).catch(setError);
      if (!appState.session) await resume();
      setIsReady(true);
    } catch {
      setTimeout(start, 1000);
    }
  };
  useEffect(() => void start(), []);
  // Handles a link pasted into the address of an open page.
  useEffect(() => {
    const handleHashChange = () => {
      const link = takeLink();
      if (link) void signIn({ link }).catch(setError);
    };
    addEventListener("hashchange", handleHashChange);
    return () => removeEventListener("hashchange", handleHashChange);
  }, []);
  // Other administrators may have made changes while the page was hidden.
  useEffect(() => {
    const handleVisibility = () =>
      document.visibilityState === "visible" && appState.session && appState.invalidate();
    document.addEventListener("visibilitychange", handleVisibility);
    return () => document.removeEventListener("visibilitychange", handleVisibility);
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
    <Frame page={path[0] ?? "overview"} address={address}>
      <Page path={path} key={address} />
    </Frame>
  );
}

function Page(props: { path: string[] }) {
  const [page = "overview", id, part, partId] = props.path;
  switch (page) {
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
