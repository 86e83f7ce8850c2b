// The basic components of every page.

import type { ComponentChildren } from "preact";
import { useEffect, useId } from "preact/hooks";
import { formatDate, formatRelative } from "../format";
import { ApiError } from "../api";
import type { Query } from "../hooks";
import { CopyButton } from "./copy";

export function Notice(props: { kind?: "error" | "warning" | "good"; children: ComponentChildren }) {
  const role = props.kind === "error" ? "alert" : "status";
  return (
    <div class={`notice ${props.kind ?? ""}`} role={role}>
      {props.children}
    </div>
  );
}

export type Breadcrumb = [path: string, title: string];

/** The top of a page: its title, the pages above it, and its actions. */
export function PageHeader(props: {
  title: string;
  /** The pages above it. */
  breadcrumbs?: Breadcrumb[];
  badge?: ComponentChildren;
  hint?: ComponentChildren;
  children?: ComponentChildren;
}) {
  const { title, breadcrumbs = [] } = props;
  useEffect(() => {
    document.title = [title, ...breadcrumbs.map(([, above]) => above).reverse(), "Jeton"].join(" · ");
  }, [title]);
  return (
    <>
      {breadcrumbs.length > 0 && (
        <nav class="trail" aria-label="Above this page">
          {breadcrumbs.map(([path, above]) => (
            <a href={`#/${path}`}>{above}</a>
          ))}
        </nav>
      )}
      <header class="page">
        <h1>{title}</h1>
        {props.badge}
        {props.children && <div class="actions">{props.children}</div>}
      </header>
      {props.hint && <p class="lead">{props.hint}</p>}
    </>
  );
}

export interface SectionProps {
  title: string;
  hint?: ComponentChildren;
  action?: ComponentChildren;
  children?: ComponentChildren;
}

/** A part of a page with a heading and actions. */
export function Section(props: SectionProps) {
  const id = useId();
  return (
    <section aria-labelledby={id}>
      <header>
        <div>
          <h2 id={id}>{props.title}</h2>
          {props.hint && <p class="hint">{props.hint}</p>}
        </div>
        {props.action && <div class="actions">{props.action}</div>}
      </header>
      {props.children}
    </section>
  );
}

/** The error of a failed load, or a placeholder during a load. */
export function LoadState(props: { query: Query<unknown>; what: string; children?: ComponentChildren }) {
  const { data, error, isLoading, reload } = props.query;
  if (error) {
    return (
      <Notice kind="error">
        {error.message} <button onClick={reload}>Try again</button> {props.children}
      </Notice>
    );
  }
  if (data !== undefined || !isLoading) return null;
  return (
    <div class="skeleton" role="status">
      <span class="unseen">Loading {props.what}…</span>
      <i />
      <i />
      <i />
    </div>
  );
}

/** A relative time, with the exact time in its title. */
export function Time(props: { at: string | undefined; otherwise?: string }) {
  if (!props.at) return <span class="quiet">{props.otherwise ?? "Never"}</span>;
  return (
    <time dateTime={props.at} title={formatDate(props.at)}>
      {formatRelative(props.at)}
    </time>
  );
}

/** The end of a credential, marked if it is near. */
export function EndTime(props: { at: string | undefined }) {
  const left = props.at ? new Date(props.at).getTime() - Date.now() : Infinity;
  const isNear = left > 0 && left < 14 * 86400_000;
  return isNear ? (
    <Badge kind="warning">
      <Time at={props.at} />
    </Badge>
  ) : (
    <Time at={props.at} />
  );
}

export type BadgeKind = "good" | "warning" | "bad" | "quiet";

export function Badge(props: { kind: BadgeKind; children: ComponentChildren }) {
  return <span class={`badge ${props.kind}`}>{props.children}</span>;
}

/** The badge of a state of the API. */
export function StateBadge(props: { state: string; badges: Record<string, [BadgeKind, string]> }) {
  const [kind, text] = props.badges[props.state] ?? ["quiet", props.state];
  return <Badge kind={kind}>{text}</Badge>;
}

export const ACTIVITY: Record<string, [BadgeKind, string]> = Object.fromEntries(
  ["USER", "PROJECT", "PROJECT_GRANT", "APPLICATION", "ORGANIZATION", ""].flatMap((kind) => [
    [`${kind && `${kind}_`}STATE_ACTIVE`, ["good", "Active"]],
    [`${kind && `${kind}_`}STATE_INACTIVE`, ["warning", "Deactivated"]],
    [`${kind && `${kind}_`}STATE_LOCKED`, ["bad", "Locked"]],
  ]),
);

/** An id with a button to copy it. */
export function Id(props: { id: string; what: string }) {
  return (
    <span class="id">
      <code>{props.id}</code>
      <CopyButton what={props.what} text={props.id} isIcon />
    </span>
  );
}

/** Properties as names and values. */
export function Facts(props: { rows: ([name: string, value: ComponentChildren] | false | undefined)[] }) {
  return (
    <dl class="facts">
      {props.rows.map(
        (row) =>
          row && (
            <div>
              <dt>{row[0]}</dt>
              <dd>{row[1]}</dd>
            </div>
          ),
      )}
    </dl>
  );
}

/** The text of an empty list, and the next step. */
export function Empty(props: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <p>{props.title}</p>
      {props.children && <p class="hint">{props.children}</p>}
    </div>
  );
}

/** A page whose subject is loading or missing. */
export function LoadingPage(props: {
  what: string;
  parent: Breadcrumb;
  query: Query<unknown>;
  /** True if the subject does not exist; a refusal has its own message. */
  isMissing?: boolean;
}) {
  const { error } = props.query;
  const isRefused = error instanceof ApiError && ["not_found", "invalid_argument"].includes(error.code);
  const isMissing = isRefused || (props.isMissing ?? false);
  const title = props.what.charAt(0).toUpperCase() + props.what.slice(1);
  return (
    <>
      <PageHeader title={isMissing ? `No such ${props.what}` : title} breadcrumbs={[props.parent]} />
      {isMissing ? (
        <Notice kind="error">
          {error?.message} It may have been deleted, or your role does not let you see it.
        </Notice>
      ) : (
        <LoadState query={props.query} what={`the ${props.what}`} />
      )}
    </>
  );
}
