// Figures that the server makes, drawn by its own plotly; the script is fetched when the first one is shown.
import { html, useEffect, useRef } from "./vendor/preact.mjs";

let loading;
function plotly() {
  loading ??= new Promise((resolve, reject) => {
    const script = Object.assign(document.createElement("script"), { src: "/plotly.js", onload: () => resolve(window.Plotly), onerror: reject });
    document.head.append(script);
  });
  return loading;
}

export function Figure({ figure, label }) {
  const place = useRef(null);
  useEffect(() => {
    let gone = false;
    const ink = getComputedStyle(place.current).getPropertyValue("--ink");
    const layout = { ...figure.layout, font: { ...figure.layout.font, color: ink }, autosize: true };
    plotly().then((Plotly) => gone || Plotly.react(place.current, figure.data, layout, { responsive: true, displaylogo: false, displayModeBar: false }));
    return () => { gone = true; };
  }, [figure]);
  return html`<div class="figure" role="img" aria-label=${label} ref=${place}></div>`;
}
