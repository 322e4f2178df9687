package sandbox

var english = texts{
	Code: "en", Name: "English", Other: "ru", point: ".", group: ",",

	Banner: "Sandbox.", BannerText: "This is a simulation: no money moves.",
	PayTitle: "Payment", Summary: "What you pay for", Order: "Order", Description: "Description", Method: "Method",
	Due: "Pay before", ChooseMethod: "Payment method",

	Card: "Card details", CardNumber: "Card number", CardExpiry: "Valid until", CardCode: "CVC",
	CardNote: "These fields are for show: what is in them never leaves the browser.",

	Pay: "Pay", HavePaid: "I have paid", Refuse: "Refuse",

	QRTitle: "Scan the code in your bank's app", QRText: "Confirm the payment there, then come back to this page.",
	QRAlt: "QR code that says: HighHelp sandbox, no money moves",

	TransferText: "Make a transfer in your bank's app. The amount must be exact.",
	TransferTo:   "To this card", PhoneTo: "To this phone number", Exactly: "Exactly", Recipient: "Recipient", Nobody: "Nobody, a simulation",

	PlainText: "Confirm the payment.",

	MobileText: "The amount is taken from your phone account. You get a code by text message.",
	Operator:   "Operator", Phone: "Phone number", PhoneNote: "For show: it never leaves the browser.", GetCode: "Get a code",

	OTPTitle: "Enter the code", OTPText: "Your operator has sent a code to your phone.", OTPCode: "Code from the message",
	OTPWrong: "The code is wrong.", OTPLeft: "Tries left:", OTPSimulated: "The simulated message says", OTPCheck: "Confirm", OTPAgain: "Send another code",

	BankTitle: "Confirm at your bank", BankText: "This is where the page of your bank (3-D Secure) would be.",
	BankConfirm: "Confirm", BankFail: "Do not confirm",

	Extras: "What should happen instead?", ExtrasText: "Only a simulation lets you choose.",
	Reason: "Reason:", Back: "Back to the shop",

	UnknownTitle: "Unknown payment", UnknownText: "There is no payment at this address.",

	outcomes: map[Action]string{
		Pay:                "Pay at once",
		PayAndDecline:      "Say paid, money never comes",
		DeclineByAntiFraud: "Decline by anti-fraud",
		DeclineByBank:      "Decline by the bank",
		PayWith3DS:         "Ask for 3-D Secure",
		Dispute:            "Say paid, end in a dispute",
	},
	// The documented methods of the widget. The list is open.
	methods: map[string]string{
		"payin-ecom-card":              "Bank card",
		"payin-ecom-mobile":            "Mobile commerce",
		"payin-p2p-card":               "Transfer to a card",
		"payin-p2p-card-international": "Transfer to a card abroad",
		"payin-p2p-international":      "Transfer abroad",
		"payin-p2p-mobile":             "Transfer to a mobile account",
		"payin-p2p-phone":              "Transfer by phone number",
		"payin-p2p-sbp":                "Transfer by SBP",
		"payin-qr-sbp":                 "QR code (SBP)",
		"payin-qr-link-p2p":            "QR code or link",
		"payin-1-click":                "One click",
	},
	none:  "Not preselected",
	minor: "minor units of",
	results: map[string]message{
		"success":                 {"Payment successful", "The shop learns of it from the gateway.", "good"},
		"decline":                 {"Payment declined", "No money was taken.", "bad"},
		"dispute:no_payment":      {"This payment has expired", "It was not paid in time.", "bad"},
		"dispute:confirm_timeout": {"Payment under review", "You say that you have paid, and nobody could confirm it in time.", "plain"},
	},
	progress: message{"Payment in progress", "", "plain"},
}
