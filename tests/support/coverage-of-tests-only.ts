/**
 * Loaded before each test file: the programs it starts write no coverage. Node hands that wish on to every child, and
 * one that is killed leaves an empty file, which makes the report of all the others fail.
 */
delete process.env.NODE_V8_COVERAGE
