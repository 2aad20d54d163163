import { Stack } from 'aws-cdk-lib';
import { PolicyStatement, type IRole } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IHostedZone } from 'aws-cdk-lib/aws-route53';
import type { Construct } from 'constructs';
import { ADDRESS_TYPES, NOTE_TYPE } from './contract';
import type { RecordNames } from './record-names';
import { onlyChanges } from './record-permissions';
import { CustomResourceHandler, type Protection } from '../core';

export interface DnsHandlerProps {
  readonly hostedZone: IHostedZone;
  readonly hostedZoneRole?: IRole;
  readonly names: RecordNames;
  readonly encryptionKey: IKey;
  readonly protection: Protection;
}

/** What answers for the records: it may change those of the migration's names alone, or take on the role that may. */
export function dnsHandler(scope: Construct, id: string, given: DnsHandlerProps): CustomResourceHandler {
  const { hostedZone, hostedZoneRole, names, ...props } = given;
  const statements = hostedZoneRole
    ? [new PolicyStatement({ actions: ['sts:AssumeRole'], resources: [hostedZoneRole.roleArn] })]
    : [
      new PolicyStatement({ actions: ['route53:ListResourceRecordSets'], resources: [hostedZone.hostedZoneArn] }),
      new PolicyStatement({
        actions: ['route53:ChangeResourceRecordSets'],
        resources: [hostedZone.hostedZoneArn],
        conditions: onlyChanges({ names: Object.values(names), types: [...ADDRESS_TYPES, NOTE_TYPE], actions: ['CREATE', 'DELETE'] }),
      }),
      new PolicyStatement({ actions: ['route53:GetChange'], resources: [changesArn(scope)] }),
    ];
  return new CustomResourceHandler(scope, id, {
    ...props,
    statements,
    wildcards: hostedZoneRole ? [] : [{
      resource: 'arn:<AWS::Partition>:route53:::change/*',
      reason: 'Route 53 names a change when it is made; the right is to read whether its servers know of it',
    }],
  });
}

/** Every change of the account: one is named only when it is made. */
export function changesArn(scope: Construct): string {
  return Stack.of(scope).formatArn({ service: 'route53', region: '', account: '', resource: 'change', resourceName: '*' });
}
