import { integProgram } from './support/integ-program';

void integProgram('cross-region', 'examples/cross-region/app.ts');
