package mapping

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

const (
	sampleMark = ".sample."
	goldenEnd  = ".golden.json"
	sourceEnd  = ".source.json"
)

// Sample is an event beside a mapping, with what it must become.
type Sample struct {
	// Mapping is the folder that it is in, which is named after its mapping.
	Mapping string
	// File is the event, Golden what it must become.
	File, Golden string
	// Got is what it becomes, as JSON; Want is what Golden holds, nil where there is none.
	Got, Want []byte
	// Detected is the mapping that recognises it.
	Detected string
}

// Problem says what is wrong with a sample, or nothing.
func (s Sample) Problem() string {
	switch {
	case s.Detected != s.Mapping:
		return fmt.Sprintf("it is recognised as %q, not %q: let for: of %s say what only its events have", s.Detected, s.Mapping, s.Mapping)
	case s.Want == nil:
		return fmt.Sprintf("it has no golden: put what it must become into %s", path.Base(s.Golden))
	case !bytes.Equal(s.Got, s.Want):
		got, want, line := difference(s.Got, s.Want)
		return fmt.Sprintf("it becomes something else than its golden: line %d is %s, not %s", line, got, want)
	}
	return ""
}

// difference returns the first line that differs.
func difference(got, want []byte) (mine, theirs string, line int) {
	a, b := strings.Split(string(got), "\n"), strings.Split(string(want), "\n")
	for line < len(a) && line < len(b) && a[line] == b[line] {
		line++
	}
	at := func(lines []string) string {
		if line < len(lines) {
			return short(strings.TrimSpace(lines[line]))
		}
		return "not there"
	}
	return at(a), at(b), line + 1
}

// Samples maps every file *.sample.* of a tree by the mapping that its folder is
// named after. A source beside it, NAME.source.json, may set what belongs to a
// source, such as its time zone.
func (s *Set) Samples(ctx context.Context, tree fs.FS) ([]Sample, error) {
	var out []Sample
	err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.Contains(path.Base(name), sampleMark) {
			return err
		}
		one, err := s.sample(ctx, tree, name)
		if err == nil {
			out = append(out, one)
		}
		return err
	})
	return out, err
}

// sample maps one file.
func (s *Set) sample(ctx context.Context, tree fs.FS, name string) (Sample, error) {
	stem, _, _ := strings.Cut(path.Base(name), sampleMark)
	stem = path.Join(path.Dir(name), stem)
	one := Sample{Mapping: path.Base(path.Dir(name)), File: name, Golden: stem + goldenEnd}
	body, err := fs.ReadFile(tree, name)
	if err != nil {
		return one, harrier.Errorf(harrier.Unavailable, "read the sample: %w", err)
	}
	source := harrier.Source{Mapping: one.Mapping}
	if given, err := fs.ReadFile(tree, stem+sourceEnd); err == nil {
		if err := json.Unmarshal(given, &source); err != nil {
			return one, harrier.Errorf(harrier.Invalid, "%s is no source: %w", stem+sourceEnd, err)
		}
	}
	ev := harrier.RawEvent{Body: body, Received: time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)}
	one.Detected = s.Detect(ev)
	if one.Got, err = s.Show(ctx, source, ev); err != nil {
		return one, err
	}
	switch one.Want, err = fs.ReadFile(tree, one.Golden); {
	case errors.Is(err, fs.ErrNotExist):
		one.Want = nil
	case err != nil:
		return one, harrier.Errorf(harrier.Unavailable, "read what a sample must become: %w", err)
	}
	return one, nil
}

// Show returns what an event becomes as JSON for people: a list of findings, or
// why it is quarantined.
func (s *Set) Show(ctx context.Context, source harrier.Source, ev harrier.RawEvent) ([]byte, error) {
	findings, err := s.Map(ctx, source, ev)
	var shown any = findings
	switch {
	case err != nil && harrier.KindOf(err) == harrier.Invalid:
		shown = map[string]any{"quarantined": err.Error()}
	case err != nil:
		return nil, err
	case findings == nil:
		shown = []harrier.Finding{}
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(shown); err != nil {
		return nil, fmt.Errorf("write what an event becomes: %w", err)
	}
	return b.Bytes(), nil
}
