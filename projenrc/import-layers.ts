import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Component } from 'projen';
import type { TypeScriptProject } from 'projen/lib/typescript';
import { importZones, layersTable } from './layers';

const BEGIN = '<!-- layers: made from projenrc/layers.ts -->';
const END = '<!-- end of layers -->';

/** Enforces the layer list by lint and writes it into ARCHITECTURE.md. */
export class ImportLayers extends Component {
  constructor(project: TypeScriptProject) {
    super(project);
    project.eslint?.addRules({ 'import/no-restricted-paths': ['error', { zones: importZones() }] });
  }

  public override preSynthesize(): void {
    const file = join(this.project.outdir, 'ARCHITECTURE.md');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, withLayers(text));
  }
}

/** The document with its table of layers brought up to date. */
export function withLayers(text: string): string {
  const [before, rest] = text.split(BEGIN);
  const after = rest?.split(END)[1];
  if (after === undefined) throw new Error(`ARCHITECTURE.md has no ${BEGIN} … ${END}`);
  return `${before}${BEGIN}\n${layersTable()}\n${END}${after}`;
}
