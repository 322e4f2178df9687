package sandbox

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// A rule says what a documented field must be.
type rule struct {
	path     string // such as "payment.amount", after the rule of its object
	required bool
	wrong    func(v any) string // what is wrong with a value, or ""
}

const maxAmount = 10_000_000_000_000 // minor units, as documented

var currencyForm = regexp.MustCompile(`^[A-Z]{3}$`)

// The fields of each request, with the types and limits that the documentation
// states. It also says that a project_id has at most 32 characters, but all
// its samples have 36. Unknown fields are accepted: the readable part of the
// documentation does not list all.
var (
	balanceRules = []rule{
		{"general", true, object},
		{"general.project_id", true, text(1, 128)},
	}
	infoRules = []rule{
		{"general", true, object},
		{"general.project_id", true, text(1, 128)},
		{"general.payment_id", true, text(1, 255)},
	}
	createRules = []rule{
		{"general", true, object},
		{"general.project_id", true, text(1, 128)},
		{"general.payment_id", true, text(1, 255)},
		{"general.merchant_callback_url", false, webURL},
		{"general.merchant_success_callback_url", false, webURL},
		{"general.merchant_decline_callback_url", false, webURL},
		{"general.redirect_url", false, webURL},
		{"payment", true, object},
		{"payment.widget_method", false, text(1, 32)},
		{"payment.amount", true, integer(1, maxAmount)},
		{"payment.currency", true, match(currencyForm, "three capital letters (ISO 4217)")},
		{"payment.lifetime", false, integer(300, 600)},
		{"payment.description", false, text(0, maxBody)},
		{"customer", false, object},
		{"customer.country", false, match(regexp.MustCompile(`^[A-Z]{2}$`), "two capital letters (ISO 3166-1 alpha-2)")},
		{"customer.language", false, match(regexp.MustCompile(`^[a-z]{2}$`), "two small letters (ISO 639-1)")},
	}
)

// checkRules returns every mistake in body. Of an object that is missing or
// none, only that is said.
func checkRules(rules []rule, body map[string]any) []string {
	var wrong []string
	for _, r := range rules {
		if parent, _, ok := strings.Cut(r.path, "."); ok {
			if v, _ := lookup(body, parent); object(v) != "" {
				continue
			}
		}
		v, ok := lookup(body, r.path)
		reason := ""
		switch {
		case ok:
			reason = r.wrong(v)
		case r.required:
			reason = "missing"
		}
		if reason != "" {
			wrong = append(wrong, r.path+": "+reason)
		}
	}
	return wrong
}

// lookup finds the value at a dotted path.
func lookup(body map[string]any, path string) (any, bool) {
	parent, name, ok := strings.Cut(path, ".")
	if !ok {
		v, ok := body[path]
		return v, ok
	}
	members, _ := body[parent].(map[string]any)
	return lookup(members, name)
}

func object(v any) string {
	if _, ok := v.(map[string]any); !ok {
		return "must be an object" + orNotNull(v)
	}
	return ""
}

// text wants a string of lo to hi bytes.
func text(lo, hi int) func(any) string {
	return func(v any) string {
		s, ok := v.(string)
		switch {
		case !ok:
			return "must be a string" + orNotNull(v)
		case len(s) < lo:
			return "must not be empty"
		case len(s) > hi:
			return fmt.Sprintf("must have at most %d bytes", hi)
		}
		return ""
	}
}

func match(form *regexp.Regexp, what string) func(any) string {
	return func(v any) string {
		if s, ok := v.(string); !ok || !form.MatchString(s) {
			return "must be a string of " + what
		}
		return ""
	}
}

func integer(lo, hi int64) func(any) string {
	return func(v any) string {
		n, _ := v.(json.Number)
		if i, err := strconv.ParseInt(n.String(), 10, 64); err != nil || i < lo || i > hi {
			return fmt.Sprintf("must be an integer, %d to %d", lo, hi)
		}
		return ""
	}
}

func webURL(v any) string {
	s, ok := v.(string)
	if !ok {
		return "must be a string" + orNotNull(v)
	}
	return wrongURL(s)
}

// orNotNull explains a mistake that is easy to make: how a null is signed is
// not documented, so a field without a value is best left out.
func orNotNull(v any) string {
	if v == nil {
		return ", not null: leave the field out"
	}
	return ""
}
