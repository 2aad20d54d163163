import { integProgram } from './support/integ-program';

void integProgram('existing-source', 'examples/existing-source/app.ts');
