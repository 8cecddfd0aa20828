// Package content embeds what ships with Harrier beside its code: playbooks,
// each with its tests beside it.
package content

import "embed"

// FS holds playbooks/*.playbook.yaml and playbooks/*.test.yaml.
//
//go:embed playbooks/*.yaml
var FS embed.FS
