/** How a connection is tried, and when another try follows: as libpq does it. The patch of the package goes through the list. */
import { isIP } from 'node:net';
import type { SecureVersion, ConnectionOptions as TlsOptions } from 'node:tls';
import { type Address, type Server, serversOf } from '../address/address.ts';
import { failureKind, rootCause } from './failures.ts';

interface Attempt extends Pick<Server, 'host' | 'port'> {
  /** Its place in the list of servers. */
  server: number;
  target: { path: string } | { host: string; port: number };
  /** undefined: in plain text. */
  tls: TlsOptions | undefined;
  /** Whether a server that does not offer TLS will do. */
  plainWillDo: boolean;
  /** Begins with TLS, and does not ask for it. */
  direct: boolean;
}

export interface Attempts {
  address: Address;
  list: readonly Attempt[];
  /**
   * @param error what attempt `index` ended with; undefined: target_session_attrs asks for another server
   * @returns the index of the one that follows; undefined: there is none, and `error` is the answer
   */
  next(error: unknown, index: number): number | undefined;
}

export function attemptsOf(address: Address): Attempts {
  const servers = serversOf(address);
  // Where none of them is a standby, any will do.
  const rounds =
    address.values.target_session_attrs === 'prefer-standby' ? [...servers, ...servers] : servers;
  const list = rounds.flatMap((server, index) => attemptsAt(server, index, address));
  return {
    address,
    list,
    next(error, index) {
      const server = list[index]?.server;
      const following = list[index + 1];
      if (following?.server === server && wantsTheOtherWay(error)) return index + 1;
      const other = list.findIndex((attempt, i) => i > index && attempt.server !== server);
      return other > 0 && isForAnother(error) ? other : undefined;
    },
  };
}

/** Sockets take no TLS. */
function attemptsAt({ host, port, hostaddr }: Server, index: number, address: Address): Attempt[] {
  const { sslmode, sslrootcert, sslnegotiation } = address.values;
  const isSocket = host.startsWith('/');
  const plain: Attempt = {
    ...{ host, port, server: index },
    target: isSocket ? { path: `${host}/.s.PGSQL.${port}` } : { host: hostaddr ?? host, port },
    tls: undefined,
    plainWillDo: true,
    direct: false,
  };
  const mode = sslmode || (sslrootcert === 'system' ? 'verify-full' : 'prefer');
  if (isSocket || mode === 'disable') return [plain];
  const direct = sslnegotiation === 'direct';
  const encrypted = {
    ...plain,
    tls: tlsOptions(host, mode, address),
    direct,
    plainWillDo: mode === 'prefer',
  };
  if (mode === 'prefer') return [encrypted, plain];
  return mode === 'allow' ? [plain, encrypted] : [encrypted];
}

function tlsOptions(host: string, mode: string, { values, files = {} }: Address): TlsOptions {
  const { sslrootcert, sslnegotiation } = values;
  const authority = sslrootcert === 'system' ? undefined : files.sslrootcert;
  const verifies = mode.startsWith('verify') || (mode === 'require' && authority !== undefined);
  return {
    host,
    ...(isIP(host) ? {} : { servername: host }),
    rejectUnauthorized: verifies,
    // verify-ca asks who signed the certificate, and not whose it is.
    ...(mode === 'verify-full' ? {} : { checkServerIdentity: () => undefined }),
    ...given({ ca: authority, crl: files.sslcrl, cert: files.sslcert, key: files.sslkey }),
    minVersion: (values.ssl_min_protocol_version || 'TLSv1.2') as SecureVersion,
    ...given({ maxVersion: values.ssl_max_protocol_version as SecureVersion | undefined }),
    ...(sslnegotiation === 'direct' ? { ALPNProtocols: ['postgresql'] } : {}),
  };
}

function given<T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value)) as never;
}

/** The same server, with TLS or without: pg_hba.conf has no line for this way, or the handshake failed. */
function wantsTheOtherWay(error: unknown): boolean {
  const code = String(rootCause(error).code);
  return code === '28000' || /^(ERR_SSL|ERR_TLS|EPROTO)/.test(code);
}

/** The next server: this one was not reached, is starting, or is of the wrong kind. */
function isForAnother(error: unknown): boolean {
  if (error === undefined) return true;
  const { name, code } = rootCause(error);
  return name === 'PostgresError' ? code === '57P03' : failureKind(error) === 'unreachable';
}
