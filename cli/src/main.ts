#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { preflightCommand } from './commands/preflight';
import { rehearseCommand } from './commands/rehearse';
import { validateCommand } from './commands/validate';

/** It could not run at all. */
const COULD_NOT_RUN = 2;

async function main(args: readonly string[]): Promise<void> {
  const program = new Command('payment-migration')
    .description('Asks whether a PostgreSQL-backed payment system may move, whether both sides are equal, and rehearses the move on this machine.')
    .exitOverride();
  const exit = (status: number) => { process.exitCode = status; };
  for (const command of [rehearseCommand, preflightCommand, validateCommand]) program.addCommand(command(exit).exitOverride());
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
