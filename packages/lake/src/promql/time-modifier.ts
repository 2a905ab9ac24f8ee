import { notPromql, notSupported } from './query-fault.ts';
import type { Expression, FixedMoment, TimeShift } from './syntax-tree.ts';

/** What stands behind an expression and changes the time that it looks at. */
export type Modifier =
  | { readonly kind: 'offset'; readonly offsetMs: number; readonly place: number }
  | { readonly kind: 'at'; readonly moment: FixedMoment; readonly place: number }
  | { readonly kind: 'range'; readonly rangeMs: number; readonly place: number }
  | {
      readonly kind: 'subquery';
      readonly rangeMs: number;
      readonly stepMs: number | undefined;
      readonly place: number;
    };

/** Steps of a subquery, and ranges, are no longer than this, so that moments stay dates. */
const durationMaxMs = 200 * 365 * 86_400_000;

/** An expression with a modifier. Throws `invalid-request` where the modifier has no place. */
export function shifted(expression: Expression, modifier: Modifier, query: string): Expression {
  const at = { query, place: modifier.place };
  switch (modifier.kind) {
    case 'range':
      checkDuration(modifier.rangeMs, 'a range');
      if (expression.kind !== 'selector') throw notPromql('ranges only allowed for vector selectors', at);
      if (isShifted(expression.shift)) {
        throw notPromql('no offset or @ modifiers allowed before range', at);
      }
      return { kind: 'range', selector: expression, rangeMs: modifier.rangeMs, place: expression.place };
    case 'subquery':
      checkDuration(modifier.rangeMs, 'the range of a subquery');
      if (modifier.stepMs !== undefined) checkDuration(modifier.stepMs, 'the step of a subquery');
      return {
        kind: 'subquery',
        inner: expression,
        rangeMs: modifier.rangeMs,
        stepMs: modifier.stepMs,
        shift: { offsetMs: 0 },
        place: expression.place,
      };
    case 'offset':
      if (Math.abs(modifier.offsetMs) > durationMaxMs) throw notSupported('an offset so long', at);
      return withShift(expression, (shift) => {
        if (shift.offsetMs !== 0) throw notPromql('offset may not be set multiple times', at);
        return { ...shift, offsetMs: modifier.offsetMs };
      });
    case 'at':
      if (typeof modifier.moment === 'number' && !(Math.abs(modifier.moment) <= 8.64e15)) {
        throw notPromql('timestamp out of bounds for @ modifier', at);
      }
      return withShift(expression, (shift) => {
        if (shift.fixedAt !== undefined) throw notPromql('@ <timestamp> may not be set multiple times', at);
        return { ...shift, fixedAt: modifier.moment };
      });
  }

  function checkDuration(durationMs: number, what: string): void {
    if (!(durationMs > 0)) throw notPromql(`${what} must be a duration above zero such as 5m`, at);
    if (durationMs > durationMaxMs) throw notSupported(`${what} so long`, at);
  }

  function withShift(inner: Expression, change: (shift: TimeShift) => TimeShift): Expression {
    if (inner.kind === 'selector' || inner.kind === 'subquery') return { ...inner, shift: change(inner.shift) };
    if (inner.kind === 'range') {
      return { ...inner, selector: { ...inner.selector, shift: change(inner.selector.shift) } };
    }
    const word = modifier.kind === 'at' ? '@' : 'offset';
    throw notPromql(`${word} modifier must be preceded by a selector or a subquery`, at);
  }
}

function isShifted(shift: TimeShift): boolean {
  return shift.offsetMs !== 0 || shift.fixedAt !== undefined;
}
