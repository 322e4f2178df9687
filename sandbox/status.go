package sandbox

import (
	"fmt"
	"regexp"
	"strings"
)

// A Status is what a ticket's three status fields say. An empty Sub or
// Description is null on the wire.
type Status struct {
	Main        string // status: processing, dispute, decline or success
	Sub         string // sub_status, such as "paid"
	Description string // status_description, for people
}

// String returns "main:sub", or "main" alone where there is no sub-status.
func (s Status) String() string {
	if s.Sub == "" {
		return s.Main
	}
	return s.Main + ":" + s.Sub
}

var statusForm = regexp.MustCompile(`^[a-z0-9_]{1,64}(:[a-z0-9_]{1,64})?$`)

// ParseStatus reads "main" or "main:sub", as String writes them: small letters,
// digits and '_'. The sets are open, so an unknown status is none the worse.
func ParseStatus(text string) (Status, error) {
	if !statusForm.MatchString(text) {
		return Status{}, fmt.Errorf("sandbox: %q is no status such as success or processing:paid", text)
	}
	s := Status{}
	s.Main, s.Sub, _ = strings.Cut(text, ":")
	return s, nil
}

// Final reports whether no other status follows: success and decline.
func (s Status) Final() bool { return s.Main == "success" || s.Main == "decline" }

// statusFields is a Status on the wire, flat in answers and nested in
// callbacks.
type statusFields struct {
	Status      string  `json:"status"`
	SubStatus   *string `json:"sub_status"`
	Description *string `json:"status_description"`
}

func (s Status) fields() statusFields {
	return statusFields{s.Main, orNull(s.Sub), orNull(s.Description)}
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
