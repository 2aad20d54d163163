import { Fn } from 'aws-cdk-lib';
import { InstanceClass, InstanceSize, InstanceType } from 'aws-cdk-lib/aws-ec2';
import { checkInstanceType } from '../../src/database/instance-classes';

const check = (engine: Parameters<typeof checkInstanceType>[1], name: string) => () => checkInstanceType('instanceType', engine, new InstanceType(name));

const AURORA_FAMILIES = 'r5, r6g, r6gd, r6i, r6id, r7g, r7i, r8a, r8g, r8gd, t3, t4g, x2g';
const RDS_FAMILIES = 'm5, m5d, m6g, m6gd, m6i, m6id, m6idn, m6in, m7g, m7i, m8a, m8g, m8gd, m9g, '
  + 'r5, r5b, r5d, r6g, r6gd, r6i, r6id, r6idn, r6in, r7g, r7i, r8a, r8g, r8gd, t3, t4g, x2g, x2idn, x2iedn';

describe('Aurora PostgreSQL', () => {
  test.each([
    't3.medium', 't4g.large', 'r5.24xlarge', 'r6g.large', 'r6gd.xlarge', 'r6i.32xlarge', 'r6id.24xlarge',
    'r7g.16xlarge', 'r7i.48xlarge', 'r8a.large', 'r8g.48xlarge', 'r8gd.xlarge', 'x2g.large',
  ])('runs on %s', (name) => {
    expect(check('aurora-postgresql', name)).not.toThrow();
  });

  test.each([
    ['t3.micro', 'medium, large'],
    ['t4g.xlarge', 'medium, large'],
    ['r6g.24xlarge', 'large, xlarge, 2xlarge, 4xlarge, 8xlarge, 12xlarge, 16xlarge'],
    ['r6gd.large', 'xlarge, 2xlarge, 4xlarge, 8xlarge, 12xlarge, 16xlarge'],
    ['r6id.16xlarge', '24xlarge, 32xlarge'],
    ['r7i.32xlarge', 'large, xlarge, 2xlarge, 4xlarge, 8xlarge, 12xlarge, 16xlarge, 24xlarge, 48xlarge'],
    ['r8gd.large', 'xlarge, 2xlarge, 4xlarge, 8xlarge, 12xlarge, 16xlarge, 24xlarge, 48xlarge'],
  ])('has no %s: names the sizes of its family', (name, sizes) => {
    expect(check('aurora-postgresql', name)).toThrow(
      `instanceType: got '${name}', allowed: the sizes of ${name.split('.')[0]} that Aurora PostgreSQL runs on: ${sizes}`,
    );
  });

  test.each(['m5.large', 'm9g.large', 'c7g.large', 't2.medium', 'r4.large', 'r5b.large', 'x2iedn.xlarge', 'u-6tb1.56xlarge'])(
    'has no family of %s: names those it has', (name) => {
      expect(check('aurora-postgresql', name)).toThrow(
        `instanceType: got '${name}', allowed: the families that Aurora PostgreSQL runs on: ${AURORA_FAMILIES}`,
      );
    });
});

describe('RDS for PostgreSQL', () => {
  test.each([
    't3.micro', 't4g.2xlarge', 'm5.24xlarge', 'm5d.large', 'm6gd.16xlarge', 'm6idn.32xlarge', 'm7i.48xlarge', 'm8gd.large', 'm9g.48xlarge',
    'r5b.large', 'r6gd.large', 'r6id.large', 'r7g.large', 'r8a.48xlarge', 'r8gd.large', 'x2g.16xlarge', 'x2idn.32xlarge', 'x2iedn.xlarge',
  ])('runs on %s', (name) => {
    expect(check('postgres', name)).not.toThrow();
  });

  test.each([
    ['t3.nano', 'micro, small, medium, large, xlarge, 2xlarge'],
    ['m7g.metal', 'large, xlarge, 2xlarge, 4xlarge, 8xlarge, 12xlarge, 16xlarge'],
    ['m5.32xlarge', 'large, xlarge, 2xlarge, 4xlarge, 8xlarge, 12xlarge, 16xlarge, 24xlarge'],
    ['r6i.48xlarge', 'large, xlarge, 2xlarge, 4xlarge, 8xlarge, 12xlarge, 16xlarge, 24xlarge, 32xlarge'],
    ['x2idn.large', '16xlarge, 24xlarge, 32xlarge'],
    ['x2iedn.12xlarge', 'xlarge, 2xlarge, 4xlarge, 8xlarge, 16xlarge, 24xlarge, 32xlarge'],
  ])('has no %s: names the sizes of its family', (name, sizes) => {
    expect(check('postgres', name)).toThrow(
      `instanceType: got '${name}', allowed: the sizes of ${name.split('.')[0]} that RDS for PostgreSQL runs on: ${sizes}`,
    );
  });

  test.each(['m4.large', 'r4.large', 't2.micro', 'x1.16xlarge', 'm7a.large', 'r7iz.large', 'c6gd.large'])(
    'has no family of %s: names those it has', (name) => {
      expect(check('postgres', name)).toThrow(
        `instanceType: got '${name}', allowed: the families that RDS for PostgreSQL runs on: ${RDS_FAMILIES}`,
      );
    });
});

describe.each(['aurora-postgresql', 'postgres'] as const)('%s', (engine) => {
  test.each(['r8i.large', 'r9g.large', 'r10gd.96xlarge', 't5g.medium', 'x8g.large'])('leaves %s, newer than the tables, for RDS to judge', (name) => {
    expect(check(engine, name)).not.toThrow();
  });

  test('takes the types that CDK composes', () => {
    expect(() => checkInstanceType('instanceType', engine, InstanceType.of(InstanceClass.R6G, InstanceSize.LARGE))).not.toThrow();
  });

  test('refuses the prefix that CDK adds', () => {
    expect(check(engine, 'db.r6g.large')).toThrow("instanceType: got 'db.r6g.large', allowed: 'r6g.large', since CDK adds the prefix 'db.'");
  });

  test.each(['r6g', 'r6g.', '.large', '', 'serverless', 'r5.large.tpc1.mem2x'])("refuses '%s', which is no family and size", (name) => {
    expect(check(engine, name)).toThrow(`instanceType: got '${name}', allowed: a family and a size, such as 'r6g.large'`);
  });

  test.each(['R6G.large', 'r9g-flex.large', 'constructor.large'])("refuses '%s', which looks like no family", (name) => {
    expect(check(engine, name)).toThrow(`got '${name}', allowed: the families that `);
  });

  test('leaves a token to the deployment', () => {
    expect(check(engine, Fn.ref('InstanceType'))).not.toThrow();
    expect(check(engine, `db.${Fn.ref('Family')}.large`)).not.toThrow();
  });

  test('names the prop that is wrong', () => {
    expect(() => checkInstanceType('readerInstanceType', engine, new InstanceType('c5.large'))).toThrow(/^readerInstanceType: got 'c5\.large'/);
  });
});
