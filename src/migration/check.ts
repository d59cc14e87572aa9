/** What one look of preflight or verify found. */
export interface Check {
  /** What was looked at. */
  name: string;
  /** warning: the work can go on, and somebody should know. failed: it cannot, or the database is not as it must be. */
  status: 'ok' | 'warning' | 'failed';
  /** What was found, as sentences. */
  detail: string;
  /** What to do about it; of verify, the SQL that mends it. */
  remedy?: string;
}
