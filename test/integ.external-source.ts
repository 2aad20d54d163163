import { integProgram } from './support/integ-program';

void integProgram('external-source', 'examples/external-source/app.ts');
