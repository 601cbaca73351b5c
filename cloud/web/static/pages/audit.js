import { html } from "../vendor/preact.mjs";
import { Failure, useGet, Waiting } from "../lib.js";

export function Audit() {
  const [rows, error, again] = useGet("/audit?most=200");
  if (!rows) return html`<${Failure} error=${error} /><${Waiting} what="Reading the chain …" />`;
  return html`<h1>Audit</h1><p class="quiet">Every command and every act of a person, newest first, each chained to the one before.
    <code>adatom audit</code> checks the chain. <button class="plain" onClick=${again}>read again</button></p><${Failure} error=${error} />
    <div class="wide"><table><thead><tr><th>n</th><th>what</th><th>said</th><th>link</th></tr></thead><tbody>
    ${rows.map(({ n, entry, link }) => html`<tr key=${n}><td class="number">${n}</td><td>${entry.what}</td><td><code>${JSON.stringify(entry.fields ?? entry)}</code></td><td><code>${link.slice(0, 12)}</code></td></tr>`)}
    </tbody></table></div>`;
}
