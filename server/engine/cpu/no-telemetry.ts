/**
 * ONNX Runtime 1.30's library for Linux has a telemetry of its own: it keeps a device id and a database in the user's cache
 * and would send events. This variable, read when it is loaded, keeps all of that from starting. Imported by what loads
 * it, and by what starts the worker that does: a worker's `process.env` is a copy that native code does not see.
 */
process.env.ORT_DISABLE_TELEMETRY = '1';
