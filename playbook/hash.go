package playbook

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// hashOf pins everything that decides what a run does: the source, the
// children, and the manifests of the actions that may be called.
func hashOf(doc *Doc, p *Plan) string {
	h := sha256.New()
	part := func(kind, name, value string) {
		_, _ = fmt.Fprintf(h, "%s %d:%s %d:%s\n", kind, len(name), name, len(value), value)
	}
	part("playbook", doc.ID, strings.ReplaceAll(string(doc.Source), "\r\n", "\n"))
	for _, id := range slices.Sorted(maps.Keys(p.Children)) {
		part("child", id, p.Children[id].Hash)
	}
	for _, name := range slices.Sorted(maps.Keys(p.Actions)) {
		part("action", name, p.Actions[name].ManifestHash)
	}
	return hex.EncodeToString(h.Sum(nil))
}
