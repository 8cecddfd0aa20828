package mapping

import (
	"encoding/json"
	"mime"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/wire"
)

// isSyslog tells whether an event is one message of syslog, in as many lines as it likes.
func isSyslog(content string) bool {
	kind, _, err := mime.ParseMediaType(content)
	return err == nil && (kind == "application/x-syslog" || kind == "application/syslog" || kind == "text/syslog")
}

// textOptions is what is known of the text of an event: the way in may say
// which format it is.
func textOptions(ev harrier.RawEvent, zone *time.Location) wire.Options {
	opt := wire.Options{Received: ev.Received, Location: zone}
	var meta struct {
		Format wire.Format `json:"format"`
	}
	if len(ev.Meta) > 0 && json.Unmarshal(ev.Meta, &meta) == nil {
		opt.Format = meta.Format
	}
	return opt
}

// syslogRecord reads one message.
func syslogRecord(body []byte, opt wire.Options) ([]record, error) {
	one, err := wire.Parse(body, opt)
	if err != nil {
		return nil, err
	}
	return []record{wireRecord(one)}, nil
}

// textRecords reads lines of text, each of which is a record as package wire makes it.
func textRecords(body []byte, opt wire.Options) ([]record, error) {
	lines, err := wire.ParseLines(body, opt, MaxFindings)
	if err != nil {
		return nil, err
	}
	docs := make([]record, len(lines))
	for i, one := range lines {
		docs[i] = wireRecord(one)
	}
	return docs, nil
}

// wireRecord notes keys with dots, as Zeek has them.
func wireRecord(m map[string]any) record { return record{value: m, dotted: hasDots(m)} }

func hasDots(v any) bool {
	switch v := v.(type) {
	case map[string]any:
		for name, one := range v {
			if strings.IndexByte(name, '.') >= 0 || hasDots(one) {
				return true
			}
		}
	case []any:
		if slices.ContainsFunc(v, hasDots) {
			return true
		}
	}
	return false
}
