// Lists in a section of a page, or on a page of their own, with a button that opens the dialog for a new row.

import type { ComponentChildren } from "preact";
import { PageHeader, Section, type SectionProps } from "./basics";
import { DialogButton } from "./dialog";
import { List, type ListProps } from "./list";

/** The dialog for a new row, or false if the session may not add one. */
type AddDialog = ((onClose: () => void) => ComponentChildren) | false;

interface ListSectionProps<R> extends ListProps<R>, SectionProps {
  addLabel?: string;
  renderAddDialog?: AddDialog;
}

/** A section with a list. Children follow the list. */
export function ListSection<R>(props: ListSectionProps<R>) {
  const { title, hint, action, addLabel = "Add", renderAddDialog, children, ...list } = props;
  const addButton = renderAddDialog && <DialogButton label={addLabel}>{renderAddDialog}</DialogButton>;
  return (
    <Section title={title} hint={hint} action={addButton || action}>
      <List {...list} />
      {children}
    </Section>
  );
}

/** A page with a list, which is the only child, and filters of it. */
export function ListPage(props: {
  title: string;
  hint: ComponentChildren;
  addLabel?: string;
  renderAddDialog?: AddDialog;
  filters?: ComponentChildren;
  children: ComponentChildren;
}) {
  const { title, hint, addLabel = "New", renderAddDialog, filters, children } = props;
  return (
    <>
      <PageHeader title={title} hint={hint}>
        {renderAddDialog && (
          <DialogButton label={addLabel} class="primary">
            {renderAddDialog}
          </DialogButton>
        )}
      </PageHeader>
      {filters}
      <div class="card">{children}</div>
    </>
  );
}
