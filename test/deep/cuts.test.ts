import { testLostConnections } from '../cutover/support/lost-connections';

jest.setTimeout(60_000);

describe('a statement is sent, and its connection is cut', () => {
  testLostConnections('cut');
});
