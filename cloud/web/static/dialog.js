// A question before something is done. Esc and a click beside it mean no.
import { html, useEffect, useRef, useState } from "./vendor/preact.mjs";
import { Failure } from "./lib.js";

/** `act(why)` returns a promise; the dialog stays with its error. */
export function Confirm({ title, text, word, danger, ask, act, close }) {
  const box = useRef(null), [why, setWhy] = useState(""), [error, setError] = useState(null), [busy, setBusy] = useState(false);
  useEffect(() => { box.current.showModal(); }, []);
  const go = async (event) => {
    event.preventDefault();
    setBusy(true); setError(null);
    try { await act(why); close(); } catch (failed) { setError(failed); setBusy(false); }
  };
  return html`<dialog ref=${box} onClose=${close} aria-labelledby="dialog-title">
    <form onSubmit=${go}>
      <h2 id="dialog-title">${title}</h2><p>${text}</p>
      ${ask && html`<label>${ask}<input name="why" maxlength="200" value=${why} onInput=${(e) => setWhy(e.target.value)} /></label>`}
      <${Failure} error=${error} />
      <p class="buttons"><button type="button" onClick=${() => box.current.close()}>No</button>
        <button class=${danger ? "danger" : "primary"} disabled=${busy} autofocus>${busy ? "asking …" : word}</button></p>
    </form></dialog>`;
}
