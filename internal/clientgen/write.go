package clientgen

import (
	"fmt"
	"os"
	"path/filepath"
)

// Write writes the generated files of the module at a folder again, and removes
// those that are of no use any more.
func Write(dir string) error {
	description, err := os.ReadFile(filepath.Join(dir, "docs", "openapi.json"))
	if err != nil {
		return fmt.Errorf("read the description of the API: %w", err)
	}
	files, err := Files(description, os.DirFS(dir))
	if err != nil {
		return err
	}
	old, err := filepath.Glob(filepath.Join(dir, "client", "*_gen.go"))
	if err != nil {
		return err
	}
	for _, name := range old {
		if files[filepath.Base(name)] == nil {
			if err := os.Remove(name); err != nil {
				return err
			}
		}
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, "client", name), text, 0o644); err != nil { //nolint:gosec // source is for everybody
			return err
		}
	}
	return nil
}
