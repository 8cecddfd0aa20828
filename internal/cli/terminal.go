package cli

import (
	"os"

	"golang.org/x/term"
)

// OSStreams are the streams of this process.
func OSStreams() Streams {
	fd := func(f *os.File) int { return int(f.Fd()) }
	s := Streams{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
		InTTY: term.IsTerminal(fd(os.Stdin)), OutTTY: term.IsTerminal(fd(os.Stdout)), ErrTTY: term.IsTerminal(fd(os.Stderr)),
	}
	if s.InTTY {
		s.Hidden = func() (string, error) {
			text, err := term.ReadPassword(fd(os.Stdin))
			return string(text), err
		}
	}
	for _, f := range []*os.File{os.Stderr, os.Stdout} {
		if w, h, err := term.GetSize(fd(f)); err == nil && w > 0 {
			s.Width, s.Height = w, h
			break
		}
	}
	return s
}
