/** Words that only the server writes, around the widgets. They are no part of /widgets.js. */
import type { Theme } from '../theme.ts';

const THEMES: Record<Theme, string> = { system: 'as the system', light: 'light', dark: 'dark' };

export const en = {
  description: 'Statistics of solar projects by region, facility type and province, live.',
  skip: 'To the content',
  navigation: 'Pages',
  theme: (now: Theme, next: Theme) => `Colours: ${THEMES[now]}. Change to: ${THEMES[next]}`,
  filter: {
    label: 'Region or facility type',
    everything: 'All projects',
    regions: 'Regions',
    facilities: 'Facility types',
    go: 'Show',
  },
  footer: {
    label: 'About this page',
    asOf: (time: string) => `As of ${time}`,
    revision: (revision: string) => `revision ${revision}`,
    api: 'API',
    openapi: 'OpenAPI',
    widgets: 'Widgets',
    operator: 'Operator',
    credit: 'Map: Natural Earth',
  },
  guide: {
    copy: 'Copy',
    columns: ['Attribute', 'Default', 'What it says'],
    common: 'Attributes of every widget',
    widgets:
      'Each of these works on any page: one script defines all of them. Figures stay live over one connection for each page. The documentation of dashboard-stats explains their use with frameworks and with a Content-Security-Policy, and how to change their colours.',
    asFile: 'As a file:',
    parameters: ['Parameter', 'In', 'Type', 'What it says'],
    required: 'required',
    body: 'Body',
    answers: ['Status', 'Answer', 'Shape'],
    problems: 'Problems',
    problemsText: 'Answers that are no success are problems (RFC 9457). The type says which.',
    problemColumns: ['Type', 'Status', 'Title', 'What to do'],
    shapes: 'Shapes',
  },
  problem: {
    notFound: 'This page does not exist',
    notFoundText: 'The address may be mistyped, or what it names has been renamed.',
    unavailable: 'The figures are not available yet',
    unavailableText:
      'The service is starting, or its database does not answer. This page tries again by itself.',
    closed: 'This page is not open to everybody',
    closedText: 'It takes a token. Ask whoever runs this service for one.',
    signIn: {
      label: 'Token',
      enter: 'Sign in',
      refused: 'The service does not accept this token, or does not answer.',
      noScript: 'The form needs JavaScript, which is off in this browser.',
      help: 'It is kept in the memory of this tab only: a tab that is loaded again asks for it again. Programs send it in the header Authorization.',
    },
    failed: 'Something went wrong',
    failedText: 'The page could not be made.',
    nearest: 'The most similar one is',
    home: 'To the overview',
    requestId: 'Request',
  },
};
