//go:build !linux

package main

import "time"

const clockName = "wall clock"

var start = time.Now()

func now() time.Duration { return time.Since(start) }
