/** The address of a database as libpq takes it: `psql` of the same URL reaches the same server. */
import { CHOICES, KEPT, OF_OTHERS, type Parameter, UNSUPPORTED, WITHOUT_EFFECT } from './parameters.ts';

type Values = Readonly<Partial<Record<Parameter, string>>>;

export interface Address {
  /** What the URL says, and the PG* variables where it says nothing. */
  readonly values: Values;
  /** What is in the files that `values` name (see FILES); undefined: not read yet. */
  readonly files?: Values;
}

/** One server to be tried. */
export interface Server {
  /** A name, an IPv4 or IPv6 address, or the absolute path of the folder of a socket. */
  host: string;
  port: number;
  /** What is connected to instead, as `hostaddr` says; the certificate is that of `host`. */
  hostaddr: string | undefined;
}

/** What is at fault, as clauses that follow the name of the setting. The password is in none of them. */
export class AddressError extends Error {
  constructor(readonly faults: readonly string[]) {
    super(faults.join('; '));
  }
}

const TORN_PASSWORD = 'is not a URL of libpq: in a password write / as %2F, @ as %40 and % as %25';

/** Where distributions and PostgreSQL itself put the socket of a server on this machine, and what libpq takes without one. */
const WITHOUT_HOST = '/var/run/postgresql,/tmp,localhost';

/**
 * @param environment PG* variables stand in for what the URL leaves out
 * @throws AddressError
 */
export function readAddress(
  url: string,
  environment: Readonly<Record<string, string | undefined>> = {},
): Address {
  const ofVariables: Record<string, string> = Object.fromEntries(
    Object.entries(KEPT).flatMap(([parameter, variable]) => {
      const value = environment[variable];
      return value ? [[parameter, value]] : [];
    }),
  );
  const ofUrl: Record<string, string> = {};
  const faults: string[] = [];
  for (const [parameter, value] of parametersOf(url)) {
    const fault = faultOf(parameter, value);
    // Where a password with a / has a ? too, the rest of it is taken for parameters.
    if (fault && `${parameter}${value}`.includes('@')) throw new AddressError([TORN_PASSWORD]);
    if (fault) faults.push(fault);
    else if (isKept(parameter)) ofUrl[parameter] = value;
    else if (parameter === 'ssl') ofUrl['sslmode'] = 'require';
  }
  if (faults.length > 0) throw new AddressError(faults);
  const address = { values: { ...ofVariables, ...ofUrl } as Values };
  requireSense(address, ofUrl);
  return address;
}

/** The servers in the order in which they are tried. */
export function serversOf({ values }: Address): Server[] {
  const list = (text: string | undefined) => text?.split(',') ?? [];
  const addresses = list(values.hostaddr);
  const hosts = list(values.host || values.hostaddr || WITHOUT_HOST);
  const ports = list(values.port);
  return hosts.map((host, i) => ({
    host: host || 'localhost',
    port: Number((ports.length === 1 ? ports[0] : ports[i]) || 5432),
    hostaddr: addresses[i] || undefined,
  }));
}

/** For people: as a URL, without the password and without what only concerns how it is connected to. */
export function shown(address: Address): string {
  const { user, password, dbname = '' } = address.values;
  const login = user ? `${encodeURIComponent(user)}${password ? ':***' : ''}@` : '';
  const servers = shownServers(address, encodeURIComponent);
  return `postgres://${login}${address.values.port ? servers : servers.replaceAll(':5432', '')}/${encodeURIComponent(dbname)}`;
}

/** `127.0.0.1:5432`, `[::1]:5432`, `/run/postgresql:5432`; several with commas between them. @param written for hosts, in a URL */
export function shownServers(address: Address, written: (host: string) => string = String): string {
  if (!address.values.host && !address.values.hostaddr) return `localhost:${serversOf(address)[0]?.port}`;
  const name = (host: string) => (host.includes(':') ? `[${host}]` : written(host));
  return serversOf(address)
    .map(({ host, port }) => `${name(host)}:${port}`)
    .join(',');
}

const FORM =
  'does not begin with postgres:// or postgresql://: it is written postgres://USER:PASSWORD@HOST:5432/DATABASE, without quotation marks';

