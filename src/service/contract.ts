/** Names that the constructs and the handler of this room share. */

/** The custom resource that makes the writer's record once. */
export const WRITER_RECORD_TYPE = 'Custom::PaymentMigrationWriterRecord';

/** What the handler of the writer's record is told. */
export interface WriterRecordProperties {
  readonly HostedZoneId: string;
  readonly RecordName: string;
  /** Where the record leads when it is made; never again looked at. */
  readonly InitialHost: string;
  /** In seconds; a string, as CloudFormation passes every number. */
  readonly Ttl: string;
}
