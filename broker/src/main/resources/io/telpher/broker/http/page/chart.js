// Lines over time by uPlot, which is fetched when the first chart is shown. What a chart shows is said in words too.
import { html, useEffect, useLayoutEffect, useMemo, useRef, useState } from "./lib.js";

/** So that a broker that has just started shows where its few points lie, not a line over everything. */
const SHOWN_SECONDS_MIN = 60;

function widened(data) {
  const times = data[0];
  const first = times[times.length - 1] - SHOWN_SECONDS_MIN;
  return times.length === 0 || times[0] <= first ? data : data.map((column, i) => [i === 0 ? first : null, ...column]);
}

let library = null;

function load() {
  library = library ?? new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = "/page/lib/uPlot.iife.min.js";
    script.onload = () => resolve(window.uPlot);
    script.onerror = () => reject(new Error("the chart library did not arrive"));
    document.head.append(script);
  });
  return library;
}

const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Seconds only where two marks would otherwise say the same. */
const clock = (stepSeconds) => (at) => new Date(at * 1000).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", ...(stepSeconds < 60 ? { second: "2-digit" } : {}) });

function options(width, lines, format) {
  const least = format(0.5) === format(1) ? 1 : 0; // of what has no halves three marks would say two things
  const axis = { stroke: color("--soft-ink"), grid: { stroke: color("--grid"), width: 1 }, ticks: { show: false }, font: "11px system-ui, sans-serif" };
  return {
    width, height: 150, pxAlign: 0, padding: [10, 4, 0, 0], legend: { show: false }, cursor: { y: false, points: { size: 6 } },
    scales: { x: { time: true }, y: { range: (chart, low, high) => [0, high > least ? high * 1.1 : 2] } },
    series: [{}, ...lines.map((line) => ({
      label: line.label, stroke: color(line.color), width: 1.75, spanGaps: false, points: { show: (chart) => chart.data[0].length < 4 },
      fill: line.fill ? color(line.color) + "22" : undefined,
    }))],
    axes: [
      { ...axis, size: 26, space: 70, values: (chart, splits) => splits.map(clock(splits[1] - splits[0])) },
      { ...axis, size: 54, space: 32, values: (chart, splits) => splits.map(format) },
    ],
  };
}

/** data: [seconds[], values[], ...]; lines: { label, color (a CSS variable), fill }. */
export function Chart({ title, data: given, lines, format, theme }) {
  const data = useMemo(() => widened(given), [given]);
  const box = useRef(null);
  const chart = useRef(null);
  const [failed, setFailed] = useState("");
  const [at, setAt] = useState(null);
  const latest = useRef(data);
  latest.current = data;
  useLayoutEffect(() => {
    let gone = false;
    let watch = null;
    load().then((uPlot) => {
      if (gone) return;
      const made = new uPlot({ ...options(box.current.clientWidth, lines, format), hooks: { setCursor: [(u) => setAt(u.cursor.idx ?? null)] } }, latest.current, box.current);
      chart.current = made;
      watch = new ResizeObserver(() => made.setSize({ width: box.current.clientWidth, height: 150 }));
      watch.observe(box.current);
    }).catch((failure) => setFailed(failure.message));
    return () => {
      gone = true;
      watch?.disconnect();
      chart.current?.destroy();
      chart.current = null;
    };
  }, [theme]);
  useEffect(() => {
    chart.current?.setData(data);
  }, [data]);
  const shown = (i) => {
    const column = data[i + 1];
    return column?.[at ?? column.length - 1];
  };
  const words = lines.map((line, i) => line.label + " " + (shown(i) === null || shown(i) === undefined ? "–" : format(shown(i))));
  return html`<figure class="chart"><figcaption><span>${title}</span><span class="legend">${lines.map((line, i) => html`
    <span key=${line.label}><i class=${"key " + line.color.slice(2)}></i>${words[i]}</span>`)}</span></figcaption>
    <div ref=${box} class="plot" role="img" aria-label=${title + ": " + words.join(", ")}></div>${failed && html`<p class="empty">${failed}</p>`}</figure>`;
}
