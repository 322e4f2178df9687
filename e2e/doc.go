// Package e2e holds tests that need real programs round the kit: browsers, and
// the demo as a process of its own.
//
// What a machine lacks is skipped with one line; HIGHHELP_TEST_REQUIRE=all
// turns each such skip into a failure.
package e2e
