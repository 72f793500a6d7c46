import { describe, expect, test } from 'vitest';
import type { Failure } from '../../../../src/connectors/errors.ts';
import type { VendorError } from '../../../../src/connectors/ads/meta/errors.ts';
import { judge, vendorCode } from '../../../../src/connectors/ads/meta/errors.ts';

const NONE = null;
const error = (code: number, subcode: number | null = null, isTransient = false): VendorError => ({
  code,
  subcode,
  isTransient,
  message: 'decides nothing',
});

/** Every documented code and subcode, with the HTTP status it is seen with. */
const DOCUMENTED: [number, number | null, number, Failure][] = [
  [1, NONE, 500, 'RETRY'],
  [1, 99, 500, 'RETRY'],
  [1, 2853001, 400, 'FIX'],
  [2, NONE, 400, 'RETRY'],
  [2, NONE, 503, 'RETRY'],
  [2, 1504038, 400, 'RETRY'],
  [100, 1504018, 400, 'RETRY'],
  [2, 1504041, 400, 'FIX'],
  [2, 1504042, 400, 'FIX'],
  [2, 1504043, 400, 'RETRY'],
  [2, 1504044, 400, 'RETRY'],
  [-2, 2490547, 400, 'RETRY'],
  [-3, 1504045, 400, 'FIX'],
  [4, NONE, 400, 'WAIT'],
  [4, 1504022, 403, 'WAIT'],
  [4, 1504039, 400, 'WAIT'],
  [17, NONE, 400, 'WAIT'],
  [17, 2446079, 400, 'WAIT'],
  [32, NONE, 400, 'WAIT'],
  [613, NONE, 400, 'WAIT'],
  [613, 1487742, 400, 'WAIT'],
  [613, 1996, 400, 'WAIT'],
  [613, 5044001, 400, 'WAIT'],
  ...[0, 1, 2, 3, 4, 5, 6, 8, 9, 14].map((last): [number, number, number, Failure] => [
    80_000 + last,
    2446079,
    400,
    'WAIT',
  ]),
  [10, NONE, 403, 'REAUTHORIZE'],
  ...[200, 270, 294, 299].map((code): [number, null, number, Failure] => [code, NONE, 403, 'REAUTHORIZE']),
  [100, NONE, 400, 'FIX'],
  [100, 33, 400, 'FIX'],
  [100, 1487534, 400, 'FIX'],
  [100, 3191001, 400, 'FIX'],
  [102, NONE, 400, 'REAUTHORIZE'],
  [190, NONE, 401, 'REAUTHORIZE'],
  ...[458, 459, 460, 463, 464, 467, 492].map((subcode): [number, number, number, Failure] => [
    190,
    subcode,
    400,
    'REAUTHORIZE',
  ]),
  [104, NONE, 400, 'FIX'],
  [341, NONE, 400, 'WAIT'],
  [368, NONE, 400, 'WAIT'],
  [2500, NONE, 400, 'FIX'],
  [2635, NONE, 400, 'FIX'],
  [2642, NONE, 400, 'RETRY'],
  [3018, NONE, 400, 'FIX'],
  [960, NONE, 400, 'RETRY'],
];

describe('judge', () => {
  test.each(DOCUMENTED)('%i/%s with HTTP %i is %s', (code, subcode, status, failure) => {
    expect(judge(error(code, subcode), status).failure).toBe(failure);
  });

  test.each(DOCUMENTED)('%i/%s: the HTTP status does not change a documented verdict', (code, subcode) => {
    const verdicts = [200, 400, 403, 500].map((status) => judge(error(code, subcode), status));
    expect(new Set(verdicts).size).toBe(1);
  });

  test('an unknown subcode is judged like its code', () => {
    expect(judge(error(190, 999), 400).failure).toBe('REAUTHORIZE');
    expect(judge(error(80_004, 1), 400).failure).toBe('WAIT');
  });

  test('an unknown code: transient and HTTP 5xx are tried again, the rest is not', () => {
    expect(judge(error(9999, null, true), 400).failure).toBe('RETRY');
    expect(judge(error(9999, 99), 400).failure).toBe('RETRY');
    expect(judge(error(9999), 503).failure).toBe('RETRY');
    expect(judge(error(9999), 400).failure).toBe('FIX');
    expect(judge(error(80_015), 400).failure).toBe('FIX');
    expect(judge(error(300), 400).failure).toBe('FIX');
  });

  test('is_transient saves a general refusal, but no named one, no throttle and no dead token', () => {
    expect(judge(error(100, null, true), 400).failure).toBe('RETRY');
    expect(judge(error(2, 1504041, true), 400).failure).toBe('FIX');
    expect(judge(error(80_000, 2446079, true), 400).failure).toBe('WAIT');
    expect(judge(error(190, 463, true), 400).failure).toBe('REAUTHORIZE');
  });

  test('only code 1 without a named cause asks for fewer rows', () => {
    const less = DOCUMENTED.filter(
      ([code, subcode, status]) => judge(error(code, subcode), status).askForLess,
    );
    expect(less.map(([code, subcode]) => [code, subcode])).toEqual([
      [1, null],
      [1, 99],
    ]);
  });

  test('every WAIT has a pause of its own, odd traffic at least 15 minutes', () => {
    for (const [code, subcode, status, failure] of DOCUMENTED) {
      if (failure === 'WAIT')
        expect(judge(error(code, subcode), status).waitSeconds).toBeGreaterThanOrEqual(300);
    }
    expect(judge(error(613, 1996), 400).atLeastSeconds).toBe(900);
  });

  test('names the code for people', () => {
    expect([vendorCode(error(190, 463)), vendorCode(error(4))]).toEqual(['190/463', '4']);
  });
});
