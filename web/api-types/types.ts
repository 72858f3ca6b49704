import openapiTS, { astToString } from 'openapi-typescript';

const DOCUMENT = new URL('../../docs/openapi.json', import.meta.url);

const HEAD = '// Written by `make generate` from docs/openapi.json. Changes are made there.\n\n';

/** The text of `src/protocol/openapi.ts`: the types of the kept document of the API. */
export async function apiTypes(): Promise<string> {
  return HEAD + astToString(await openapiTS(DOCUMENT));
}
