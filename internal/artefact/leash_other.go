//go:build !linux

package artefact

import "syscall"

// leash does nothing where a child cannot be tied to its parent; the child's
// limit on processor time still holds.
func leash() *syscall.SysProcAttr { return nil }
