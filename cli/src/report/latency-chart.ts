import { PLOT, timeChart, timeScale } from './chart';
import { markup, type Markup } from './markup';
import type { ReportData } from './report-data';
import type { Slot } from './resample';
import { logarithmic } from './scale';
import { milliseconds, whole } from './words';

const LINES = ['max', 'p99', 'p50'] as const;

/** Latency over time. Where nothing was acknowledged the lines are broken. */
export function latencyChart(data: ReportData, slots: readonly Slot[]): Markup {
  const { p50, p99, max } = data.workload.latency;
  const answered = slots.filter(({ latency }) => latency.count > 0);
  const lowest = Math.min(10, ...answered.map(({ latency }) => Math.max(latency.p50, 0.1)));
  const values = logarithmic(lowest, Math.max(max, 10), PLOT.bottom, PLOT.top);
  const time = timeScale(data);
  const line = (name: typeof LINES[number]) => slots.map(({ from, to, latency }, index) => {
    if (latency.count === 0) return '';
    const starts = index === 0 || slots[index - 1].latency.count === 0;
    return `${starts ? 'M' : 'L'}${time.place((from + to) / 2000)},${values.place(latency[name])}`;
  }).join('');
  return timeChart(data, {
    id: 'latency',
    title: 'Latency from the scheduled arrival to the acknowledgement, on a logarithmic scale',
    description: `Over the whole run half of the operations took at most ${milliseconds(p50)}, 99 of 100 at most ${milliseconds(p99)}, and the slowest ${milliseconds(max)}.`,
    unit: 'ms',
    values,
    format: (value) => (value < 1 ? String(Number(value.toPrecision(1))) : whole(value)),
    marks: markup`${LINES.map((name) => markup`<path class="line ${name}" d="${line(name)}"/>`)}`,
  });
}
