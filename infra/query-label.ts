/** A script of BigQuery whose jobs have these labels in the bill ("System variables", GoogleSQL: `@@query_label`). */
export function withLabels(script: string, labels: Readonly<Record<string, string>>): string {
  const list = Object.entries(labels).map(([key, value]) => `${key}:${value}`);
  const statement = `SET @@query_label = '${list.join(',')}';\n`;
  // Declarations have to come first.
  const [declarations = ''] = /^(?:DECLARE [^;]*;\n)*/.exec(script) ?? [];
  return `${declarations}${statement}${script.slice(declarations.length)}`;
}
