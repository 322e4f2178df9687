package widget

import (
	"net/url"
	"strings"
)

// A Mode says where the payer pays. In every mode the button, the states, the
// events and the form without JavaScript are the same.
type Mode string

const (
	// Redirect sends the browser to the payment page, whose address came with
	// the ticket. It is the default, and needs nothing but that page.
	Redirect Mode = "redirect"

	// Frame shows the payment page in a frame of this page. Whether a payment
	// page may be framed is agreed with the gateway's manager.
	Frame Mode = "frame"

	// Script calls a function of the merchant's script with the ticket; it puts
	// the form into this page. The address of the script and the name of the
	// function come from the dashboard; see [ScriptSource].
	Script Mode = "script"
)

// A ScriptSource is the script of [Script] mode.
type ScriptSource struct {
	// URL is the address of the script: a path, or an https address. It is
	// required.
	URL string

	// Init names the function that the script leaves among the globals, such as
	// "HighHelp.init". It is required. What it is called with, and what it may
	// return, is Init in widget.d.ts.
	Init string

	// Integrity is the hash of the script, such as "sha384-…". Its server must
	// then allow the page to read it (CORS). The default is none: whose script
	// changes without notice can't be fixed by a hash.
	Integrity string
}

// query is how the page's script learns of s. It comes in the address of the
// script, because nobody but the page's own policy decides which scripts run,
// while markup may be smuggled in.
func (s ScriptSource) query() string {
	values := url.Values{"url": {s.URL}, "init": {s.Init}}
	if s.Integrity != "" {
		values.Set("integrity", s.Integrity)
	}
	return "?" + values.Encode()
}

func (s ScriptSource) check(m *mistakes) {
	m.add("Script.URL", urlReason(s.URL))
	m.add("Script.Init", initReason(s.Init))
	m.add("Script.Integrity", integrityReason(s.Integrity))
}

func modeReason(m Mode) string {
	switch m {
	case "", Redirect, Frame, Script:
		return ""
	}
	return "must be Redirect, Frame or Script"
}

const (
	onlyFrameMode  = "is for Frame mode"
	onlyScriptMode = "is for Script mode"
)

// returnOriginReason is the rule for an option that may be left out.
func returnOriginReason(origin string, mode Mode) string {
	switch {
	case origin == "":
		return ""
	case mode != Frame:
		return onlyFrameMode
	}
	return originReason(origin)
}

const maxInitBytes = 100

// initReason admits plain names joined by dots. The two that lead from any
// value to the making of functions are no names of an init function.
func initReason(name string) string {
	switch {
	case name == "":
		return "is required"
	case len(name) > maxInitBytes:
		return "is longer than 100 bytes"
	}
	for part := range strings.SplitSeq(name, ".") {
		if part == "" || isDigit(rune(part[0])) || strings.ContainsFunc(part, notNameRune) || part == "__proto__" || part == "constructor" {
			return "must be the name of a function, such as HighHelp.init"
		}
	}
	return ""
}

func notNameRune(r rune) bool { return notAlnum(r) && r != '_' && r != '$' }

// integrityReason checks the grammar of one hash (Subresource Integrity,
// section 3.5).
func integrityReason(integrity string) string {
	if integrity == "" {
		return ""
	}
	algorithm, hash, _ := strings.Cut(integrity, "-")
	if (algorithm != "sha256" && algorithm != "sha384" && algorithm != "sha512") || hash == "" || nonceReason(hash) != "" {
		return "must be one hash such as sha384-…"
	}
	return ""
}
