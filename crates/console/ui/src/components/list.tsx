// Lists: a table, and its states: loading, empty, failed, damaged, one page of several.

import type { ComponentChildren, RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { Page } from "../api";
import { formatNumber } from "../format";
import type { Paging, Query } from "../hooks";
import { ACTIVITY, EndTime, Id, LoadState, Notice, StateBadge, Time } from "./basics";
import type { BadgeKind } from "./basics";
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

/** A column with the state of a row. */
export const badgeColumn = (badges: Record<string, [BadgeKind, string]>) => ({
  title: "State",
  narrow: "bare" as const,
  cell: ({ state }: { state: string }) => <StateBadge state={state} badges={badges} />,
});

export const stateColumn = badgeColumn(ACTIVITY);

/** A column with the member `key` of a row, an id, and a button to copy it. */
export function idColumn<K extends string>(title: string, key: K, narrow?: "hide" | "bare") {
  const what = title.charAt(0).toLowerCase() + title.slice(1);
  const cell = (row: Record<K, string>) => <Id id={row[key]} what={what} />;
  return { title, cell, ...(narrow ? { narrow } : {}) };
}

/** A column with the names of rows, which link to their pages: `page/id`. */
export const linkColumn = <I extends string, N extends string>(
  title: string,
  page: string,
  id: I,
  name: N,
) => ({
  title,
  narrow: "bare" as const,
  cell: (row: Record<I | N, string>) => (
    <a class="name" href={`#/${page}/${row[id]}`}>
      {row[name]}
    </a>
  ),
});

/** A column with the member `key` of a row, a time. */
export const timeColumn = <K extends string>(title: string, key: K, otherwise = "Never") => ({
  title,
  cell: (row: { [key in K]?: string }) => <Time at={row[key]} otherwise={otherwise} />,
});

export const createdColumn = timeColumn("Created", "creationDate");

/** The creation of a row that gives a right. */
export const sinceColumn = { ...createdColumn, title: "Since", narrow: "hide" as const };

export const endColumn = {
  title: "Ends",
  cell: ({ expirationDate }: { expirationDate?: string }) => <EndTime at={expirationDate} />,
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
  actions?: ((row: R) => ComponentChildren) | false | undefined;
  sorting?: Sorting;
  onSort?: (sorting: Sorting) => void;
}

type RemoveUnreadable = (id: string, key: string) => Promise<unknown>;

export interface ListProps<R> extends TableProps<R> {
  query: Query<Page<R>>;
  empty: ComponentChildren;
  paging?: Paging;
  /** Deletes an object that the listing leaves out because its record is damaged. */
  onRemoveUnreadable?: RemoveUnreadable | false;
}

export function List<R>(props: ListProps<R>) {
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

function Unreadable(props: { ids: string[]; onRemove: RemoveUnreadable | false | undefined }) {
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
  const isSorted = sorting?.column === sort;
  const isAscending = isSorted && sorting.isAscending;
  return (
    <th
      scope="col"
      role="columnheader"
      aria-sort={isSorted ? (isAscending ? "ascending" : "descending") : "none"}
    >
      <button type="button" class="sort" onClick={() => onSort({ column: sort, isAscending: !isAscending })}>
        {column.title} <Icon name={isSorted ? (isAscending ? "up" : "down") : "sort"} />
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
  const button = (label: string, isDisabled: boolean, onClick: () => void, children: ComponentChildren) => (
    <button
      type="button"
      aria-label={label}
      aria-disabled={isDisabled}
      onClick={() => isDisabled || onClick()}
    >
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
