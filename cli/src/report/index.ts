export { renderReport } from './render-report';
export type { ApplyProfile, Cutover, CutoverStep, Fault, ReportData } from './report-data';
