package store

import (
	"github.com/harrier-soar/harrier"
)

// LocalSource returns the source of alerts that people and playbooks submit
// themselves. It exists from the first migration.
func LocalSource() harrier.SourceID { return harrier.DeriveID[harrier.SourceID]("source", "local") }
