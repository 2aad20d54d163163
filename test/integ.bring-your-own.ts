import { integProgram } from './support/integ-program';

void integProgram('bring-your-own', 'examples/bring-your-own/app.ts');
