/** HTML to Markdown that keeps what is read: headings, lists, tables, code; never what is run or hidden. */

/** Elements whose content is not text for a reader. */
const SKIPPED = new Set(
  'title script style template noscript svg math head iframe object embed canvas audio video select datalist dialog nav'.split(
    ' ',
  ),
);
const BLOCKS = new Set(
  'p div section article main header footer aside ul ol dl dt dd blockquote figure figcaption address form fieldset details summary table tbody thead tfoot hr center'.split(
    ' ',
  ),
);
const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  ndash: '–',
  mdash: '—',
  hellip: '…',
  deg: '°',
  micro: 'µ',
  times: '×',
  copy: '©',
  reg: '®',
  laquo: '«',
  raquo: '»',
  bull: '•',
  euro: '€',
  rarr: '→',
  ge: '≥',
  le: '≤',
  plusmn: '±',
};

// A tag, a comment, a declaration, or text up to the next of these. Attribute values may hold `>` in quotes. Bounded, so that
// an endless `<` costs no more than its length.
const TOKEN =
  /<!--[\s\S]*?(?:-->|$)|<![^>]{0,10000}>|<\/?([a-z][a-z0-9-]{0,40})((?:"[^"]{0,20000}"|'[^']{0,20000}'|[^"'>]){0,2000})>|[^<]+|</gi;

/** The Markdown of a page, and its title. Malformed HTML is read as browsers would, roughly; it never fails. */
export function htmlToMarkdown(html: string): { readonly title: string | undefined; readonly markdown: string } {
  const title = decodeEntities(/<title[^>]{0,200}>([^<]{0,2000})/i.exec(html)?.[1] ?? '')
    .replace(/\s+/g, ' ')
    .trim();
  const out: string[] = [];
  let skipped: string | undefined;
  let preformatted = false;
  let cells: string[] | undefined;
  let hasTableHead = false;

  const say = (text: string): void => {
    if (cells === undefined) out.push(text);
    else cells[cells.length - 1] = `${cells.at(-1) ?? ''}${text.replace(/[\n|]+/g, ' ')}`;
  };

  for (const [token, name, attributes = ''] of html.matchAll(TOKEN)) {
    const tag = name?.toLowerCase();
    const isEnd = token.startsWith('</');
    if (skipped !== undefined) {
      if (isEnd && tag === skipped) skipped = undefined;
      continue;
    }
    if (tag === undefined) {
      if (token.startsWith('<!')) continue;
      const text = decodeEntities(token);
      say(preformatted ? text : text.replace(/\s+/g, ' '));
      continue;
    }
    const isHidden = /\bhidden\b|display\s*:\s*none|visibility\s*:\s*hidden|aria-hidden\s*=\s*["']?true/i.test(
      attributes,
    );
    if (!isEnd && (SKIPPED.has(tag) || isHidden) && !token.endsWith('/>') && !VOID.has(tag)) skipped = tag;
    else if (/^h[1-6]$/.test(tag)) say(isEnd ? '\n\n' : `\n\n${'#'.repeat(Number(tag[1]))} `);
    else if (tag === 'br') say('\n');
    else if (tag === 'pre') {
      preformatted = !isEnd;
      say('\n```\n');
    } else if (tag === 'li') say(isEnd ? '\n' : '\n- ');
    else if (tag === 'tr') {
      if (!isEnd) cells = [];
      else if (cells !== undefined) {
        const row = cells;
        cells = undefined;
        say(`\n| ${row.map((cell) => cell.trim()).join(' | ')} |`);
        if (!hasTableHead) say(`\n|${' --- |'.repeat(row.length)}`);
        hasTableHead = true;
      }
    } else if (tag === 'td' || tag === 'th') {
      if (!isEnd) cells?.push('');
    } else if (tag === 'table') {
      cells = undefined;
      hasTableHead = false;
      say('\n\n');
    } else if (BLOCKS.has(tag)) say('\n\n');
    else if (tag === 'img' && !isEnd) {
      const alt = /\balt\s*=\s*(?:"([^"]{0,500})"|'([^']{0,500})')/i.exec(attributes);
      say(decodeEntities(alt?.[1] ?? alt?.[2] ?? ''));
    }
  }
  const markdown = tidied(out.join(''));
  return { title: title === '' ? undefined : title, markdown };
}

/** Elements that have no end tag, so that nothing of them can be skipped to. */
const VOID = new Set('area base br col embed hr img input link meta source track wbr'.split(' '));

/** No trailing blanks, no more than one empty line in a row; code keeps its indents. */
function tidied(text: string): string {
  let isCode = false;
  const lines = text.split('\n').map((line) => {
    if (line.trim() === '```') isCode = !isCode;
    return isCode ? line.trimEnd() : line.trim();
  });
  return lines
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

function decodeEntities(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,8}));/gi, (entity, decimal, hex, name) => {
    if (typeof name === 'string') return ENTITIES[name] ?? entity;
    const point = Number.parseInt(String(decimal ?? hex), decimal === undefined ? 16 : 10);
    return point > 0 && point <= 0x10_ffff && !(point >= 0xd800 && point <= 0xdfff) ? String.fromCodePoint(point) : ' ';
  });
}
