/** What was seen of a run: every operation with its interval. All times are ms of one clock, that of the process that drives it. */

export interface Interval {
  start: number;
  end: number;
}

/** How many projects there are, and how many of them are completed. */
export type Share = readonly [total: number, completed: number];

/** A document as it was served. Equal ones are one object. */
export interface Served {
  key: string;
  version: number;
  /** Names its bytes. */
  body: string;
  /** Names its statistics, in whatever order their members stand. */
  statistics: string;
  share: Share;
  /** Sum of PqmValue: what the writers' increments add up to. */
  counter: number;
  /** Of global: by region and by facility type, `unassigned` included. */
  parts?: { regions: ReadonlyMap<string, Share>; facilities: ReadonlyMap<string, Share> };
}

export interface Read extends Interval {
  /** One life of a process: a node that is started again is another one. */
  node: string;
  /** `current`: with `Cache-Control: no-cache`; a number: minRevision. */
  asked: 'plain' | 'current' | number;
  /** HTTP; 0 where no answer came. */
  status: number;
  /** Of a 503: it says when to come again. */
  retryAfter: boolean;
  /** Labelled as stale. */
  stale: boolean;
  /** Stats-Revision. */
  revision: number;
  /** Whether it was asked for the whole dashboard. */
  bundle: boolean;
  documents: readonly Served[];
}

/** One transaction that adds 1 to what `Served.counter` of global counts. */
export interface Increment extends Interval {
  /** `unknown`: the connection was lost before the answer to COMMIT. */
  outcome: 'acknowledged' | 'unknown';
}

export interface Order extends Interval {
  node: string;
  do: 'invalidate' | 'recompute';
  status: number;
  retryAfter: boolean;
  revision: number;
  /** Invalidated. */
  keys: readonly string[];
}

/** A version that was committed into the table, in the order of the commits. */
export interface Stored {
  key: string;
  version: number;
  statistics: string;
}

export interface History {
  reads: readonly Read[];
  increments: readonly Increment[];
  orders: readonly Order[];
  stored: readonly Stored[];
  /** When each node's process was started. */
  starts: ReadonlyMap<string, number>;
  /** Times in which nothing was wrong, and had not been for a while. */
  calm: readonly Interval[];
}
