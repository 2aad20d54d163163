/** One column, system fonts, colours for light and dark that differ in lightness too, so that they hold for eyes that see no hues. */
export const STYLE = `
:root { color-scheme: light dark; --text: #1b1f24; --quiet: #57606a; --page: #ffffff; --card: #f6f8fa; --rule: #d0d7de; --source: #1f5fbf; --target: #e08a1e;
  --good: #1a7f37; --bad: #b3261e; --fault: #b3261e; --cutover: #1b1f24; --p50: #1f5fbf; --p99: #7a3fb0; --max: #8c959f; --step: #2f6f8f; }
@media (prefers-color-scheme: dark) { :root { --text: #e6edf3; --quiet: #9aa4af; --page: #0d1117; --card: #161b22; --rule: #30363d; --source: #4f8fe8; --target: #f2b04e;
  --good: #3fb950; --bad: #ff7b72; --fault: #ff7b72; --cutover: #e6edf3; --p50: #6ea8fe; --p99: #c297f5; --max: #7d8590; --step: #5fa8c8; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1040px; padding: 24px 20px 64px; background: var(--page); color: var(--text); font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 24px; margin: 0 0 4px; }
h2 { font-size: 18px; margin: 40px 0 8px; }
h3 { font-size: 15px; margin: 24px 0 8px; }
p { margin: 8px 0; }
.quiet { color: var(--quiet); }
.verdict { display: inline-block; margin: 12px 0 4px; padding: 4px 14px; border: 2px solid currentColor; border-radius: 6px; font-weight: 700; }
.passed { color: var(--good); }
.failed, .wrong { color: var(--bad); }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin: 20px 0; }
.figures div { padding: 12px 14px; background: var(--card); border: 1px solid var(--rule); border-radius: 6px; }
.figures dt { color: var(--quiet); font-size: 13px; }
.figures dd { margin: 0; font-size: 22px; white-space: nowrap; font-weight: 600; font-variant-numeric: tabular-nums; }
.note { padding: 10px 14px; border-left: 4px solid var(--target); background: var(--card); }
figure { margin: 0; overflow-x: auto; }
figure > svg { min-width: 680px; }
svg { display: block; width: 100%; height: auto; overflow: visible; }
svg text { fill: var(--text); font: 12px system-ui, sans-serif; }
svg .tick { fill: var(--quiet); }
svg .label { font-size: 13px; }
svg .event { font-size: 11px; }
.grid { stroke: var(--rule); }
.axis { stroke: var(--quiet); }
.source { fill: var(--source); }
.target { fill: var(--target); }
.rate { stroke: var(--text); stroke-dasharray: 2 4; }
.line { fill: none; stroke-width: 1.6; stroke-linejoin: round; }
.p50 { stroke: var(--p50); stroke-width: 2.2; }
.p99 { stroke: var(--p99); stroke-dasharray: 6 3; }
.max { stroke: var(--max); stroke-width: 5; opacity: 0.45; }
.fault { stroke: var(--fault); stroke-dasharray: 4 3; }
.fault-band { fill: var(--fault); opacity: 0.14; }
.cutover { stroke: var(--cutover); }
.step { fill: var(--step); }
figcaption { display: flex; flex-wrap: wrap; gap: 4px 20px; color: var(--quiet); font-size: 13px; }
figcaption span { display: inline-flex; align-items: center; gap: 6px; }
figcaption svg { width: 26px; height: 12px; flex: none; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: 5px 12px 5px 0; border-bottom: 1px solid var(--rule); text-align: left; vertical-align: top; }
th { color: var(--quiet); font-weight: 600; font-size: 13px; }
td.number, th.number { text-align: right; white-space: nowrap; }
summary { cursor: pointer; color: var(--quiet); }
code { font: 13px ui-monospace, monospace; overflow-wrap: anywhere; }
@media print { body { max-width: none; } details { display: none; } }
`;
