export interface EmbeddedOptions {
  /** DATA_DIR; made if missing. As root it holds a link to the data, which lies below /var/lib/dashboard-stats. */
  dataDir: string;
  /** Whether the server of another process that lives will do; default false: it is refused. */
  share?: boolean;
  /** The port of a server that ran before: no database is made where that one's is gone; default: a free one. */
  port?: number;
  /** Programs of another PostgreSQL (`/usr/lib/postgresql/15/bin`); default: those of the npm package. */
  binDir?: string;
  /** Settings of postgres (`-c name=value`); the port is not to be changed. */
  settings?: Record<string, string>;
  /** Gets what we do beyond starting it, line by line; default: dropped. */
  log?: (line: string) => void;
  /** Folder of the npm package with the programs; default: where npm put it (tests). */
  packageDir?: string;
  /** Where root keeps its data and its copy of the programs; default /var/lib/dashboard-stats (tests). */
  rootDir?: string;
}
