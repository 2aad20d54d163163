/** From a value to its place on an axis, in pixels. */
export interface Scale {
  readonly place: (value: number) => number;
  readonly ticks: readonly number[];
}

/** Numbers with at most so many steps of 1, 2 or 5 times a power of ten between them, from zero up to the first that covers `max`. */
export function linear(max: number, from: number, to: number, steps = 5): Scale {
  const top = max > 0 ? max : 1;
  const power = 10 ** Math.floor(Math.log10(top / steps));
  const step = power * ([1, 2, 5].find((factor) => factor * power * steps >= top) ?? 10);
  const end = step * Math.ceil(top / step);
  const ticks = Array.from({ length: Math.round(end / step) + 1 }, (_, index) => index * step);
  return { place: (value) => round(from + (to - from) * value / end), ticks };
}

/** The same without rounding the end up: time ends when the run does. */
export function exact(max: number, from: number, to: number, steps = 10): Scale {
  const { ticks } = linear(max, from, to, steps);
  const end = max > 0 ? max : 1;
  return { place: (value) => round(from + (to - from) * Math.min(Math.max(value / end, 0), 1)), ticks: ticks.filter((tick) => tick <= end) };
}

/** Powers of ten, from the one below `min` to the one above `max`. */
export function logarithmic(min: number, max: number, from: number, to: number): Scale {
  const first = Math.floor(Math.log10(min));
  const last = Math.max(first + 1, Math.ceil(Math.log10(max)));
  const ticks = Array.from({ length: last - first + 1 }, (_, index) => 10 ** (first + index));
  const part = (value: number) => (Math.log10(Math.max(value, ticks[0])) - first) / (last - first);
  return { place: (value) => round(from + (to - from) * part(value)), ticks };
}

function round(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}
