/** How far the figures of the page can be trusted: live, reconnecting, or stale since when and why. */
import type { View } from '../view.ts';
import { widget } from '../widget.ts';

/** A sentence about what is wrong; empty while nothing is. */
function sentence({ status: { state, since, reason, confirmedAt }, text: { live }, format }: View): string {
  if (state === 'refused') return live.refused;
  if (state === 'reconnecting') {
    const last = confirmedAt ?? since;
    return last ? live.reconnecting(format.dateTime(last)) : live.neverConnected;
  }
  if (state !== 'stale' && state !== 'behind') return '';
  const why =
    reason === 'triggers-lost' || reason === 'behind' || reason === 'expired' ? reason : 'database-away';
  const from = since ?? confirmedAt;
  return from ? live[why](format.dateTime(from)) : '';
}

const JOINT = ' · ';

/**
 * For the header. Only the word of the state is announced: the time changes with every confirmation. Room is kept for the words of
 * the first moments (by styles/live.css), so that nothing moves when the page becomes live.
 */
function Pill({ view }: { view: View }) {
  const { status, text, format } = view;
  const { state, since, confirmedAt } = status;
  const isSince = state === 'stale' || state === 'behind';
  const time = isSince ? (since ?? confirmedAt) : confirmedAt;
  const isRendered = state === 'loading' && time !== undefined;
  return (
    <div class={`pill is-${state}`} part="live" title={sentence(view) || (time && format.dateTime(time))}>
      <span class="light" aria-hidden="true" />
      <span class="word" data-before={`${text.live.asOf} `} data-after={`${text.state.live}${JOINT}`}>
        <span>
          <span role="status">{isRendered ? text.live.asOf : text.state[state]}</span>
          {time && !isRendered && (isSince ? ` ${text.live.since} ` : JOINT)}
        </span>
      </span>
      {time && <time dateTime={time}>{format.time(time)}</time>}
    </div>
  );
}

export const statsLive = widget<'banner'>({
  tag: 'stats-live',
  description:
    'Whether the figures are live, or since when and why they are not; as a sentence that is there only where they are not, with the attribute banner.',
  example: '<stats-live></stats-live>',
  frame: 'none',
  attributes: {
    banner: {
      description: 'A full sentence in place of the word; it takes no room while the figures are live',
      default: '',
      boolean: true,
    },
  },
  needs: () => ({ keys: [], fields: [], confirmation: true }),
  heading: ({ view }) => view.text.state[view.status.state],
  body({ view, attributes: { banner } }) {
    if (!banner) return <Pill view={view} />;
    const words = sentence(view);
    return (
      <div class={words && `trouble is-${view.status.state}`} part="banner" role="status">
        {words}
      </div>
    );
  },
});
