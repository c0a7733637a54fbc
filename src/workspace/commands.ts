/** Commands about many documents, and for the view of their answers. */
import * as vscode from 'vscode';
import { copied, exactText } from '../answers/commands.js';
import { withSource } from '../answers/source-text.js';
import type { CommandTable } from '../shared/command-table.js';
import type { ManyAsker } from './ask-many.js';
import type { ChosenFiles } from './choose-files.js';
import { chooseFolders } from './question-set.js';
import { manyRequestOf, placeOf } from './request.js';
import type { ResultsView } from './results-view.js';
import type { ShownSection } from './shown-section.js';

export function manyCommands(
  many: ManyAsker,
  view: ResultsView,
  section: ShownSection,
  files: ChosenFiles,
): CommandTable {
  const withPlace =
    (act: (place: NonNullable<ReturnType<typeof placeOf>>) => unknown) =>
    ([node]: unknown[]) => {
      const place = placeOf(node);
      return place && act(place);
    };
  return {
    askWorkspace: (args) => {
      const { question, filter } = manyRequestOf(args);
      return many.askScope({ kind: 'workspace' }, question, filter ?? files.filter);
    },
    askOpenEditors: (args) => many.askScope({ kind: 'editors' }, manyRequestOf(args).question),
    askFolder: async (args) => {
      const { uris, question, filter } = manyRequestOf(args);
      const given = uris ?? (await chooseFolders());
      return given?.length
        ? many.askScope({ kind: 'folder', uris: given }, question, filter ?? files.filter)
        : undefined;
    },
    chooseFiles: ([given]) => files.choose(given),
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
      section.clear();
    },
    openResult: withPlace((place) => many.open(place)),
    peekResult: withPlace((place) => many.peek(place)),
    copyResult: withPlace(({ text, ranges, items }) => copied(exactText(text, items ?? ranges))),
    copyResultWithSource: withPlace((place) => {
      return copied(withSource({ ...place, items: place.items ?? place.ranges }, vscode.Uri.parse(place.uri)));
    }),
  };
}
