import { integProgram } from './support/integ-program';

void integProgram('serverless-replication', 'examples/serverless-replication/app.ts');
