package highhelp_test

import (
	"fmt"
	"testing"

	"github.com/go-highhelp/highhelp"
	"github.com/stretchr/testify/require"
)

// marker is in every hostile request: in its body, in a header and in its URL,
// and in the HMAC key. Nothing that comes out may repeat it.
const marker = "M4rk3r0fTh3Att4ck"

// An attack is one connection to the whole handler, and what must come of it.
type attack struct {
	name   string
	key    string                 // RSA or HMAC: the gateway's key; "" is one after the other
	set    func(*highhelp.Config) // of the shop
	before func(*victim)          // what has happened before
	send   sender
	verdict
}

// A sender makes the bytes of an attack.
type sender func(*victim) *wire

// A verdict is what must come of an attack on the payment of order 1, which
// waits for its success.
type verdict struct {
	statuses  []int // of all answers on the connection
	rows      []row // of the journal, one for each of the last answers
	ships     int   // how often OnPaid runs
	changes   bool  // of the stored payment
	anomalies []string
}

// A row is what the journal has of a callback: an outcome, or why there is none.
type row struct {
	outcome highhelp.Outcome
	reason  string
}

// refuses is an answer whose reason stands in the journal.
func refuses(status int, reason string) verdict {
	return verdict{statuses: []int{status}, rows: []row{{reason: reason}}}
}

// unknown is an authentic callback for a payment that is not there.
func unknown() verdict {
	v := refuses(404, "names none of this shop")
	v.anomalies = []string{"unknown_payment"}
	return v
}

// unheard is an answer to what is no callback: the journal does not hear of it.
func unheard(statuses ...int) verdict { return verdict{statuses: statuses} }

// taken is an authentic callback that ships nothing.
func taken(o highhelp.Outcome, anomalies ...string) verdict {
	changes := o == highhelp.Mismatch || o == highhelp.Applied
	return verdict{statuses: []int{200}, rows: []row{{outcome: o}}, changes: changes, anomalies: anomalies}
}

// applied is the verdict on what is genuine after all.
func applied() verdict {
	v := taken(highhelp.Applied)
	v.ships = 1
	return v
}

// attacks are all tables, by the door that they try.
var attacks = map[string]func() []attack{
	"keys": attacksOnKeys, "signatures": attacksOnSignatures, "timestamps": attacksOnTimestamps, "headers": attacksOnHeaders,
	"transport": attacksOnTransport, "sizes": attacksOnSizes, "syntax": attacksOnSyntax, "fields": attacksOnFields,
	"readings": attacksOnReadings, "replays": attacksByReplay, "doors": attacksOnDoors,
}

// inTurn tries each attack on one kind of key only, which plays no part in it.
func inTurn(table []attack) []attack {
	for i := range table {
		table[i].key = []string{"RSA", "HMAC"}[i%2]
	}
	return table
}

func runAttacks(t *testing.T, table []attack) {
	for _, a := range table {
		for _, key := range rawKeys() {
			if a.key == "" || a.key == key.name {
				t.Run(fmt.Sprint(a.name, "/", key.name), func(t *testing.T) {
					t.Parallel() // a server waits before it closes on a sender that it has not read to the end
					newVictim(t, key, a.set).attempt(t, a)
				})
			}
		}
	}
}

func TestAttacksOnKeys(t *testing.T)       { runAttacks(t, attacksOnKeys()) }
func TestAttacksOnSignatures(t *testing.T) { runAttacks(t, attacksOnSignatures()) }
func TestAttacksOnTimestamps(t *testing.T) { runAttacks(t, attacksOnTimestamps()) }
func TestAttacksOnHeaders(t *testing.T)    { runAttacks(t, attacksOnHeaders()) }
func TestAttacksOnTransport(t *testing.T)  { runAttacks(t, attacksOnTransport()) }
func TestAttacksOnSizes(t *testing.T)      { runAttacks(t, inTurn(attacksOnSizes())) }
func TestAttacksOnSyntax(t *testing.T)     { runAttacks(t, inTurn(attacksOnSyntax())) }
func TestAttacksOnFields(t *testing.T)     { runAttacks(t, attacksOnFields()) }
func TestAttacksOnReadings(t *testing.T)   { runAttacks(t, attacksOnReadings()) }
func TestAttacksByReplay(t *testing.T)     { runAttacks(t, attacksByReplay()) }
func TestAttacksOnDoors(t *testing.T)      { runAttacks(t, inTurn(attacksOnDoors())) }

// The suite refuses nothing by refusing everything, and it does not shrink.
func TestAttacksAreMany(t *testing.T) {
	hostile, genuine, names := 0, 0, map[string]bool{}
	for door, table := range attacks {
		for _, a := range table() {
			name := door + "/" + a.name
			require.False(t, names[name], name)
			require.NotContains(t, a.name, "/")
			names[name] = true
			if a.ships > 0 {
				genuine++
			} else {
				hostile++
			}
		}
	}
	t.Logf("%d hostile, %d genuine", hostile, genuine)
	require.GreaterOrEqual(t, hostile, 200)
	require.GreaterOrEqual(t, genuine, 30)
}
