package sandbox

// start is where every ticket begins. Nothing enters it, so no callback tells
// of it: it is the answer to the create request.
const start place = "new"

// checkout is the life of every ticket. Statuses and sub-statuses are
// documented, and so is that paid is followed by success or decline, that the
// third wrong one-time password declines, and that a dispute is not final. A
// full table of transitions is not.
var checkout = graph{
	start: {
		status: Status{Main: "processing", Sub: "new"},
		moves:  map[Action][]place{Open: {"requisites"}},
		expiry: "no_payment",
	},
	"requisites": {
		status: Status{Main: "processing", Sub: "requisites"},
		moves: map[Action][]place{
			Pay:                {"paid", "success"},
			PayAndDecline:      {"paid", "not_received"},
			Refuse:             {"refused"},
			DeclineByAntiFraud: {"checking", "anti_fraud"},
			DeclineByBank:      {"checking", "bank"},
			PayWith3DS:         {"3ds"},
			SendOTP:            {"otp_1"},
			Dispute:            {"paid", "dispute"},
		},
		expiry: "no_payment",
	},

	"paid":         {status: Status{Main: "processing", Sub: "paid"}},
	"checking":     {status: Status{Main: "processing", Sub: "awaiting_confirm"}},
	"success":      {status: Status{Main: "success"}},
	"refused":      declined("refused by the client"),
	"anti_fraud":   declined("declined by anti-fraud"),
	"bank":         declined("declined by the bank"),
	"not_received": declined("the money was not received"),
	"3ds_failed":   declined("3-D Secure failed"),
	"otp_failed":   declined("three wrong one-time passwords"),
	"not_resolved": declined("the dispute was decided against the payment"),

	"3ds": {
		status: Status{Main: "processing", Sub: "awaiting_3ds_result"},
		moves:  map[Action][]place{Pass3DS: {"paid", "success"}, Fail3DS: {"3ds_failed"}, Refuse: {"refused"}},
		expiry: "no_payment",
	},

	// One-time passwords of mobile commerce, whose status is that of 3-D
	// Secure. The places count how many were wrong.
	"otp_1":       askOTP("awaiting_3ds_result", "otp_1", "otp_2"),
	"otp_2":       askOTP("invalid_verification", "otp_2_again", "otp_3"),
	"otp_2_again": askOTP("awaiting_3ds_result", "otp_2_again", "otp_3"),
	"otp_3":       askOTP("invalid_verification", "otp_3_again", "otp_wrong", "otp_failed"),
	"otp_3_again": askOTP("awaiting_3ds_result", "otp_3_again", "otp_wrong", "otp_failed"),
	"otp_checked": {status: Status{Main: "processing", Sub: "sent_verification"}},
	"otp_wrong":   {status: Status{Main: "processing", Sub: "invalid_verification"}},

	"no_payment": disputed("no_payment"),
	"dispute":    disputed("confirm_timeout"),
}

func declined(description string) stop {
	return stop{status: Status{Main: "decline", Description: description}}
}

// disputed is a place that the payer can't leave, and the gateway's people can.
func disputed(sub string) stop {
	return stop{
		status:    Status{Main: "dispute", Sub: sub},
		decisions: map[Action][]place{ResolveSuccess: {"success"}, ResolveDecline: {"not_resolved"}},
	}
}

// askOTP is a place at which a one-time password is asked for.
func askOTP(sub string, again place, wrong ...place) stop {
	return stop{
		status: Status{Main: "processing", Sub: sub},
		moves: map[Action][]place{
			RightOTP:  {"otp_checked", "paid", "success"},
			WrongOTP:  append([]place{"otp_checked"}, wrong...),
			ResendOTP: {again},
			Refuse:    {"refused"},
		},
		expiry: "no_payment",
	}
}
