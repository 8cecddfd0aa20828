package verdict

import (
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"slices"
	"strings"

	"github.com/harrier-soar/harrier/internal/organisation"
)

// strip returns a link without what names its recipient: addresses of those who
// got the mail or of the organisation, as they are, in base64 or in hex, and the
// values of parameters by which mailing systems know a reader. What is opened
// elsewhere must neither tell who reported the mail nor act in their name.
func (m *mail) strip(link string, p *organisation.Profile) string {
	head, fragment, hasFragment := strings.Cut(link, "#")
	head, query, hasQuery := strings.Cut(head, "?")
	parts := strings.Split(head, "/")
	for i := 3; i < len(parts); i++ { // behind scheme and host
		if m.names(parts[i], p) {
			parts[i] = ""
		}
	}
	out := strings.Join(parts, "/")
	if len(parts) > 2 {
		if at := strings.LastIndexByte(parts[2], '@'); at >= 0 {
			out = strings.Replace(out, parts[2], parts[2][at+1:], 1)
		}
	}
	if hasQuery {
		out += "?" + m.stripQuery(query, p)
	}
	if hasFragment && !m.names(fragment, p) {
		out += "#" + m.stripQuery(fragment, p)
	}
	return out
}

// stripQuery empties the parameters that name a recipient.
func (m *mail) stripQuery(query string, p *organisation.Profile) string {
	pairs := strings.Split(query, "&")
	for i, pair := range pairs {
		name, value, ok := strings.Cut(pair, "=")
		switch {
		case !ok:
			if m.names(name, p) {
				pairs[i] = ""
			}
		case readerParameter(name) || m.names(value, p):
			pairs[i] = name + "="
		}
	}
	return strings.Join(pairs, "&")
}

// names reports whether a part of a link holds an address of a recipient.
func (m *mail) names(part string, p *organisation.Profile) bool {
	if plain, err := url.QueryUnescape(part); err == nil {
		part = plain
	}
	for _, text := range append(decodings(part), part) {
		if !strings.Contains(text, "@") {
			continue
		}
		text = strings.ToLower(text)
		for rest := text; ; {
			_, after, found := strings.Cut(rest, "@")
			if !found {
				break
			}
			end := strings.IndexFunc(after, func(r rune) bool {
				return r != '.' && r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && r < 0x80
			})
			if end < 0 {
				end = len(after)
			}
			if p.Own(strings.Trim(after[:end], ".-")) {
				return true
			}
			rest = after
		}
		if slices.ContainsFunc(m.recipients(), func(address string) bool { return strings.Contains(text, strings.ToLower(address)) }) {
			return true
		}
	}
	return false
}

// recipients are those whom the mail went to.
func (m *mail) recipients() []string {
	list := slices.Concat(m.To, m.Cc)
	if m.ReportedBy != "" {
		list = append(list, m.ReportedBy)
	}
	return list
}

// decodings returns what text says in base64 and in hex.
func decodings(s string) []string {
	var out []string
	trimmed := strings.TrimRight(s, "=")
	for _, e := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		if b, err := e.DecodeString(trimmed); err == nil && len(b) > 0 {
			out = append(out, string(b))
		}
	}
	if b, err := hex.DecodeString(s); err == nil && len(b) > 0 {
		out = append(out, string(b))
	}
	return out
}

// readerParameter reports whether a parameter of a link tells a mailing system
// who reads.
func readerParameter(name string) bool {
	switch strings.ToLower(name) {
	case "mc_eid", "mkt_tok", "_hsenc", "_hsmi", "vero_id", "oly_enc_id", "oly_anon_id", "ml_subscriber", "ml_subscriber_hash", "elq", "elqtrackid",
		"ck_subscriber_id", "bsft_uid", "bsft_clkid", "et_rid", "s_cid", "sib_id", "recipient_id", "subscriber_id", "subscriberid", "emailid", "rcpt":
		return true
	}
	return false
}
