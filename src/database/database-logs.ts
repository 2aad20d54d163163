import { Aws, Fn, Names } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { checkPattern, type Protection } from '../core';

/** RDS allows 63 characters; nine are for the part of the stack's id. */
const MAX_NAME_LENGTH = 54;
const IDENTIFIER = new RegExp(`^(?=.{1,${MAX_NAME_LENGTH}}$)[a-z][a-z0-9]*(-[a-z0-9]+)*$`, 'i');

/**
 * The identifier of a database: readable, and unique by the first part of the stack's own id.
 *
 * It is fixed so that the log groups can be made before the database. Nor can CloudFormation replace a database with a fixed
 * identifier: an update that would is refused, where else it would leave an empty one in its place.
 */
export function databaseIdentifier(scope: Construct, given?: string): string {
  checkPattern('identifier', given, IDENTIFIER, `1 to ${MAX_NAME_LENGTH} letters, digits and single hyphens, a letter first and no hyphen last`);
  const name = given ?? Names.uniqueResourceName(scope, { maxLength: MAX_NAME_LENGTH, separator: '-' }).toLowerCase();
  const stackId = Fn.select(2, Fn.split('/', Aws.STACK_ID));
  return Fn.join('-', [name, Fn.select(0, Fn.split('-', stackId))]);
}

export interface DatabaseLogsProps {
  readonly kind: 'cluster' | 'instance';
  readonly identifier: string;
  readonly exports: string[];
  readonly encryptionKey: IKey;
  readonly retention: RetentionDays;
  readonly protection: Protection;
}

/** The log groups that RDS exports to. RDS would make them by itself: unencrypted, kept for ever, and left behind. */
export class DatabaseLogs extends Construct {
  constructor(scope: Construct, id: string, props: DatabaseLogsProps) {
    super(scope, id);
    for (const name of props.exports) {
      new LogGroup(this, name, {
        logGroupName: `/aws/rds/${props.kind}/${props.identifier}/${name}`,
        encryptionKey: props.encryptionKey,
        retention: props.retention,
        removalPolicy: props.protection.removalPolicy,
      });
    }
  }
}
