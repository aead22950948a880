/**
 * Text as Terraform reads it literally: in JSON, too, it takes `${` and `%{` for the beginning of an expression
 * ("Expressions: Strings", Terraform documentation). For everything that people write: descriptions, SQL, schemas.
 */
export function literal(text: string): string {
  return text.replaceAll(/[$%]\{/g, (found) => `${found[0]}${found}`);
}

/** A label's value: lower-case letters, digits, _ and -, 63 at most ("Labels", product documentation). */
export function labelValue(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]+/g, '-')
    .slice(0, 63);
}
