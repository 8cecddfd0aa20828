// Package content embeds what ships with Harrier beside its code: playbooks,
// each with its tests beside it, and the texts that people are told.
package content

import "embed"

// FS holds playbooks/*.playbook.yaml, playbooks/*.test.yaml and
// templates/*.template.yaml.
//
//go:embed playbooks/*.yaml templates/*.yaml triage/*.yaml
var FS embed.FS
