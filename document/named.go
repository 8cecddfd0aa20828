package document

import (
	"io/fs"

	"github.com/harrier-soar/harrier"
)

// Named reads what the files of several trees define that match a pattern, each
// one thing under a name: of two with one name the later one wins. What is wrong
// with them is returned as [Problems], all together, beside what is right; a
// file or tree that cannot be read ends it.
func Named[T any](trees []fs.FS, pattern string, parse func(file string, text []byte) (name string, thing T, found Problems)) (map[string]T, error) {
	things := map[string]T{}
	var problems Problems
	for _, tree := range trees {
		files, err := fs.Glob(tree, pattern)
		if err != nil {
			return nil, harrier.Errorf(harrier.Internal, "look for %s: %w", pattern, err)
		}
		for _, file := range files {
			text, err := fs.ReadFile(tree, file)
			if err != nil {
				return nil, harrier.Errorf(harrier.Unavailable, "read %s: %w", file, err)
			}
			name, thing, found := parse(file, text)
			problems = append(problems, found...)
			if found.Err() == nil {
				things[name] = thing
			}
		}
	}
	return things, problems.Err()
}
