// Package connectors embeds the connectors that ship with Harrier: one folder
// per product with a connector.yaml, written to the grammar in README.md.
package connectors

import "embed"

// FS holds every connector.yaml, in the folder of its product.
//
//go:embed */connector.yaml
var FS embed.FS
