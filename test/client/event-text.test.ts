import { expect, test } from 'vitest';
import { eventReader, type ServerEvent } from '../../src/client/event-text.ts';

function read(...pieces: string[]): ServerEvent[] {
  const events: ServerEvent[] = [];
  const take = eventReader((event) => events.push(event));
  for (const piece of pieces) take(piece);
  return events;
}

test('an event is complete at its empty line, wherever the text was cut', () => {
  const text =
    'retry: 2000\n\nevent: stats\nid: e-7\ndata: {"a":\ndata: 1}\n\n: ping\n\nevent: state\ndata: {}\n\n';
  const expected = [
    { type: 'stats', data: '{"a":\n1}', id: 'e-7' },
    { type: 'state', data: '{}', id: undefined },
  ];
  expect(read(text)).toEqual(expected);
  expect(read(...text)).toEqual(expected);
  expect(read(text.replaceAll('\n', '\r\n'))).toEqual(expected);
});

test('what is not complete is no event', () => {
  expect(read('event: stats\ndata: 1\n')).toEqual([]);
});
