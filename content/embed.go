// Package content embeds what ships with Harrier beside its code: playbooks,
// each with its tests beside it, the texts that people are told, the rules of
// triage, and what sources of products are.
package content

import "embed"

// FS holds playbooks/*.playbook.yaml, playbooks/*.test.yaml,
// templates/*.template.yaml, triage/*.yaml and sources/*.source.yaml.
//
//go:embed playbooks/*.yaml templates/*.yaml triage/*.yaml sources/*.yaml
var FS embed.FS
