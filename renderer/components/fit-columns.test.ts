import { describe, expect, it } from 'vitest';
import { fitColumns } from './fit-columns.ts';

const columns = [
  { id: 'path', width: 'minmax(160px,1fr)' },
  { id: 'bytes', width: '92px', givesWay: true },
  { id: 'state', width: '94px' },
  { id: 'claims', width: '52px', givesWay: true },
];
const at = (width: number) => fitColumns(columns, width).map(({ id }) => id);

describe('columns of a grid', () => {
  it('all stand where there is room, and until the room is known', () => {
    expect(at(458)).toEqual(['path', 'bytes', 'state', 'claims']);
    expect(at(0)).toEqual(['path', 'bytes', 'state', 'claims']);
  });
  it('give way from the last, and the others stay however narrow it is', () => {
    expect(at(457)).toEqual(['path', 'bytes', 'state']);
    expect(at(394)).toEqual(['path', 'bytes', 'state']);
    expect(at(393)).toEqual(['path', 'state']);
    expect(at(1)).toEqual(['path', 'state']);
  });
});
