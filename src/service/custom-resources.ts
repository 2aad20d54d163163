import { Route53Client } from '@aws-sdk/client-route-53';
import { WRITER_RECORD_TYPE } from './contract';
import { writerRecord } from './handlers/writer-record';
import type { CustomResources } from '../core/custom-resource-reply';

/** The custom resources of this room. */
export const serviceResources: CustomResources = {
  [WRITER_RECORD_TYPE]: async (event) => writerRecord(new Route53Client({}))(event),
};
