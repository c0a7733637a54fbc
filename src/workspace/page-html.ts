/** The page of a table from its template in media/. Pure. */

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Fills the places `{{name}}`; values are escaped, so that they stay in their attribute (all use double quotes). */
export const pageHtml = (template: string, values: Record<string, string>): string =>
  template.replace(/\{\{(\w+)\}\}/g, (_, name: string) =>
    (values[name] ?? '').replace(/[&<>"]/g, (c) => ESCAPES[c] ?? c),
  );
