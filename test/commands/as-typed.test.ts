import { expect, test } from 'vitest';
import { asTyped } from '../../src/commands/as-typed.ts';

const names = ['migrate', 'verify'];

test.each([
  ['an installed package', true, 'Run: dashboard-stats migrate', 'Run: npx dashboard-stats migrate'],
  ['a clone', false, 'Usage: dashboard-stats COMMAND', 'Usage: npm run --silent cli -- COMMAND'],
  ['a clone', false, 'Run: dashboard-stats migrate', 'Run: npm run --silent cli -- migrate'],
  ['a clone', false, 'dashboard-stats keeps it', 'dashboard-stats keeps it'],
  ['a clone', false, '/dashboard-stats verified it', '/dashboard-stats verified it'],
])(
  'a message in %s (installed: %s) names commands as they are typed there: %s',
  (_, installed, text, typed) => {
    expect(asTyped(text, names, installed)).toBe(typed);
  },
);
