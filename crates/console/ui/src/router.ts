// The address: the page is in the fragment, with searches as parameters, so that a reload shows the same.

import { useEffect, useLayoutEffect, useReducer, useRef, useState } from "preact/hooks";

export interface Route {
  path: string[];
  params: URLSearchParams;
}

/** True for a one-time link, which is not a page and is not kept. */
const isLink = (hash: string) => hash.startsWith("#link=");

let shown = isLink(location.hash) ? "" : location.hash;
/** The address of a blocked navigation away from unsaved input. */
let blocked: string | undefined;
/** Sentences that describe unsaved input. */
const unsaved = new Map<object, string>();
const listeners = new Set<() => void>();

function parse(hash: string): Route {
  const [path = "", search = ""] = hash.replace(/^#\/?/, "").split(/\?(.*)/s);
  return { path: path.split("/").filter(Boolean).map(decode), params: new URLSearchParams(search) };
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

const pathOf = (hash: string) => hash.split("?")[0];

function moved() {
  const wanted = location.hash;
  if (wanted === shown || isLink(wanted)) return;
  if (unsaved.size > 0 && pathOf(wanted) !== pathOf(shown)) {
    blocked = wanted;
    history.pushState(null, "", shown || "#/");
  } else {
    shown = wanted;
  }
  listeners.forEach((listener) => listener());
}
addEventListener("hashchange", moved);
addEventListener("popstate", moved);
addEventListener("beforeunload", (event) => {
  if (unsaved.size > 0) event.preventDefault();
});

function useRedraw() {
  const [, redraw] = useReducer((n: number) => n + 1, 0);
  useEffect(() => {
    const listener = () => redraw(undefined);
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }, []);
}

export function useRoute(): Route {
  useRedraw();
  return parse(shown);
}

/** Navigates after a completed action, without a question about unsaved input. */
export function navigate(path: string) {
  unsaved.clear();
  location.hash = `#/${path}`;
}

/** Replaces parameters of the address and omits empty ones. `push` adds an entry for the Back button. */
export function setParams(changes: Record<string, string | undefined>, how: "push" | "replace" = "replace") {
  const { params } = parse(shown);
  for (const [name, value] of Object.entries(changes)) {
    if (value) params.set(name, value);
    else params.delete(name);
  }
  const search = params.toString();
  const hash = `${pathOf(shown) || "#/"}${search ? `?${search}` : ""}`;
  if (hash === shown) return;
  if (how === "push") history.pushState({ pushed: true }, "", hash);
  else history.replaceState(history.state, "", hash);
  shown = hash;
  listeners.forEach((listener) => listener());
}

/** A parameter of the address. A new value resets a listing to its first page; unknown values are ignored. */
export function useParam(name: string, known?: string[]): [value: string, set: (value: string) => void] {
  const value = useRoute().params.get(name) ?? "";
  const set = (value: string) => setParams({ [name]: value, page: undefined, from: undefined });
  return [!known || known.includes(value) ? value : "", set];
}

/** A typed parameter, which is written to the address when typing pauses. */
export function useTypedParam(name: string): [text: string, set: (text: string) => void] {
  const [value, setValue] = useParam(name);
  const [text, setText] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const sent = useRef(value);
  // Takes over changes of the address from elsewhere, such as the Back button.
  useEffect(() => {
    if (value !== sent.current) setText(value);
    sent.current = value;
  }, [value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const type = (typed: string) => {
    setText(typed);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      sent.current = typed.trim();
      setValue(typed.trim());
    }, 250);
  };
  return [text, type];
}

/** Makes leaving the page ask first while there is a sentence. */
export function useUnsaved(sentence: string | undefined) {
  const key = useRef({});
  // A layout effect, because a key press may come before the next frame.
  useLayoutEffect(() => {
    if (!sentence) return;
    unsaved.set(key.current, sentence);
    return () => void unsaved.delete(key.current);
  }, [sentence]);
}

/** The question about unsaved input, while a navigation is blocked. */
export function useBlocked() {
  useRedraw();
  const answer = (leaves: boolean) => () => {
    const wanted = blocked;
    blocked = undefined;
    if (leaves && wanted !== undefined) {
      unsaved.clear();
      location.hash = wanted;
    }
    listeners.forEach((listener) => listener());
  };
  return {
    sentence: blocked === undefined ? undefined : [...unsaved.values()].at(-1),
    stay: answer(false),
    leave: answer(true),
  };
}
