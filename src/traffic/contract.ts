/** What the constructs and the handler of this room, and the workflows, say to each other. */

/** The records under which a side, and both sides together, are reached. */
export const DNS_RECORDS_TYPE = 'Custom::DnsRecords';

/** Weights before a migration begins: everything to the source. Percentages, so that the two always add up to the whole. */
export const WHOLE = 100;

/** The types of records that lead clients somewhere: those that are adopted, made and taken away. */
export const ADDRESS_TYPES = ['A', 'AAAA', 'CNAME'] as const;
/** The note beside the shared name is of this type. */
export const NOTE_TYPE = 'TXT';

/** How long one request waits in all for Route 53, which needs about a minute to tell all its servers. */
export const PATIENCE_SECONDS = 8 * 60;

/** One side as the handler is told of it. */
export interface SideProperties {
  /** Its own name, fully qualified, in lower case and without a dot at its end, like all names here. */
  readonly RecordName: string;
  /** What its weighted record is known by. */
  readonly SetIdentifier: string;
  readonly HealthCheckId: string;
  /** Where both its records lead to. */
  readonly DomainName: string;
  /** The zone of an alias; absent where the domain name is another's, to which a CNAME leads. */
  readonly AliasHostedZoneId?: string;
}

export interface DnsRecordsProperties {
  readonly HostedZoneId: string;
  /** Who may change the zone where it is another account's. */
  readonly RoleArn?: string;
  /** Tells this migration from others of its account and Region. */
  readonly Identifier: string;
  /** The name that both sides share. */
  readonly RecordName: string;
  /** The name of the note. */
  readonly NoteName: string;
  readonly SharedType: 'A' | 'CNAME';
  /** Of CNAMEs, in seconds; aliases have none. */
  readonly Ttl: string;
  readonly Source: SideProperties;
  readonly Target: SideProperties;
  /** What else than the source an existing record may lead to that is adopted; absent where there is nothing. */
  readonly AdoptableTargets?: string[];
}
