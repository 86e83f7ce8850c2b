// Lists: a table, and its states: loading, empty, failed, damaged, one page of several.

import type { ComponentChildren, RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { Page } from "../api";
import { formatNumber } from "../format";
import type { Paging, Query } from "../hooks";
import { ACTIVITY, Id, LoadState, Notice, StateBadge } from "./basics";
import { ConfirmButton } from "./dialog";
import { Icon } from "./icons";

export interface Column<R> {
  title: string;
  cell: (row: R) => ComponentChildren;
  /** The API's name for an order by this column, if it has one. */
  sort?: string;
  /** Appearance of the cell on a narrow screen: hidden, or without its title. */
  narrow?: "hide" | "bare";
}

/** The column with the state of a row. */
export const stateColumn = {
  title: "State",
  narrow: "bare" as const,
  cell: ({ state }: { state: string }) => <StateBadge state={state} badges={ACTIVITY} />,
};

export interface Sorting {
  column: string;
  isAscending: boolean;
}

interface TableProps<R> {
  /** The rows' name, such as "service users". */
  label: string;
  rowKey: (row: R) => string;
  /** The columns. The first one identifies the row. */
  columns: Column<R>[];
  /** Buttons at the end of a row. */
  actions?: ((row: R) => ComponentChildren) | undefined;
  sorting?: Sorting;
  onSort?: (sorting: Sorting) => void;
}

export function List<R>(
  props: TableProps<R> & {
    query: Query<Page<R>>;
    empty: ComponentChildren;
    paging?: Paging;
    /** Deletes an object that the listing leaves out because its record is damaged. */
    onRemoveUnreadable?: ((id: string, key: string) => Promise<unknown>) | undefined;
  },
) {
  const { query, paging, empty, onRemoveUnreadable, ...rest } = props;
  const { data } = query;
  const table = useRef<HTMLDivElement>(null);
  useKeptFocus(table);
  const isBehindEnd = data?.rows.length === 0 && !data.next && (paging?.page ?? 1) > 1;
  // The last row of the last page was removed.
  useEffect(() => {
    if (isBehindEnd) paging?.goFirst();
  }, [isBehindEnd]);
  return (
    <>
      <LoadState query={query} what={props.label}>
        {paging?.cursor && <button onClick={paging.goFirst}>Go to the first page</button>}
      </LoadState>
      {data?.unreadable && data.unreadable.length > 0 && (
        <Unreadable ids={data.unreadable} onRemove={onRemoveUnreadable} />
      )}
      {data && data.rows.length === 0 && empty}
      {data && data.rows.length > 0 && (
        <Table {...rest} element={table} rows={data.rows} isBusy={query.isLoading} />
      )}
      {data && paging && <Pager paging={paging} data={data} />}
    </>
  );
}

function Unreadable(props: {
  ids: string[];
  onRemove: ((id: string, key: string) => Promise<unknown>) | undefined;
}) {
  const { ids, onRemove } = props;
  return (
    <Notice kind="error">
      {ids.length === 1
        ? "One record is damaged and left out"
        : `${ids.length} records are damaged and left out`}
      . A backup may still have {ids.length === 1 ? "it" : "them"}.
      <ul class="plain">
        {ids.map((id) => (
          <li key={id} class="row">
            <Id id={id} what="ID" />
            {onRemove && (
              <ConfirmButton
                label="Delete"
                name={id}
                title="Delete the damaged record?"
                onConfirm={(key) => onRemove(id, key)}
              >
                What {id} was is gone for good, with everything that belongs to it.
              </ConfirmButton>
            )}
          </li>
        ))}
      </ul>
    </Notice>
  );
}

/** Moves the focus of a removed row to the list, or to the page if the list is empty. */
function useKeptFocus(element: RefObject<HTMLElement | null>) {
  const hadFocus = useRef(false);
  hadFocus.current = element.current?.contains(document.activeElement) ?? false;
  useLayoutEffect(() => {
    const isLost = hadFocus.current && document.activeElement === document.body;
    if (isLost) (element.current ?? document.getElementById("main"))?.focus();
  });
}

/** A table with explicit ARIA roles: rows shown as blocks on narrow screens lose the implicit ones. */
function Table<R>(
  props: TableProps<R> & { element: RefObject<HTMLDivElement | null>; rows: R[]; isBusy: boolean },
) {
  const { columns, actions } = props;
  return (
    <div
      class="table"
      ref={props.element}
      tabIndex={0}
      role="region"
      aria-label={props.label}
      aria-busy={props.isBusy}
    >
      <table role="table">
        <thead role="rowgroup">
          <tr role="row">
            {columns.map((column) => (
              <Heading column={column} {...props} />
            ))}
            {actions && (
              <th role="columnheader" class="do">
                <span class="unseen">Actions</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {props.rows.map((row) => (
            <tr role="row" key={props.rowKey(row)}>
              {columns.map(({ title, cell, narrow }) => (
                <td role="cell" data-title={narrow === "bare" ? undefined : title} class={narrow}>
                  {cell(row)}
                </td>
              ))}
              {actions && (
                <td role="cell" class="do">
                  {actions(row)}
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Heading<R>(props: { column: Column<R>; sorting?: Sorting; onSort?: (sorting: Sorting) => void }) {
  const { column, sorting, onSort } = props;
  const { sort } = column;
  if (!sort || !onSort) {
    return (
      <th scope="col" role="columnheader">
        {column.title}
      </th>
    );
  }
  const isOn = sorting?.column === sort;
  const isAscending = isOn && sorting.isAscending;
  return (
    <th
      scope="col"
      role="columnheader"
      aria-sort={isOn ? (isAscending ? "ascending" : "descending") : "none"}
    >
      <button type="button" class="sort" onClick={() => onSort({ column: sort, isAscending: !isAscending })}>
        {column.title} <Icon name={isOn ? (isAscending ? "up" : "down") : "sort"} />
      </button>
    </th>
  );
}

function Pager(props: { paging: Paging; data: Page<unknown> }) {
  const { paging, data } = props;
  const { page, limit } = paging;
  if (page === 1 && !data.next) return null;
  const first = (page - 1) * limit + 1;
  const last = first + data.rows.length - 1;
  const range = `${formatNumber(first)}–${formatNumber(last)} of ${formatNumber(data.total ?? 0)}`;
  // Not `disabled`, which would remove the focus from the button on the last page.
  const button = (label: string, isOff: boolean, onClick: () => void, children: ComponentChildren) => (
    <button type="button" aria-label={label} aria-disabled={isOff} onClick={() => isOff || onClick()}>
      {children}
    </button>
  );
  return (
    <nav class="pager" aria-label="Pages">
      <span role="status">{data.total === undefined ? `Page ${formatNumber(page)}` : range}</span>
      {button(
        "Previous page",
        page === 1,
        paging.goBack,
        <>
          <Icon name="back" /> Previous
        </>,
      )}
      {button(
        "Next page",
        !data.next,
        () => data.next && paging.goOn(data.next),
        <>
          Next <Icon name="forward" />
        </>,
      )}
    </nav>
  );
}
