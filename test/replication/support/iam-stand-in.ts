import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  GetRoleCommand,
  IAMServiceException,
  type IAMClient,
} from '@aws-sdk/client-iam';

/** Behaves as IAM's reference describes the calls of the handler. */
export class IamStandIn {
  public readonly calls: string[] = [];
  /** A role that was made is not known everywhere for so many calls. */
  public unknownFor = 0;
  /** What another stack makes between our look and our call. */
  public madeMeanwhile: string[] = [];
  private readonly roles = new Map<string, { readonly trust: string; readonly policies: Set<string> }>();
  private readonly errors = new Map<string, string[]>();

  public addRole(name: string, trust: string, policies: string[] = []): void {
    this.roles.set(name, { trust, policies: new Set(policies) });
  }

  public failNext(command: string, ...errorNames: string[]): void {
    this.errors.set(command, errorNames);
  }

  public get all(): Record<string, { readonly trust: unknown; readonly policies: string[] }> {
    return Object.fromEntries([...this.roles].map(([name, { trust, policies }]) => [name, { trust: JSON.parse(trust), policies: [...policies] }]));
  }

  public client(): Pick<IAMClient, 'send'> {
    return { send: async (command: unknown) => this.send(command as object) } as Pick<IAMClient, 'send'>;
  }

  private async send(command: object): Promise<unknown> {
    const name = command.constructor.name.replace(/Command$/, '');
    const errorName = this.errors.get(name)?.shift();
    if (errorName !== undefined) throw failure(errorName);
    if (command instanceof GetRoleCommand) {
      const role = this.roles.get(command.input.RoleName!);
      if (!role) throw failure('NoSuchEntityException');
      // IAM gives the document percent-encoded.
      return { Role: { RoleName: command.input.RoleName, AssumeRolePolicyDocument: encodeURIComponent(role.trust) } };
    }
    if (command instanceof CreateRoleCommand) {
      const { RoleName: roleName, AssumeRolePolicyDocument: trust } = command.input;
      if (this.madeMeanwhile.includes(roleName!)) this.addRole(roleName!, trust!);
      if (this.roles.has(roleName!)) throw failure('EntityAlreadyExistsException');
      this.calls.push(`create ${roleName}`);
      this.addRole(roleName!, trust!);
      return {};
    }
    if (command instanceof AttachRolePolicyCommand) {
      const role = this.roles.get(command.input.RoleName!);
      if (!role || this.unknownFor-- > 0) throw failure('NoSuchEntityException');
      this.calls.push(`attach ${command.input.PolicyArn!.split('/').at(-1)}`);
      role.policies.add(command.input.PolicyArn!);
      return {};
    }
    throw failure('InvalidAction');
  }
}

function failure(name: string): Error {
  return new IAMServiceException({ name, message: `IAM says ${name}`, $fault: 'client', $metadata: {} });
}
