/**
 * One pattern for what `files.exclude` or `search.exclude` switches on; '' for nothing. Those with a condition on
 * siblings (`when`) are left to the editor's own views.
 */
export function excludePattern(...settings: unknown[]): string {
  const patterns = settings.flatMap((setting) =>
    typeof setting === 'object' && setting !== null
      ? Object.entries(setting).flatMap(([pattern, on]) => (on === true ? [pattern] : []))
      : [],
  );
  const unique = [...new Set(patterns)];
  return unique.length > 1 ? `{${unique.join(',')}}` : (unique[0] ?? '');
}
