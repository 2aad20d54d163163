const PREFIX = 'route53:ChangeResourceRecordSets';

export interface AllowedChanges {
  /** Fully qualified, in lower case, without a dot at the end. */
  readonly names: string[];
  readonly types: readonly string[];
  readonly actions: readonly ('CREATE' | 'UPSERT' | 'DELETE')[];
}

/** Which records of a zone may be changed, and how. https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/specifying-rrset-conditions.html */
export function onlyChanges({ names, types, actions }: AllowedChanges): Record<string, Record<string, string | string[]>> {
  const keys = { [`${PREFIX}NormalizedRecordNames`]: names, [`${PREFIX}RecordTypes`]: [...types], [`${PREFIX}Actions`]: [...actions] };
  return {
    'ForAllValues:StringEquals': keys,
    // A request without these keys would satisfy the condition before.
    'Null': Object.fromEntries(Object.keys(keys).map((key) => [key, 'false'])),
  };
}
