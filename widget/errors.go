package widget

import "errors"

// An OptionError says why one option can't be used. It names the option and
// never holds its value, so it is safe to log.
type OptionError struct {
	Field  string // such as "TicketURL" or "Texts[pay]"
	Reason string // such as "is required"
}

// Error names the option and says what is wrong with it.
func (e *OptionError) Error() string {
	return "widget: " + e.Field + ": " + e.Reason
}

// mistakes gathers what is wrong with a set of options, in the order found.
type mistakes []error

// add notes reason against field; an empty reason means that all is well.
func (m *mistakes) add(field, reason string) {
	if reason != "" {
		*m = append(*m, &OptionError{Field: field, Reason: reason})
	}
}

func (m mistakes) err() error { return errors.Join(m...) }

// formError is the verdict of a Valid method.
func formError(field, reason string) error {
	if reason == "" {
		return nil
	}
	return &OptionError{Field: field, Reason: reason}
}
