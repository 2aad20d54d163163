import { latencyChart } from './latency-chart';
import { markup, Markup } from './markup';
import { pauseChart } from './pause-chart';
import type { Cutover, ReportData } from './report-data';
import { resample, type Slot } from './resample';
import { STYLE } from './style';
import { pairs, table } from './tables';
import { throughputChart } from './throughput-chart';
import { milliseconds, moment, seconds, whole } from './words';
import type { Handover } from '../workload';

/** A rehearsal as one HTML file that loads nothing and runs nothing. */
export function renderReport(data: ReportData): string {
  const slots = resample(data.workload.samples, data.workload.startedAt);
  return `<!DOCTYPE html>\n${markup`<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${data.title}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<main>
${heading(data)}
${plots(data, slots)}
${pauses(data)}
${faults(data)}
${checks(data)}
${findings(data)}
${surroundings(data)}
${numbers(slots)}
</main>
</body>
</html>`.text}\n`;
}

function heading({ title, passed, reasons, startedAt, endedAt, profile, audit, cutovers, workload }: ReportData): Markup {
  const wrong = (count: number) => markup`<dd class="${count === 0 ? 'right' : 'wrong'}">${whole(count)}</dd>`;
  const longest = Math.max(...cutovers.map(({ pauseMs }) => pauseMs));
  return markup`<header>
<h1>${title}</h1>
<p class="quiet">${moment(startedAt)}, ${seconds(endedAt - startedAt)}, profile ${profile}</p>
<p class="verdict ${passed ? 'passed' : 'failed'}">${passed ? 'Passed' : 'Failed'}</p>
${reasons.map((reason) => markup`<p>${reason}</p>`)}
<dl class="figures">
<div><dt>acknowledged</dt><dd>${whole(audit.acknowledged)}</dd></div>
<div><dt>lost</dt>${wrong(audit.lost)}</div>
<div><dt>duplicated</dt>${wrong(audit.duplicated)}</div>
<div><dt>unbalanced</dt>${wrong(audit.unbalanced)}</div>
<div><dt>longest pause</dt><dd>${cutovers.length === 0 ? 'none' : milliseconds(longest)}</dd></div>
<div><dt>latency p99</dt><dd>${milliseconds(workload.latency.p99)}</dd></div>
</dl>
<p class="note">Native logical replication stands in for DMS here; it is not DMS.
${profile === 'native' ? 'A pause under the native profile is a floor, not an expectation.' : 'The dms profile delays and groups changes in the manner of a DMS task.'}</p>
</header>`;
}

function plots(data: ReportData, slots: readonly Slot[]): Markup {
  const { p50, p99, max } = data.workload.latency;
  const area = (name: string) => markup`<svg viewBox="0 0 26 12" aria-hidden="true"><rect class="${name}" width="26" height="12"/></svg>`;
  const line = (name: string) => markup`<svg viewBox="0 0 26 12" aria-hidden="true"><line class="${name}" x1="0" x2="26" y1="6" y2="6"/></svg>`;
  const band = data.faults.length === 0 ? markup`` : markup`<span>${line('fault')} fault</span>`;
  const cutover = data.cutovers.length === 0 ? markup`` : markup`<span>${line('cutover')} cutover or rollback, with its pause</span>`;
  return markup`<section>
<h2>Who acknowledged, and how much</h2>
<figure>${throughputChart(data, slots)}
<figcaption><span>${area('source')} acknowledged by the source</span><span>${area('target')} by the target</span><span>${line('rate')} arrivals</span>${band}${cutover}</figcaption></figure>
<h2>Latency</h2>
<p class="quiet">Operations arrive on schedule whether or not earlier ones are done, and latency counts from the scheduled arrival: a stall shows in all that it delayed.
Over the whole run: p50 ${milliseconds(p50)}, p99 ${milliseconds(p99)}, slowest ${milliseconds(max)}.</p>
<figure>${latencyChart(data, slots)}
<figcaption><span>${line('line p50')} p50</span><span>${line('line p99')} p99</span><span>${line('line max')} slowest</span>${band}${cutover}</figcaption></figure>
</section>`;
}

function pauses(data: ReportData): Markup {
  return markup`<section>
<h2>Write pauses</h2>
${data.cutovers.length === 0 ? markup`<p>No cutover.</p>` : data.cutovers.map((_, index) => pause(data, index))}
</section>`;
}

