import type { TrafficEndpointConfig } from '../service';

/** What an edge is bound to. */
export interface EdgeBindOptions {
  /** What a person calls the side, such as 'source'. */
  readonly side: string;
  /** What serves behind the edge. */
  readonly endpoint: TrafficEndpointConfig;
}

/** What the records of one side point at. */
export interface EdgeConfig {
  /** The domain name that clients end at. */
  readonly domainName: string;

  /**
   * The hosted zone of that name, where an alias record can lead to it.
   *
   * @default - none: a CNAME leads to it
   */
  readonly aliasHostedZoneId?: string;
}
