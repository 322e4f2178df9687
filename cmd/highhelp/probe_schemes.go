package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/go-highhelp/highhelp/signer"
)

// schemes lists the ways to sign a balance call, the best known first, then
// those that differ from it in one thing, and so on. Of a Scheme's fields only
// those are varied that change such a call: its text is one line without null,
// bool or float.
func (p *probing) schemes(rsa bool) []signer.Scheme {
	all := []signer.Scheme{{}}
	all = vary(all, 2, func(s *signer.Scheme, v int) { s.PaddedMessage = v == 1 })
	if rsa {
		all[0].RSAAlgorithm, all[1].RSAAlgorithm = p.algorithm, p.algorithm
		all = vary(all, 3, func(s *signer.Scheme, v int) { s.Digest = signer.Digest(v) })
		all = vary(all, 5, func(s *signer.Scheme, v int) { s.Token = signer.TokenForm(v) })
		all = vary(all, 2, func(s *signer.Scheme, v int) { s.PaddedSignature = v == 1 })
	} else {
		all[0].HMACAlgorithm, all[1].HMACAlgorithm = p.algorithm, p.algorithm
		all = vary(all, 3, func(s *signer.Scheme, v int) { s.HMACMessage = signer.HMACMessage(v) })
		all = vary(all, 3, func(s *signer.Scheme, v int) { s.HMACEncoding = signer.HMACEncoding(v) })
		all = vary(all, 3, func(s *signer.Scheme, v int) { s.HMACKey = signer.HMACKeyForm(v) })
	}
	slices.SortStableFunc(all, func(a, b signer.Scheme) int { return differences(a) - differences(b) })
	return all
}

// vary returns every Scheme with each of the n values of a field.
func vary(all []signer.Scheme, n int, set func(s *signer.Scheme, value int)) (varied []signer.Scheme) {
	for v := range n {
		for _, s := range all {
			set(&s, v)
			varied = append(varied, s)
		}
	}
	return varied
}

// differences counts the fields that differ from the default.
func differences(s signer.Scheme) int {
	s.RSAAlgorithm, s.HMACAlgorithm = "", ""
	return strings.Count(s.GoString(), ": ")
}

// source writes the configuration that works as Go.
func (p *probing) source(l *probeLog) string {
	var b strings.Builder
	read, file := "ReadPrivateKey", p.privateKey
	if file == "" {
		read, file = "ReadHMACKey", p.hmacKey
	}
	fmt.Fprintf(&b, "    key, err := signer.%s(%q)\n", read, file)
	if l.Scheme != (signer.Scheme{}) {
		fmt.Fprintf(&b, "    key, err = key.WithScheme(%#v)\n", l.Scheme)
	}
	fmt.Fprintf(&b, "    highhelp.Config{\n        ProjectID: %q,\n        BaseURL:   %q,\n        Signer:    key,\n", p.project, p.baseURL)
	switch {
	case !strings.HasPrefix(l.Info, "works"):
		b.WriteString("        InfoPath:  \"-\", // or the path that HighHelp names\n")
	case p.infoPath != "":
		fmt.Fprintf(&b, "        InfoPath:  %q,\n", p.infoPath)
	}
	b.WriteString("        …\n    }\n")
	return b.String()
}
