import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { MigrationSide, MigrationStage, PaymentMigration, Protection, type PaymentMigrationProps } from '../../src';
import { STAGE_GUARD_TYPE } from '../../src/cutover/stage-guard-contract';
import { IRELAND, stackIn } from '../support/synthesis';

interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DependsOn?: string[];
}

function guardOf(props: Partial<PaymentMigrationProps> = {}) {
  const stack = stackIn(IRELAND);
  const migration = new PaymentMigration(stack, 'Migration', { source: MigrationSide.provisioned(), ...props });
  const { Resources } = Template.fromStack(stack).toJSON() as { Resources: Record<string, Resource> };
  const [[id, guard]] = Object.entries(Resources).filter(([, { Type }]) => Type === STAGE_GUARD_TYPE);
  return { migration, id, guard, resources: Resources };
}

describe('the guard of the stages', () => {
  const { migration, id, guard, resources } = guardOf();

  test('is deleted before anything else: nothing but what it runs on needs it, and it needs everything', () => {
    const others = Object.keys(resources).filter((other) => other !== id && !other.startsWith('MigrationStageGuard'));
    const named = new Set([...guard.DependsOn ?? [], ...others.filter((other) => JSON.stringify(guard.Properties).includes(other))]);
    // The rules between groups and the policies of keys come and go with what they stand on.
    expect(others.filter((other) => !named.has(other))).toEqual([]);
  });

  test('asks the functions, whose own policies let it: those are there until the last', () => {
    expect(JSON.stringify(guard.Properties.AuthorityFunctionName)).toContain('AuthorityFunction');
    expect(JSON.stringify(guard.Properties.FenceFunctionName)).toContain('FenceFunction');
    const controlPlane = Template.fromStack(Stack.of(migration.cutover));
    const permissions = Object.values(controlPlane.findResources('AWS::Lambda::Permission')) as Resource[];
    expect(permissions.map(({ Properties }) => JSON.stringify(Properties.Principal))).toEqual([
      expect.stringContaining('CustomResourcesRole'), expect.stringContaining('CustomResourcesRole'),
    ]);
    const policies = Object.values(resources).filter(({ Type }) => Type.startsWith('AWS::IAM::')).map((policy) => JSON.stringify(policy));
    expect(policies.filter((policy) => policy.includes('lambda:InvokeFunction'))).toEqual([]);
  });

  test('stays when the migration is retired, with nobody to ask', () => {
    const retired = guardOf({ stage: MigrationStage.RETIRED });
    expect(retired.id).toBe(id);
    expect(retired.guard.Properties).toMatchObject({ Stage: 'RETIRED', Refuses: 'true' });
    expect(retired.guard.Properties).not.toHaveProperty('AuthorityFunctionName');
  });

  test('refuses nothing where nothing is to be kept', () => {
    expect(guardOf({ protection: Protection.ephemeral() }).guard.Properties.Refuses).toBe('false');
  });

  test('has everything wait for sides in other stacks', () => {
    const app = new App();
    const scope = new Stack(app, 'Target', { env: IRELAND });
    const stack = new Stack(app, 'Payments', { env: IRELAND });
    new PaymentMigration(stack, 'Migration', { source: MigrationSide.provisioned(), target: MigrationSide.provisioned({ scope }) });
    app.synth();
    expect(stack.dependencies).toEqual([scope]);
  });
});
