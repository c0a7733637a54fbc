/** Error messages that a user would have seen. */
export const shown: string[] = [];