function pause({ cutovers, workload: { startedAt, handovers } }: ReportData, index: number): Markup {
  const cutover = cutovers[index];
  const seen = seenByClients(cutover, cutovers[index + 1], handovers);
  return markup`<h3>${cutover.direction === 'cutover' ? 'Cutover, source to target' : 'Rollback, target to source'}: ${milliseconds(cutover.pauseMs)},
at ${seconds((cutover.closedAt ?? cutover.startedAt) - startedAt)}</h3>
<p class="quiet">${seen === undefined ? 'No client saw the change.' : `Clients: ${milliseconds(seen.gapMs)} from the last answer of the ${seen.from} to the first of the ${seen.to}.`}</p>
<figure>${pauseChart(cutover, `pause-${index + 1}`)}</figure>`;
}

/** The change of side that belongs to this cutover: the first in its direction that ends after it began and before the next one began. */
function seenByClients(cutover: Cutover, next: Cutover | undefined, handovers: readonly Handover[]): Handover | undefined {
  const to = cutover.direction === 'cutover' ? 'target' : 'source';
  return handovers.find((handover) => (
    handover.to === to && handover.firstAt >= cutover.startedAt && (next === undefined || handover.firstAt < next.startedAt)));
}

function faults({ faults: all, workload: { startedAt } }: ReportData): Markup {
  const rows = all.map(({ name, at, endedAt, note }, index) => [
    String(index + 1), name, seconds(at - startedAt), endedAt === undefined ? '' : seconds(endedAt - startedAt), note ?? '',
  ]);
  return markup`<section>
<h2>Faults</h2>
${table([{ name: 'number' }, { name: 'fault' }, { name: 'at', number: true }, { name: 'until', number: true }, { name: 'note' }], rows, 'Nothing was broken on purpose.')}
</section>`;
}

function checks({ checks: said }: ReportData): Markup {
  return markup`<section>
<h2>Checks of both databases</h2>
${pairs(said, ['check', 'what it said'], 'None.')}
</section>`;
}

function findings({ audit, workload: { errors } }: ReportData): Markup {
  const { unacknowledged: { asked, there } } = audit;
  const rows = audit.findings.map(({ kind, reason, count, subjects }) => [
    kind, reason, whole(count), markup`${subjects.map((subject) => markup`<code>${subject}</code><br>`)}`,
  ]);
  const codes = Object.entries(errors).sort(([, a], [, b]) => b - a).map(([code, count]) => [markup`<code>${code}</code>`, whole(count)]);
  return markup`<section>
<h2>Audit</h2>
<p>Each of the ${whole(audit.acknowledged)} acknowledged operations was looked for in the database with authority, and its ledger was added up, in ${milliseconds(audit.ms)}.
${asked === 0 ? 'No operation was left without an answer.' : `${whole(asked)} were left without an answer, and ${whole(there)} of these are there: either is right.`}</p>
${table([{ name: 'kind' }, { name: 'what' }, { name: 'how many', number: true }, { name: 'such as' }], rows, 'It found nothing wrong.')}
<h3>Errors that clients met, and tried again after</h3>
${table([{ name: 'error' }, { name: 'how often', number: true }], codes, 'None.')}
</section>`;
}

function surroundings({ versions, options, workload: { rate, clients } }: ReportData): Markup {
  return markup`<section>
<h2>Versions and options</h2>
<p>${whole(rate)} operations each second from ${whole(clients)} clients.</p>
${pairs(versions, ['what', 'version'], 'No versions were noted.')}
${pairs(options, ['option', 'value'], 'No options were given.')}
</section>`;
}

function numbers(slots: readonly Slot[]): Markup {
  const rows = slots.map(({ to, acknowledged: { source, target }, errors, latency: { count, p50, p99, max } }) => [
    seconds(to), whole(source), whole(target), whole(errors), ...[p50, p99, max].map((ms) => (count === 0 ? '' : milliseconds(ms))),
  ]);
  const columns = ['until', 'source, per second', 'target, per second', 'errors', 'p50', 'p99', 'slowest'].map((name) => ({ name, number: true }));
  return markup`<section>
<h2>The plots as numbers</h2>
<details><summary>${whole(slots.length)} rows</summary>${table(columns, rows, 'No samples were taken.')}</details>
</section>`;
}
