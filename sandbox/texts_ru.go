package sandbox

var russian = texts{
	Code: "ru", Name: "Русский", Other: "en", point: ",", group: "\u00a0",

	Banner: "Песочница.", BannerText: "Это имитация: деньги не списываются.",
	PayTitle: "Оплата", Summary: "За что вы платите", Order: "Заказ", Description: "Описание", Method: "Способ",
	Due: "Оплатить до", ChooseMethod: "Способ оплаты",

	Card: "Данные карты", CardNumber: "Номер карты", CardExpiry: "Действует до", CardCode: "CVC",
	CardNote: "Поля — для вида: их содержимое не покидает браузер.",

	Pay: "Оплатить", HavePaid: "Я оплатил", Refuse: "Отказаться",

	QRTitle: "Отсканируйте код в приложении банка", QRText: "Подтвердите платёж там и вернитесь на эту страницу.",
	QRAlt: "QR-код с текстом: HighHelp sandbox: no money moves",

	TransferText: "Сделайте перевод в приложении банка. Сумма должна совпасть точно.",
	TransferTo:   "На карту", PhoneTo: "По номеру телефона", Exactly: "Ровно", Recipient: "Получатель", Nobody: "Никто, это имитация",

	PlainText: "Подтвердите оплату.",

	MobileText: "Сумма спишется со счёта телефона. Код придёт в сообщении.",
	Operator:   "Оператор", Phone: "Номер телефона", PhoneNote: "Для вида: номер не покидает браузер.", GetCode: "Получить код",

	OTPTitle: "Введите код", OTPText: "Оператор отправил код на ваш телефон.", OTPCode: "Код из сообщения",
	OTPWrong: "Код неверный.", OTPLeft: "Осталось попыток:", OTPSimulated: "В имитации сообщения написано", OTPCheck: "Подтвердить", OTPAgain: "Отправить другой код",

	BankTitle: "Подтвердите в банке", BankText: "Здесь была бы страница вашего банка (3-D Secure).",
	BankConfirm: "Подтвердить", BankFail: "Не подтверждать",

	Extras: "Что должно случиться вместо этого?", ExtrasText: "Выбирать можно только в имитации.",
	Reason: "Причина:", Back: "Вернуться в магазин",

	UnknownTitle: "Неизвестный платёж", UnknownText: "По этому адресу платежа нет.",

	outcomes: map[Action]string{
		Pay:                "Оплатить сразу",
		PayAndDecline:      "Сказать «оплатил», деньги не придут",
		DeclineByAntiFraud: "Отказ антифрода",
		DeclineByBank:      "Отказ банка",
		PayWith3DS:         "Запросить 3-D Secure",
		Dispute:            "Сказать «оплатил», дойти до спора",
	},
	methods: map[string]string{
		"payin-ecom-card":              "Банковская карта",
		"payin-ecom-mobile":            "Мобильная коммерция",
		"payin-p2p-card":               "Перевод на карту",
		"payin-p2p-card-international": "Перевод на карту за рубежом",
		"payin-p2p-international":      "Перевод за рубеж",
		"payin-p2p-mobile":             "Перевод на счёт телефона",
		"payin-p2p-phone":              "Перевод по номеру телефона",
		"payin-p2p-sbp":                "СБП",
		"payin-qr-sbp":                 "QR-код СБП",
		"payin-qr-link-p2p":            "QR-код или ссылка",
		"payin-1-click":                "В один клик",
	},
	none:  "Не выбран заранее",
	minor: "минимальных единиц",
	results: map[string]message{
		"success":                 {"Оплата прошла", "Магазин узнаёт об этом от шлюза.", "good"},
		"decline":                 {"Оплата отклонена", "Деньги не списаны.", "bad"},
		"dispute:no_payment":      {"Срок оплаты истёк", "Платёж не поступил вовремя.", "bad"},
		"dispute:confirm_timeout": {"Платёж проверяется", "Вы говорите, что оплатили, но вовремя это никто не подтвердил.", "plain"},
	},
	progress: message{"Платёж обрабатывается", "", "plain"},
	reasons: map[string]string{
		"refused by the client":                       "отказ клиента",
		"declined by anti-fraud":                      "отказ антифрода",
		"declined by the bank":                        "отказ банка",
		"the money was not received":                  "деньги не поступили",
		"3-D Secure failed":                           "3-D Secure не пройдена",
		"three wrong one-time passwords":              "три неверных кода",
		"the dispute was decided against the payment": "спор решён не в пользу платежа",
	},
}
