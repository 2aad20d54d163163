import type { Construct } from 'constructs';
import type { WriterDiscoveryBindOptions, WriterDiscoveryConfig } from './discovery-binding';
import { bindMultiHost, type MultiHostOptions } from './multi-host';
import { bindPrivateDnsRecord, type PrivateDnsRecordOptions } from './private-dns-record';
import { sidesOf } from './sides';

/**
 * How services find the database that accepts writes; docs/service-contract.md says what they are given, and what they must do.
 *
 * Whatever they find, the database itself refuses a write on the side without authority. Users may write their own by extending this class.
 */
export abstract class WriterDiscovery {
  /** Both hosts, tried in turn by the client (`target_session_attrs=read-write`): nothing has to be switched. */
  public static multiHost(options: MultiHostOptions = {}): WriterDiscovery {
    return new BuiltInDiscovery((_, bound) => bindMultiHost(options, bound));
  }

  /**
   * A name in a private hosted zone of both VPCs, for clients that take one host only.
   *
   * A client cannot check that name against the server's certificate, so it checks who signed that (`verify-ca`) and no more. The deployment
   * makes the record once, with the source's host; then it belongs to the workflow, and no deployment changes it again.
   */
  public static privateDnsRecord(options: PrivateDnsRecordOptions = {}): WriterDiscovery {
    return new BuiltInDiscovery((scope, bound) => bindPrivateDnsRecord(scope, options, bound));
  }

  /** Nothing is said: services have their own way to find the writer, but may still reach both databases. */
  public static none(): WriterDiscovery {
    return new BuiltInDiscovery((_, bound) => ({
      environment: {},
      secretEnvironment: {},
      applicationSecret: bound.applicationSecret,
      sides: sidesOf(bound),
    }));
  }

  /** Makes or describes the way to the writer in an empty scope of its own. */
  public abstract bind(scope: Construct, options: WriterDiscoveryBindOptions): WriterDiscoveryConfig;
}

class BuiltInDiscovery extends WriterDiscovery {
  public constructor(private readonly bindTo: (scope: Construct, options: WriterDiscoveryBindOptions) => WriterDiscoveryConfig) {
    super();
  }

  public bind(scope: Construct, options: WriterDiscoveryBindOptions): WriterDiscoveryConfig {
    return this.bindTo(scope, options);
  }
}
