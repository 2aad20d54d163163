import { markup, type Markup } from './markup';
import type { ReportData } from './report-data';
import { exact, type Scale } from './scale';
import { milliseconds, seconds } from './words';

export const WIDTH = 960;
const LEFT = 76;
const RIGHT = 16;
const TOP = 44;
const BOTTOM = 40;
const HEIGHT = 300;
/** What stands closer together than this gets its words in another line. */
const LABEL_PX = 110;

/** The part of a chart where the values are. */
export const PLOT = { left: LEFT, right: WIDTH - RIGHT, top: TOP, bottom: HEIGHT - BOTTOM } as const;

/** A plot over the time of the run. */
export interface TimeChart {
  readonly id: string;
  readonly title: string;
  /** What a reader who does not see it should know. */
  readonly description: string;
  readonly unit: string;
  readonly values: Scale;
  readonly format: (value: number) => string;
  readonly marks: Markup;
}

/** Time since the clients started, over the width of every plot. */
export function timeScale({ workload: { startedAt, stoppedAt } }: ReportData): Scale {
  return exact((stoppedAt - startedAt) / 1000, PLOT.left, PLOT.right);
}

/** Axes, grid, faults and cutovers around what a plot draws. */
export function timeChart(data: ReportData, { id, title, description, unit, values, format, marks }: TimeChart): Markup {
  const time = timeScale(data);
  return markup`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="${id}-title ${id}-description">
<title id="${id}-title">${title}</title>
<desc id="${id}-description">${description}</desc>
${bands(data, time)}
${values.ticks.map((tick) => markup`<line class="grid" x1="${PLOT.left}" x2="${PLOT.right}" y1="${values.place(tick)}" y2="${values.place(tick)}"/>
<text class="tick" x="${PLOT.left - 8}" y="${values.place(tick) + 4}" text-anchor="end">${format(tick)}</text>`)}
${time.ticks.map((tick) => markup`<line class="axis" x1="${time.place(tick)}" x2="${time.place(tick)}" y1="${PLOT.bottom}" y2="${PLOT.bottom + 5}"/>
<text class="tick" x="${time.place(tick)}" y="${PLOT.bottom + 19}" text-anchor="middle">${tick}</text>`)}
<text class="tick" x="${PLOT.left - 8}" y="${PLOT.top - 14}" text-anchor="end">${unit}</text>
<text class="tick" x="${PLOT.right}" y="${HEIGHT - 5}" text-anchor="end">seconds since the clients started</text>
${marks}
<line class="axis" x1="${PLOT.left}" x2="${PLOT.right}" y1="${PLOT.bottom}" y2="${PLOT.bottom}"/>
${events(data, time)}
</svg>`;
}

function bands({ faults, workload: { startedAt } }: ReportData, time: Scale): Markup[] {
  return faults.flatMap(({ at, endedAt }) => {
    if (endedAt === undefined) return [];
    const from = time.place((at - startedAt) / 1000);
    const width = Math.max(1, time.place((endedAt - startedAt) / 1000) - from);
    return [markup`<rect class="fault-band" x="${from}" y="${PLOT.top}" width="${width}" height="${PLOT.bottom - PLOT.top}"/>`];
  });
}

/** Faults by their numbers, cutovers by their pauses; the words of neighbours stand in two lines. */
function events({ faults, cutovers, workload: { startedAt } }: ReportData, time: Scale): Markup[] {
  const all = [
    ...faults.map(({ name, at }, index) => ({ at, kind: 'fault', label: `fault ${index + 1}`, title: `fault ${index + 1}: ${name}` })),
    ...cutovers.map(({ direction, startedAt: began, closedAt, pauseMs }) => (
      { at: closedAt ?? began, kind: 'cutover', label: `${direction} ${milliseconds(pauseMs)}`, title: `${direction}, a pause of ${milliseconds(pauseMs)}` })),
  ].sort((a, b) => a.at - b.at);
  const ends = [0, 0];
  return all.map(({ at, kind, label, title }) => {
    const x = time.place((at - startedAt) / 1000);
    const line = ends[0] <= x || ends[1] > x ? 0 : 1;
    ends[line] = x + LABEL_PX;
    const anchor = x > PLOT.right - LABEL_PX ? 'end' : 'start';
    return markup`<g><title>${title} at ${seconds(at - startedAt)}</title>
<line class="${kind}" x1="${x}" x2="${x}" y1="${PLOT.top - 28 + line * 13}" y2="${PLOT.bottom}"/>
<text class="event" x="${anchor === 'end' ? x - 4 : x + 4}" y="${PLOT.top - 20 + line * 13}" text-anchor="${anchor}">${label}</text></g>`;
  });
}
