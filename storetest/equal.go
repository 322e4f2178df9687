package storetest

import (
	"bytes"
	"fmt"
	"time"

	"github.com/go-highhelp/highhelp"
)

// differ says how a payment that came back differs from the one that was
// saved. A nil and an empty list are equal: no store can tell them apart.
func differ(got, want highhelp.Payment) error {
	if len(got.Attempts) != len(want.Attempts) {
		return fmt.Errorf("%d attempts came back of %d", len(got.Attempts), len(want.Attempts))
	}
	for i := range want.Attempts {
		if err := differAttempt(&got.Attempts[i], &want.Attempts[i]); err != nil {
			return fmt.Errorf("attempt %d: %w", i+1, err)
		}
	}
	return first(
		same("key", got.Key, want.Key), same("claim token", got.Claim.Token, want.Claim.Token), same("held", got.Held, want.Held),
		sameTime("claim", got.Claim.Until, want.Claim.Until), sameTime("created", got.CreatedAt, want.CreatedAt),
		sameTime("updated", got.UpdatedAt, want.UpdatedAt), sameTime("check", got.CheckAt, want.CheckAt),
	)
}

func differAttempt(got, want *highhelp.Attempt) error {
	if len(got.Marks) != len(want.Marks) {
		return fmt.Errorf("%d marks came back of %d", len(got.Marks), len(want.Marks))
	}
	for i := range want.Marks {
		if err := differMark(&got.Marks[i], &want.Marks[i]); err != nil {
			return fmt.Errorf("mark %d: %w", i+1, err)
		}
	}
	g, w := got.Ticket, want.Ticket
	return first(
		same("number", got.N, want.N), same("payment id", got.PaymentID, want.PaymentID), same("amount", got.Amount, want.Amount),
		same("status", got.Status, want.Status), same("sent", got.Sent, want.Sent), same("lost", got.Lost, want.Lost),
		same("given up", got.GaveUp, want.GaveUp),
		sameTime("created", got.CreatedAt, want.CreatedAt),
		same("ticket's payment id", g.PaymentID, w.PaymentID), same("ticket's request id", g.RequestID, w.RequestID),
		same("ticket's URL", g.URL, w.URL), same("status token", g.StatusToken, w.StatusToken),
		sameTime("expiry", g.ExpiresAt, w.ExpiresAt), same("raw answer", bytes.Equal(g.Raw, w.Raw), true),
	)
}

func differMark(got, want *highhelp.Mark) error {
	return first(
		same("status", got.Status, want.Status), same("sub status", got.SubStatus, want.SubStatus), same("outcome", got.Outcome, want.Outcome),
		same("fingerprint", got.Fingerprint, want.Fingerprint), sameTime("signed", got.SignedAt, want.SignedAt), sameTime("at", got.At, want.At),
	)
}

// differDelivery is differ for a row of the journal; the ID is the store's.
func differDelivery(got, want highhelp.Delivery) error {
	return first(
		same("key", got.Key, want.Key), same("payment id", got.PaymentID, want.PaymentID), same("request id", got.RequestID, want.RequestID),
		same("status", got.Status, want.Status), same("amount", got.Amount, want.Amount), same("route", got.Route, want.Route),
		same("key name", got.KeyName, want.KeyName), same("outcome", got.Outcome, want.Outcome), same("error", got.Error, want.Error),
		same("variant", got.Variant, want.Variant), same("fingerprint", got.Fingerprint, want.Fingerprint), same("peer", got.Peer, want.Peer),
		same("duration", got.Duration, want.Duration), same("replay", got.Replay, want.Replay),
		sameTime("signed", got.SignedAt, want.SignedAt), sameTime("received", got.ReceivedAt, want.ReceivedAt),
		same("body", bytes.Equal(got.Raw, want.Raw), true),
	)
}

func same[T comparable](what string, got, want T) error {
	if got != want {
		return fmt.Errorf("%s is %v, want %v", what, got, want)
	}
	return nil
}

// sameTime wants the same moment to the microsecond, in UTC.
func sameTime(what string, got, want time.Time) error {
	want = want.UTC().Truncate(time.Microsecond)
	if !got.Equal(want) {
		return fmt.Errorf("%s came back as %s, saved was %s", what, got, want)
	}
	if got.Location() != time.UTC {
		return fmt.Errorf("%s came back in %s, not in UTC", what, got.Location())
	}
	return nil
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
