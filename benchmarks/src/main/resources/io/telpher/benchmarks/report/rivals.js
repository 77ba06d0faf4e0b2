'use strict';
const main = document.getElementById('main');
const dark = matchMedia('(prefers-color-scheme: dark)').matches;
const INK = dark ? '#dbe1ea' : '#1c2430', GRID = dark ? '#2c3440' : '#e3e7ed';
const OURS = '#1f77b4', SYNCS = '#7f8c9b', UNSAFE = '#d9a441', RUN = dark ? '#ffffff' : '#000000';

function add(parent, tag, text, kind) {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  if (kind) element.className = kind;
  return parent.appendChild(element);
}

function number(value) {
  if (value === undefined || value === null) return '-';
  const size = Math.abs(value);
  const digits = size >= 100 || Number.isInteger(value) ? 0 : size >= 10 ? 1 : 2;
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b), middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function table(head, rows) {
  const element = add(main, 'table');
  const line = add(add(element, 'thead'), 'tr');
  head.forEach(text => add(line, 'th', text));
  const body = add(element, 'tbody');
  rows.forEach(cells => {
    const row = add(body, 'tr');
    cells.forEach(text => add(row, 'td', text, /^[\d.,]|^-$/.test(text) ? 'number' : ''));
  });
}

const sound = row => !row.disturbed && !row.skipped && !row.error;

// A bar for each broker at its median, a dot for each run.
function bars(parent, workload, figure) {
  const rows = data.rows.filter(row => row.workload === workload.key && sound(row) && row.figures[figure.key] !== undefined);
  const rivals = [...new Set(rows.map(row => row.rival))];
  if (!rivals.length) return;
  const runs = rivals.map(rival => rows.filter(row => row.rival === rival));
  const values = runs.map(its => its.map(row => row.figures[figure.key]));
  const colors = rivals.map((rival, i) => rival.startsWith('telpher') ? OURS : runs[i][0].syncs ? SYNCS : UNSAFE);
  const box = add(parent, 'div');
  add(box, 'div', figure.text, 'note');
  new uPlot({
    width: 520, height: 260, legend: { show: false }, cursor: { show: false },
    scales: { x: { time: false, range: [-0.6, rivals.length - 0.4] }, y: { range: (u, low, high) => [0, Math.max(high, ...values.flat()) * 1.08 || 1] } },
    axes: [
      { stroke: INK, grid: { show: false }, rotate: -25, size: 56, splits: rivals.map((rival, i) => i), values: () => rivals },
      { stroke: INK, grid: { stroke: GRID }, size: 70, values: (u, ticks) => ticks.map(number) }],
    series: [{}, {
      paths: uPlot.paths.bars({
        size: [0.6, 80],
        disp: { fill: { unit: 3, values: () => colors }, stroke: { unit: 3, values: () => colors } } }),
      points: { show: false }, fill: SYNCS }],
    hooks: { draw: [u => {
      u.ctx.fillStyle = RUN;
      values.forEach((its, i) => its.forEach(value => {
        u.ctx.beginPath();
        u.ctx.arc(u.valToPos(i, 'x', true), u.valToPos(value, 'y', true), 2.5 * devicePixelRatio, 0, 2 * Math.PI);
        u.ctx.fill();
      }));
    }] },
  }, [rivals.map((rival, i) => i), values.map(median)], box);
}

add(main, 'p', data.machine + '.');
add(add(main, 'p', 'Command: '), 'code', data.command);
add(main, 'p', 'A bar is the median, a dot one run. Blue: Telpher; grey: syncs before it confirms; yellow: confirms before it syncs.', 'note');
add(main, 'h2', 'Where Telpher stands');
table(['workload', 'figure', 'through', 'Telpher', 'best other that syncs', 'ratio (95 %)'],
  data.standings.map(each => [each.workload, each.figure, each.through, each.telpher, each.best, each.ratio]));

for (const workload of data.workloads) {
  const rows = data.rows.filter(row => row.workload === workload.key);
  if (!rows.length) continue;
  add(main, 'h2', workload.key + ': ' + workload.text);
  const plots = add(main, 'div', undefined, 'plots');
  workload.figures.slice(0, 4).forEach(figure => bars(plots, workload, figure));
  table(['broker', 'durability', 'round', ...workload.figures.map(figure => figure.text), 'steal', 'others', ''],
    rows.map(row => [row.rival + ' ' + row.version, row.durability, String(row.round),
      ...workload.figures.map(figure => number(row.figures[figure.key])),
      number(row.figures.steal_cores), number(row.figures.others_cores), row.skipped || row.error || row.disturbed || '']));
}
