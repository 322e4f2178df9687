package highhelp

// A meaning is what the documentation says of a status.
type meaning struct {
	status Status
	text   string
	source string
}

// statusPages are where the meanings come from.
var statusPages = []string{
	"https://highhelpdocs.org/ru/HEAD/reference/status-codes",
	"https://www.highhelpdocs.org/ru/HEAD/reference/statuses",
}

const (
	documented = "documented"
	disputed   = "documented; that success or decline may follow is assumed"
)

var meanings = []meaning{
	{Status{Main: statusError}, "the request was rejected, for its parameters or in processing, before anything was done",
		"documented, as intermediate; that in practice nothing follows for that request is assumed"},
	{Status{Main: statusProcessing, Sub: "new"}, "created and accepted", documented},
	{Status{Main: statusProcessing, Sub: "requisites"}, "provider and payment data are being chosen", documented},
	{Status{Main: statusProcessing, Sub: "awaiting_confirm"}, "waits for the payer's confirmation on the payment page", documented},
	{Status{Main: statusProcessing, Sub: "awaiting_3ds_result"}, "waits for 3-D Secure; in mobile commerce: an OTP was asked for", documented},
	{Status{Main: statusProcessing, Sub: "awaiting_redirect_result"}, "waits for what the bank or provider says after a redirect", documented},
	{Status{Main: statusProcessing, Sub: "sent_verification"}, "an OTP is being checked", documented},
	{Status{Main: statusProcessing, Sub: "invalid_verification"}, "a wrong OTP; after three the ticket is declined", documented},
	{Status{Main: statusProcessing, Sub: "paid"}, "the payer says that the money is sent; it is not money", documented},
	{Status{Main: statusProcessing, Sub: "payout_process"}, "a payout is being made", documented},
	{Status{Main: statusDispute, Sub: "no_payment"}, "the payer did not pay within the lifetime", disputed},
	{Status{Main: statusDispute, Sub: "different_amount"}, "another amount came than was stated", disputed},
	{Status{Main: statusDispute, Sub: "confirm_timeout"}, "the time to confirm is over, the ticket needs review", disputed},
	{Status{Main: statusDispute, Sub: "incorrect_requisites"}, "wrong details, to be clarified", disputed},
	{Status{Main: statusDispute, Sub: "payout_failed"}, "a payout was not made, the cause is looked for", disputed},
	{Status{Main: statusDecline}, "refused", documented},
	{Status{Main: statusSuccess}, "paid", documented},
}

func meaningRows() [][]string {
	rows := [][]string{{"status", "sub_status", "meaning", "final", "hook", "source"}}
	for _, m := range meanings {
		rows = append(rows, []string{
			"`" + m.status.Main + "`", or(m.status.Sub, "–"), m.text, yes(m.status.Final()), hookOf(m.status), m.source,
		})
	}
	return rows
}
