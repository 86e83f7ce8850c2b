// The address: pages are behind the `#`, with searches as parameters, so that a reload shows the same.

import { useEffect, useLayoutEffect, useReducer, useRef, useState } from "preact/hooks";

export interface Route {
  path: string[];
  params: URLSearchParams;
}

/** A one-time link is no page, and is not kept. */
const isLink = (hash: string) => hash.startsWith("#link=");

let shown = isLink(location.hash) ? "" : location.hash;
/** The address that the reader wanted to go to from a page with unsaved input. */
let blocked: string | undefined;
/** Losses by leaving, in sentences. */
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

/** Goes on after something was done, so no input is left to lose. */
export function navigate(place: string) {
  unsaved.clear();
  location.hash = `#/${place}`;
}

/** Replaces parameters of the address; empty ones are left out. `push` makes an entry for the Back button. */
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

/** A parameter of the address. A new value begins a listing at its first page; an unknown one is ignored. */
export function useParam(name: string, known?: string[]): [value: string, set: (value: string) => void] {
  const value = useRoute().params.get(name) ?? "";
  const set = (value: string) => setParams({ [name]: value, page: undefined, from: undefined });
  return [!known || known.includes(value) ? value : "", set];
}

/** A parameter that is typed: the address has it when the typing pauses. */
export function useTypedParam(name: string): [text: string, set: (text: string) => void] {
  const [value, setValue] = useParam(name);
  const [text, setText] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const sent = useRef(value);
  // An address that came from elsewhere, such as by the Back button, is shown.
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

/** As long as there is a sentence, leaving the page asks first. */
export function useUnsaved(sentence: string | undefined) {
  const key = useRef({});
  // At once, not after the next frame: a key may be faster.
  useLayoutEffect(() => {
    if (!sentence) return;
    unsaved.set(key.current, sentence);
    return () => void unsaved.delete(key.current);
  }, [sentence]);
}

/** The sentence to ask with when the reader wants to leave a page with unsaved input. */
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
