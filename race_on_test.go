//go:build race

package highhelp_test

// raceDetector slows exhaustive searches of one thread down twentyfold, and
// finds nothing there.
const raceDetector = true
