import { ArnFormat, CustomResource, Stack } from 'aws-cdk-lib';
import { ManagedPolicy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct, type IDependable } from 'constructs';
import { SERVICE_PRINCIPAL, SERVICE_ROLES, SERVICE_ROLES_TYPE, type ServiceRolesProperties } from './contract';
import { acknowledge, type CustomResourceHandler } from '../core';

/** What making the roles needs of the handler, and what is made. */
interface Plan {
  readonly statements: (scope: Construct) => PolicyStatement[];
  /** What needs the roles waits for what this returns. */
  readonly create: (scope: Construct, handler: CustomResourceHandler) => IDependable | undefined;
}

/**
 * The two roles that DMS needs once in each account, by fixed names: `dms-vpc-role` and `dms-cloudwatch-logs-role`.
 *
 * https://docs.aws.amazon.com/dms/latest/userguide/security-iam.html#CHAP_Security.APIRole
 */
export class DmsServiceRoles {
  /** Makes those that are not there when the stack is deployed, and leaves them when it is deleted: others may use them by then. */
  public static ensure(): DmsServiceRoles {
    return new DmsServiceRoles({ statements: ensureStatements, create: ensureRoles });
  }

  /** They are there. */
  public static existing(): DmsServiceRoles {
    return new DmsServiceRoles({ statements: () => [], create: () => undefined });
  }

  /**
   * Makes them as resources of the stack: once in an account, since their names are taken then, and gone with the stack.
   *
   * IAM takes seconds to tell DMS of a new role. Where the first deployment fails for that, deploy again.
   */
  public static createInThisStack(): DmsServiceRoles {
    return new DmsServiceRoles({ statements: () => [], create: createRoles });
  }

  private constructor(private readonly plan: Plan) {}

  /** @internal */
  public _statements(scope: Construct): PolicyStatement[] {
    return this.plan.statements(scope);
  }

  /** @internal */
  public _create(scope: Construct, handler: CustomResourceHandler): IDependable | undefined {
    return this.plan.create(scope, handler);
  }
}

function policyArns(scope: Construct): Record<string, string> {
  return Object.fromEntries(Object.entries(SERVICE_ROLES).map(([role, policy]) => [role, Stack.of(scope).formatArn({
    service: 'iam',
    region: '',
    account: 'aws',
    resource: 'policy',
    resourceName: `service-role/${policy}`,
  })]));
}

/** Each role, and with it its own policy only. */
function ensureStatements(scope: Construct): PolicyStatement[] {
  const arnOf = (role: string) => Stack.of(scope).formatArn({
    service: 'iam',
    region: '',
    resource: 'role',
    resourceName: role,
    arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
  });
  return [
    new PolicyStatement({ actions: ['iam:GetRole', 'iam:CreateRole'], resources: Object.keys(SERVICE_ROLES).map(arnOf) }),
    ...Object.entries(policyArns(scope)).map(([role, policy]) => new PolicyStatement({
      actions: ['iam:AttachRolePolicy'],
      resources: [arnOf(role)],
      conditions: { ArnEquals: { 'iam:PolicyARN': policy } },
    })),
  ];
}

function ensureRoles(scope: Construct, handler: CustomResourceHandler): IDependable {
  const properties: ServiceRolesProperties = { Policies: policyArns(scope) };
  const resource = new CustomResource(scope, 'ServiceRoles', {
    serviceToken: handler.serviceToken,
    resourceType: SERVICE_ROLES_TYPE,
    serviceTimeout: handler.serviceTimeout,
    properties: { ...properties },
  });
  resource.node.addDependency(handler);
  return resource;
}

function createRoles(scope: Construct): IDependable {
  const roles = new Construct(scope, 'ServiceRoles');
  for (const [roleName, policy] of Object.entries(SERVICE_ROLES)) {
    const role = new Role(roles, roleName, {
      roleName,
      assumedBy: new ServicePrincipal(SERVICE_PRINCIPAL),
      managedPolicies: [ManagedPolicy.fromAwsManagedPolicyName(`service-role/${policy}`)],
    });
    acknowledge(role, [`AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/${policy}]`],
      'DMS looks for the role by its name, and AWS maintains this policy for exactly this role');
  }
  return roles;
}
