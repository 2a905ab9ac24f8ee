import { isStorableText } from '@heliosiq/model/storable-text.ts';

const topicBytesMax = 65_535;

/** True for what may stand in a PUBLISH: not empty, no wildcard, no U+0000 (MQTT 5 and 3.1.1, section 4.7). */
export function isTopicName(topic: string): boolean {
  return topic !== '' && topic.length <= topicBytesMax && !/[+#]/.test(topic) && isStorableText(topic);
}

/** True for what may stand in a SUBSCRIBE: `+` a whole level, `#` the whole last level, shared ones with a group and a filter. */
export function isTopicFilter(filter: string): boolean {
  if (filter === '' || !isStorableText(filter)) return false;
  let levels = filter.split('/');
  if (levels[0] === '$share') {
    const group = levels[1] ?? '';
    if (levels.length < 3 || group === '' || /[+#]/.test(group)) return false;
    levels = levels.slice(2);
    if (levels.length === 1 && levels[0] === '') return false;
  }
  return levels.every(
    (level, index) => level === '+' || (level === '#' && index === levels.length - 1) || !/[+#]/.test(level),
  );
}

/** True when a filter takes a topic; filters that begin with a wildcard take no topic that begins with `$`. */
export function filterTakes(filter: string, topic: string): boolean {
  const wanted = filter.split('/');
  const levels = topic.split('/');
  if (topic.startsWith('$') && (wanted[0] === '+' || wanted[0] === '#')) return false;
  // `a/#` takes `a` too: the `#` is one level more than the topic has.
  if (wanted.length > levels.length + 1) return false;
  for (const [index, want] of wanted.entries()) {
    if (want === '#') return true;
    if (index === levels.length || (want !== '+' && want !== levels[index])) return false;
  }
  return levels.length === wanted.length;
}
