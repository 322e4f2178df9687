package main

import (
	"testing"

	"github.com/go-highhelp/highhelp/signer"
	"github.com/stretchr/testify/require"
)

func leaves(t *testing.T, body []byte) (n int) {
	t.Helper()
	doc, err := signer.Parse(body)
	require.NoError(t, err)
	for range doc.All() {
		n++
	}
	return n
}

// The goals are meant for bodies of these sizes.
func TestBodies(t *testing.T) {
	short, long := callback(shortReceipt), callback(longReceipt)
	t.Log(len(short), len(long), len(compact(short)), len(compact(long)))
	require.InDelta(t, 850, len(short), 25)
	require.Equal(t, 29, leaves(t, short))
	require.InDelta(t, 4096, len(long), 100)
	require.Equal(t, 137, leaves(t, long))
	require.Equal(t, 29, leaves(t, compact(short)))
}
