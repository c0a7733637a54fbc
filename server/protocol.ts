/**
 * Every message between a client (the extension, or any JSON-RPC client) and the sidecar:
 * parameters, result and errors. Types, names and bounds only: both sides import it, it imports nothing.
 *
 * Character offsets are UTF-16 code units, zero-based, end exclusive; lines and characters are zero-based.
 */
export * from './protocol/ask.js';
export * from './protocol/many.js';
export * from './protocol/sidecar.js';
