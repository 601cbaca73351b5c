// What every bench does now.
import { html, useEffect, useMemo, useRef, useState } from "../vendor/preact.mjs";
import { api, number, Simulated, useGet, Waiting } from "../lib.js";
import { Chart } from "../chart.js";
import { Confirm } from "../dialog.js";

const KEPT = 3600; // points on the screen, as many as the server keeps
const STATES = ["pump_down", "heat", "deposit", "cool", "transfer", "anneal", "interlayer", "measure"];
export const PLOTS = [
  { title: "Temperature", unit: "°C", lines: [["heater_c", "heater"], ["guard_c", "guard"], ["target_c", "set-point", [6, 4]]], limit: "heater_max_c" },
  { title: "Pressure", unit: "Pa", lines: [["pressure_pa", "pressure"], ["target_pa", "set-point", [6, 4]]], limit: "pressure_max_pa", log: true },
  { title: "Laser energy a pulse", unit: "mJ", lines: [["energy_mj", "energy"], ["target_mj", "set-point", [6, 4]]], limit: "energy_max_mj" },
  { title: "Oxygen flow", unit: "sccm", lines: [["flow_sccm", "flow"]] },
];
const NUMBERS = [["heater_c", "heater", "°C"], ["pressure_pa", "pressure", "Pa"], ["flow_sccm", "flow", "sccm"], ["energy_mj", "energy", "mJ"], ["heater_w", "heater power", "W"], ["pulses", "pulses", ""], ["water_lpm", "cooling water", "L/min"], ["door", "door", ""]];
const ORDERS = {
  pause: { word: "Pause", when: (s) => ["pump_down", "heat", "deposit", "interlayer"].includes(s), text: "Pulses stop; heater and gas hold what they have." },
  resume: { word: "Resume", when: (s) => s === "paused", text: "The run goes on where it was paused." },
  abort: { word: "Abort run", danger: true, ask: "Why (for the record)", when: (s) => s && !["idle", "safe", "fault"].includes(s), text: "The bench makes itself safe. A campaign will make this trial again, unless it is held." },
};

export function Benches({ frame, mayAct }) {
  const benches = frame?.benches;
  return html`<h1>Benches</h1>${!benches ? html`<${Waiting} what="Listening …" />` : !benches.length ? html`<${Waiting} what="No bench has spoken yet." />`
    : benches.map((bench) => html`<${Bench} key=${bench.bench} bench=${bench} frame=${frame} mayAct=${mayAct} />`)}`;
}

/** The bench's last points: read once, then grown by every frame. */
function useTrack(name, boot, frame) {
  const [track, setTrack] = useState(null), last = useRef(null);
  useEffect(() => { let gone = false; api(`/benches/${encodeURIComponent(name)}/recent`).then((found) => gone || setTrack(found), () => {}); return () => { gone = true; }; }, [name, boot]);
  useEffect(() => {
    const fresh = frame.points[name];
    if (!fresh || !track || frame === last.current) return;
    last.current = frame;
    setTrack(joined(track, fresh));
  }, [frame, track]);
  return track;
}

/** The track with what came after it. A new boot has a clock of its own: it begins anew. */
export function joined(track, fresh) {
  if (!track.t_ms?.length || track.boot !== fresh.boot) return fresh;
  const end = track.t_ms[track.t_ms.length - 1], from = fresh.t_ms.findIndex((t) => t > end);
  if (from < 0) return track;
  const found = { boot: track.boot }, n = track.t_ms.length, more = fresh.t_ms.length - from;
  for (const name of new Set([...Object.keys(track), ...Object.keys(fresh)])) {
    if (name === "boot") continue;
    const before = track[name] || new Array(n).fill(null), after = fresh[name]?.slice(from) || new Array(more).fill(null);
    found[name] = before.concat(after).slice(-KEPT);
  }
  return found;
}

