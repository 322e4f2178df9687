package main

import (
	"flag"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/go-highhelp/highhelp/widget"
)

func listMethods(flags *flag.FlagSet) action {
	country := flags.String("country", "", "only those of a country, by its two-letter `code`")
	currency := flags.String("currency", "", "only those in a currency, by its three-letter `code`")
	product := flags.String("product", "", "only those of a `product`: ecom or p2p")
	return func(c *console) error {
		fits := func(filter, value string) bool { return filter == "" || strings.EqualFold(filter, value) }
		rows := []methodRow{}
		for _, m := range widget.Methods() {
			if fits(*country, string(m.Country)) && fits(*currency, m.Currency) && fits(*product, string(m.Product)) {
				rows = append(rows, methodRow{m.Code, m.Product, m.Country, m.Currency, m.Evidence, m.Source})
			}
		}
		return c.answer(map[string]any{"methods": rows}, methodTable(rows))
	}
}

// A methodRow is one method in one country.
type methodRow struct {
	Code     widget.Method   `json:"code"`
	Product  widget.Product  `json:"product"`
	Country  widget.Country  `json:"country"`
	Currency string          `json:"currency"`
	Evidence widget.Evidence `json:"evidence"`
	Source   string          `json:"source"`
}

func methodTable(rows []methodRow) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "CODE\tPRODUCT\tCOUNTRY\tCURRENCY\tEVIDENCE\tSOURCE")
	for _, r := range rows {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", r.Code, r.Product, r.Country, r.Currency, r.Evidence, r.Source)
	}
	_ = w.Flush() // into memory
	b.WriteString("\nThe set is open: the cash register decides which methods there are.\n")
	return b.String()
}
