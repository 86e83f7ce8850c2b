// Actions on the subject of a page: a menu, with a dialog for those that need one.

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { useAction, useForm } from "../hooks";
import { navigate } from "../router";
import { ACTIVITY, type Breadcrumb, Notice, PageHeader, StateBadge } from "./basics";
import { ConfirmDialog, FormDialog } from "./dialog";
import { NameField } from "./fields";
import { Menu } from "./menu";

export interface Action {
  label: string;
  isDangerous?: boolean;
  isDisabled?: boolean;
  /** Performed immediately; without it the action opens a dialog. */
  onRun?: (key: string) => Promise<unknown>;
  dialog?: (onClose: () => void) => ComponentChildren;
}

interface Confirmation {
  title: string;
  /** The effect of the action. */
  sentence: string;
  onConfirm: (key: string) => Promise<unknown>;
}

/** An action with a confirmation. */
export function confirmAction(label: string, { title, sentence, onConfirm }: Confirmation): Action {
  const dialog = (onClose: () => void) => (
    <ConfirmDialog title={title} action={label} onClose={onClose} onConfirm={onConfirm}>
      {sentence}
    </ConfirmDialog>
  );
  return { label: `${label}…`, dialog };
}

/** An action that can't be undone. */
export const dangerAction = (label: string, confirmation: Confirmation): Action => ({
  ...confirmAction(label, confirmation),
  isDangerous: true,
});

/** Deletes the subject of a page, and continues at `nextPath`. */
export const deleteAction = (
  name: string,
  sentence: string,
  onDelete: (key: string) => Promise<unknown>,
  nextPath: string,
) =>
  dangerAction("Delete", {
    title: `Delete ${name}?`,
    sentence,
    onConfirm: async (key) => {
      await onDelete(key);
      navigate(nextPath);
    },
  });

/** Deactivates an active subject after a confirmation, or reactivates it, by one of two methods. */
export const activationAction = (
  isActive: boolean,
  name: string,
  sentence: string,
  changeTo: (method: string) => (key: string) => Promise<unknown>,
  [deactivate, reactivate]: [string, string],
): Action =>
  isActive
    ? confirmAction("Deactivate", { title: `Deactivate ${name}?`, sentence, onConfirm: changeTo(deactivate) })
    : { label: "Reactivate", onRun: changeTo(reactivate) };

/** An action that changes the name. */
export function renameAction(
  title: string,
  name: string,
  onRename: (name: string, key: string) => Promise<unknown>,
): Action {
  const dialog = (onClose: () => void) => (
    <RenameDialog title={title} name={name} onRename={onRename} onClose={onClose} />
  );
  return { label: "Rename…", dialog };
}

/** The top of a page about one subject, with its state and its actions. */
export function SubjectHeader(props: {
  title: string;
  breadcrumbs: Breadcrumb[];
  state: string;
  hint?: string;
  canEdit: boolean;
  actions: (Action | false)[];
}) {
  const { state, canEdit, actions, ...header } = props;
  return (
    <PageHeader {...header} badge={<StateBadge state={state} badges={ACTIVITY} />}>
      {canEdit && <ActionMenu actions={actions.filter((action) => action !== false)} />}
    </PageHeader>
  );
}

function ActionMenu(props: { actions: Action[] }) {
  const [openAction, setOpenAction] = useState<Action>();
  const immediate = useAction(async (action: Action) => action.onRun?.(crypto.randomUUID()));
  const handleSelect = (action: Action) =>
    action.dialog ? setOpenAction(action) : void immediate.run(action);
  const items = props.actions.map((action) => ({ ...action, onSelect: () => handleSelect(action) }));
  return (
    <>
      <Menu label="Actions" items={items} />
      <ActionError action={immediate} />
      {openAction?.dialog?.(() => setOpenAction(undefined))}
    </>
  );
}

/** The error of an action without a dialog. */
export function ActionError(props: { action: { error: Error | undefined } }) {
  const { error } = props.action;
  return error ? <Notice kind="error">{error.message}</Notice> : null;
}

function RenameDialog(props: {
  title: string;
  name: string;
  onRename: (name: string, key: string) => Promise<unknown>;
  onClose: () => void;
}) {
  const { title, onRename, onClose } = props;
  const { values, field } = useForm({ name: props.name });
  const rename = (key: string) => onRename(values.name.trim(), key);
  return (
    <FormDialog title={title} action="Rename" onClose={onClose} onSubmit={rename}>
      <NameField {...field("name")} />
    </FormDialog>
  );
}
