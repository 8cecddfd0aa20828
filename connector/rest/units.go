package rest

import (
	"strconv"
	"strings"

	"github.com/harrier-soar/harrier/document"
	"github.com/harrier-soar/harrier/schema"
	"time"
)

// parseRate reads calls per time as calls per second.
func parseRate(text string) (float64, bool) {
	count, unit, ok := strings.Cut(text, "/")
	n, err := strconv.ParseFloat(count, 64)
	per := map[string]float64{"s": 1, "m": 60, "h": 3600, "d": 86400}[unit]
	if !ok || err != nil || per == 0 || !(n > 0) || n > 1e6 {
		return 0, false
	}
	return n / per, true
}

// parseSize reads a number of bytes.
func parseSize(text string) (int64, bool) {
	for unit, factor := range map[string]int64{"KiB": 1 << 10, "MiB": 1 << 20} {
		if digits, ok := strings.CutSuffix(text, unit); ok {
			n, err := strconv.ParseInt(digits, 10, 32)
			return n * factor, err == nil && n > 0 && n*factor <= 64<<20
		}
	}
	return 0, false
}

// statusRange is a range of HTTP statuses.
type statusRange struct{ from, to int }

// parseStatus reads one status or a class of them.
func parseStatus(text string) (statusRange, bool) {
	if digit, ok := strings.CutSuffix(text, "xx"); ok {
		n, err := strconv.Atoi(digit)
		return statusRange{n * 100, n*100 + 99}, err == nil && n >= 1 && n <= 5
	}
	n, err := strconv.Atoi(text)
	return statusRange{n, n}, err == nil && n >= 100 && n <= 599
}

// text returns the text of a key, or nothing.
func text(n *document.Node, key string) string {
	if v := n.Get(key); v != nil {
		return v.Text
	}
	return ""
}

// truth returns the boolean of a key, false where it is absent.
func truth(n *document.Node, key string) bool {
	v := n.Get(key)
	return v != nil && v.Kind == document.Bool && v.Text == "true"
}

// count returns the whole number of a key, or def.
func count(n *document.Node, key string, def int) int {
	if v := n.Get(key); v != nil {
		if i, ok := v.Value().(int64); ok && i >= 0 && i < 1<<31 {
			return int(i)
		}
	}
	return def
}

// duration returns the duration of a key, or def. Its form has been checked.
func duration(n *document.Node, key string, def time.Duration) time.Duration {
	if v := n.Get(key); v != nil {
		if d, err := schema.ParseDuration(v.Text); err == nil {
			return d
		}
	}
	return def
}

// texts returns the texts of a list.
func texts(n *document.Node) []string {
	if n == nil {
		return nil
	}
	out := make([]string, 0, len(n.Items))
	for _, item := range n.Items {
		out = append(out, item.Text)
	}
	return out
}

// entries returns the entries of a map; none where there is no map.
func entries(n *document.Node) []document.Entry {
	if n == nil {
		return nil
	}
	return n.Entries
}

// items returns the items of a list; none where there is no list.
func items(n *document.Node) []*document.Node {
	if n == nil {
		return nil
	}
	return n.Items
}
