import { stdSerializers } from 'pino';
import { failureKind, rootCause } from '../db/failures.ts';

/** How a log of this level has errors: code and message alone where the database is the cause, since a stack says nothing then. */
export function errorSerializer(level: string): (error: Error) => object {
  if (level === 'debug' || level === 'trace') return stdSerializers.err;
  return (error) =>
    failureKind(error) === undefined
      ? stdSerializers.err(error)
      : { code: rootCause(error).code, message: error.message };
}