/** As libpq's own parser does it, which is not that of a browser: several hosts, and `#` and `?` in a password. */
function* parametersOf(url: string): Generator<[string, string]> {
  const [, rest] = /^postgres(?:ql)?:\/\/(.*)$/s.exec(url) ?? [];
  if (rest === undefined) throw new AddressError([FORM]);
  const [, user, password, afterLogin] = /^(?:([^@/:]*)(?::([^@/]*))?@)?(.*)$/s.exec(rest) ?? [];
  const [, hosts = '', database, search] =
    /^([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/s.exec(afterLogin ?? '') ?? [];
  // No host and no name of a database holds an @: one there is of a password with a / or an @ in it.
  if (`${hosts}${database}`.includes('@')) throw new AddressError([TORN_PASSWORD]);
  const named = { user, password, dbname: database, ...listsOf(hosts) };
  for (const [parameter, value] of Object.entries(named)) if (value) yield [parameter, decoded(value)];
  for (const part of search ? search.split('&') : []) {
    const [, parameter, value] = /^([^=]+)=([^=]*)$/s.exec(part) ?? [];
    if (parameter === undefined || value === undefined)
      throw new AddressError(['has something behind the ? that is not of the form NAME=VALUE']);
    yield [decoded(parameter), decoded(value)];
  }
}

function listsOf(hosts: string): { host: string; port: string } {
  const pairs = hosts.split(',').map((one) => /^(?:\[([^\]]+)\]|([^[\]:]*))(?::(.*))?$/.exec(one));
  if (pairs.includes(null))
    throw new AddressError(['names a host that cannot be read: an IPv6 address stands in brackets, [::1]']);
  const port = pairs.map((pair) => pair?.[3] ?? '').join(',');
  return {
    host: pairs.map((pair) => pair?.[1] ?? pair?.[2] ?? '').join(','),
    port: /^,*$/.test(port) ? '' : port,
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new AddressError(['has a % that begins no character of a URL: write % as %25']);
  }
}

/** Not `in`, which finds `constructor` and `toString` as well. */
const isKept = (parameter: string): parameter is Parameter => Object.hasOwn(KEPT, parameter);

function faultOf(parameter: string, value: string): string | undefined {
  const name = JSON.stringify(parameter);
  const choices = CHOICES.get(parameter);
  if (choices)
    return value === '' || choices.includes(value)
      ? undefined
      : `has ${parameter}=${value}, which is none of: ${choices.filter(Boolean).join(', ')}`;
  if (isKept(parameter) || WITHOUT_EFFECT.has(parameter)) return undefined;
  if (parameter === 'ssl' && value === 'true') return undefined;
  if (parameter === 'gssencmode')
    return value === 'require' ? 'has gssencmode=require, and GSS is not supported here' : undefined;
  if (UNSUPPORTED.has(parameter)) return `has the parameter ${name}, which is not supported here`;
  const instead = OF_OTHERS.get(parameter);
  return `has the parameter ${name}, which PostgreSQL does not know: remove it${instead ? ` (${instead})` : ''}`;
}

/** What must hold of the values together, whether the URL or a variable has them. @throws AddressError */
function requireSense(address: Address, ofUrl: Values): void {
  const { sslmode = '', sslrootcert, sslnegotiation, connect_timeout, hostaddr, port } = address.values;
  const verified = ['require', 'verify-ca', 'verify-full'];
  const faults: string[] = [];
  const fault = (text: string, ...of: Parameter[]) => {
    const variables = of.filter((parameter) => address.values[parameter] && !Object.hasOwn(ofUrl, parameter));
    const from = variables.map((parameter) => KEPT[parameter]).join(' and ');
    faults.push(from ? `${text} (from ${from})` : text);
  };
  for (const [parameter, value] of Object.entries(address.values)) {
    const text = faultOf(parameter, value);
    if (text) fault(text, parameter as Parameter);
  }
  const servers = serversOf(address);
  const many = (list: string) => list.split(',').length;
  if (hostaddr && many(hostaddr) !== servers.length)
    fault(`has ${servers.length} hosts and ${many(hostaddr)} values in hostaddr`, 'host', 'hostaddr');
  if (port && many(port) > 1 && many(port) !== servers.length)
    fault(`has ${servers.length} hosts and ${many(port)} ports`, 'host', 'port');
  else if (servers.some(({ port: one }) => !(Number.isInteger(one) && one > 0 && one < 65_536)))
    fault('has a port that is none: 1 to 65535', 'port');
  if (connect_timeout && !/^-?\d+$/.test(connect_timeout))
    fault('has a connect_timeout that is no number of seconds', 'connect_timeout');
  if (sslnegotiation === 'direct' && !verified.includes(sslmode))
    fault('has sslnegotiation=direct, which needs sslmode=require or stronger', 'sslnegotiation', 'sslmode');
  if (sslrootcert === 'system' && sslmode !== '' && sslmode !== 'verify-full')
    fault('has sslrootcert=system, which needs sslmode=verify-full', 'sslrootcert', 'sslmode');
  if (faults.length > 0) throw new AddressError(faults);
}
