/**
 * What every answer carries. The page loads nothing from elsewhere, is framed by nobody and tells no other site where
 * its readers come from (https://www.w3.org/TR/CSP3/, https://owasp.org/www-project-secure-headers/).
 */
export const securityHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  // Data of a tenant stays out of caches; hashed assets say otherwise for themselves.
  'cache-control': 'no-store',
};

/** What answers of doors carry: their readers are programs, which have no use for a page's policy. */
export const doorHeaders: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
};
