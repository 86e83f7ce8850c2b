// Actions on the subject of a page: a menu, with a dialog for those that need one.

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { useAction, useForm } from "../hooks";
import { Notice } from "./basics";
import { ConfirmDialog, FormDialog } from "./dialog";
import { TextField } from "./fields";
import { Menu } from "./menu";

export interface Action {
  label: string;
  isDangerous?: boolean;
  isDisabled?: boolean;
  /** Performed immediately; without it the action opens a dialog. */
  run?: (key: string) => Promise<unknown>;
  dialog?: (onClose: () => void) => ComponentChildren;
}

interface Question {
  title: string;
  /** The effect of the action. */
  sentence: string;
  onConfirm: (key: string) => Promise<unknown>;
}

/** An action with a confirmation. */
export function confirmed(label: string, { title, sentence, onConfirm }: Question): Action {
  const dialog = (onClose: () => void) => (
    <ConfirmDialog title={title} action={label} onClose={onClose} onConfirm={onConfirm}>
      {sentence}
    </ConfirmDialog>
  );
  return { label: `${label}…`, dialog };
}

/** An action that can't be undone. */
export const dangerous = (label: string, question: Question): Action => ({
  ...confirmed(label, question),
  isDangerous: true,
});

/** An action that changes the name. */
export function renamed(
  title: string,
  name: string,
  onRename: (name: string, key: string) => Promise<unknown>,
): Action {
  const dialog = (onClose: () => void) => (
    <RenameDialog title={title} name={name} onRename={onRename} onClose={onClose} />
  );
  return { label: "Rename…", dialog };
}

export function ActionMenu(props: { actions: (Action | false)[] }) {
  const actions = props.actions.filter((action) => action !== false);
  const [open, setOpen] = useState<Action>();
  const atOnce = useAction(async (action: Action) => action.run?.(crypto.randomUUID()));
  const select = (action: Action) => (action.dialog ? setOpen(action) : void atOnce.run(action));
  const items = actions.map((action) => ({ ...action, onSelect: () => select(action) }));
  return (
    <>
      <Menu label="Actions" items={items} />
      <ActionError action={atOnce} />
      {open?.dialog?.(() => setOpen(undefined))}
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
  const { values, field } = useForm({ name: props.name });
  const rename = async (key: string) => {
    await props.onRename(values.name.trim(), key);
    props.onClose();
  };
  return (
    <FormDialog title={props.title} action="Rename" onClose={props.onClose} onSubmit={rename}>
      <TextField label="Name" {...field("name")} isRequired maxLength={200} hasFocus />
    </FormDialog>
  );
}
