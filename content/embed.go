// Package content embeds what ships with Harrier beside its code: playbooks,
// each with its tests beside it, the texts that people are told, the rules of
// triage, mappings with their samples, and what sources of products are.
package content

import "embed"

// FS holds playbooks/*.playbook.yaml, playbooks/*.test.yaml,
// templates/*.template.yaml, cases/*.case.yaml, triage/*.yaml, sources/*.source.yaml, and
// mappings/*/ with *.mapping.yaml, *.sample.* and *.golden.json.
//
//go:embed playbooks/*.yaml templates/*.yaml cases/*.yaml triage/*.yaml sources/*.yaml mappings/*/*
var FS embed.FS
