import { describe, expect, it } from 'vitest';
import { createBm25 } from './bm25.ts';
import { compoundParts } from './compound-parts.ts';
import { stemEnglish } from './stemmer.ts';

const known = new Set(['kuhlwasser', 'pumpe', 'wasser', 'druck', 'sensor', 'lager', 'temperatur'].map(stemEnglish));
const partsOf = (word: string) => compoundParts(word, (term) => known.has(term));
const terms = (...words: readonly string[]) => words.map(stemEnglish);

describe('compoundParts', () => {
  it('finds the fewest known words, with what stands between them', () => {
    expect(partsOf('kuhlwasserpumpe')).toEqual(terms('kuhlwasser', 'pumpe'));
    expect(partsOf('lagertemperatursensor')).toEqual(terms('lager', 'temperatur', 'sensor'));
    expect(partsOf('drucksensor')).toEqual(terms('druck', 'sensor'));
    expect(partsOf('temperaturenlager')).toEqual(terms('temperatur', 'lager'));
  });

  it.each(['pumpe', 'kuhlwasserx', 'xkuhlwasser', 'zahnradpumpe', 'wassersensor4', ''])(
    'takes %j for no compound',
    (word) => {
      expect(partsOf(word)).toEqual([]);
    },
  );

  it('stays quick on an endless word', () => {
    expect(partsOf('wasser'.repeat(20_000))).toEqual([]);
  });
});

describe('a question with a compound that stands nowhere', () => {
  it('finds what speaks of its parts, below what has the very word', () => {
    const index = createBm25();
    index.add('parts', { body: 'Die Pumpe für das Kühlwasser ist undicht.' });
    index.add('other', { body: 'Die Lampe ist defekt.' });
    expect(index.search('Kühlwasserpumpe', { limit: 5 }).map(({ key }) => key)).toEqual(['parts']);
    index.add('whole', { body: 'Die Kühlwasserpumpe ist undicht.' });
    expect(index.search('Kühlwasserpumpe', { limit: 5 })[0]?.key).toBe('whole');
  });
});

describe('scripts without spaces', () => {
  it.each([
    ['Chinese', '轴承温度', ['电机轴承的温度过高时请检查润滑油。', '屏幕显示异常，请重新启动控制器。']],
    [
      'Japanese',
      'ポンプの圧力',
      ['ポンプの圧力が低下した場合は、シールを交換してください。', '画面が表示されない場合は電源を確認します。'],
    ],
    ['Thai', 'แรงดันปั๊ม', ['เมื่อแรงดันปั๊มต่ำให้ตรวจสอบซีล', 'หน้าจอไม่แสดงผลให้ตรวจสอบสายไฟ']],
    [
      'Korean, which has spaces',
      '베어링 온도',
      ['베어링 온도 상승 시 윤활유를 점검하십시오.', '화면이 표시되지 않으면 전원을 확인하십시오.'],
    ],
  ])('are searched by their words: %s', (_, question, [meant = '', other = '']) => {
    const index = createBm25();
    index.add('other', { body: other });
    index.add('meant', { body: meant });
    index.add('english', { body: 'Replace the seal of the pump.' });
    const hits = index.search(question, { limit: 5 });
    expect(hits[0]?.key).toBe('meant');
    expect(hits.map(({ key }) => key)).not.toContain('english');
  });

  it('meet identifiers that are written among them', () => {
    const index = createBm25();
    index.add('code', { body: '控制器报告错误E4711时，请更换KafkaBroker。' });
    index.add('other', { body: '控制器报告错误时，请重新启动。' });
    for (const question of ['E4711', 'kafkabroker']) {
      expect(index.search(question, { limit: 5 }).map(({ key }) => key)).toEqual(['code']);
    }
  });
});
