/** Commands about many documents, and for the view of their answers. */
import { copied, exactText } from '../answers/commands.js';
import type { CommandTable } from '../shared/command-table.js';
import type { ManyAsker } from './ask-many.js';
import { chooseFolders } from './question-set.js';
import { manyRequestOf, placeOf } from './request.js';
import type { ResultsView } from './results-view.js';

export function manyCommands(many: ManyAsker, view: ResultsView): CommandTable {
  const withPlace =
    (act: (place: NonNullable<ReturnType<typeof placeOf>>) => unknown) =>
    ([node]: unknown[]) => {
      const place = placeOf(node);
      return place && act(place);
    };
  return {
    askWorkspace: (args) => many.askScope({ kind: 'workspace' }, manyRequestOf(args).question),
    askOpenEditors: (args) => many.askScope({ kind: 'editors' }, manyRequestOf(args).question),
    askFolder: async (args) => {
      const { uris, question } = manyRequestOf(args);
      const given = uris ?? (await chooseFolders());
      return given?.length ? many.askScope({ kind: 'folder', uris: given }, question) : undefined;
    },
    cancelReading: () => many.cancel(),
    showResultsFlat: () => {
      view.flat = true;
    },
    showResultsByFile: () => {
      view.flat = false;
    },
    clearResults: () => {
      many.cancel();
      view.show(undefined);
    },
    openResult: withPlace((place) => many.open(place)),
    peekResult: withPlace((place) => many.peek(place)),
    copyResult: withPlace(({ text, ranges }) => copied(exactText(text, ranges))),
  };
}
