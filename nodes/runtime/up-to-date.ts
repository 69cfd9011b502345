/** A node's saved configuration of whatever schema in, of the newest out; refuses one of a later version. */
import { isRecord, SessionError } from '../../src/index';
import { ownerName } from './config-reader';
import { migrate, SCHEMA } from './migrate';

/** Throws INVALID_OPTION. */
export function upToDate(type: string, config: unknown): Readonly<Record<string, unknown>> {
  const migration = migrate(type, isRecord(config) ? config : {});
  if (migration.kind === 'ready') return migration.config;
  const message =
    `${ownerName(type, config)} was saved by a newer version of this palette (schema ${migration.schema}, this one ` +
    `knows up to ${SCHEMA}): update @inference-webrtc/node-red in the palette manager and restart Node-RED.`;
  throw new SessionError('INVALID_OPTION', message, { details: { field: 'schema' } });
}
