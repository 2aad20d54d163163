import { renderReport, type Cutover, type ReportData } from '../../src/report';
import { resample } from '../../src/report/resample';
import { exact, linear, logarithmic } from '../../src/report/scale';
import type { Sample, Side } from '../../src/workload';
import { Histogram } from '../../src/workload/histogram';

const START = Date.UTC(2026, 0, 31, 12);

function sample(index: number, side: Side, latencies: readonly number[]): Sample {
  const histogram = new Histogram();
  latencies.forEach((ms) => histogram.record(ms));
  const acknowledged = { source: 0, target: 0, [side]: latencies.length };
  return {
    at: START + (index + 1) * 100,
    intervalMs: 100,
    arrived: 10,
    acknowledged,
    errors: { 25006: 1 },
    latency: histogram.latency(),
    buckets: histogram.buckets(),
    waiting: 0,
    inFlight: 0,
    busy: 0.1,
  };
}

const CUTOVER: Cutover = {
  direction: 'cutover',
  pauseMs: 20,
  steps: [{ step: 'close the source', ms: 5 }, { step: 'wait for the marker', ms: 12 }],
  startedAt: START + 990,
  closedAt: START + 1000,
  openedAt: START + 1020,
};

const DATA: ReportData = {
  title: 'Rehearsal',
  passed: true,
  reasons: ['Nothing is lost.'],
  startedAt: START - 5000,
  endedAt: START + 3000,
  profile: 'native',
  versions: { source: 'PostgreSQL 17' },
  options: { rate: 100 },
  workload: {
    rate: 100,
    clients: 4,
    startedAt: START,
    stoppedAt: START + 2000,
    acknowledged: { source: 100, target: 100 },
    errors: { 25006: 20, ECONNRESET: 30 },
    latency: { count: 200, p50: 4, p99: 40, max: 1234 },
    samples: Array.from({ length: 20 }, (_, index) => sample(index, index < 10 ? 'source' : 'target', [2, 4, 40])),
    handovers: [{ from: 'source', to: 'target', lastAt: START + 998, firstAt: START + 1031, gapMs: 33 }],
  },
  cutovers: [CUTOVER],
  faults: [{ name: 'crash of the source', at: START + 400, endedAt: START + 600 }],
  checks: { preflight: '0 blockers, 1 warning' },
  audit: { acknowledged: 200, lost: 0, duplicated: 0, unbalanced: 0, unacknowledged: { asked: 0, there: 0 }, findings: [], ms: 80 },
};

/** The text without its tags, with single spaces. */
function words(html: string): string {
  return html.replace(/<style>[^]*?<\/style>/, '').replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
}

/** Every element that was opened is closed, in its order. */
function expectWellFormed(html: string): void {
  const open: string[] = [];
  for (const [, closing, name, itself] of html.matchAll(/<(\/?)([a-z][a-z0-9]*)\b[^>]*?(\/?)>/gi)) {
    if (itself === '/' || ['meta', 'br'].includes(name)) continue;
    if (closing === '/') expect(open.pop()).toBe(name);
    else open.push(name);
  }
  expect(open).toEqual([]);
}

