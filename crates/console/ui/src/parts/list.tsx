// Tables, and pages of a listing.

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";

export interface Column<R> {
  title: string;
  show: (row: R) => ComponentChildren;
  /** Sorting by this column, where the listing can. */
  sort?: string;
}

export interface Sorting {
  column: string;
  ascending: boolean;
}

export function Table<R>(props: {
  label: string;
  rows: R[];
  id: (row: R) => string;
  columns: Column<R>[];
  sorting?: Sorting;
  sort?: (sorting: Sorting) => void;
  busy?: boolean;
}) {
  const { sorting, sort } = props;
  const header = (column: Column<R>) => {
    if (!column.title) return <td aria-label="Actions" />;
    if (!column.sort || !sort) return <th scope="col">{column.title}</th>;
    const on = sorting?.column === column.sort;
    const next = { column: column.sort, ascending: on ? !sorting.ascending : true };
    return (
      <th scope="col" aria-sort={on ? (sorting.ascending ? "ascending" : "descending") : "none"}>
        <button type="button" class="sort" onClick={() => sort(next)}>
          {column.title} <span aria-hidden="true">{on ? (sorting.ascending ? "▲" : "▼") : "△"}</span>
        </button>
      </th>
    );
  };
  return (
    <div class="table" tabIndex={0} role="group" aria-label={props.label} aria-busy={props.busy ?? false}>
      <table>
        <thead>
          <tr>{props.columns.map(header)}</tr>
        </thead>
        <tbody>
          {props.rows.map((row) => (
            <tr key={props.id(row)}>
              {props.columns.map((column) => (
                <td class={column.title ? "" : "do"}>{column.show(row)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Where a listing is that goes on by tokens: all that were used on the way. */
export function usePages() {
  const [tokens, setTokens] = useState<string[]>([]);
  return {
    token: tokens.at(-1),
    page: tokens.length + 1,
    first: () => setTokens([]),
    back: () => setTokens(tokens.slice(0, -1)),
    on: (token: string) => setTokens([...tokens, token]),
  };
}

export function Pager(props: {
  pages: ReturnType<typeof usePages>;
  next: string | undefined;
  total?: string | undefined;
}) {
  const { pages, next, total } = props;
  return (
    <nav class="pager" aria-label="Pages">
      <button type="button" disabled={pages.page === 1} onClick={pages.back}>
        ← Previous
      </button>
      <span role="status">
        Page {pages.page}
        {total && `, ${total} in all`}
      </span>
      <button type="button" disabled={!next} onClick={() => next && pages.on(next)}>
        Next →
      </button>
    </nav>
  );
}
