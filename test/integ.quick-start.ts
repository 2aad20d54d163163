import { integProgram } from './support/integ-program';

void integProgram('quick-start', 'examples/quick-start/typescript/app.ts');
