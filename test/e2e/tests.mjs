// What a person does with the extension, in this order; each test leaves the window usable for the next one.
import { manyTests } from './tests-many.mjs';
import { pageTests } from './tests-pages.mjs';
import { questionsTests } from './tests-questions.mjs';
import { statesTests } from './tests-states.mjs';
import { windowTests } from './tests-window.mjs';

export const tests = { ...questionsTests, ...statesTests, ...manyTests, ...pageTests, ...windowTests };
