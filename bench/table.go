package main

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// A row compares what this kit does with something else. Each of the first two
// bodies has a goal, the ratio that must not be exceeded, or 0 if it is only
// shown. The others, without spaces, are shown where reading is what counts.
type row struct {
	a, b    func(*bench) subject
	goals   [2]float64
	compact bool
}

var rows = []row{
	{(*bench).verifyHMAC, (*bench).stripe, [2]float64{0.55, 0.62}, true},
	{(*bench).verifyHMAC, (*bench).floor, [2]float64{0.88, 0.85}, true},
	{(*bench).verifyRSA, (*bench).bareVerify, [2]float64{1.11, 1.40}, true},
	{(*bench).parseAndWrite, (*bench).jsonValid, [2]float64{0.50, 0.55}, true},
	{(*bench).sign, (*bench).bareSign, [2]float64{1.02, 1.02}, false},
	{(*bench).countJoins, (*bench).verifyHMAC, [2]float64{0.02, 0.02}, false},
	{(*bench).verifyRSA, (*bench).wechatpay, [2]float64{0.9, 0.9}, false},
	{(*bench).verifyHMAC, (*bench).standardWebhooks, [2]float64{}, false},
	{(*bench).verifyHMAC, (*bench).playground, [2]float64{}, false},
	{(*bench).jsonValid, (*bench).jsonValid, [2]float64{}, false}, // what the method makes of two equal things
}

// A report counts the goals that are missed.
type report struct {
	w      *tabwriter.Writer
	missed int
}

func newReport(w io.Writer) *report {
	return &report{w: tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)}
}

func (r *report) head(columns string) { fmt.Fprintln(r.w, "\n"+columns) }

// verdict says whether a goal holds: value must not exceed it, or, where more
// is better, not fall below it.
func (r *report) verdict(value, goal float64, atMost bool) string {
	if value == goal || value < goal == atMost {
		return "holds"
	}
	r.missed++
	return "MISSED"
}

func (r *report) ratios(benches []*bench, rounds int) {
	r.head("this\tbeside\tbody\tns\tbeside\tratio\tp10\tp90\tgoal\t")
	for _, row := range rows {
		for i, b := range benches {
			if i >= len(row.goals) && !row.compact {
				continue
			}
			a, other := row.a(b), row.b(b)
			x := compare(a, other, rounds)
			fmt.Fprintf(r.w, "%s\t%s\t%s\t%d\t%d\t%.3f\t%.3f\t%.3f\t", a.name, other.name, b.name,
				x.a.Nanoseconds(), x.b.Nanoseconds(), x.median, x.p10, x.p90)
			if i < len(row.goals) && row.goals[i] != 0 {
				fmt.Fprintf(r.w, "%.2f\t%s", row.goals[i], r.verdict(x.median, row.goals[i], true))
			}
			fmt.Fprintln(r.w)
		}
	}
	check(r.w.Flush())
}
