// Package content embeds what ships with Harrier beside its code: playbooks,
// each with its tests beside it, the texts that people are told, and mappings
// with their samples.
package content

import "embed"

// FS holds playbooks/*.playbook.yaml, playbooks/*.test.yaml,
// templates/*.template.yaml, and mappings/*/ with *.mapping.yaml, *.sample.* and
// *.golden.json.
//
//go:embed playbooks/*.yaml templates/*.yaml triage/*.yaml mappings/*/*
var FS embed.FS
