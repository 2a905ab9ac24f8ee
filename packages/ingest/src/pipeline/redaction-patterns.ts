import { isIPv6 } from 'node:net';

/** Replaces what is found in a text by what `hide` makes of it. */
export type Redactor = (text: string, hide: (found: string) => string) => string;

/*
 * Each expression begins where its kind of run begins (look-behind) or has bounded repeats only, so that its time is
 * linear in the text.
 */

const email = /(?<![\w.%+-])[\w.%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}/g;
const ipv4 = /(?<![\d.])(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?!\d|\.\d)/g;
const ipv6 = /(?<![\w:.])[0-9A-Fa-f:]{2,39}(?![\w:])/g;
const cardNumber = /(?<![\d-])[2-6]\d{3}(?:[ -]?\d){8,15}(?![\d-])/g;
const jwt = /(?<![\w-])eyJ[\w-]{5,4000}\.[\w-]{5,8000}\.[\w-]{0,2000}/g;
const knownKey =
  /(?<![\w-])(?:sk-[\w-]{16,200}|[sr]k_(?:live|test)_\w{10,200}|gh[opsur]_\w{30,255}|github_pat_\w{22,255}|glpat-[\w-]{20,100}|xox[abeoprs]-[\w-]{10,200}|A[KS]IA[0-9A-Z]{16}|AIza[\w-]{35}|npm_\w{36}|hk_[\w-]{16,200}|dop_v1_[0-9a-f]{64}|SG\.[\w-]{16,64}\.[\w-]{16,64})/g;
const bearer = /(?<![\w-])(bearer|basic)([ \t]{1,4})([\w.~+/=-]{8,4000})/gi;
const pair =
  /(password|passwd|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|authorization|credentials?)(\\?["']?[ \t]{0,4}(?:=>|[:=])[ \t]{0,4})("(?:[^"\\]|\\.){0,2000}"|'(?:[^'\\]|\\.){0,2000}'|\\"[^"\\]{0,2000}\\"|(?:(?:bearer|basic)[ \t]{1,4})?[^\s"'\\,;&)}\]]{1,2000})/gi;
const secretName =
  /(?:password|passwd|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|authorization)$/i;
const urlPassword = /(:\/\/[^\s:/@?#]{0,128}:)([^\s/@?#]{1,256})(?=@)/g;
const privateKey = /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^]*?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|$)/g;
const iban = /(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![A-Za-z0-9])/g;
const phone = /(?<![\w.+-])(?:\+|00)[1-9](?:[ ()./-]{0,2}\d){7,14}(?!\w)/g;

/** The kinds of secrets and personal data that are known by name. */
export const redactors = {
  /** Addresses such as `ada@example.org`. */
  email: (text, hide) => (text.includes('@') ? text.replace(email, hide) : text),
  /** IPv4 and IPv6 addresses. */
  ip: (text, hide) => text.replace(ipv4, hide).replace(ipv6, (found) => (isIPv6(found) ? hide(found) : found)),
  /** Card numbers of 12 to 19 digits whose check digit (ISO/IEC 7812, Luhn) is right. */
  'credit-card': (text, hide) => text.replace(cardNumber, (found) => (isLuhn(found) ? hide(found) : found)),
  /** JSON web tokens (RFC 7519). */
  jwt: (text, hide) => (text.includes('eyJ') ? text.replace(jwt, hide) : text),
  /** Keys of well-known services by their prefix, and what follows `Bearer` or `Basic`. */
  'api-key': (text, hide) =>
    text
      .replace(knownKey, hide)
      .replace(bearer, (_, scheme: string, space: string, found: string) => `${scheme}${space}${hide(found)}`),
  /** The value of `password=…`, `"token": "…"` and their like, and the password in a URL. */
  'password-pair': (text, hide) =>
    text
      .replace(pair, (found, name: string, sign: string, value: string) =>
        isNoSecret(name, value) ? found : `${name}${sign}${hidden(value, hide)}`,
      )
      .replace(urlPassword, (_, before: string, found: string) => `${before}${hide(found)}`),
  /** Private keys in PEM (RFC 7468). */
  'private-key': (text, hide) => (text.includes('PRIVATE KEY') ? text.replace(privateKey, hide) : text),
  /** Account numbers whose check digits (ISO 13616, modulo 97) are right. */
  iban: (text, hide) => text.replace(iban, (found) => (isIban(found) ? hide(found) : found)),
  /** Numbers in the international form, with `+` or `00`. */
  phone: (text, hide) => text.replace(phone, hide),
} as const satisfies Record<string, Redactor>;

export type RedactorName = keyof typeof redactors;

/** The names of all patterns. */
export const redactorNames = Object.keys(redactors) as readonly RedactorName[]; // the keys of a const object

/** True for the name of a field whose value is a secret as a whole, e.g. `db_password`. */
export function isSecretName(name: string): boolean {
  return secretName.test(name);
}

const nothing = /^(?:null|nil|none|true|false|undefined|""|'')$/i;

/** Words for nothing, counts of tokens and working folders look like secrets but are none. */
function isNoSecret(name: string, value: string): boolean {
  if (nothing.test(value)) return true;
  const word = name.toLowerCase();
  return (word === 'token' && /^\d{1,9}$/.test(value)) || (word === 'pwd' && value.startsWith('/'));
}

function hidden(value: string, hide: (found: string) => string): string {
  const quote = /^(?:\\?["'])/.exec(value)?.[0] ?? '';
  if (quote === '' || value.length < 2 * quote.length) return hide(value);
  return `${quote}${hide(value.slice(quote.length, -quote.length))}${quote}`;
}

function isLuhn(text: string): boolean {
  const digits = text.replace(/\D/g, '');
  let sum = 0;
  for (let index = 0; index < digits.length; index += 1) {
    const digit = Number(digits[digits.length - 1 - index]);
    const doubled = index % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

function isIban(text: string): boolean {
  const compact = text.replaceAll(' ', '');
  if (compact.length < 15 || compact.length > 34) return false;
  let rest = 0;
  for (const character of compact.slice(4) + compact.slice(0, 4)) {
    for (const digit of String(Number.parseInt(character, 36))) rest = (rest * 10 + Number(digit)) % 97;
  }
  return rest === 1;
}
