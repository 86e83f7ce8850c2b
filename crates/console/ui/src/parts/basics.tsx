// The small parts that every page is made of.

import type { ComponentChildren } from "preact";
import { useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { ago, date, type Loaded } from "../hooks";

export function Notice(props: { kind?: "error" | "warning" | "good"; children: ComponentChildren }) {
  const role = props.kind === "error" ? "alert" : "status";
  return (
    <div class={`notice ${props.kind ?? ""}`} role={role}>
      {props.children}
    </div>
  );
}

/** A part of a page with a heading, and what can be done there. */
export function Section(props: { title: string; action?: ComponentChildren; children: ComponentChildren }) {
  const id = useId();
  return (
    <section aria-labelledby={id}>
      <header>
        <h2 id={id}>{props.title}</h2>
        {props.action}
      </header>
      {props.children}
    </section>
  );
}

/** What is shown instead of, or above, what was loaded. */
export function LoadState(props: { of: Loaded<unknown>; what: string }) {
  const { data, error, loading, reload } = props.of;
  if (error) {
    return (
      <Notice kind="error">
        {error.message} <button onClick={reload}>Try again</button>
      </Notice>
    );
  }
  if (data === undefined && loading) {
    return (
      <p class="loading" role="status">
        Loading {props.what}…
      </p>
    );
  }
  return null;
}

export function Time(props: { at: string | undefined; otherwise?: string }) {
  if (!props.at) return <span class="quiet">{props.otherwise ?? "never"}</span>;
  return (
    <time dateTime={props.at} title={date(props.at)}>
      {ago(props.at)}
    </time>
  );
}

export function Badge(props: { kind: "good" | "warning" | "bad" | "quiet"; children: ComponentChildren }) {
  return <span class={`badge ${props.kind}`}>{props.children}</span>;
}

/** Text that is copied with a click; the button says when that was done. */
export function Copyable(props: { label: string; text: string; secret?: boolean }) {
  const id = useId();
  return (
    <div class="copyable">
      <span class="label" id={id}>
        {props.label}
      </span>
      <code aria-labelledby={id} tabIndex={0} class={props.secret ? "secret" : ""}>
        {props.text}
      </code>
      <CopyButton what={props.label} text={props.text} />
    </div>
  );
}

export function CopyButton(props: { what: string; text: string }) {
  const [said, say] = useState("");
  useEffect(() => {
    if (!said) return;
    const timer = setTimeout(() => say(""), 2500);
    return () => clearTimeout(timer);
  }, [said]);
  const copy = () =>
    navigator.clipboard.writeText(props.text).then(
      () => say("Copied"),
      () => say("Select it and copy it by hand"),
    );
  return (
    <>
      <button type="button" class="small" aria-label={`Copy ${props.what}`} onClick={copy}>
        Copy
      </button>
      <span class="said" role="status">
        {said}
      </span>
    </>
  );
}

/** Offers a file that never leaves the page's memory. */
export function download(name: string, content: string, type: string) {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

/** A button that opens a list of actions; arrows move in it, Escape closes it. */
export function Menu(props: {
  label: string;
  items: { label: string; act: () => void; danger?: boolean; off?: boolean }[];
}) {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const buttons = () => [
    ...(root.current?.querySelectorAll<HTMLButtonElement>("[role=menuitem]:not(:disabled)") ?? []),
  ];
  // Before anything else can be typed, so that the keys that follow go to the menu.
  useLayoutEffect(() => {
    if (!open) return;
    buttons()[0]?.focus();
    const outside = (event: Event) => {
      if (!root.current?.contains(event.target as Node)) setOpen(false);
    };
    addEventListener("pointerdown", outside);
    addEventListener("focusin", outside);
    return () => {
      removeEventListener("pointerdown", outside);
      removeEventListener("focusin", outside);
    };
  }, [open]);
  const close = () => {
    setOpen(false);
    root.current?.querySelector("button")?.focus();
  };
  const keyed = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape") close();
    if (step === undefined) return;
    event.preventDefault();
    const all = buttons();
    const at = all.indexOf(document.activeElement as HTMLButtonElement);
    all[(at + step + all.length) % all.length]?.focus();
  };
  return (
    <div class="menu" ref={root} onKeyDown={keyed}>
      <button type="button" aria-haspopup="menu" aria-expanded={open} onClick={() => setOpen(!open)}>
        {props.label} ▾
      </button>
      {open && (
        <div role="menu" aria-label={props.label}>
          {props.items.map((item) => (
            <button
              type="button"
              role="menuitem"
              disabled={item.off ?? false}
              class={item.danger ? "danger" : ""}
              onClick={() => {
                close();
                item.act();
              }}
            >
              {item.label}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

export function Empty(props: { children: ComponentChildren }) {
  return <div class="empty">{props.children}</div>;
}
