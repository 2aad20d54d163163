import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Gives each run a temporary folder of its own: every `new App()` leaves a cloud assembly behind. */
export default function globalSetup(): void {
  const folder = mkdtempSync(join(tmpdir(), 'cdk-payment-migration-test-'));
  process.env.TEST_RUN_TMPDIR = folder;
  process.env.TMPDIR = folder;
  // The validator that newer CDK versions bring takes seconds per template; one test of its own runs it.
  process.env.CDK_VALIDATION = 'false';
}
