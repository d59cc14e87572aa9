/** The parameters of libpq (PostgreSQL 18, section 32.1.2), and what each of them means here. */

/** Those that are kept to, each with the variable that stands in where the URL says nothing. */
export const KEPT = {
  host: 'PGHOST',
  hostaddr: 'PGHOSTADDR',
  port: 'PGPORT',
  dbname: 'PGDATABASE',
  user: 'PGUSER',
  password: 'PGPASSWORD',
  connect_timeout: 'PGCONNECT_TIMEOUT',
  options: 'PGOPTIONS',
  target_session_attrs: 'PGTARGETSESSIONATTRS',
  sslmode: 'PGSSLMODE',
  sslnegotiation: 'PGSSLNEGOTIATION',
  sslrootcert: 'PGSSLROOTCERT',
  sslcrl: 'PGSSLCRL',
  sslcert: 'PGSSLCERT',
  sslkey: 'PGSSLKEY',
  ssl_min_protocol_version: 'PGSSLMINPROTOCOLVERSION',
  ssl_max_protocol_version: 'PGSSLMAXPROTOCOLVERSION',
} as const;

export type Parameter = keyof typeof KEPT;

/** Each the path of a file. */
export const FILES = ['sslrootcert', 'sslcrl', 'sslcert', 'sslkey'] as const;

/** The values that one may have; any other is a fault. The first one is libpq's default. */
export const CHOICES: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    target_session_attrs: ['any', 'read-write', 'read-only', 'primary', 'standby', 'prefer-standby'],
    sslmode: ['prefer', 'disable', 'allow', 'require', 'verify-ca', 'verify-full'],
    sslnegotiation: ['postgres', 'direct'],
    ssl_min_protocol_version: ['TLSv1.2', 'TLSv1', 'TLSv1.1', 'TLSv1.3'],
    ssl_max_protocol_version: ['', 'TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'],
  }),
);

/**
 * They change nothing here: GSS and the binding of channels are not offered, the driver sets its own times and encoding, and by
 * `application_name` our sessions are found (engine/sql/end-silent-sessions.ts, service/status.ts, schema/uninstall.ts).
 */
export const WITHOUT_EFFECT: ReadonlySet<string> = new Set(
  (
    'application_name channel_binding client_encoding fallback_application_name gssdelegation gsslib keepalives ' +
    'keepalives_count keepalives_idle keepalives_interval krbsrvname load_balance_hosts max_protocol_version min_protocol_version ' +
    'requiressl sslcertmode sslcompression sslkeylogfile sslsni tcp_user_timeout'
  ).split(' '),
);

/** They name a server, or promise a safety, that would not be there if they were passed over. */
export const UNSUPPORTED: ReadonlySet<string> = new Set(
  (
    'oauth_client_id oauth_client_secret oauth_issuer oauth_scope passfile replication require_auth requirepeer ' +
    'scram_client_key scram_server_key service servicefile sslcrldir sslpassword'
  ).split(' '),
);

/** What other drivers take, and what to write instead. */
export const OF_OTHERS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    schema: 'to read another schema write options=-csearch_path%3DNAME',
    pgbouncer: 'a pooler is detected by itself',
    prepare: 'a pooler is detected by itself',
    ssl: 'write sslmode=require',
    sslcertname: 'write sslcert',
  }),
);
