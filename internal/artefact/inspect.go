package artefact

import (
	"bytes"
	"crypto/md5"  //nolint:gosec // a name that threat intelligence uses, not a protection
	"crypto/sha1" //nolint:gosec // as above
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Options bounds what an [Inspector] spends on all its files together. Fields
// that are zero take the value of [DefaultOptions].
type Options struct {
	// Passwords are tried on encrypted members, in this order, after those that
	// senders of malware use by habit.
	Passwords []string
	// Bytes is how much is unpacked, MemberBytes how much of one member.
	Bytes, MemberBytes int64
	// Members is how many members and embedded files are read.
	Members int
	// Depth is how many files may be inside each other.
	Depth int
	// Ratio is how many times its packed size a member may have.
	Ratio int64
	// Pixels is how large an image may be that is searched for QR codes.
	Pixels int
	// Pages is how many pages of a PDF are drawn, if the machine has pdftoppm;
	// a negative number draws none.
	Pages int
	// Time is how long all may take, from the first file on.
	Time time.Duration
	// Now is the clock.
	Now func() time.Time
}

// DefaultOptions returns what is enough for honest files.
func DefaultOptions() Options {
	return Options{
		Bytes: 48 << 20, MemberBytes: 16 << 20, Members: 1000, Depth: 3, Ratio: 100, Pixels: 16 << 20, Pages: 2,
		Time: 1500 * time.Millisecond, Now: time.Now,
	}
}

// orDefault returns the options with the zero fields filled in.
func (o Options) orDefault() Options {
	d := DefaultOptions()
	fill(&o.Bytes, d.Bytes)
	fill(&o.MemberBytes, d.MemberBytes)
	fill(&o.Members, d.Members)
	fill(&o.Depth, d.Depth)
	fill(&o.Ratio, d.Ratio)
	fill(&o.Pixels, d.Pixels)
	fill(&o.Time, d.Time)
	if o.Pages == 0 {
		o.Pages = d.Pages
	}
	if o.Now == nil {
		o.Now = d.Now
	}
	return o
}

// fill sets a limit that is not set.
func fill[N int | int64 | time.Duration](limit *N, value N) {
	if *limit <= 0 {
		*limit = value
	}
}

// Inspector looks into files that share one budget, such as those of one mail.
// It is for one goroutine.
type Inspector struct {
	o       Options
	bytes   int64 // left to unpack
	members int   // left to read
	tries   int   // left to try passwords
	drawn   int   // PDFs drawn
	end     time.Time
	scratch bytes.Buffer // what is being unpacked
}

// New returns an inspector with a fresh budget.
func New(o Options) *Inspector {
	o = o.orDefault()
	const mostTries = 400
	return &Inspector{o: o, bytes: o.Bytes, members: o.Members, tries: mostTries}
}

// Inspect looks into one file with a budget of its own.
func Inspect(name string, content []byte, o Options) Report { return New(o).Inspect(name, content) }

// Try adds passwords to those that are tried.
func (in *Inspector) Try(passwords ...string) { in.o.Passwords = append(in.o.Passwords, passwords...) }

// Inspect looks into a file. Its name helps where content alone does not tell.
func (in *Inspector) Inspect(name string, content []byte) Report {
	in.start()
	name = strings.ToValidUTF8(name, "_")
	return in.inspect(name, name, content, 0)
}

// start starts the clock with the first file.
func (in *Inspector) start() {
	if in.end.IsZero() {
		in.end = in.o.Now().Add(in.o.Time)
	}
}

// late reports whether the time is up.
func (in *Inspector) late() bool { return in.o.Now().After(in.end) }

// spend takes n bytes from the budget; it reports false when there is no more.
func (in *Inspector) spend(n int) bool {
	in.bytes -= int64(n)
	return in.bytes > 0 && !in.late()
}

// file is one file while it is read.
type file struct {
	in      *Inspector
	r       *Report
	content []byte
	format  format
	depth   int
}

// inspect looks into a file at a depth.
func (in *Inspector) inspect(name, path string, content []byte, depth int) (r Report) {
	r = Report{Name: clip(name, 255), Path: clip(path, 1000), Size: int64(len(content)), Macros: MacrosNo}
	sum5, sum1, sum256 := md5.Sum(content), sha1.Sum(content), sha256.Sum256(content) //nolint:gosec // as above
	r.MD5, r.SHA1, r.SHA256 = hex.EncodeToString(sum5[:]), hex.EncodeToString(sum1[:]), hex.EncodeToString(sum256[:])
	f := &file{in: in, r: &r, content: content, depth: depth}
	r.Type, _ = Sniff(content)
	f.format = recognise(name, content, r.Type)
	r.Kind = f.format.kind()
	if f.format == formatOther || f.format == formatDisk {
		r.Macros = MacrosUnknown
	}
	if in.late() {
		r.Macros = MacrosUnknown
		r.warn(WarnLimit, "", "the time for looking into files was up; this one was not looked into")
		return r
	}
	f.guarded(f.read)
	return r
}

// guarded runs a reader. Readers of other modules meet bytes here that they
// were not written for: a panic in them is a broken file, not a broken server.
func (f *file) guarded(read func()) {
	defer func() {
		if v := recover(); v != nil {
			f.r.warn(WarnBroken, "", "the file is broken in a way that stopped its reader; it was read as far as possible")
		}
	}()
	read()
}

// read looks into the file by its format.
func (f *file) read() {
	switch f.format {
	case formatZip:
		f.zip()
	case formatGzip, formatBzip2, formatXz, formatLzma:
		f.stream()
	case formatTar:
		f.tar(f.content)
	case format7z:
		f.sevenZip()
	case formatRar:
		f.rar()
	case formatISO:
		f.r.sign(SignDisk, "", f.r.Type)
		f.iso()
	case formatDisk:
		f.r.sign(SignDisk, "", f.r.Type)
	case formatCFB:
		f.compound()
	case formatRTF:
		f.rtf()
	case formatPDF:
		f.pdf()
	case formatImage:
		f.image()
	case formatHTML, formatSVG:
		f.page()
	case formatShortcut:
		f.shortcut()
	case formatURLFile:
		f.urlFile()
	case formatNote:
		f.oneNote()
	case formatProgram, formatScript:
		f.r.sign(SignProgram, "", f.r.Type)
		f.links(f.content, "script")
	case formatXML:
		f.flatOffice()
	case formatText, formatMail:
		f.links(f.content, "text")
	case formatOther:
	}
}

// child looks into a file inside of this one. whole tells that all of it was read.
func (f *file) child(name string, content []byte, whole bool) *Report {
	if f.in.members <= 0 {
		f.r.warn(WarnLimit, "", "the file holds more files than the limit; the rest was left out")
		return nil
	}
	f.in.members--
	name = memberName(name)
	path := f.r.Path + "/" + name
	var r Report
	if f.depth+1 > f.in.o.Depth {
		t, _ := Sniff(content)
		r = Report{Name: name, Path: clip(path, 1000), Size: int64(len(content)), Macros: MacrosUnknown, Type: t}
		r.Kind = recognise(name, content, t).kind()
		sum := sha256.Sum256(content)
		r.SHA256 = hex.EncodeToString(sum[:])
		if r.Kind == KindArchive || r.Kind == KindDisk {
			r.warn(WarnLimit, "", "archives are inside each other deeper than the limit; this one was not opened")
		}
	} else {
		r = f.in.inspect(name, path, content, f.depth+1)
	}
	if !whole {
		r.MD5, r.SHA1, r.SHA256 = "", "", ""
		r.warn(WarnLimit, "", "only the beginning could be read")
	}
	f.r.Children = append(f.r.Children, r)
	return &f.r.Children[len(f.r.Children)-1]
}

// listed notes a file inside of this one that cannot be read.
func (f *file) listed(name string, size int64, w Warning) *Report {
	if f.in.members <= 0 {
		f.r.warn(WarnLimit, "", "the file holds more files than the limit; the rest was left out")
		return nil
	}
	f.in.members--
	name = memberName(name)
	r := Report{Name: name, Path: clip(f.r.Path+"/"+name, 1000), Size: size, Macros: MacrosUnknown}
	r.Kind = byExtension(extension(name)).kind()
	r.warn(w.Code, w.Where, w.Text)
	f.r.Children = append(f.r.Children, r)
	return &f.r.Children[len(f.r.Children)-1]
}

// unpack reads a packed member: no more than the limits, and no more than
// Ratio times what it is packed into. whole tells that this was all of it.
func (f *file) unpack(r io.Reader, packed int64) (content []byte, whole bool) {
	const always = 1 << 20 // honest small files of zeros and spaces exist
	limit := max(f.in.o.Ratio*max(packed, 0), always)
	bomb := limit < f.in.o.MemberBytes
	if room := min(f.in.o.MemberBytes, max(f.in.bytes, 0)); room < limit {
		limit, bomb = room, false
	}
	b := &f.in.scratch // members are unpacked one after the other; each gets a copy of its size
	b.Reset()
	r = io.LimitReader(r, limit+1)
	chunk := make([]byte, 32<<10)
	for {
		n, err := r.Read(chunk)
		b.Write(chunk[:n])
		switch {
		case int64(b.Len()) > limit:
			if bomb {
				f.r.sign(SignBomb, "", fmt.Sprintf("a member of %d bytes unpacks to more than %d", packed, limit))
			}
			f.r.warn(WarnLimit, "", "a file inside unpacks to more than the limits allow; the rest was left out")
			return bytes.Clone(b.Bytes()[:limit]), false
		case !f.in.spend(n):
			f.r.warn(WarnLimit, "", "the budget for looking into files was used up; the rest was left out")
			return bytes.Clone(b.Bytes()), false
		case err != nil:
			return bytes.Clone(b.Bytes()), errors.Is(err, io.EOF)
		}
	}
}

// memberName makes what an archive calls a member safe to show: it is never
// used as a path.
func memberName(name string) string {
	name = strings.ReplaceAll(strings.ToValidUTF8(name, "_"), `\`, "/")
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, name)
	if name = strings.TrimSpace(name); name == "" {
		name = "unnamed"
	}
	return clip(name, 255)
}

// clip returns the first n bytes of s at most, and no half characters.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// line makes one line of valid text, without characters that control.
func line(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
}
