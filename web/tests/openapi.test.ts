// @vitest-environment node
import { expect, test } from 'vitest';
import { apiTypes } from '../api-types/types.ts';

// `npm run generate` writes the file, by way of this test.
test('the types of the API are those of its document', async () => {
  await expect(await apiTypes()).toMatchFileSnapshot('../src/protocol/openapi.ts');
});