describe('renderReport', () => {
  const html = renderReport(DATA);

  test('says the outcome, the figures and what it is not', () => {
    const text = words(html);
    expect(text).toContain('Passed');
    expect(text).toMatch(/acknowledged 200 lost 0 duplicated 0 unbalanced 0 longest pause 20 ms latency p99 40 ms/);
    expect(text).toContain('Native logical replication stands in for DMS here; it is not DMS.');
    expect(text).toContain('2026-01-31 11:59:55 UTC, 8.0 s, profile native');
    expect(text).toMatch(/ECONNRESET 30 25006 20/);
    expect(words(renderReport({ ...DATA, passed: false, reasons: ['2 are lost.'] }))).toContain('Failed 2 are lost.');
  });

  test('loads nothing and runs nothing', () => {
    expect(html).not.toMatch(/<script|<link|<img|<iframe|@import|url\(|\bsrc=|\bhref=|\son\w+=/i);
    expect(html.match(/https?:/g)).toBeNull();
    expect(html).toContain("default-src 'none'");
  });

  test('is well formed, whatever is in it', () => {
    expectWellFormed(html);
    expectWellFormed(renderReport({ ...DATA, cutovers: [], faults: [] }));
  });

  test('every drawing that says something has a title and a description that it names', () => {
    const drawings = [...html.matchAll(/<svg[^>]*role="img"[^>]*aria-labelledby="([^"]+)"/g)].map(([, ids]) => ids.split(' '));
    expect(drawings).toHaveLength(3);
    for (const [title, description] of drawings) {
      expect(html).toContain(`<title id="${title}">`);
      expect(html).toContain(`<desc id="${description}">`);
    }
    const ids = [...html.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('has colours for light and for dark', () => {
    expect(html).toContain('color-scheme: light dark');
    const names = (css: string) => [...css.matchAll(/--(\w+):/g)].map(([, name]) => name).sort();
    const [, light = '', dark = ''] = /:root \{([^}]*)\}\s*@media \(prefers-color-scheme: dark\) \{ :root \{([^}]*)\}/.exec(html) ?? [];
    expect(names(light).length).toBeGreaterThan(8);
    expect(names(dark)).toEqual(names(light));
    for (const [, name] of html.matchAll(/var\(--(\w+)\)/g)) expect(names(light)).toContain(name);
  });

  test('escapes whatever it is given', () => {
    const evil = '</text><script>alert("1")</script>&\'\u0000';
    const safe = '&lt;/text&gt;&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;\ufffd';
    const evilHtml = renderReport({
      ...DATA,
      title: evil,
      reasons: [evil],
      versions: { [evil]: evil },
      options: { [evil]: evil },
      workload: { ...DATA.workload, errors: { [evil]: 1 } },
      cutovers: [{ ...CUTOVER, steps: [{ step: evil, ms: 20 }] }],
      faults: [{ name: evil, at: START, note: evil }],
      audit: { ...DATA.audit, findings: [{ kind: 'lost', reason: evil, count: 1, subjects: [evil] }] },
    });
    expect(evilHtml).not.toContain('<script');
    expect(evilHtml.split(safe).length).toBeGreaterThan(12);
    expectWellFormed(evilHtml);
  });

  test('shows each step of a pause from where the one before ended, and what the steps leave', () => {
    const [, ...bars] = html.slice(html.indexOf('id="pause-1-title"')).split('<text class="label"');
    const places = bars.map((bar) => /x="([\d.]+)" y="[\d.]+" width="([\d.]+)"/.exec(bar)?.slice(1).map(Number) ?? []);
    expect(places.map(([, width]) => width)).toEqual([155, 372, 93]);
    expect(places[1][0]).toBe(places[0][0] + 155);
    expect(places[2][0]).toBe(places[1][0] + 372);
    expect(words(html)).toMatch(/close the source 5\.0 ms wait for the marker 12 ms between the steps 3\.0 ms/);
  });

  test('says what clients saw of each cutover, in its direction and its time', () => {
    expect(words(html)).toContain('Clients: 33 ms from the last answer of the source to the first of the target.');
    const rollback: Cutover = { ...CUTOVER, direction: 'rollback', startedAt: START + 1500, closedAt: undefined };
    const both = words(renderReport({ ...DATA, cutovers: [CUTOVER, rollback] }));
    expect(both).toMatch(/Rollback, target to source: 20 ms, at 1\.5 s No client saw the change\./);
  });

  test('marks faults and cutovers on both plots', () => {
    expect(html.match(/<line class="fault" [^>]*y2="260"/g)).toHaveLength(2);
    expect(html.match(/class="fault-band"/g)).toHaveLength(2);
    expect(html.match(/<title>cutover, a pause of 20 ms at 1\.0 s<\/title>/g)).toHaveLength(2);
  });

  test('draws authority over time: the source until the cutover, the target after it', () => {
    const points = (side: Side) => new RegExp(`<path class="${side}" d="M([^"]*)Z"`).exec(html)?.[1].split('L').map((point) => point.split(',').map(Number)) ?? [];
    // An area goes along its top and comes back along its bottom.
    const high = (side: Side) => points(side).filter(([, y], index, all) => all[all.length - 1 - index][1] !== y).map(([x]) => x);
    expect(high('source').length).toBe(40);
    const middle = (76 + 944) / 2;
    expect(Math.max(...high('source'))).toBeLessThanOrEqual(middle);
    expect(Math.min(...high('target'))).toBeGreaterThanOrEqual(middle);
  });

  test('a run in which nothing happened has no broken numbers', () => {
    const { workload, audit } = DATA;
    const empty = renderReport({
      ...DATA,
      cutovers: [],
      faults: [],
      versions: {},
      options: {},
      workload: { ...workload, stoppedAt: START, errors: {}, samples: [], handovers: [], latency: { count: 0, p50: 0, p99: 0, max: 0 } },
      audit: { ...audit, acknowledged: 0 },
    });
    expect(empty).not.toMatch(/NaN|Infinity|undefined|\[object/);
    expect(words(empty)).toContain('No cutover.');
    const silent = renderReport({ ...DATA, workload: { ...workload, samples: [sample(0, 'source', []), sample(1, 'source', [3])] } });
    expect(silent).not.toMatch(/NaN|Infinity|undefined/);
  });
});

describe('resample', () => {
  const samples = Array.from({ length: 1001 }, (_, index) => sample(index, 'source', index % 2 === 0 ? [1, 100] : []));
  test('joins neighbours without leaving anything out', () => {
    const slots = resample(samples, START, 300);
    expect(slots.length).toBe(Math.ceil(1001 / 4));
    expect(slots.reduce((total, { latency }) => total + latency.count, 0)).toBe(1002);
    expect(slots.reduce((total, { errors }) => total + errors, 0)).toBe(1001);
    expect(slots[0]).toMatchObject({ from: 0, to: 400, acknowledged: { source: 10, target: 0 }, latency: { max: 100 } });
  });
  test('a short run is shown as it is', () => {
    expect(resample(samples.slice(0, 7), START)).toHaveLength(7);
  });
});

describe('scales', () => {
  test('linear ends at the first round number that covers everything', () => {
    expect(linear(790, 100, 0).ticks).toEqual([0, 200, 400, 600, 800]);
    expect(linear(800, 100, 0).place(800)).toBe(0);
    expect(linear(0, 0, 100).ticks[0]).toBe(0);
  });
  test('exact ends where the values do', () => {
    expect(exact(17.7, 0, 100).place(17.7)).toBe(100);
    expect(exact(17.7, 0, 100).ticks.at(-1)).toBe(16);
    expect(exact(17.7, 0, 100).place(99)).toBe(100);
  });
  test('logarithmic goes in powers of ten', () => {
    expect(logarithmic(3, 1234, 100, 0).ticks).toEqual([1, 10, 100, 1000, 10000]);
    expect(logarithmic(3, 1234, 100, 0).place(100)).toBe(50);
    expect(logarithmic(1, 1, 0, 10).ticks).toEqual([1, 10]);
  });
});
