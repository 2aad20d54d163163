import { nativeProfile } from './support/native-profile';
import { replicatorSuite } from './support/replicator-suite';

jest.setTimeout(120_000);

replicatorSuite(nativeProfile, 18, 17);
