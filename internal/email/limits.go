package email

import "time"

// Limits bounds what one mail may cost. Fields that are zero take the value of
// [DefaultLimits].
type Limits struct {
	// Bytes is how much of the mail is read.
	Bytes int
	// Depth is how many parts may stand inside each other.
	Depth int
	// Parts is how many parts a mail may have, those of attached mails included.
	Parts int
	// Headers and HeaderBytes bound the header of each part; all headers
	// together have at most four times HeaderBytes.
	Headers, HeaderBytes int
	// TextBytes is how much text is decoded, over all parts.
	TextBytes int
	// Links is how many links are kept, over all parts.
	Links int
	// Observables is how many observables a message has.
	Observables int
	// Addresses is how many addresses one header field may hold.
	Addresses int
	// Warnings is how many warnings are kept, over all parts.
	Warnings int
	// FileTime, FileBytes and FilePages bound what looking into attachments and
	// images may cost, over all parts: time, bytes unpacked, and pages of each PDF
	// that are drawn; fewer than zero pages draw none.
	FileTime  time.Duration
	FileBytes int
	FilePages int
}

// DefaultLimits returns what is enough for every honest mail.
func DefaultLimits() Limits {
	return Limits{
		Bytes: 25 << 20, Depth: 20, Parts: 1000, Headers: 1000, HeaderBytes: 256 << 10,
		TextBytes: 4 << 20, Links: 1000, Observables: 1000, Addresses: 1000, Warnings: 100,
		FileTime: 1500 * time.Millisecond, FileBytes: 48 << 20, FilePages: 2,
	}
}

// orDefault returns the limits with the zero fields filled in.
func (l Limits) orDefault() Limits {
	d := DefaultLimits()
	fill(&l.Bytes, d.Bytes)
	fill(&l.Depth, d.Depth)
	fill(&l.Parts, d.Parts)
	fill(&l.Headers, d.Headers)
	fill(&l.HeaderBytes, d.HeaderBytes)
	fill(&l.TextBytes, d.TextBytes)
	fill(&l.Links, d.Links)
	fill(&l.Observables, d.Observables)
	fill(&l.Addresses, d.Addresses)
	fill(&l.Warnings, d.Warnings)
	fill(&l.FileBytes, d.FileBytes)
	if l.FileTime <= 0 {
		l.FileTime = d.FileTime
	}
	if l.FilePages == 0 {
		l.FilePages = d.FilePages
	}
	return l
}

// fill sets a limit that is not set.
func fill(limit *int, value int) {
	if *limit <= 0 {
		*limit = value
	}
}
