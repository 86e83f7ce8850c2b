// Dialogs for secrets, tokens and key files, which are shown once. Closing one without a copy asks for
// confirmation.

import { useState } from "preact/hooks";
import { Notice } from "./basics";
import { CopyButton, Copyable, download } from "./copy";
import { Dialog } from "./dialog";

export interface Snippet {
  name: string;
  text: string;
  /** The name of a file to save the snippet as. */
  file?: string;
}

/** Shows `secret` under `label`, and snippets that use it. A copy in any form counts. */
export function OneTimeDialog(props: {
  title: string;
  label: string;
  /** The secret's name in a sentence. */
  noun?: string;
  secret: string;
  /** Other forms of the secret; a copy of one counts as a copy of the secret. */
  forms?: string[];
  facts?: [label: string, text: string][];
  /** The purpose of the snippets. */
  heading: string;
  snippets: Snippet[];
  onClose: () => void;
}) {
  const { label, noun = label, secret } = props;
  const [isCopied, setIsCopied] = useState(false);
  const forms = [secret, ...(props.forms ?? [])];
  const handleCopy = (text: string) => forms.some((form) => text.includes(form)) && setIsCopied(true);
  const loss = {
    title: "Close without copying?",
    sentence: `The ${noun} is not copied, and it can't be shown again.`,
    close: "Close anyway",
    stay: "Go back",
  };
  return (
    <Dialog title={props.title} onClose={props.onClose} loss={isCopied ? undefined : loss} isWide>
      <div onCopy={() => handleCopy(String(getSelection()))}>
        <Notice kind="warning">
          Copy the {noun} now. You won't be able to retrieve it again; if you lose it, generate a new one.
        </Notice>
        {props.facts?.map(([name, text]) => (
          <Copyable label={name} text={text} />
        ))}
        <Copyable label={label} text={secret} onCopy={() => handleCopy(secret)} />
        <h3>{props.heading}</h3>
        <Snippets snippets={props.snippets} onCopy={handleCopy} />
        <div class="buttons">
          <button type="button" class="primary" onClick={props.onClose}>
            Done
          </button>
        </div>
      </div>
    </Dialog>
  );
}

function Snippets(props: { snippets: Snippet[]; onCopy: (text: string) => void }) {
  const { snippets, onCopy } = props;
  const [selectedIndex, setSelectedIndex] = useState(0);
  const selected = snippets[selectedIndex];
  /** Arrow keys move between tabs (ARIA tabs pattern). */
  const handleKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    const next = (selectedIndex + step + snippets.length) % snippets.length;
    setSelectedIndex(next);
    ((event.currentTarget as HTMLElement).children[next] as HTMLElement).focus();
  };
  if (!selected) return null;
  const { name, text, file } = selected;
  const handleDownload = (file: string) => {
    download(file, text, "text/plain");
    onCopy(text);
  };
  return (
    <>
      <div class="tabs" role="tablist" aria-label="Examples" onKeyDown={handleKeyDown}>
        {snippets.map((snippet, index) => (
          <button
            type="button"
            role="tab"
            id={`tab-${snippet.name}`}
            aria-selected={index === selectedIndex}
            aria-controls="snippet"
            tabIndex={index === selectedIndex ? 0 : -1}
            onClick={() => setSelectedIndex(index)}
          >
            {snippet.name}
          </button>
        ))}
      </div>
      <div role="tabpanel" id="snippet" aria-labelledby={`tab-${name}`}>
        <pre tabIndex={0}>{text}</pre>
        <div class="row">
          <CopyButton what={`the ${name} snippet`} text={text} onCopy={() => onCopy(text)} />
          {file && (
            <button type="button" class="small" onClick={() => handleDownload(file)}>
              Download
            </button>
          )}
        </div>
      </div>
    </>
  );
}

/** Shows a key file, which is stored nowhere else. */
export function KeyFileDialog(props: { keyId: string; content: string; onClose: () => void }) {
  const file = `${props.keyId}.json`;
  const [isDownloaded, setIsDownloaded] = useState(false);
  const loss = {
    title: "Close without the key file?",
    sentence: "The key file is not downloaded, and it can't be offered again.",
    close: "Close anyway",
    stay: "Go back",
  };
  const handleDownload = () => {
    download(file, props.content, "application/json");
    setIsDownloaded(true);
  };
  return (
    <Dialog title="Key generated" onClose={props.onClose} loss={isDownloaded ? undefined : loss}>
      <Notice kind="warning">
        Download the key file now. It has the private key; the server keeps only the public half.
      </Notice>
      <p>
        <code>{file}</code>
      </p>
      <div class="buttons">
        <button type="button" onClick={props.onClose}>
          Done
        </button>
        <button type="button" class="primary" autoFocus onClick={handleDownload}>
          Download the key file
        </button>
      </div>
    </Dialog>
  );
}
