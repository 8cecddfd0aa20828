package email

import (
	"strings"
	"unicode"
)

// decodeWords decodes the encoded words of a header value (RFC 2047), wherever
// they stand, and makes the result fit for one line of a screen. Words that
// hold encoded words are decoded once more, as some mail programs do.
func decodeWords(s string) string {
	for range 2 {
		if !strings.Contains(s, "=?") {
			break
		}
		s = decodeWordsOnce(s)
	}
	return oneLine(s)
}

// decodeWordsOnce decodes each encoded word. White space between two goes, and
// the bytes of neighbours in one charset are joined first, because senders cut
// inside of characters.
func decodeWordsOnce(s string) string {
	var out strings.Builder
	var pending []byte
	var charset string
	flush := func() {
		text, _ := decodeText(pending, charset)
		out.WriteString(text)
		pending = pending[:0]
	}
	afterWord := false
	for {
		i := strings.Index(s, "=?")
		if i < 0 {
			break
		}
		w, rest, ok := cutWord(s[i:])
		neighbour := ok && afterWord && strings.TrimSpace(s[:i]) == ""
		if !neighbour || w.charset != charset {
			flush()
		}
		if !neighbour {
			out.WriteString(s[:i])
		}
		if !ok {
			out.WriteString("=?")
		}
		pending, charset, afterWord, s = append(pending, w.bytes...), w.charset, ok, rest
	}
	flush()
	out.WriteString(s)
	return out.String()
}

// word is an encoded word.
type word struct {
	charset string
	bytes   []byte
}

// cutWord reads the encoded word that s starts with, and returns what follows
// it. A word that is not closed ends at the next space. Where s starts no word,
// rest is what follows its first two characters.
func cutWord(s string) (w word, rest string, ok bool) {
	const longestCharset, longestText = 60, 8 << 10
	head := s[2:min(len(s), longestCharset)]
	q := strings.IndexByte(head, '?')
	if q <= 0 || q+2 >= len(head) || head[q+2] != '?' || strings.ContainsAny(head[:q], " \t=") {
		return word{}, s[2:], false
	}
	body := s[2+q+3:]
	end := strings.Index(body[:min(len(body), longestText)], "?=")
	rest = body[max(end, 0):]
	if end >= 0 {
		rest = rest[2:]
	} else if end = strings.IndexAny(body, " \t"); end >= 0 {
		rest = body[end:]
	} else {
		end, rest = len(body), ""
	}
	text := body[:end]
	w.charset = strings.ToLower(head[:q])
	switch head[q+1] {
	case 'b', 'B':
		w.bytes, _ = decodeBase64([]byte(text))
	case 'q', 'Q':
		w.bytes, _ = appendUnquoted(nil, []byte(strings.ReplaceAll(text, "_", " ")))
	default:
		return word{}, s[2:], false
	}
	return w, rest, true
}

// oneLine replaces control characters by spaces.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, s)
	return strings.TrimSpace(strings.ToValidUTF8(s, "\ufffd"))
}
