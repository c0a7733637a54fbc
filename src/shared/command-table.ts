/** Commands of the parts of the client: each part has its own table, and client.ts combines them. */

/** Gets the arguments of the command unchecked: any extension may pass anything. */
export type Command = (args: unknown[]) => unknown;

/** Commands by their name without `askBert.`. */
export type CommandTable = Readonly<Record<string, Command>>;
