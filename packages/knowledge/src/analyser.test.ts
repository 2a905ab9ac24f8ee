import { describe, expect, it } from 'vitest';
import { analyse } from './analyser.ts';

describe('analyse', () => {
  it('stems English words, lowers case and drops stop words', () => {
    expect(analyse('The queries of the Service were slowing down')).toEqual(['queri', 'servic', 'slow', 'down']);
  });

  it('gives a camel-case identifier whole and in parts', () => {
    expect(analyse('KubePodCrashLooping')).toEqual(['kubepodcrashloop', 'kube', 'pod', 'crash', 'loop']);
    expect(analyse('HTTPServerError')).toEqual(['httpservererror', 'http', 'server', 'error']);
  });

  it('gives a resource name whole, by segment and by part', () => {
    const terms = analyse('petInfo_AWS::DynamoDB::Table');
    for (const term of ['pet', 'info', 'aw', 'dynamodb', 'dynamo', 'db', 'tabl', 'petinfoawsdynamodbt']) {
      expect(terms.some((each) => each.startsWith(term))).toBe(true);
    }
  });

  it('keeps error codes, percentiles and short technical names whole', () => {
    expect(analyse('ECONNREFUSED p99 k8s S3 ORA-00942')).toEqual([
      'econnrefus',
      'p99',
      'k8s',
      's3',
      'ora',
      '00942',
      'ora00942',
    ]);
  });

  it('lets every spelling of one compound meet', () => {
    const spellings = ['CrashLoopBackOff', 'crash-loop-back-off', 'crash_loop_back_off', 'crashloopbackoff'];
    for (const spelling of spellings) expect(analyse(spelling)).toContain('crashloopbackoff');
  });

  it('lets a question about a release meet a text about its patch', () => {
    expect(analyse('v2.4.1')).toEqual(['2.4.1', '2.4', '2']);
    expect(analyse('fw 2.4.')).toEqual(['fw', '2.4', '2']);
  });

  it('splits a path and keeps it whole', () => {
    expect(analyse('see /var/log/syslog.')).toEqual(['see', 'var', 'log', 'syslog', 'varlogsyslog']);
  });

  it('folds accents and reads other alphabets', () => {
    expect(analyse('Überhitzung café')).toEqual(analyse('uberhitzung cafe'));
    expect(analyse('температура подшипника')).toEqual(['температура', 'подшипника']);
  });

  it('cuts scripts without spaces into words', () => {
    expect(analyse('轴承温度过高').length).toBeGreaterThan(1);
  });

  it('drops a possessive and trailing punctuation', () => {
    expect(analyse("the pump's motor's.")).toEqual(['pump', 'motor']);
  });

  it.each([
    ['capitals', 'aB'.repeat(250_000)],
    ['dashes', `a${'-'.repeat(500_000)}b`],
    ['dots', `1${'.1'.repeat(250_000)}`],
    ['a script without spaces', '温'.repeat(200_000)],
  ])('stays quick and gives short terms on a blob of %s', (_, blob) => {
    expect(analyse(blob).every((term) => term.length <= 64)).toBe(true);
  });
});
