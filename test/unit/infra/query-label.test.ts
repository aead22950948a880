import { expect, test } from 'vitest';
import { withLabels } from '../../../infra/query-label.ts';

const labels = { system: 'edi', job: 'hours' };
const set = "SET @@query_label = 'system:edi,job:hours';\n";

test('labels are set before the first statement, and after declarations, which have to come first', () => {
  expect(withLabels('INSERT INTO a SELECT 1', labels)).toBe(`${set}INSERT INTO a SELECT 1`);
  const declarations = 'DECLARE first, last TIMESTAMP;\nDECLARE n INT64;\n';
  const rest = "SET n = 1;\nSELECT 'DECLARE x;\n';";
  expect(withLabels(`${declarations}${rest}`, labels)).toBe(`${declarations}${set}${rest}`);
});
