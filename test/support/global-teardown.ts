import { rmSync } from 'node:fs';

export default function globalTeardown(): void {
  const folder = process.env.TEST_RUN_TMPDIR;
  if (folder) rmSync(folder, { recursive: true, force: true });
}
