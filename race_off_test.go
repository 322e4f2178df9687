//go:build !race

package highhelp_test

const raceDetector = false
