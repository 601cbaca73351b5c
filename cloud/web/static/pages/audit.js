import { html } from "../vendor/preact.mjs";
import { Failure, useGet, Waiting, when } from "../lib.js";

export function Audit() {
  const [rows, error, again] = useGet("/audit?most=200");
  if (!rows) return html`<${Failure} error=${error} /><${Waiting} what="Reading the chain …" />`;
  return html`<h1>Audit</h1><p class="quiet">Every command and every act of a person, newest first, each chained to the one before. <code>adatom audit</code> checks the chain. <button class="plain" onClick=${again}>read again</button></p><${Failure} error=${error} />
    <div class="wide"><table><thead><tr><th>n</th><th>when</th><th>what</th><th>said</th><th>link</th></tr></thead><tbody>
    ${rows.map(({ n, entry, link }) => html`<tr key=${n}><td class="number">${n}</td><td>${when(entry.utc_s)}</td><td>${entry.what}</td><td>${saidOf(entry)}</td><td><code>${link.slice(0, 12)}</code></td></tr>`)}
    </tbody></table></div>`;
}

const SHOWN_APART = ["n", "what", "utc_s"], DIGEST = /^[0-9a-f]{64}$/;

/** The entry's fields as words; digests are cut short, their whole is in the chain. */
function saidOf(entry) {
  return Object.entries(entry).filter(([name]) => !SHOWN_APART.includes(name)).map(([name, value]) => html`<span class="pair"><small>${name}</small> ${
    typeof value === "string" ? (DIGEST.test(value) ? html`<code title=${value}>${value.slice(0, 12)}</code>` : value || "–") : JSON.stringify(value)}</span> `);
}
