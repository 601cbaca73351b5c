// One run from its first point to its last.
import { html, useMemo, useState } from "../vendor/preact.mjs";
import { Failure, number, Simulated, useGet, Waiting, when } from "../lib.js";
import { Chart, COLOURS } from "../chart.js";
import { Figure } from "../figure.js";
import { PLOTS } from "./benches.js";

const BUCKETS = 900;
const CHANNELS = [...new Set(PLOTS.flatMap((plot) => plot.lines.map(([name]) => name)))];

export function Runs({ frame }) {
  const [runs, error] = useGet("/runs", frame?.events.some((event) => event.kind === "result"));
  if (!runs) return html`<${Failure} error=${error} /><${Waiting} what="Reading runs …" />`;
  if (!runs.length) return html`<h1>Runs</h1><${Waiting} what="No campaign has begun a run yet." />`;
  return html`<h1>Runs</h1><div class="wide"><table><thead><tr><th>run</th><th>campaign</th><th>trial</th><th>bench</th><th>outcome</th><th>began</th></tr></thead><tbody>
    ${runs.map((run) => html`<tr key=${run.run_id}><td><a href=${`#/runs/${encodeURIComponent(run.run_id)}`}>${run.run_id}</a></td><td>${run.campaign}</td><td class="number">${run.trial}</td><td>${run.bench}</td>
      <td><span class=${`state ${run.outcome || "running"}`}>${run.outcome || "running"}</span> ${run.reason}</td><td>${when(run.started_utc_s)}</td></tr>`)}</tbody></table></div>`;
}

export function Run({ id, frame }) {
  const path = `/runs/${encodeURIComponent(id)}`, [zoom, setZoom] = useState(null);
  const ended = frame?.events.some((event) => event.kind === "result" && event.message.run === id);
  const [run, error] = useGet(path, ended);
  const span = zoom ? `&from_s=${zoom[0]}&to_s=${zoom[1]}` : "";
  const [trace, traceError, again] = useGet(`${path}/trace?buckets=${BUCKETS}${CHANNELS.map((name) => `&channel=${name}`).join("")}${span}`, ended);
  const [events] = useGet(`${path}/events`, ended);
  const [spectra] = useGet(`${path}/spectra`, ended);
  const marks = useMemo(() => (events || []).filter((e) => ["state", "trip", "ask"].includes(e.name)).map((e) => ({ t_s: e.t_s, text: e.name === "state" ? e.data.to.replace("_", " ") : e.name, strong: e.name === "trip" })), [events]);
  if (!run) return html`<${Failure} error=${error} /><${Waiting} what="Reading the run …" />`;
  const outcome = run.outcome || run.result?.outcome || "running";
  return html`<h1>Run ${id} ${run.simulated && html`<${Simulated} />`}</h1>
    <dl class="facts">
      <div><dt>outcome</dt><dd><span class=${`state ${outcome}`} data-outcome=${outcome}>${outcome}</span> ${run.reason || run.result?.reason || ""}</dd></div>
      ${run.campaign && html`<div><dt>campaign</dt><dd><a href=${`#/campaigns/${encodeURIComponent(run.campaign)}`}>${run.campaign}</a>, trial ${run.trial}</dd></div>`}
      <div><dt>bench</dt><dd>${run.bench || run.result?.bench || "–"}</dd></div><div><dt>began</dt><dd>${when(run.started_utc_s)}</dd></div><div><dt>points</dt><dd>${run.points}</dd></div>
      <div><dt>certificate</dt><dd>${run.certificate ? html`complete and signed <small>(${JSON.parse(run.certificate.text).records ?? ""} <code>${run.certificate.signature.slice(0, 12)}</code>)</small>` : "none yet"}</dd></div>
    </dl>
    <div class="two"><section class="card"><h2>Found</h2><${Quantities} found=${run.quantities} /></section><section class="card"><h2>Recipe</h2><${Recipe} recipe=${run.recipe} /></section></div>
    <section class="card"><h2>Telemetry</h2><p class="quiet">${zoom ? html`<button class="plain" onClick=${() => setZoom(null)}>the whole run again</button>` : "Drag over a plot to look closer."} Each bucket shows its lowest and highest value. <button class="plain" onClick=${again}>read again</button></p>
      <${Failure} error=${traceError} />${trace?.t_s.length ? html`<div class="charts">${PLOTS.map((plot) => html`<${Trace} plot=${plot} trace=${trace} marks=${marks} onZoom=${(a, b) => setZoom([Math.max(0, a), b])} />`)}</div>` : html`<${Waiting} what="No telemetry yet." />`}</section>
    <section class="card"><h2>Impedance</h2>${spectra?.length ? spectra.map((figure, k) => html`<${Figure} key=${k} figure=${figure} label="impedance spectrum with fit" />`) : html`<${Waiting} what="No spectrum yet." />`}</section>
    <section class="card"><h2>Events</h2><div class="wide"><table><thead><tr><th>time</th><th>event</th><th>said</th></tr></thead><tbody>
      ${(events || []).map((event, k) => html`<tr key=${k} class=${event.name === "trip" ? "bad" : ""}><td class="number">${number(event.t_s, 6)} s</td><td>${event.name}</td><td><code>${JSON.stringify(event.data)}</code></td></tr>`)}</tbody></table></div></section>`;
}

/** Lowest and highest of each bucket as two lines of one colour: where they part, something moved. */
function Trace({ plot, trace, marks, onZoom }) {
  const [series, rows] = useMemo(() => bandsOf(plot, trace), [trace]);
  return html`<${Chart} title=${plot.title} unit=${plot.unit} series=${series} data=${rows} log=${plot.log} marks=${marks} onZoom=${onZoom} />`;
}

function bandsOf(plot, trace) {
  const series = [], rows = [trace.t_s];
  plot.lines.forEach(([name, label, dash], k) => {
    series.push({ label, dash, colour: COLOURS[k] }, { label: `${label} (lowest)`, dash, colour: COLOURS[k], quiet: true });
    rows.push(trace[`${name}_max`], trace[`${name}_min`]);
  });
  return [series, rows];
}

function Quantities({ found }) {
  const rows = Object.entries(found || {});
  if (!rows.length) return html`<${Waiting} what="Nothing measured yet." />`;
  return html`<div class="wide"><table><tbody>${rows.map(([name, q]) => html`<tr key=${name}><th scope="row">${name.replaceAll("_", " ")}</th><td class="number">${q.censored ? "≥ " : ""}${number(q.value)}</td><td>${q.unit === "1" ? "" : q.unit}</td><td class="quiet">${q.sd === null ? "" : `sd ${number(q.sd, 2)}${q.scale === "linear" ? "" : ` of ${q.scale}`}`}</td></tr>`)}</tbody></table></div>`;
}

function Recipe({ recipe }) {
  if (!recipe) return html`<${Waiting} what="This run was not begun from here." />`;
  return html`<div class="wide"><table><tbody>${Object.entries(recipe).map(([name, value]) => html`<tr key=${name}><th scope="row">${name.replaceAll("_", " ")}</th><td>${textOf(value)}</td></tr>`)}</tbody></table></div>`;
}

/** Lists of pairs are compositions: La 3, Zr 1.5. */
function textOf(value) {
  if (Array.isArray(value)) return value.map((one) => (Array.isArray(one) ? one.map(textOf).join(" ") : textOf(one))).join(", ");
  if (value && typeof value === "object") return Object.entries(value).map(([name, one]) => `${name} ${textOf(one)}`).join(", ");
  return typeof value === "number" ? number(value) : value;
}
