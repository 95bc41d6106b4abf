import { expect, it } from 'vitest';
import { distinctNames } from './distinct-names.ts';

it('calls paths by their last part, with the folders that tell them apart', () => {
  expect(distinctNames(['a/v1/model.onnx', 'a/v2/model.onnx', 'a/v2/card.md', 'train'])).toEqual([
    'v1/model.onnx',
    'v2/model.onnx',
    'card.md',
    'train',
  ]);
  expect(distinctNames(['x/a/v1/m', 'y/a/v1/m', 'm'])).toEqual(['x/a/v1/m', 'y/a/v1/m', 'm']);
  expect(distinctNames(['a/m', 'a/m', 'b/m'])).toEqual(['a/m', 'a/m', 'b/m']);
  expect(distinctNames([])).toEqual([]);
});
