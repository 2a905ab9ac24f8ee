/** What a listing on the web names: a folder's index page, a sitemap, or a list of addresses. */

import { extname } from 'node:path';
import { SOURCE_EXTENSIONS } from '../sources/source-file.ts';

/** Addresses that a listing names, without repeats, in its order. */
export interface WebListing {
  /** More listings: folders of an index page, parts of a sitemap. */
  readonly listings: readonly URL[];
  readonly files: readonly URL[];
}

const LINKS_MAX = 20_000;
const HREF = /<a\s[^>]{0,2000}?\bhref\s*=\s*(?:"([^"]{0,2000})"|'([^']{0,2000})'|([^\s"'>]{1,2000}))/gi;
const LOCATION = /<loc>\s*([^<]{1,2000}?)\s*<\/loc>/gi;

/**
 * Reads a listing that came from `at`. Of an index page only what lies below its folder counts, and no address with a query,
 * such as the links that sort it; of sitemaps and lists what lies below `base`.
 */
export function readListing(text: string, at: URL, base: URL): WebListing {
  const isSitemap = /<(?:urlset|sitemapindex)[\s>]/i.test(text.slice(0, 4000));
  if (isSitemap) {
    const isIndex = /<sitemapindex[\s>]/i.test(text.slice(0, 4000));
    const found = addresses(text.matchAll(LOCATION), at, base);
    return isIndex ? { listings: found, files: [] } : { listings: [], files: found };
  }
  if (!/<\w/.test(text.slice(0, 4000))) {
    const lines = text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
    return {
      listings: [],
      files: addresses(
        lines.map((line) => [line, line.trim()]),
        at,
        base,
      ),
    };
  }
  const found = addresses(text.matchAll(HREF), at, folderOf(at)).filter(({ href }) => href.startsWith(base.href));
  return {
    listings: found.filter(({ pathname }) => pathname.endsWith('/')),
    files: found.filter(({ pathname }) => hasDocumentEnding(pathname)),
  };
}

/** Whether a path ends as documents that can be read do. */
function hasDocumentEnding(pathname: string): boolean {
  const extension = extname(pathname).toLowerCase();
  return SOURCE_EXTENSIONS.some((known) => known === extension);
}

/** The folder that an address is in: itself where it ends with a slash. */
export function folderOf(url: URL): URL {
  return new URL('.', url.href.replace(/[?#].*$/, ''));
}

function addresses(matches: Iterable<readonly (string | undefined)[]>, at: URL, below: URL): URL[] {
  const found = new Map<string, URL>();
  for (const [, ...groups] of matches) {
    if (found.size >= LINKS_MAX) break;
    const text = groups.find((group) => group !== undefined)?.replaceAll('&amp;', '&') ?? '';
    if (text.includes('?') || !URL.canParse(text, at.href)) continue;
    const url = new URL(text, at.href);
    url.hash = '';
    url.username = at.username;
    url.password = at.password;
    if (url.href.startsWith(below.href) && url.href !== at.href) found.set(url.href, url);
  }
  return [...found.values()];
}
