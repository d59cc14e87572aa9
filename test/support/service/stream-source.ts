/** What a broadcast reads, without a database: one document whose text is its version, as long as a test wants. */
import type { Reading } from '../../../src/cache/reader.ts';
import type { Snapshot } from '../../../src/cache/snapshot.ts';
import type { Selection, StreamSource } from '../../../src/http/stream/broadcast.ts';

export const GLOBAL: Selection = { name: 'global', choose: () => ['global'], fields: undefined };

export class MadeUpSource implements StreamSource {
  readonly memory: { snapshot: Snapshot | undefined } = { snapshot: undefined };
  unconfirmed: StreamSource['unconfirmed'];
  /** Reads wait for it. */
  until: Promise<void> | undefined;
  /** Reads of these documents fail. */
  refused: Selection['choose'] | undefined;
  readonly #length: number;
  #version = 0;
  #changed = () => {};

  /** @param length of a document */
  constructor(length = 10) {
    this.#length = length;
    this.change();
  }

  async read(choose: Selection['choose']): Promise<Reading> {
    if (choose === this.refused) throw new Error('These cannot be read.');
    await this.until;
    return this.reading();
  }

  reading(): Reading {
    const { snapshot } = this.memory;
    const text = String(this.#version).padStart(this.#length, '0');
    const items = [{ entry: { key: 'global', version: this.#version }, text }];
    return { snapshot, items, at: 0, source: 'memory', confirmedAt: 0 } as unknown as Reading;
  }

  onChange(listener: () => void): void {
    this.#changed = listener;
  }

  /** @returns the version that the document has now */
  change(): number {
    const position = {
      epoch: '00000000-0000-0000-0000-000000000000',
      revision: ++this.#version,
      renewals: 0,
    };
    this.memory.snapshot = { position, lineage: 0 } as Snapshot;
    this.#changed();
    return this.#version;
  }
}

/** The versions that frames show, in their order. */
export function versionsIn(frames: string): number[] {
  return [...frames.matchAll(/^data: (\d+)$/gm)].map(([, version]) => Number(version));
}
