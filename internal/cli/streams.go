package cli

import "io"

// Streams are where a command reads and writes, and what they are.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
	// InTTY, OutTTY and ErrTTY tell which of them are terminals.
	InTTY, OutTTY, ErrTTY bool
	// Width is that of the terminal in characters; zero means 80.
	Width int
	// Hidden reads a line that is not shown; nil reads it as any other.
	Hidden func() (string, error)
	// Height is that of the terminal in lines; zero means 24.
	Height int
}
