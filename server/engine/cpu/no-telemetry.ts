/**
 * ONNX Runtime 1.30's library for Linux has built-in telemetry: it keeps a device id and a database in the user's cache
 * and would send events. This variable, read when it is loaded, prevents all of that. Imported by the code that loads
 * the library and by the code that starts its worker: a worker's `process.env` is a copy that native code does not see.
 */
process.env.ORT_DISABLE_TELEMETRY = '1';
