import { testLostConnections } from './support/lost-connections';

jest.setTimeout(60_000);

describe('a statement is done, and nobody hears of it', () => {
  testLostConnections('swallowed');
});
