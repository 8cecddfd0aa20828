package app

import (
	"context"
	"strings"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/channel"
)

// replied takes a mail of a mailbox of reports as the answer to a question, where
// it is one. It is read as it came: nothing inside of it is what was reported.
func (a asker) replied(ctx context.Context, tenant harrier.TenantID, raw []byte) (taken bool, err error) {
	profile := a.profile.now()
	texts := func(list []string) []any {
		out := make([]any, len(list))
		for i, one := range list {
			out[i] = one
		}
		return out
	}
	m, err := a.mails.Read(ctx, raw, map[string]any{"original": true, "trusted_servers": texts(profile.TrustedServers), "own_domains": texts(profile.OwnDomains)})
	if err != nil {
		if harrier.KindOf(err) == harrier.Invalid { // it is a report that nobody can read
			return false, nil
		}
		return false, err
	}
	subject, _ := m["subject"].(string)
	token, ok := channel.TokenIn(subject)
	if !ok {
		return false, nil
	}
	return a.channels.Replied(ctx, replyOf(m, channel.Reply{Tenant: tenant, Token: token, Raw: raw}))
}

// replyOf fills in what a mail says.
func replyOf(m map[string]any, r channel.Reply) channel.Reply {
	from, _ := m["from"].(map[string]any)
	r.From, _ = from["address"].(string)
	text, _ := m["text"].(string)
	r.Text = unquoted(text)
	auth, _ := m["authentication"].(map[string]any)
	trusted, _ := auth["trusted"].(bool)
	aligned, _ := auth["aligned"].(bool)
	r.Proven = trusted && aligned
	r.Forged = trusted && !aligned || auth["dmarc"] == "fail"
	automatic, _ := m["auto_submitted"].(string)
	r.Automatic = automatic != "" && !strings.HasPrefix(automatic, "no")
	return r
}

// unquoted is what is new in an answer: what stands before the mail that it
// answers, whose lines begin with a sign or follow a line that says so.
func unquoted(text string) string {
	var kept []string
	for line := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n") {
		trimmed := strings.TrimSpace(line)
		if strings.HasPrefix(trimmed, ">") || strings.HasPrefix(trimmed, "-----Original") || strings.HasPrefix(trimmed, "________________________________") {
			break
		}
		kept = append(kept, line)
	}
	if n := len(kept); n > 0 && strings.HasSuffix(strings.TrimSpace(kept[n-1]), ":") { // On … wrote:
		kept = kept[:n-1]
	}
	return strings.TrimSpace(strings.Join(kept, "\n"))
}
