import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { confirm } from '../../src/commands/confirm.ts';

/** What is asked, and what comes of what somebody does. */
async function asked(act: (input: PassThrough, controller: AbortController) => void, isTTY = true) {
  const input = Object.assign(new PassThrough(), { isTTY });
  const output = new PassThrough();
  const controller = new AbortController();
  const answer = confirm('Undo it?', controller.signal, { input, output });
  answer.catch(() => {});
  act(input, controller);
  return { answer: await answer, question: String(output.read()) };
}

test.each([
  ['yes\n', true],
  [' YES \r\n', true],
  ['y\n', false],
  ['no\n', false],
  ['\n', false],
  ['yes please\n', false],
])('the answer %j means %s', async (line, answer) => {
  expect(await asked((input) => input.write(line))).toMatchObject({
    answer,
    question: 'Undo it? Type yes: ',
  });
});

test('a terminal that is closed, or Ctrl-C, is a no', async () => {
  expect((await asked((input) => input.end())).answer).toBe(false);
  expect((await asked((_, controller) => controller.abort())).answer).toBe(false);
});

test('where nobody can answer it is wrong usage', async () => {
  await expect(asked((input) => input.write('yes\n'), false)).rejects.toThrow(/In a script, add --yes\./);
});
