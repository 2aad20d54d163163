import { dmsProfile } from './support/dms-profile';
import { replicatorSuite } from './support/replicator-suite';

jest.setTimeout(120_000);

replicatorSuite(dmsProfile, 17, 18);
