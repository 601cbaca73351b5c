// A search: how far it is, what it found, what it does next and why.
import { html, useState } from "../vendor/preact.mjs";
import { api, Failure, number, Simulated, useGet, Waiting, when } from "../lib.js";
import { Figure } from "../figure.js";
import { Confirm } from "../dialog.js";

export function Campaigns({ frame }) {
  const [rows, error] = useGet("/campaigns", frame?.campaign?.campaign);
  if (!rows) return html`<${Failure} error=${error} /><${Waiting} what="Reading campaigns …" />`;
  if (!rows.length) return html`<h1>Campaigns</h1><${Waiting} what="No campaign yet." />`;
  return html`<h1>Campaigns</h1><div class="wide"><table><thead><tr><th>campaign</th><th>began</th><th></th></tr></thead><tbody>
    ${rows.map((row) => html`<tr key=${row.campaign}><td><a href=${`#/campaigns/${encodeURIComponent(row.campaign)}`}>${row.campaign}</a></td><td>${when(row.created_utc_s)}</td><td>${row.here ? (row.held ? `held: ${row.held}` : "runs here") : ""}</td></tr>`)}</tbody></table></div>`;
}

export function Campaign({ name, frame, mayAct }) {
  const path = `/campaigns/${encodeURIComponent(name)}`, here = frame?.campaign?.campaign === name ? frame.campaign : null;
  const token = JSON.stringify(here?.running) + (frame?.events.some((event) => event.kind === "result") ? "r" : "");
  const [found, error] = useGet(path, token), [figures] = useGet(`${path}/figures`, token), [asking, setAsking] = useState(null);
  if (!found) return html`<${Failure} error=${error} /><${Waiting} what="Reading the campaign …" />`;
  const best = found.trials.find((t) => t.trial === found.best), done = found.trials.filter((t) => ["complete", "failed"].includes(t.state)).length;
  const next = found.trials.filter((t) => ["proposed", "reserved", "running"].includes(t.state));
  return html`<h1>Campaign ${name} ${found.simulated && html`<${Simulated} />`}</h1>
    ${here?.held && html`<p class="banner bad" role="status">Held: ${here.held}. No trial is begun.</p>`}
    <p class="result">${best ? html`Best R<sub>interface</sub> <b>${best.r_interface_ohm_cm2.text}</b> <small>(95 % interval)</small>, trial ${best.trial}${found.times_better && html`: ${found.times_better} times lower than the reference`}` : "Nothing measured yet."}</p>
    <p><progress max=${found.budget || 1} value=${done} aria-label="trials that ended"></progress> <span data-done=${done}>${done} of ${found.budget ?? "–"} trials</span>
      <a class="button" href=${`/api/v1${path}/report.html`} download>Report</a>
      ${here && html`<button disabled=${!mayAct} onClick=${() => setAsking(here.held ? "go on" : "hold")}>${here.held ? "Go on" : "Hold"}</button>`}</p>
    ${figures?.progress && html`<section class="card"><${Figure} figure=${figures.progress} label="resistance over trials" /></section>`}
    <section class="card"><h2>Now and next</h2>${next.length ? next.map((trial) => html`<${Next} key=${trial.trial} trial=${trial} />`) : html`<${Waiting} what="Nothing is proposed." />`}</section>
    ${figures?.parallel && html`<section class="card"><${Figure} figure=${figures.parallel} label="recipes as lines over their parameters" /></section>`}
    <section class="card"><h2>Trials</h2><div class="wide"><table><thead><tr><th>trial</th><th>state</th><th>film aimed at</th><th>R<sub>interface</sub></th><th>V</th><th>runs</th></tr></thead><tbody>
      ${[...found.trials].reverse().map((t) => html`<tr key=${t.trial} class=${t.trial === found.best ? "best" : ""}><td class="number">${t.trial}</td><td><span class=${`state ${t.state}`}>${t.state}</span></td><td>${t.formula}</td><td>${t.r_interface_ohm_cm2?.text ?? ""}</td><td class="number">${t.scores ? number(t.scores.v, 2) : ""}</td>
        <td>${t.runs.map((run) => html`<a href=${`#/runs/${encodeURIComponent(run.run_id)}`}>${run.run_id}</a> `)}</td></tr>`)}</tbody></table></div></section>
    ${asking && html`<${Confirm} title=${`${asking === "hold" ? "Hold" : "Go on with"} ${name}?`} word=${asking === "hold" ? "Hold" : "Go on"} ask=${asking === "hold" && "Why"}
      text=${asking === "hold" ? "What runs, runs to its end; no further trial is begun." : "Trials are begun again."}
      act=${(why) => api(`${path}/hold`, asking === "hold" ? { method: "POST", body: { why } } : { method: "DELETE" })} close=${() => setAsking(null)} />`}`;
}

/** What the optimizer wants, and how it is judged. */
function Next({ trial }) {
  const scores = trial.scores;
  return html`<div class="next"><h3>Trial ${trial.trial} <span class=${`state ${trial.state}`}>${trial.state}</span> <small>by ${trial.provenance}</small></h3><p>${trial.formula}</p>
    ${scores && html`<p>V ${number(scores.v, 2)}, HyperScore ${number(scores.hyperscore)}</p><ul>${Object.entries(scores.scores).map(([name, value]) => html`<li><b>${name} ${number(value, 2)}</b>: ${scores.because[name]}</li>`)}</ul>`}</div>`;
}
