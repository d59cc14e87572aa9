import { hostname } from 'node:os';

/** Names this process among the nodes: in the table of runs, and in the database's list of sessions (service/status.ts). */
export function nodeName(): string {
  return `${hostname().slice(0, 36)}:${process.pid}`;
}
