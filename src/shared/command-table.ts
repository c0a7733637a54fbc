/** What a command is for the parts of the client: each part has a table of its own, and client.ts puts them together. */

/** Gets whatever came with the command: anybody may send anything, so it is checked there. */
export type Command = (args: unknown[]) => unknown;

/** Commands by their name without `askBert.`. */
export type CommandTable = Readonly<Record<string, Command>>;
