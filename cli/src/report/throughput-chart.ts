import { PLOT, timeChart, timeScale } from './chart';
import { markup, type Markup } from './markup';
import type { ReportData } from './report-data';
import type { Slot } from './resample';
import { linear } from './scale';
import { whole } from './words';

/** Acknowledged operations over time, in the colour of the side that acknowledged them: who had authority, and when nobody had. */
export function throughputChart(data: ReportData, slots: readonly Slot[]): Markup {
  const { rate, acknowledged } = data.workload;
  const most = Math.max(rate, ...slots.map((slot) => slot.acknowledged.source + slot.acknowledged.target));
  const values = linear(most, PLOT.bottom, PLOT.top);
  const time = timeScale(data);
  const area = (bottom: (slot: Slot) => number, top: (slot: Slot) => number) => {
    const points = (height: (slot: Slot) => number) => slots.flatMap((slot) => {
      const y = values.place(height(slot));
      return [`${time.place(slot.from / 1000)},${y}`, `${time.place(slot.to / 1000)},${y}`];
    });
    return slots.length === 0 ? '' : `M${[...points(top), ...points(bottom).reverse()].join('L')}Z`;
  };
  const source = (slot: Slot) => slot.acknowledged.source;
  const both = (slot: Slot) => slot.acknowledged.source + slot.acknowledged.target;
  const y = values.place(rate);
  return timeChart(data, {
    id: 'throughput',
    title: 'Acknowledged operations per second, by the side that acknowledged them',
    description: `The source acknowledged ${whole(acknowledged.source)} operations and the target ${whole(acknowledged.target)}; ${whole(rate)} arrived each second.`,
    unit: 'per second',
    values,
    format: whole,
    marks: markup`<path class="source" d="${area(() => 0, source)}"/>
<path class="target" d="${area(source, both)}"/>
<line class="rate" x1="${PLOT.left}" x2="${PLOT.right}" y1="${y}" y2="${y}"/>`,
  });
}
