package email

import (
	"slices"
	"strings"
	"unicode"
)

// OneTime says why following a link acts: it resets, approves, signs off or
// answers in the name of whoever the mail was sent to, and often only once. It
// returns "" where nothing says so. Such a link must not be opened to look.
func (l Link) OneTime() string {
	if l.URL == "" {
		return ""
	}
	rest := strings.TrimPrefix(l.URL, l.Scheme+"://")
	_, rest, _ = strings.Cut(rest, "/")
	const longest = 4 << 10
	words := linkWords(unescapePercent(clip(rest, longest)))
	shown := strings.ToLower(clip(l.Text, 200))
	token := hasToken(rest)
	has := func(list ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(list, w) })
	}
	says := func(list ...string) bool {
		return slices.ContainsFunc(list, func(w string) bool { return strings.Contains(shown, w) })
	}
	switch {
	case has("unsubscribe", "unsub", "optout", "unsubscription", "abmelden", "abbestellen", "desinscription", "desabonnement", "desuscribir", "cancelarsuscripcion", "disiscrizione", "uitschrijven", "afmelden", "avregistrera", "afmeld", "wypisz", "listunsubscribe"),
		says("unsubscribe", "opt out", "abmelden", "abbestellen", "désinscrire", "désabonner", "darse de baja", "darme de baja", "annulla iscrizione", "disiscriv", "uitschrijven", "afmelden", "cancelar inscrição", "descadastr", "wypisz", "avregistrera", "avprenumerera", "afmeld", "peru tilaus", "odhlásit", "отписаться", "配信停止", "登録解除"):
		return "It ends a subscription."
	case has("rsvp") || has("respond", "response", "reply", "answer", "accept", "decline", "tentative") && has("calendar", "meeting", "event", "invite", "invitation", "appointment"):
		return "It answers an invitation."
	case token && (has("approve", "approval", "deny", "reject", "authorize", "authorise", "consent", "grant", "genehmigen", "ablehnen", "freigeben", "approuver", "aprobar", "approva", "goedkeuren", "release") ||
		says("approve", "deny", "reject", "genehmigen", "ablehnen", "freigeben", "approuver", "refuser", "aprobar", "rechazar", "approva", "rifiuta", "goedkeuren", "afwijzen", "aprovar", "zatwierdź", "godkänn", "godkend", "godkjenn", "hyväksy", "schválit", "одобрить", "承認")):
		return "It approves or refuses something."
	case token && (has("reset", "resetpassword", "passwordreset", "forgot", "forgotpassword", "recover", "recovery", "setpassword", "newpassword", "changepassword", "zuruecksetzen", "reinitialiser", "restablecer") ||
		says("reset", "set a password", "new password", "zurücksetzen", "réinitialiser", "restablecer", "reimposta", "reinstellen", "redefinir", "zresetuj", "återställ", "nulstil", "tilbakestill", "obnovit heslo", "сбросить", "再設定", "リセット")):
		return "It resets a password."
	case token && (has("verify", "verification", "confirm", "confirmation", "activate", "activation", "validate", "bestaetigen", "confirmer", "confirmar", "conferma", "bevestigen") ||
		says("verify", "confirm", "activate", "bestätigen", "aktivieren", "confirmer", "activer", "confirmar", "activar", "conferma", "attiva", "bevestig", "activeer", "potwierdź", "bekräfta", "bekræft", "bekreft", "vahvista", "potvrdit", "подтвердить", "確認", "認証")):
		return "It confirms something."
	case token && (has("magic", "magiclink", "otp", "onetime", "passwordless", "loginlink", "signinlink") || has("login", "signin", "auth", "session", "sso") && has("token", "code", "ticket", "otp", "nonce", "jwt", "key") || says("magic link", "one-time", "einmal", "log in now")):
		return "It logs in once."
	case token && (has("invite", "invitation", "join") && has("accept", "token", "code") || says("accept invitation", "accept invite", "einladung annehmen", "accepter l'invitation")):
		return "It accepts an invitation."
	}
	return ""
}

// linkWords returns the words of a path and a query in lower case; of
// ResetPassword also the two together.
func linkWords(s string) []string {
	var words []string
	const most = 200
	for part := range strings.FieldsFuncSeq(s, func(r rune) bool { return strings.ContainsRune("/?&=#;:.,+|~!%", r) || unicode.IsSpace(r) }) {
		if len(words) >= most {
			break
		}
		lower := strings.ToLower(part)
		joined := strings.ReplaceAll(strings.ReplaceAll(lower, "-", ""), "_", "")
		words = append(words, joined)
		if joined != lower {
			words = append(words, strings.FieldsFunc(lower, func(r rune) bool { return r == '-' || r == '_' })...)
		}
		words = append(words, humps(part)...)
	}
	return words
}

// humps returns the words of a name such as resetPassword.
func humps(s string) []string {
	const longest = 60
	var words []string
	start := 0
	if len(s) > longest {
		return nil
	}
	for i := 1; i < len(s); i++ {
		if s[i] >= 'A' && s[i] <= 'Z' && s[i-1] >= 'a' && s[i-1] <= 'z' {
			words = append(words, strings.ToLower(s[start:i]))
			start = i
		}
	}
	if start == 0 {
		return nil
	}
	return append(words, strings.ToLower(s[start:]))
}

// hasToken reports whether a part of a link is made for one reader: long, and
// of letters and digits as no word is.
func hasToken(s string) bool {
	for part := range strings.FieldsFuncSeq(s, func(r rune) bool { return strings.ContainsRune("/?&=#;:,", r) }) {
		const shortest = 16
		if len(part) < shortest {
			continue
		}
		digits, letters, upper := 0, 0, 0
		for i := 0; i < len(part); i++ {
			switch c := part[i]; {
			case isDigit(c):
				digits++
			case c >= 'A' && c <= 'Z':
				upper++
			case isAlnum(c):
				letters++
			}
		}
		if digits >= 3 && digits+letters+upper >= len(part)*3/4 || upper >= 3 && letters >= 3 && !strings.ContainsAny(part, "-_. ") {
			return true
		}
	}
	return false
}
