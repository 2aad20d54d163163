export { openWayToAws, openWayToDatabase } from '../database';
