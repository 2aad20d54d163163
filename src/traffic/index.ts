export { CutoverStrategy, type CustomShift, type CutoverShift, type GradualShiftOptions } from './cutover-strategy';
export { DnsCutover } from './dns-cutover';
export { type DnsCutoverOptions, type DnsCutoverProps } from './dns-cutover-props';
export { Edge } from './edge';
export { type EdgeBindOptions, type EdgeConfig } from './edge-binding';
export { type TrafficHealthCheckOptions } from './health-check-options';
export { recordNames, type RecordNames } from './record-names';
