// What pages share: following the state, loading, the address, and time as people write it.

import { useCallback, useEffect, useReducer, useRef, useState } from "preact/hooks";
import { Away, state } from "./api";

/** Draws again whenever the state changes. */
export function useFollowed() {
  const [, draw] = useReducer((n: number) => n + 1, 0);
  useEffect(() => {
    const stop = state.listen(() => draw(undefined));
    return () => stop();
  }, []);
  return state;
}

export interface Loaded<R> {
  data: R | undefined;
  error: Error | undefined;
  loading: boolean;
  reload: () => void;
}

/** Loads, and loads again when `inputs` change or the server came back. Data stays while newer is on its way. */
export function useLoaded<R>(load: () => Promise<R>, inputs: unknown[]): Loaded<R> {
  const [data, setData] = useState<R>();
  const [error, setError] = useState<Error>();
  const [loading, setLoading] = useState(true);
  const [turn, again] = useReducer((n: number) => n + 1, 0);
  const latest = useRef(0);
  const { returns } = useFollowed();
  useEffect(() => {
    const mine = ++latest.current;
    setLoading(true);
    load().then(
      (loaded) => {
        if (mine !== latest.current) return;
        setData(loaded);
        setError(undefined);
        setLoading(false);
      },
      (failed: Error) => {
        if (mine !== latest.current) return;
        setError(failed);
        // The banner says so, and this runs again when the server is back.
        setLoading(failed instanceof Away);
      },
    );
    return () => {
      latest.current += 1;
    };
  }, [...inputs, turn, returns]);
  return {
    data,
    error: error instanceof Away ? undefined : error,
    loading,
    reload: useCallback(() => again(undefined), []),
  };
}

/** The place in the console: what follows `#`. */
export function usePlace(): string[] {
  const read = () =>
    location.hash.replace(/^#\/?/, "").split("?")[0]!.split("/").filter(Boolean).map(decodeURIComponent);
  const [place, setPlace] = useState(read);
  useEffect(() => {
    const moved = () => setPlace(read());
    addEventListener("hashchange", moved);
    return () => removeEventListener("hashchange", moved);
  }, []);
  return place;
}

export function go(place: string) {
  location.hash = `#/${place}`;
}

/** A value that changes only after nothing was typed for a moment. */
export function useSettled<T>(value: T): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), 250);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}

const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const AGO = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });

export function date(text: string): string {
  return DATE.format(new Date(text));
}

export function ago(text: string): string {
  const seconds = (new Date(text).getTime() - Date.now()) / 1000;
  for (const [unit, length] of [
    ["day", 86400],
    ["hour", 3600],
    ["minute", 60],
  ] as const) {
    if (Math.abs(seconds) >= length) return AGO.format(Math.round(seconds / length), unit);
  }
  return AGO.format(0, "minute");
}

export function count(n: number | string): string {
  return new Intl.NumberFormat().format(Number(n));
}
