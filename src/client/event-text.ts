/** Server-sent events out of text as it comes (WHATWG HTML, section 9.2.6). */

export interface ServerEvent {
  type: string;
  data: string;
  /** Of this very event; undefined where it has none. */
  id: string | undefined;
}

/** @returns takes the next piece of text, and calls back for each event that is complete */
export function eventReader(onEvent: (event: ServerEvent) => void): (text: string) => void {
  let rest = '';
  let [type, id]: [string, string | undefined] = ['message', undefined];
  let data: string[] = [];
  const line = (text: string) => {
    if (text === '') {
      if (data.length > 0) onEvent({ type, data: data.join('\n'), id });
      [type, id, data] = ['message', undefined, []];
      return;
    }
    const [, field, value = ''] = /^([^:]*):? ?(.*)$/s.exec(text) ?? [];
    if (field === 'event') type = value;
    else if (field === 'id') id = value;
    else if (field === 'data') data.push(value);
  };
  return (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const one of lines) line(one.endsWith('\r') ? one.slice(0, -1) : one);
  };
}
