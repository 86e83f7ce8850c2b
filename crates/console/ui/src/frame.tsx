// The frame around every page: the menu, the signed-in user, and the question before input is lost.

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { appState, may, signOut } from "./api";
import { ConfirmDialog } from "./components/dialog";
import { Icon, type IconName } from "./components/icons";
import { useTick } from "./hooks";
import { useBlocked } from "./router";

const NAV_ITEMS: [page: string, label: string, icon: IconName, permission?: string][] = [
  ["overview", "Overview", "overview"],
  ["users", "Service users", "users", "user.read"],
  ["projects", "Projects", "projects", "project.read"],
  ["organizations", "Organizations", "organizations", "org.read"],
  ["administrators", "Administrators", "administrators", "member.read"],
  ["keys", "Signing keys", "keys", "iam.web_key.read"],
  ["audit", "Audit trail", "audit", "events.read"],
  ["debugger", "Token debugger", "debugger", "user.read"],
  ["sessions", "Console sessions", "sessions"],
];

/** `page` is the first part of the address, `address` all of it. */
export function Frame(props: { page: string; address: string; children: ComponentChildren }) {
  const { page, address } = props;
  const [isMenuOpen, setIsMenuOpen] = useState(false);
  const main = useRef<HTMLElement>(null);
  const isFirst = useRef(true);
  // Refreshes times such as "2 minutes ago".
  useTick(30_000);
  useEffect(() => {
    setIsMenuOpen(false);
    scrollTo(0, 0);
    // Screen readers continue at the new page.
    if (!isFirst.current) main.current?.focus();
    isFirst.current = false;
  }, [address]);
  const handleSkip = (event: Event) => {
    event.preventDefault();
    main.current?.focus();
  };
  return (
    <div class="frame">
      <a class="skip" href="#main" onClick={handleSkip}>
        Skip to the page
      </a>
      <header class="top" onKeyDown={(event) => event.key === "Escape" && setIsMenuOpen(false)}>
        <a class="brand" href="#/overview">
          <img src="icon.svg" alt="" width="24" height="24" /> Jeton
        </a>
        <button
          type="button"
          class="menu-button"
          aria-expanded={isMenuOpen}
          aria-controls="menu"
          onClick={() => setIsMenuOpen(!isMenuOpen)}
        >
          <Icon name={isMenuOpen ? "close" : "menu"} /> Menu
        </button>
        <div class={isMenuOpen ? "drawer open" : "drawer"} id="menu">
          <nav aria-label="Console">
            {NAV_ITEMS.filter(([, , , permission]) => !permission || may(permission)).map(
              ([item, label, icon]) => (
                <a
                  href={`#/${item}`}
                  onClick={() => setIsMenuOpen(false)}
                  {...(item === page ? { "aria-current": "page" as const } : {})}
                >
                  <Icon name={icon} /> {label}
                </a>
              ),
            )}
          </nav>
          <div class="who">
            <span>{appState.session?.name}</span>
            <button class="small" onClick={() => void signOut().catch(() => undefined)}>
              Sign out
            </button>
          </div>
        </div>
      </header>
      <main id="main" ref={main} tabIndex={-1}>
        {props.children}
      </main>
      <footer>
        Jeton {appState.session?.version} · {appState.session?.issuer}
      </footer>
      <LeaveDialog />
    </div>
  );
}

function LeaveDialog() {
  const { sentence, stay, leave } = useBlocked();
  if (!sentence) return null;
  return (
    <ConfirmDialog
      title="Leave this page?"
      action="Leave"
      cancel="Stay"
      onClose={stay}
      onConfirm={async () => leave()}
    >
      {sentence}
    </ConfirmDialog>
  );
}
