import { ManagedPolicy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { acknowledge, shared } from '../core';

const ID = 'MonitoringRole';

/** The role by which RDS writes enhanced monitoring: one for all databases of a migration in a stack, since it may do the same for each. */
export function monitoringRole(scope: Construct): Role {
  return shared(scope, ID, (home) => {
    const role = new Role(home, ID, {
      assumedBy: new ServicePrincipal('monitoring.rds.amazonaws.com'),
      managedPolicies: [ManagedPolicy.fromAwsManagedPolicyName('service-role/AmazonRDSEnhancedMonitoringRole')],
    });
    // A policy of our own would need a wildcard for the log streams, which have the names of instances that do not exist yet.
    acknowledge(role, ['AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole]'],
      'AWS maintains this policy for exactly this role: it writes to the one log group of enhanced monitoring and to nothing else');
    return role;
  });
}
