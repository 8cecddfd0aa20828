package email

import "strings"

// labelKind is what a line of a quoted header says.
type labelKind int

// What the lines of quoted headers say.
const (
	labelNone labelKind = iota
	labelFrom
	labelDate
	labelTo
	labelCc
	labelSubject
	labelReplyTo
	labelOther // as Importance, which says nothing but belongs to the header
	labels     // how many there are
)

// quoteLabel returns what a word before a colon announces, as mail programs
// write it in the languages that they come in.
func quoteLabel(word string) labelKind {
	switch word {
	case "from", "von", "de", "da", "van", "od", "från", "fra", "lähettäjä", "от", "отправитель", "差出人", "送信者", "発信者", "mittente", "nadawca",
		"remitente", "remetente", "expéditeur", "absender", "afzender", "avsändare", "avsender", "afsender", "odesílatel", "发件人", "寄件者", "寄件人",
		"보낸 사람", "보낸사람", "kimden", "gönderen", "feladó", "expeditor", "expeditorul", "de la", "від", "від кого", "saatja", "šalje", "från/from":
		return labelFrom
	case "sent", "date", "gesendet", "datum", "envoyé", "envoyé le", "date d'envoi", "enviado", "enviado el", "enviado em", "enviada em", "enviada", "fecha", "inviato", "data",
		"verzonden", "wysłano", "wysłane", "data wysłania", "skickat", "sendt", "dato", "lähetetty", "päivämäärä", "päiväys", "odesláno", "odoslané", "отправлено", "дата",
		"送信日時", "日付", "日時", "发送时间", "日期", "傳送時間", "寄件日期", "보낸 날짜", "날짜", "tarih", "gönderildi", "gönderilen", "dátum", "elküldve", "trimis", "dată", "відправлено", "sent at":
		return labelDate
	case "to", "an", "à", "a", "para", "aan", "do", "komu", "till", "til", "vastaanottaja", "кому", "宛先", "收件人", "收件者", "받는 사람", "받는사람",
		"pour", "destinatario", "destinataire", "destinatário", "empfänger", "adresat", "kime", "alıcı", "címzett", "către", "destinatarul", "prima", "pre":
		return labelTo
	case "cc", "c.c.", "kopie", "kopie (cc)", "kopia", "kopi", "kopio", "dw", "do wiadomości", "copie", "copie à", "копия", "копія", "抄送", "副本", "참조", "bilgi", "másolat",
		"másolatot kap", "kópia":
		return labelCc
	case "subject", "betreff", "objet", "sujet", "asunto", "oggetto", "onderwerp", "assunto", "temat", "ämne", "emne", "aihe", "předmět", "predmet", "тема",
		"件名", "主题", "主旨", "主題", "제목", "konu", "tárgy", "subiect", "subiectul", "naslov":
		return labelSubject
	case "reply-to", "antwort an", "répondre à", "responder a", "responder a:", "rispondi a", "antwoord aan", "svar til", "svara till", "vastaus", "odpověď na", "odpowiedź-do",
		"ответ-кому", "返信先", "reply to":
		return labelReplyTo
	case "importance", "wichtigkeit", "priorität", "priority", "importancia", "importância", "priorità", "belang", "prioritet", "attachments", "anlagen", "anhänge", "bijlagen",
		"pièces jointes", "datos adjuntos", "anexos", "allegati", "bilagor", "vedlegg", "vedhæftede filer", "liitteet", "załączniki", "přílohy", "вложения", "添付ファイル",
		"bcc", "blindkopie", "cci", "cco", "ccn", "sensitivity", "categories", "organisation", "organization", "sender", "resent-from", "重要度", "важность", "ważność", "vigtighed", "prioriteit", "tärkeys":
		return labelOther
	}
	return labelNone
}

// The forms in which mails are handed on.
const (
	FormAttachment = "attachment" // the original is attached
	FormForward    = "forward"    // quoted, by a program that does not tell itself
	FormOutlook    = "outlook"
	FormGmail      = "gmail"
	FormApple      = "apple_mail"
	FormThunder    = "thunderbird"
	FormMicrosoft  = "microsoft"  // the report button of Outlook and Defender
	FormKnowBe4    = "knowbe4"    // Phish Alert Button
	FormCofense    = "cofense"    // Reporter
	FormProofpoint = "proofpoint" // PhishAlarm
	FormARF        = "arf"        // Abuse Reporting Format, RFC 5965
	FormHeaders    = "headers"    // header fields pasted into the text
)

// reportForms lists the forms.
func reportForms() []string {
	return []string{
		FormAttachment, FormForward, FormOutlook, FormGmail, FormApple, FormThunder, FormMicrosoft, FormKnowBe4, FormCofense, FormProofpoint, FormARF, FormHeaders,
	}
}

