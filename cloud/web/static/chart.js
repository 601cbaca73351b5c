// Lines over time with uPlot. A silence is a gap, a missing reading is a gap; limits are dashed lines.
import uPlot from "./vendor/uPlot.esm.js";
import { html, useEffect, useMemo, useRef } from "./vendor/preact.mjs";
import { clock } from "./lib.js";

// Okabe and Ito 2008: colour-blind people tell them apart, and they show on light and dark
export const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];
const GAP_S = 5, GAP_DISTANCES = 4, HEIGHT = 190, LONG_GAP_S = 600, GAP_SHARE = 0.05, LOWEST = 1e-6;

/** The rows with a hole wherever nothing came for longer than a few usual distances. `data`: [x, y, y, ...] */
export function withGaps(data) {
  const x = data[0];
  if (x.length < 3) return data;
  const steps = x.slice(1).map((t, k) => t - x[k]);
  const usual = [...steps].sort((a, b) => a - b)[steps.length >> 1];
  const least = Math.max(GAP_S, GAP_DISTANCES * usual);
  if (!steps.some((step) => step > least)) return data;
  const found = data.map(() => []);
  x.forEach((t, k) => {
    if (k && t - x[k - 1] > least) { found[0].push((t + x[k - 1]) / 2); for (let n = 1; n < data.length; n++) found[n].push(null); }
    data.forEach((row, n) => found[n].push(row[k]));
  });
  return found;
}

/** Long silences (a day in air, a week on the cycler) cut short: `shown` places, and the way back to true times. */
export function shortened(x) {
  const long = [], shown = [];
  const recorded = x.reduce((sum, t, k) => (k && t - x[k - 1] <= LONG_GAP_S ? sum + t - x[k - 1] : sum), 0);
  const cut = Math.max(GAP_SHARE * Math.max(recorded, LONG_GAP_S), GAP_S * 2);
  let taken = 0;
  x.forEach((t, k) => {
    if (k && t - x[k - 1] > LONG_GAP_S && t - x[k - 1] > cut) { long.push({ at: t - taken - (t - x[k - 1]), away: t - x[k - 1] - cut, cut }); taken += t - x[k - 1] - cut; }
    shown.push(t - taken);
  });
  return { shown, long, truly: (place) => place + long.reduce((sum, gap) => (place >= gap.at + gap.cut / 2 ? sum + gap.away : sum), 0),
    place: (t) => { let at = t; for (const gap of long) { if (at <= gap.at) break; at = at >= gap.at + gap.away + gap.cut ? at - gap.away : gap.at + ((at - gap.at) * gap.cut) / (gap.away + gap.cut); } return at; } };
}

/** `series`: [{label, dash?, colour?, quiet?}] in the order of data's rows after x (s). `log`: of the values. */
export function Chart({ title, unit, series, data, log = false, height = HEIGHT, onZoom, marks = [] }) {
  const place = useRef(null), plot = useRef(null), axis = useRef(null);
  const ready = useMemo(() => {
    const cut = shortened(data[0]);
    const rows = log ? data.slice(1).map((row) => row.map((v) => (v > LOWEST ? v : null))) : data.slice(1);
    return { cut, rows: withGaps([cut.shown, ...rows]) };
  }, [data]);
  axis.current = ready.cut;
  const shape = JSON.stringify([series, height, log]);
  useEffect(() => {
    const options = optionsOf({ series, height, log, marks, axis, width: place.current.clientWidth || 300, css: getComputedStyle(place.current), onZoom });
    plot.current = new uPlot(options, ready.rows, place.current);
    const watcher = new ResizeObserver(() => plot.current.setSize({ width: place.current.clientWidth, height }));
    watcher.observe(place.current);
    return () => { watcher.disconnect(); plot.current.destroy(); };
  }, [shape, marks]);
  useEffect(() => { plot.current?.setData(ready.rows); }, [ready]);
  return html`<figure class="chart"><figcaption>${title}${unit && html` <small>/ ${unit}</small>`}</figcaption><div ref=${place}></div></figure>`;
}

