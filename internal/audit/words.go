package audit

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"sync"

	"github.com/harrier-soar/harrier"
)

// Word is something that was said with a row and rests beside the trail, where
// it can be erased: the row holds its code alone.
type Word struct {
	Code Code
	Text string
}

// Code is the HMAC of a word under the key of its tenant.
type Code [24]byte

// Words takes what people wrote out of rows and puts it back for readers. It is
// safe for concurrent use.
type Words struct {
	key []byte

	mu sync.Mutex // guards own
	// own are the keys of tenants, each made when it is first needed.
	own map[harrier.TenantID][]byte
}

// NewWords returns what codes words with a key that rests in the vault.
func NewWords(key []byte) *Words {
	return &Words{key: slices.Clone(key), own: map[harrier.TenantID][]byte{}}
}

// The marks before a code: of a text, and of a JSON value.
const textMark, jsonMark = "hmac:", "hmac-json:"

// Code returns the code of a word.
func (w *Words) Code(tenant harrier.TenantID, text string) (c Code) {
	mac := hmac.New(sha256.New, w.keyOf(tenant))
	mac.Write([]byte(text))
	copy(c[:], mac.Sum(nil))
	return c
}

// keyOf returns the key of a tenant.
func (w *Words) keyOf(tenant harrier.TenantID) []byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	if key, ok := w.own[tenant]; ok {
		return key
	}
	own := hmac.New(sha256.New, w.key)
	own.Write(append([]byte("harrier/audit/words/1\x00"), tenant[:]...))
	key := own.Sum(nil)
	w.own[tenant] = key
	return key
}

// Token is how a row names a word.
func (w *Words) Token(tenant harrier.TenantID, text string) string {
	return w.Code(tenant, text).token()
}

func (c Code) token() string { return textMark + c.String() }

// String is the code as text.
func (c Code) String() string { return base64.RawURLEncoding.EncodeToString(c[:]) }

// Take replaces by their codes everything in a row that is no id, number, time,
// digest or word of a closed vocabulary. What nobody thought of is replaced too.
func (w *Words) Take(e harrier.AuditEntry) (harrier.AuditEntry, []Word) {
	t := taking{words: w, tenant: e.Tenant}
	if e.Actor != harrier.SystemPrincipal || !programs(e.ActorName) {
		e.ActorName = t.text(e.ActorName, e.ActorName == "run") // what runs do bears the name of nobody
	}
	e.Target = t.text(e.Target, stands(e.Target) || configured(e.Action) && slug(e.Target))
	e.Path = t.text(e.Path, stepPath(e.Path))
	e.Data = t.data(e.Data)
	return e, t.list
}

// programs tells that Harrier itself has the name.
func programs(name string) bool { return name == "" || name == "system" || name == "harrier" }

// taking is one row whose words are taken out.
type taking struct {
	words  *Words
	tenant harrier.TenantID
	list   []Word
}

// text returns a text that may stand, or the token of one that may not.
func (t *taking) text(s string, plain bool) string {
	if s == "" || plain && !strings.HasPrefix(s, "hmac") {
		return s
	}
	return t.take(s).token()
}

// take notes a word and returns its code.
func (t *taking) take(s string) Code {
	c := t.words.Code(t.tenant, s)
	t.list = append(t.list, Word{c, s})
	return c
}

// value is the token of a whole JSON value.
func (t *taking) value(raw json.RawMessage) json.RawMessage {
	return encoded(jsonMark + t.take(string(raw)).String())
}

// data goes through the members of a row's data, in their order.
func (t *taking) data(data json.RawMessage) json.RawMessage {
	if len(data) == 0 {
		return data
	}
	members, ok := membersOf(data)
	if !ok {
		return t.value(data)
	}
	for i, m := range members {
		members[i].value = t.member(m.name, m.value)
	}
	return object(members)
}

// member is what stands for a member's value. Of lists each text is looked at;
// an object is data of somebody's, and goes as a whole.
func (t *taking) member(name string, raw json.RawMessage) json.RawMessage {
	switch raw[0] {
	case '"':
		var s string
		if json.Unmarshal(raw, &s) == nil {
			return encoded(t.text(s, stands(s) || vocabulary(name) && slug(s)))
		}
	case '[':
		var list []string
		if json.Unmarshal(raw, &list) == nil {
			for i, s := range list {
				list[i] = t.text(s, stands(s) || vocabulary(name) && slug(s))
			}
			return encoded(list)
		}
	case '{':
	default:
		return raw // a number, true, false or null
	}
	return t.value(raw)
}
