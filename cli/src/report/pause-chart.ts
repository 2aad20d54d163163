import { WIDTH } from './chart';
import { markup, type Markup } from './markup';
import type { Cutover, CutoverStep } from './report-data';
import { linear } from './scale';
import { milliseconds } from './words';

const LEFT = 250;
const RIGHT = 90;
const ROW = 24;
const BAR = 14;
const AXIS = 30;
/** What timers leave between two steps is not worth a row of its own. */
const SMALL_MS = 0.5;

/** The steps of one pause, one under the other, each where it began. */
export function pauseChart({ direction, pauseMs, steps }: Cutover, id: string): Markup {
  const rows = withRest(steps, pauseMs);
  const total = Math.max(pauseMs, rows.reduce((sum, { ms }) => sum + ms, 0));
  const values = linear(total, LEFT, WIDTH - RIGHT);
  const height = rows.length * ROW + AXIS;
  let elapsed = 0;
  const bars = rows.map(({ step, ms }, index) => {
    const from = values.place(elapsed);
    elapsed += ms;
    const to = values.place(elapsed);
    const y = index * ROW + (ROW - BAR) / 2;
    return markup`<text class="label" x="${LEFT - 10}" y="${y + BAR - 3}" text-anchor="end">${step}</text>
<rect class="step" x="${from}" y="${y}" width="${Math.max(1.5, Math.round((to - from) * 10) / 10)}" height="${BAR}" rx="2"/>
<text class="tick" x="${to + 6}" y="${y + BAR - 3}">${milliseconds(ms)}</text>`;
  });
  return markup`<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="${id}-title ${id}-description">
<title id="${id}-title">Steps of the pause of this ${direction}</title>
<desc id="${id}-description">${rows.map(({ step, ms }) => `${step}: ${milliseconds(ms)}`).join('; ')}</desc>
${values.ticks.map((tick) => markup`<line class="grid" x1="${values.place(tick)}" x2="${values.place(tick)}" y1="0" y2="${rows.length * ROW}"/>
<text class="tick" x="${values.place(tick)}" y="${rows.length * ROW + 16}" text-anchor="middle">${Number(tick.toPrecision(6))}</text>`)}
<text class="tick" x="${WIDTH - 4}" y="${rows.length * ROW + 16}" text-anchor="end">ms</text>
${bars}
</svg>`;
}

/** What the steps do not cover of the pause is shown too. */
function withRest(steps: readonly CutoverStep[], pauseMs: number): readonly CutoverStep[] {
  const rest = pauseMs - steps.reduce((sum, { ms }) => sum + ms, 0);
  return rest > SMALL_MS ? [...steps, { step: 'between the steps', ms: rest }] : steps;
}
