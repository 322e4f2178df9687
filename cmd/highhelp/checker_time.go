package main

import (
	"strconv"
	"time"

	"github.com/go-highhelp/highhelp/signer"
)

// signedTime looks for a time near the stated one at which one of the keys
// made the signature: up to a quarter of an hour away, or, for clocks in a
// wrong zone, a number of half hours.
func (c *checker) signedTime(stated string) (signed, key string) {
	doc, err := signer.Parse(c.caught.body)
	seconds, numErr := strconv.ParseInt(stated, 10, 64)
	if err != nil || numErr != nil {
		return "", ""
	}
	for len(strconv.FormatInt(seconds, 10)) > 10 { // milliseconds or finer
		seconds /= 1000
	}
	header := c.caught.header.Clone()
	for _, off := range offsets() {
		at := strconv.FormatInt(seconds+off, 10)
		header.Set(headerTimestamp, at)
		for _, k := range c.keys {
			if _, err := k.Verify(doc, header); err == nil {
				return at, k.Name()
			}
		}
	}
	return "", ""
}

// offsets are the distances in seconds that signedTime tries, the small ones
// first.
func offsets() []int64 {
	const near, slack, zone, farthest = 15 * 60, 3, 30 * 60, 14 * 60 * 60
	list := []int64{0}
	for off := int64(1); off <= near; off++ {
		list = append(list, off, -off)
	}
	for off := int64(zone); off <= farthest; off += zone {
		for d := int64(-slack); d <= slack; d++ {
			list = append(list, off+d, -off-d)
		}
	}
	return list
}

// stamp writes a time for people beside its digits.
func stamp(digits string) string {
	seconds, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return digits
	}
	return digits + " (" + time.Unix(seconds, 0).UTC().Format(time.RFC3339) + ")"
}
