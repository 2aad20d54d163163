import type { Template } from 'aws-cdk-lib/assertions';

/** A route of a template, each of its ends by name. */
export interface TemplateRoute {
  readonly table: string;
  readonly to: string;
  readonly via: string;
  readonly dependsOn: string[];
}

/** The literal, the logical id of the resource that an attribute is taken from, or the name of an export. */
export function nameOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const { 'Ref': ref, 'Fn::GetAtt': attribute, 'Fn::ImportValue': exported } = value as {
    readonly 'Ref'?: string;
    readonly 'Fn::GetAtt'?: [string, string];
    readonly 'Fn::ImportValue'?: string;
  };
  const name = ref ?? attribute?.[0] ?? exported;
  if (name === undefined) throw new Error(`${JSON.stringify(value)} names nothing`);
  return name;
}

/** Every route, by whatever it leads. */
export function routesOf(template: Template): TemplateRoute[] {
  return Object.values(template.findResources('AWS::EC2::Route')).map(({ Properties, DependsOn }) => {
    const { RouteTableId, DestinationCidrBlock, ...target } = Properties as Record<string, unknown>;
    const targets = Object.values(target);
    if (targets.length !== 1) throw new Error(`a route has one target, not ${JSON.stringify(target)}`);
    return {
      table: nameOf(RouteTableId),
      to: nameOf(DestinationCidrBlock),
      via: nameOf(targets[0]),
      dependsOn: (DependsOn ?? []) as string[],
    };
  });
}

/** The logical ids of all resources of a type, in the order of the template. */
export function idsOf(template: Template, type: string, idPart = ''): string[] {
  return Object.keys(template.findResources(type)).filter((id) => id.includes(idPart));
}

/** The logical id of the only resource of a type. */
export function onlyIdOf(template: Template, type: string, idPart = ''): string {
  const ids = idsOf(template, type, idPart);
  expect(ids).toHaveLength(1);
  return ids[0];
}

/** The properties of a resource. */
export function propertiesOf(template: Template, logicalId: string): Record<string, unknown> {
  const { Resources } = template.toJSON() as { readonly Resources: Record<string, { readonly Properties: Record<string, unknown> }> };
  return Resources[logicalId].Properties;
}
