import { describe, expect, it } from 'vitest';
import { isoDay } from '../../src/calendar.js';
import { dateFormat, detectDateFormat } from '../../src/features/date-format.js';

describe('date formats', () => {
  it.each([
    ['%Y-%m-%d', '2011-08-09'],
    ['%d/%m/%Y', '9/8/2011'],
    ['%m/%d/%Y', '08/09/2011'],
    ['%m/%d/%Y %H:%M', '08/09/2011'],
    ['%d.%m.%y', '09.08.11'],
    ['%d-%b-%Y', '09-Aug-2011'],
    ['%d %b %Y', '9 August 2011'],
  ])('%s reads %s', (name, cell) => {
    expect(isoDay(dateFormat(name).parse(cell)!)).toBe('2011-08-09');
  });

  it.each(['31/02/2011', '29/02/2011', '00/01/2011', '1/13/2011', '1/1/11', '2011-01-01', '1/1/2011x', ''])(
    '%%d/%%m/%%Y refuses %s',
    (cell) => {
      expect(dateFormat('%d/%m/%Y').parse(cell)).toBeUndefined();
    },
  );

  it('knows leap years', () => {
    const days = ['29/02/2000', '29/02/2012', '28/02/1900'];
    expect(days.map((cell) => isoDay(dateFormat('%d/%m/%Y').parse(cell)!))).toEqual([
      '2000-02-29',
      '2012-02-29',
      '1900-02-28',
    ]);
  });

  it('lets one day after the 12th settle the order of the whole column', () => {
    expect(detectDateFormat(['1/2/2011', '3/4/2011', '13/4/2011'], 'f', 'c').name).toBe('%d/%m/%Y');
    expect(detectDateFormat(['1/2/2011', '3/4/2011', '4/13/2011'], 'f', 'c').name).toBe('%m/%d/%Y');
    expect(detectDateFormat(['13-02-11', '30-01-99'], 'f', 'c').name).toBe('%d-%m-%y');
    expect(detectDateFormat(['11-02-01', '99-01-30'], 'f', 'c').name).toBe('%y-%m-%d');
    expect(detectDateFormat(['20110801', '20110230'], 'f', 'c').name).toBe('%Y%m%d');
  });

  it.each([
    ['1/2/2011', '12/12/2011'],
    ['24-01-13', '24-01-14'],
    ['1.2.11', '3.4.11'],
  ])('does not guess where nothing settles it: %s, %s', (...cells) => {
    expect(() => detectDateFormat(cells, 'f', 'c')).toThrowError(
      expect.objectContaining({ code: 'ambiguous_date_order' }),
    );
  });
});