// quoteSeparator returns the form that a line announces, or "", and whether it
// says that the mail was forwarded rather than answered.
func quoteSeparator(line string) (form string, explicit bool) {
	const longest = 120
	if len(line) > longest || len(line) < 8 {
		return "", false
	}
	inner := strings.Trim(line, "-_ \t\u2010\u2011\u2012\u2013\u2014*=")
	if inner == "" {
		if strings.Count(line, "_") >= 20 {
			return FormOutlook, false
		}
		return "", false
	}
	dashes := strings.HasPrefix(line, "--") || strings.HasPrefix(line, "\u2014") || strings.HasPrefix(line, "\u2013")
	inner = strings.ToLower(strings.TrimSpace(inner))
	if dashes && answeredWords(inner) {
		return FormOutlook, false
	}
	if dashes && forwardedWords(inner) {
		switch n := len(line) - len(strings.TrimLeft(line, "-")); {
		case n == 10:
			return FormGmail, true
		case n == 8:
			return FormThunder, true
		}
		return FormForward, true
	}
	if appleWords(strings.TrimRight(inner, ": ")) {
		return FormApple, true
	}
	return "", false
}

// answeredWords are how Outlook announces what it quotes, forwarded or answered.
func answeredWords(s string) bool {
	switch s {
	case "original message", "ursprüngliche nachricht", "originalnachricht", "message d'origine", "message original", "mensaje original", "messaggio originale",
		"oorspronkelijk bericht", "mensagem original", "wiadomość oryginalna", "originalmeddelande", "ursprungligt meddelande", "oprindelig meddelelse", "opprinnelig melding", "alkuperäinen viesti",
		"původní zpráva", "исходное сообщение", "original appointment", "eredeti üzenet", "orijinal mesaj", "元のメッセージ", "原始邮件", "原始郵件":
		return true
	}
	return false
}

// forwardedWords are how mail programs announce what they forward.
func forwardedWords(s string) bool {
	switch s {
	case "forwarded message", "forwarded mail", "forwarded by", "weitergeleitete nachricht", "weitergeleitete mail", "message transféré", "message transmis", "mensaje reenviado",
		"messaggio inoltrato", "doorgestuurd bericht", "mensagem encaminhada", "mensagem reencaminhada", "przekazana wiadomość", "treść przekazanej wiadomości",
		"vidarebefordrat meddelande", "videresendt meddelelse", "videresendt besked", "videresendt melding", "edelleenlähetetty viesti", "välitetty viesti", "välitetty viesti / fwd.msg",
		"přeposlaná zpráva", "пересылаемое сообщение", "перенаправленное сообщение", "перенаправлене повідомлення", "переслане повідомлення", "転送メッセージ", "転送されたメッセージ",
		"továbbított üzenet", "iletilmiş mesaj", "iletilen ileti", "mesaj redirecționat", "preposlaná správa", "preposlaná správa --- forwarded message", "proslijeđena poruka", "转发的邮件", "轉寄郵件":
		return true
	}
	return false
}

// appleWords are how Apple Mail announces what it forwards.
func appleWords(s string) bool {
	switch s {
	case "begin forwarded message", "anfang der weitergeleiteten nachricht", "début du message réexpédié", "début du message transféré", "inicio del mensaje reenviado",
		"inizio messaggio inoltrato", "begin doorgestuurd bericht", "início da mensagem reencaminhada", "início da mensagem encaminhada", "początek przekazywanej wiadomości",
		"vidarebefordrat mejl", "start på videresendt besked", "videresendt melding", "välitetty viesti alkaa", "začátek přeposílané zprávy", "начало переадресованного сообщения",
		"転送されたメッセージ", "továbbított levél kezdete", "započni proslijeđenu poruku", "începe mesajul redirecționat", "začiatok preposlanej správy", "i̇leti başlangıcı", "початок листа, що пересилається":
		return true
	}
	return false
}

// forwardPrefix and replyPrefix report whether a subject says that a mail was
// forwarded, or answered.
func forwardPrefix(subject string) bool { kind, _ := cutPrefix(subject); return kind == 'f' }
func replyPrefix(subject string) bool   { kind, _ := cutPrefix(subject); return kind == 'r' }

// cutPrefix cuts a prefix such as Fwd: or Re[2]: off, and says which it was:
// 'f', 'r' or 0.
func cutPrefix(subject string) (kind byte, rest string) {
	const longest = 16
	subject = strings.TrimSpace(subject)
	i := strings.IndexAny(subject, ":：")
	if i <= 0 || i > longest {
		return 0, subject
	}
	word := strings.ToLower(strings.TrimSpace(subject[:i]))
	if j := strings.IndexAny(word, "[(^"); j > 0 {
		word = strings.TrimSpace(word[:j])
	}
	rest = strings.TrimSpace(strings.TrimPrefix(strings.TrimPrefix(subject[i:], ":"), "："))
	switch word {
	case "fw", "fwd", "wg", "tr", "rv", "i", "enc", "vb", "vs", "vl", "pd", "doorst", "videresend", "vidarebefordrat", "i̇lt", "ilt", "redir.", "転送", "转发", "轉寄", "fs", "továbbítás", "tov":
		return 'f', rest
	case "re", "aw", "ref", "rif", "antw", "sv", "odp", "ynt", "回复", "回覆", "返信", "res", "r", "ответ", "на", "vá", "atb", "réf":
		return 'r', rest
	}
	return 0, subject
}

// bareSubject returns a subject without the prefixes of forwards and answers.
func bareSubject(subject string) string {
	for range 10 {
		kind, rest := cutPrefix(subject)
		if kind == 0 {
			break
		}
		subject = rest
	}
	return strings.TrimSpace(subject)
}
