package email

import (
	"slices"
	"strings"
)

// fraudTopic is what fraud without links and files talks about.
type fraudTopic struct {
	name    string
	phrases string // separated by |
}

// fraudTopics returns phrases, in lower case, that requests of fraudsters use in
// the languages that they write in. Honest people use them too.
func fraudTopics() []fraudTopic {
	return []fraudTopic{
		{"changed bank details", "new bank account|new bank details|change of bank|changed our bank|updated bank|update our bank|bank details have changed|change my direct deposit|update my direct deposit|change my payroll|update my payroll|new account details|payroll account|" +
			"neue bankverbindung|geänderte bankverbindung|bankverbindung geändert|neue kontoverbindung|neues konto|kontodaten haben sich|gehaltskonto|" +
			"nouveau rib|nouvelles coordonnées bancaires|changement de rib|changement de coordonnées bancaires|nouveau compte bancaire|" +
			"nueva cuenta bancaria|nuevos datos bancarios|cambio de cuenta|cambiar mi cuenta de nómina|nuove coordinate bancarie|nuovo iban|cambio iban|" +
			"nieuwe bankrekening|nieuw rekeningnummer|gewijzigde bankgegevens|novos dados bancários|nova conta bancária|nowy numer konta|zmiana rachunku|nowe dane bankowe|" +
			"nytt bankkonto|nya bankuppgifter|nye bankoplysninger|nyt kontonummer|nytt kontonummer|uusi tilinumero|nové číslo účtu|новые банковские реквизиты|новые реквизиты|振込先変更|振込先が変更|新しい口座"},
		{"gift cards", "gift card|gift-card|giftcard|itunes card|steam card|google play card|apple card codes|scratch the back|scratch off|geschenkkarte|geschenkgutschein|gutscheinkarte|guthabenkarte|" +
			"carte cadeau|cartes cadeaux|carte-cadeau|tarjeta de regalo|tarjetas de regalo|tarjetas regalo|carta regalo|carte regalo|cadeaukaart|cadeaubon|cartão presente|cartões-presente|vale-presente|karta podarunkowa|karty podarunkowe|" +
			"presentkort|gavekort|lahjakortti|lahjakortit|dárkové karty|dárková karta|подарочная карта|подарочные карты|ギフトカード|プリペイドカード"},
		{"a payment", "wire transfer|bank transfer|process a payment|make a payment|urgent payment|outstanding payment|outstanding invoice|overdue invoice|pay the invoice|payment today|swift copy|remittance|" +
			"überweisung|überweisen|zahlung veranlassen|offene rechnung|rechnung begleichen|eilüberweisung|virement|paiement urgent|facture en attente|régler la facture|transferencia bancaria|transferencia urgente|pago urgente|factura pendiente|" +
			"bonifico|pagamento urgente|fattura in sospeso|overboeking|spoedbetaling|openstaande factuur|transferência bancária|fatura pendente|przelew|pilna płatność|zaległa faktura|banköverföring|obetald faktura|" +
			"bankoverførsel|overførsel|ubetalt faktura|bankoverføring|tilisiirto|maksamaton lasku|bankovní převod|neuhrazená faktura|банковский перевод|срочный платеж|срочный платёж|оплатить счет|送金|お振込み|至急お支払い"},
		{"haste or silence", "urgent|urgently|as soon as possible|asap|right away|immediately|confidential|keep this between us|discreet|do not call|can't talk|cannot talk|in a meeting|are you available|are you at your desk|i need a favor|i need a favour|quick task|kindly|" +
			"dringend|eilig|umgehend|sofort|vertraulich|unter uns|nicht anrufen|bin in einer besprechung|kurz zeit|gefallen|urgemment|au plus vite|dès que possible|confidentiel|discrétion|en réunion|êtes-vous disponible|urgente|lo antes posible|confidencial|en una reunión|estás disponible|favor|" +
			"il prima possibile|riservato|riservata|in riunione|sei disponibile|spoed|zo snel mogelijk|vertrouwelijk|in een vergadering|ben je beschikbaar|o mais rápido possível|em reunião|pilne|jak najszybciej|poufne|jestem na spotkaniu|" +
			"brådskande|så snart som möjligt|konfidentiell|i ett möte|haster|hurtigst muligt|fortrolig|i et møde|i et møte|kiireellinen|mahdollisimman pian|luottamuksellinen|kokouksessa|naléhavé|co nejdříve|důvěrné|na schůzce|срочно|конфиденциально|на совещании|至急|内密|会議中"},
	}
}

// fraudWords returns the topics that the text of a mail touches, where together
// they are what fraud asks for: money moved elsewhere or in secret.
func fraudWords(text string) []string {
	const longest = 16 << 10
	text = strings.Join(strings.Fields(strings.ToLower(clip(text, longest))), " ")
	var found []string
	for _, topic := range fraudTopics() {
		for phrase := range strings.SplitSeq(topic.phrases, "|") {
			if containsWords(text, phrase) {
				found = append(found, topic.name)
				break
			}
		}
	}
	if len(found) >= 2 || slices.Contains(found, "changed bank details") {
		return found
	}
	return nil
}

// containsWords reports whether a phrase stands in text with no letter before it.
func containsWords(text, phrase string) bool {
	for at := 0; ; {
		i := strings.Index(text[at:], phrase)
		if i < 0 {
			return false
		}
		i += at
		if i == 0 || !isAlnum(text[i-1]) {
			return true
		}
		at = i + len(phrase)
	}
}