function Bench({ bench, frame, mayAct }) {
  const track = useTrack(bench.bench, bench.boot, frame), [asking, setAsking] = useState(null);
  const [limits] = useGet(`/benches/${encodeURIComponent(bench.bench)}/limits`, bench.envelope_sha256);
  const step = STATES.indexOf(bench.state);
  return html`<section class="card" aria-label=${`bench ${bench.bench}`} data-bench=${bench.bench} data-state=${bench.state}>
    <h2>${bench.bench} <span class=${`state ${bench.alive ? bench.state : "silent"}`}>${bench.alive ? bench.state.replace("_", " ") || "–" : "silent"}</span> ${bench.simulated && html`<${Simulated} />`}
      ${bench.run && html`<a href=${`#/runs/${encodeURIComponent(bench.run)}`}>${bench.run}</a>`}</h2>
    ${bench.alarm && html`<p class="failure">last alarm: ${bench.alarm}</p>`}
    <ol class="steps" aria-label="steps of a run">${STATES.map((name, k) => html`<li class=${k === step ? "now" : k < step ? "done" : ""} aria-current=${k === step ? "step" : null}>${name.replace("_", " ")}</li>`)}</ol>
    <dl class="facts">
      <div><dt>heartbeat</dt><dd>${bench.heard_s_ago === null ? "never" : `${number(bench.heard_s_ago, 2)} s ago`}</dd></div>
      <div><dt>not yet receipted</dt><dd>${bench.backlog} records${bench.unreceipted ? `, ${bench.unreceipted} numbers` : ""}</dd></div>
      <div><dt>late ticks</dt><dd>${bench.late_ticks}</dd></div>
      <div><dt>boot</dt><dd>${bench.boot}</dd></div>
      <div><dt>envelope</dt><dd><code title=${bench.envelope_sha256}>${bench.envelope_sha256.slice(0, 12) || "–"}</code></dd></div>
      ${limits?.lease && html`<div><dt>leases</dt><dd>${Object.entries(limits.lease).map(([name, ms]) => `${name.replace("_ms", "")} ${ms} ms`).join(", ")}</dd></div>`}
    </dl>
    <dl class="facts values">${NUMBERS.map(([name, label, unit]) => html`<div><dt>${label}</dt><dd><b>${lastOf(track, name)}</b> ${unit}</dd></div>`)}</dl>
    <p class="buttons">${Object.entries(ORDERS).map(([order, one]) => html`<button class=${one.danger ? "danger" : ""} disabled=${!mayAct || !bench.alive || !one.when(bench.state)} onClick=${() => setAsking(order)}>${one.word}</button>`)}</p>
    ${track?.t_ms?.length ? html`<div class="charts">${PLOTS.map((plot) => html`<${Channel} plot=${plot} track=${track} limits=${limits?.interlock} />`)}</div>` : html`<${Waiting} what="No telemetry yet." />`}
    ${asking && html`<${Confirm} title=${`${ORDERS[asking].word}: ${bench.bench}?`} text=${ORDERS[asking].text} word=${ORDERS[asking].word} danger=${ORDERS[asking].danger} ask=${ORDERS[asking].ask}
      act=${(why) => api(`/benches/${encodeURIComponent(bench.bench)}/orders`, { method: "POST", body: { order: asking, why } })} close=${() => setAsking(null)} />`}
  </section>`;
}

function Channel({ plot, track, limits }) {
  const [series, data] = useMemo(() => linesOf(plot, track, limits), [track, limits]);
  return html`<${Chart} title=${plot.title} unit=${plot.unit} series=${series} data=${data} log=${plot.log} />`;
}

function linesOf(plot, track, limits) {
  const x = track.t_ms.map((t) => t / 1000), limit = limits?.[plot.limit];
  const series = plot.lines.map(([, label, dash]) => ({ label, dash }));
  const data = [x, ...plot.lines.map(([name]) => track[name] || x.map(() => null))];
  if (limit !== undefined) { series.push({ label: "limit", dash: [2, 4], colour: "#d55e00" }); data.push(x.map(() => limit)); }
  return [series, data];
}

function lastOf(track, name) {
  const values = track?.[name];
  return number(values ? values[values.length - 1] : null);
}
