'use strict';
const main = document.getElementById('main');
const dark = matchMedia('(prefers-color-scheme: dark)').matches;
const INK = dark ? '#dbe1ea' : '#1c2430', GRID = dark ? '#2c3440' : '#e3e7ed';
const LINES = [['p50', '#2ca02c'], ['p99', '#1f77b4'], ['p999', '#9467bd'], ['max', '#d62728']];
const NAMES = { p50: 'p50', p99: 'p99', p999: 'p99.9', max: 'longest' };
const MARKS = ['#e377c2', '#bcbd22', '#8c564b', '#17becf', '#ff7f0e', '#d62728', '#7f7f7f', '#b0a090'];

function add(parent, tag, text, kind) {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  if (kind) element.className = kind;
  return parent.appendChild(element);
}

add(main, 'p', data.figures + '.');
const worst = add(main, 'p', data.worst);
worst.style.whiteSpace = 'pre-line';

const seconds = data.p50.map((value, i) => i);
const kinds = [...new Set(data.events.map(event => event.kind))];
const width = Math.min(1120, document.body.clientWidth - 20);
const xAxis = { stroke: INK, grid: { stroke: GRID }, values: (u, ticks) => ticks.map(tick => tick + ' s') };
const cursor = { sync: { key: 'time' } };
// A second without tasks has no latency; a logarithm needs more than 0.
const positive = values => values.map(value => value > 0 ? value : null);

add(main, 'h2', 'From the moment a task was due to its handler, ms, by the second in which it was due');
new uPlot({
  width, height: 420, cursor,
  scales: { x: { time: false }, y: { distr: 3 } },
  axes: [xAxis, { stroke: INK, grid: { stroke: GRID }, size: 60 }],
  series: [{ label: 'second' }, ...LINES.map(([key, color]) => ({ label: NAMES[key], stroke: color, width: 1.5, points: { show: false } }))],
}, [seconds, ...LINES.map(([key]) => positive(data[key]))], add(main, 'div'));

add(main, 'h2', 'What happened meanwhile');
new uPlot({
  width, height: 60 + 34 * Math.max(1, kinds.length), cursor, legend: { show: false },
  scales: { x: { time: false }, y: { range: [-0.6, kinds.length - 0.4] } },
  axes: [xAxis, { stroke: INK, grid: { stroke: GRID }, size: 190, splits: kinds.map((kind, i) => i), values: () => kinds }],
  series: [{}, { show: false }],
  hooks: { draw: [u => {
    data.events.forEach(event => {
      const lane = kinds.indexOf(event.kind);
      const from = u.valToPos(Math.max(0, event.from / 1000), 'x', true), to = u.valToPos(Math.min(seconds.length, event.to / 1000), 'x', true);
      const top = u.valToPos(lane + 0.35, 'y', true), bottom = u.valToPos(lane - 0.35, 'y', true);
      u.ctx.fillStyle = MARKS[lane % MARKS.length];
      u.ctx.fillRect(from, top, Math.max(1, to - from), bottom - top);
    });
  }] },
}, [seconds, seconds.map(() => null)], add(main, 'div'));

const table = add(main, 'table');
const head = add(add(table, 'thead'), 'tr');
['at, s', 'what', ''].forEach(text => add(head, 'th', text));
const body = add(table, 'tbody');
data.events.forEach(event => {
  const row = add(body, 'tr');
  add(row, 'td', (event.from / 1000).toFixed(1), 'number');
  add(row, 'td', event.kind);
  add(row, 'td', event.text);
});
