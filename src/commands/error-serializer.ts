import { stdSerializers } from 'pino';
import { failureKind, rootCause } from '../db/failures.ts';

/** How a log of this level has errors: code and messages alone where the database is the cause, since a stack says nothing then. */
export function errorSerializer(level: string): (error: Error) => object {
  if (level === 'debug' || level === 'trace') return stdSerializers.err;
  return (error) => {
    if (failureKind(error) === undefined) return stdSerializers.err(error);
    const { code, message: cause = '' } = rootCause(error);
    const { message } = error;
    return { code, message: message.includes(cause) ? message : `${message} (${cause})` };
  };
}
