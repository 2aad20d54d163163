import { Tags } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** The prefix keeps these tags apart from the ones that a team already has. */
const PREFIX = 'payment-migration';

export interface MigrationTags {
  readonly project?: string;
  readonly side?: string;
  readonly suffix?: string;
}

/** Tags everything taggable below the scope. */
export function tagAll(scope: IConstruct, tags: MigrationTags): void {
  for (const [key, value] of Object.entries(tags)) {
    if (value !== undefined) Tags.of(scope).add(`${PREFIX}:${key}`, value);
  }
}
