#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { rehearseCommand } from './commands/rehearse';

/** It could not run at all. */
const COULD_NOT_RUN = 2;

async function main(args: readonly string[]): Promise<void> {
  const program = new Command('payment-migration')
    .description('Rehearses the migration of a PostgreSQL-backed payment system on this machine.')
    .exitOverride();
  program.addCommand(rehearseCommand((status) => { process.exitCode = status; }).exitOverride());
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : COULD_NOT_RUN;
      return;
    }
    process.stderr.write(`payment-migration: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = COULD_NOT_RUN;
  }
}

void main(process.argv.slice(2));
