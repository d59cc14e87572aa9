/** An application's connection: its transactions, and what it does when one of its statements fails. */
import { connect, type Sql } from '../../../src/db/connection.ts';
import type { Isolation } from '../../../src/db/transaction.ts';
import { applyEdit, type Edit } from './edits.ts';

/**
 * What may happen to any application whose transactions overlap: serialization failures and deadlocks, a lock that is not
 * given, a key that another transaction has taken or no longer has. Whatever else is raised would be our doing.
 */
export const ITS_OWN_FAULT = /^(40001|40P01|55P03|23503|23505)$/;

export class Writer {
  /** A transaction is open. */
  open = false;
  /** It holds a table so that nobody may read it (TRUNCATE). */
  exclusive = false;
  failures = 0;
  readonly #sql: Sql;
  #savepoint = false;

  constructor(url: string) {
    this.#sql = connect(url, { max: 1 });
  }

  async begin(isolation: Isolation): Promise<void> {
    if (this.open) return;
    await this.#sql.unsafe(`BEGIN ISOLATION LEVEL ${isolation}`);
    this.open = true;
  }

  async savepoint(): Promise<void> {
    if (!this.open) return;
    await this.#sql.unsafe('SAVEPOINT s');
    this.#savepoint = true;
  }

  async rollbackTo(): Promise<void> {
    if (this.#savepoint) await this.#sql.unsafe('ROLLBACK TO SAVEPOINT s');
  }

  /** A statement that fails takes back what came after the savepoint, or the transaction where there is none. */
  async apply(edit: Edit): Promise<void> {
    try {
      await applyEdit(this.#sql, edit);
      this.exclusive ||= this.open && edit.do === 'truncate';
    } catch (error) {
      if (!ITS_OWN_FAULT.test(String((error as { code?: unknown }).code))) throw error;
      this.failures++;
      if (this.#savepoint) await this.rollbackTo();
      else await this.end('ROLLBACK');
    }
  }

  async end(how: 'COMMIT' | 'ROLLBACK'): Promise<void> {
    if (this.open) await this.#sql.unsafe(how);
    this.open = false;
    this.exclusive = false;
    this.#savepoint = false;
  }

  close(): Promise<void> {
    return this.#sql.end({ timeout: 1 });
  }
}
