// Package live has the tests of the whole: the built program with its plugins, on generated data, under changes
// and kills, compared with SQLite over the same rows.
//
// LIVE_ROUNDS and LIVE_SCALE make them longer and the data larger; LIVE_SEED repeats a run; LIVE_BIN names a folder
// with millrace and plugins/ to test, which are otherwise built first.
package live
