package main

import "regexp"

// A Target is code that is broken, and the tests that have to notice.
type Target struct {
	Name      string
	Dir       string   // of the package
	Files     []string // patterns; all files if there is none
	Functions string   // a regular expression; all functions if it is empty
	Tests     []Tests
	Quick     bool // runs if nothing is asked for by name
	Alone     bool // one test at a time
}

// Tests are tests of a package.
type Tests struct {
	Dir       string
	Run, Skip string // regular expressions of the names of test functions
	Env       []string
}

// slowSignerTests take long, and are about just that, or about explanations.
const slowSignerTests = "^Test(ParseCountsTheText|OneTextOneMeaning|HostileShapes|ExplainIsBounded|EveryEntryIsDocumented)$"

// serverSQLTests are those that notice, on servers, what SQLite does not show.
const serverSQLTests = "^Test(EveryStepMayFail|FirstUseFails|Migrate|StatementsOfUpdate|StatementsThatStandAlone|PreparedStatements|" +
	"LazyDuplicates|NothingStaysAfterASwallowedRollback|TransactionEndedByChange|ContextEndsUnderChange|NoConnection|ReadCommitted|" +
	"ServerFallsSilent|MissingSchema|TablesGoAway|OldSchema|NewerSchema|UpdatesOfOtherOrders|SeveralDeliveriesOfOneUpdate|" +
	"ConnectionsAreGivenBack|DeliveryComesBackWhole|ReadOnly|Pool|WaitingEnds|PruneInSteps|NothingFromOutside)"

var targets = []Target{
	{
		Name: "tables", Dir: ".", Quick: true, Files: []string{"transition.go"},
		Tests: []Tests{{Dir: ".", Run: "^Test(Decide|EverySequence|NextAttempt|PlanTicket|Over|Marked|PaymentApply|Statuses|Outcomes$)"}},
	},
	{
		Name: "apply", Dir: ".", Files: []string{"apply.go"},
		Functions: `^\((\*Event|\*Checkout)\)\.(once|judge|fill|fillAmount|change|settle|takeIn)$`,
		Tests: []Tests{{
			Dir: ".",
			Run: "^Test(AppliedEvent|PolledEvents|HookMisses|FromClick|Outcomes|Variant|DoublePaid|Replay(One|$)|HookFails|AnomalyIsToldAgain|StoreFails|JournalFails|KnownEvents|Refusals|WrongRoute|Busy|UnstatedAmount|ApplyWants|Reconcile|InfoSaysPaid|CreateAnswersFinally|CallbackWhileAsking|DryRun|EveryCallbackIsJournaled)",
		}},
	},
	{
		Name: "canonical", Dir: "signer", Quick: true,
		Files: []string{"canonical.go", "order.go", "number.go", "verify.go"},
		Tests: []Tests{{Dir: "signer", Run: "^(Test|Example)", Skip: slowSignerTests + "|^(Test|Example)Explain"}},
	},
	{
		Name: "parse", Dir: "signer",
		Files: []string{"parse.go", "string.go", "document.go", "places.go", "encode.go", "form.go"},
		Tests: []Tests{{Dir: "signer", Run: "^(Test|Example)", Skip: slowSignerTests + "|^(Test|Example)Explain"}},
	},
	{
		Name: "keys", Dir: "signer",
		Files: []string{"rsa.go", "hmac.go", "key*.go", "scheme*.go", "print.go"},
		Tests: []Tests{{Dir: "signer", Run: "^(Test|Example)", Skip: slowSignerTests}},
	},
	{
		Name: "fields", Dir: "signer",
		Files: []string{"fields.go", "build.go", "explain*.go", "errors.go"},
		Tests: []Tests{{Dir: "signer", Run: "^(Test|Example)", Skip: slowSignerTests}},
	},
	{
		Name: "sqlstore", Dir: "sqlstore",
		Tests: []Tests{
			{
				Dir: "sqlstore", Run: ".", Skip: "^Test(QueryPlans|ConformanceOfAnotherDriver)$",
				Env: []string{"HIGHHELP_TEST_POSTGRES=postgres://127.0.0.1:1/none", "HIGHHELP_TEST_MYSQL=root@tcp(127.0.0.1:1)/none"},
			},
			{Dir: "sqlstore", Run: serverSQLTests},
		},
	},
}

// takes reports whether the functions of the target have this one among them.
func (t *Target) takes(function string) bool {
	return regexp.MustCompile(t.Functions).MatchString(function)
}