function optionsOf({ series, height, log, marks, axis, width, css, onZoom }) {
  const ink = css.getPropertyValue("--quiet"), grid = { stroke: css.getPropertyValue("--line"), width: 1 };
  const common = { stroke: ink, grid, ticks: grid, font: "12px system-ui" };
  const said = (value) => (value === null || value === undefined ? "–" : Number(value.toPrecision(4)).toString());
  return {
    width, height, pxAlign: 0,
    scales: { x: { time: false }, y: { distr: log ? 3 : 1 } },
    cursor: { drag: { x: Boolean(onZoom), y: false, setScale: false }, sync: { key: "time" } },
    axes: [{ ...common, space: 90, values: (_, ticks) => ticks.map((t) => clock(axis.current.truly(t))) },
      { ...common, size: 62, 
        ...(log ? { filter: decades, grid: { ...grid, filter: decades }, ticks: { ...grid, filter: decades }, space: 18 } : {}),
        values: (_, ticks) => ticks.map((v) => (v === null ? "" : log ? power(v) : String(Number(v.toPrecision(6))))) }],
    series: [{ label: "time", value: (_, t) => (t === null ? "–" : clock(axis.current.truly(t))) }, ...series.map((one, k) => ({
      label: one.label, stroke: one.colour || COLOURS[k % COLOURS.length], width: one.dash ? 1 : 1.5, dash: one.dash,
      points: { show: false }, spanGaps: false, ...(one.quiet ? { class: "quiet-series" } : {}), value: (_, value) => said(value),
    }))],
    hooks: {
      setSelect: [(u) => {
        if (!onZoom || u.select.width < 6) return;
        const [from, to] = [u.select.left, u.select.left + u.select.width].map((px) => axis.current.truly(u.posToVal(px, "x")));
        u.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
        onZoom(from, to);
      }],
      draw: [(u) => { drawGaps(u, axis.current.long, ink); drawMarks(u, marks, ink, axis.current.place); }],
    },
  };
}

const isDecade = (value) => Math.abs(Math.log10(value) - Math.round(Math.log10(value))) < 1e-6;
const decades = (_, splits) => splits.map((v) => (isDecade(v) ? v : null));

/** A power of ten for a logarithmic axis. */
function power(value) {
  const lg = Math.round(Math.log10(value));
  return Math.abs(lg) < 4 ? String(Number(value.toPrecision(3))) : `10${String(lg).replace(/[-0-9]/g, (c) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[c] ?? "⁻")}`;
}

function drawGaps(u, long, ink) {
  const { ctx, bbox } = u;
  ctx.save();
  for (const gap of long) {
    const from = u.valToPos(gap.at, "x", true), to = u.valToPos(gap.at + gap.cut, "x", true);
    if (to < bbox.left || from > bbox.left + bbox.width) continue;
    ctx.globalAlpha = 0.1; ctx.fillStyle = ink;
    ctx.fillRect(Math.max(from, bbox.left), bbox.top, Math.min(to, bbox.left + bbox.width) - Math.max(from, bbox.left), bbox.height);
    ctx.globalAlpha = 1; ctx.font = `${10 * devicePixelRatio}px system-ui`; ctx.textAlign = "center";
    const text = clock(gap.away + gap.cut);
    if (ctx.measureText(text).width < to - from) ctx.fillText(text, (from + to) / 2, bbox.top + bbox.height - 4 * devicePixelRatio);
  }
  ctx.restore();
}

function drawMarks(u, marks, ink, placeOf) {
  const { ctx, bbox } = u;
  ctx.save();
  ctx.fillStyle = ctx.strokeStyle = ink;
  ctx.font = `${11 * devicePixelRatio}px system-ui`;
  let last = -Infinity;
  for (const { t_s: t, text, strong } of marks) {
    const at = u.valToPos(placeOf(t), "x", true);
    if (at < bbox.left || at > bbox.left + bbox.width) continue;
    ctx.globalAlpha = strong ? 0.9 : 0.35;
    if (strong) ctx.strokeStyle = ctx.fillStyle = "#d55e00"; else ctx.strokeStyle = ctx.fillStyle = ink;
    ctx.beginPath(); ctx.moveTo(at, bbox.top); ctx.lineTo(at, bbox.top + bbox.height); ctx.stroke();
    ctx.globalAlpha = 1;
    const width = ctx.measureText(text).width;
    if (text && at > last) { ctx.fillText(text, at + 3, bbox.top + 12 * devicePixelRatio); last = at + width + 8; }
  }
  ctx.restore();
}
