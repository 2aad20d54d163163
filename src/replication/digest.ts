import { createHash } from 'node:crypto';
import { Lazy, Stack, type CfnResource } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/** Changes whenever the template of one of the resources does, tags and overrides included. */
export function digestOf(scope: Construct, resources: () => CfnResource[]): string {
  return Lazy.string({
    produce: () => {
      const rendered = resources().map((resource) => {
        // The CDK's public members do not tell overrides: only what every resource renders itself to does.
        const { Resources = {} } = Stack.of(scope).resolve(resource._toCloudFormation()) as {
          readonly Resources?: Readonly<Record<string, { readonly Properties?: unknown }>>;
        };
        return Object.values(Resources).map(({ Properties }) => Properties);
      });
      return createHash('sha256').update(JSON.stringify(rendered)).digest('hex').slice(0, 16);
    },
  });
}
