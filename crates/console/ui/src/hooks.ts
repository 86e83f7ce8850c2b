// Hooks for pages: the application's state, loading data, actions, forms.

import { useCallback, useEffect, useReducer, useRef, useState } from "preact/hooks";
import { appState, ConnectionError, query, queryPage } from "./api";
import type { Members, Page, PageRequest } from "./api";
import { setParams, useRoute } from "./router";

/** Renders again whenever the state changes. */
export function useAppState() {
  const [, redraw] = useReducer((n: number) => n + 1, 0);
  useEffect(() => {
    const unsubscribe = appState.subscribe(() => redraw(undefined));
    return () => unsubscribe();
  }, []);
  return appState;
}

export interface Query<R> {
  data: R | undefined;
  error: Error | undefined;
  isLoading: boolean;
  reload: () => void;
}

/** Loads data, and reloads it when `inputs` or `revision` change. Old data stays until new data arrives. */
export function useQuery<R>(load: () => Promise<R>, inputs: unknown[]): Query<R> {
  const [data, setData] = useState<R>();
  const [error, setError] = useState<Error>();
  const [isLoading, setIsLoading] = useState(true);
  const [attempt, reload] = useReducer((n: number) => n + 1, 0);
  const latest = useRef(0);
  const { revision } = useAppState();
  useEffect(() => {
    const request = ++latest.current;
    const isLatest = () => request === latest.current;
    setIsLoading(true);
    load().then(
      (loaded) => {
        if (!isLatest()) return;
        setData(loaded);
        setError(undefined);
        setIsLoading(false);
      },
      (failed: Error) => {
        if (!isLatest()) return;
        // The banner shows a lost connection, and this runs again when the server is back.
        const isOffline = failed instanceof ConnectionError;
        setError(isOffline ? undefined : failed);
        setIsLoading(isOffline);
      },
    );
    return () => void (latest.current += 1);
  }, [...inputs, attempt, revision]);
  return { data, error, isLoading, reload: useCallback(() => reload(undefined), []) };
}

/** An action with its state: running, and the error of the last run. */
export function useAction<A extends unknown[], R>(action: (...args: A) => Promise<R>) {
  const [result, setResult] = useState<R>();
  const [error, setError] = useState<Error>();
  const [isBusy, setIsBusy] = useState(false);
  const run = async (...args: A) => {
    setIsBusy(true);
    setError(undefined);
    try {
      setResult(await action(...args));
    } catch (failed) {
      setResult(undefined);
      setError(failed as Error);
    }
    setIsBusy(false);
  };
  const clear = () => {
    setResult(undefined);
    setError(undefined);
  };
  return { run, clear, result, error, isBusy };
}

/** The values of a form's fields. `field` returns the value and the change handler of a field. */
export function useForm<T extends object>(initial: T) {
  const [values, setValues] = useState(initial);
  const field = <K extends keyof T>(name: K) => ({
    value: values[name],
    onChange: (value: T[K]) => setValues((now) => ({ ...now, [name]: value })),
  });
  return { values, setValues, field };
}

/** The current page of a listing. */
export interface Paging extends PageRequest {
  page: number;
  goFirst: () => void;
  goBack: () => void;
  goOn: (cursor: string) => void;
}

/** The position in a listing, kept in the address. */
export function useAddressPaging(limit: number): Paging {
  const { params } = useRoute();
  const page = Math.max(1, parseInt(params.get("page") ?? "1") || 1);
  const goFirst = () => setParams({ page: undefined, from: undefined });
  return {
    limit,
    page,
    cursor: params.get("from") ?? undefined,
    goFirst,
    // The history has the previous page unless the address was opened directly.
    goBack: () => (history.state?.pushed ? history.back() : goFirst()),
    goOn: (cursor) => setParams({ page: String(page + 1), from: cursor }, "push"),
  };
}

/** The position in one of several listings of a page. */
export function usePaging(limit: number): Paging {
  const [cursors, setCursors] = useState<string[]>([]);
  return {
    limit,
    page: cursors.length + 1,
    cursor: cursors.at(-1),
    goFirst: () => setCursors([]),
    goBack: () => setCursors(cursors.slice(0, -1)),
    goOn: (cursor) => setCursors([...cursors, cursor]),
  };
}

/** One page of a listing. */
export function usePage<R>(load: (page: PageRequest) => Promise<Page<R>>, paging: Paging, inputs: unknown[]) {
  return useQuery(() => load(paging), [...inputs, paging.cursor, paging.limit]);
}

/** One page of a listing of the management API, as `List` takes it. */
export function useListing<R>(name: string, request: object, members: Members, paging: Paging) {
  const inputs = [JSON.stringify(request), members.asc];
  return { query: usePage((page) => queryPage<R>(name, request, page, members), paging, inputs), paging };
}

/** A listing without pages. `select` takes the rows from the reply. */
export function useRows<T, R>(name: string, request: object, select: (reply: T) => R[]): Query<Page<R>> {
  const load = async () => ({ rows: select(await query<T>(name, request)) });
  return useQuery(load, [JSON.stringify(request)]);
}

/** A value that changes only after a pause in changes of the input. */
export function useDebounced<T>(value: T): T {
  const [debounced, setDebounced] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setDebounced(value), 200);
    return () => clearTimeout(timer);
  }, [value]);
  return debounced;
}

/** Increases by one in each interval while the page is visible. */
export function useTick(milliseconds: number): number {
  const [tick, advance] = useReducer((n: number) => n + 1, 0);
  useEffect(() => {
    const timer = setInterval(
      () => document.visibilityState === "visible" && advance(undefined),
      milliseconds,
    );
    return () => clearInterval(timer);
  }, [milliseconds]);
  return tick;
}
