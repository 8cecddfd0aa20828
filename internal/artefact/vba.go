package artefact

import (
	"bytes"
	"regexp"
	"strings"
)

// What macros that run by themselves are called, and what those do that start
// programs or fetch.
var (
	autoexec = regexp.MustCompile(`(?i)\b(?:Sub|Function)\s+(Auto_?(?:Open|Exec|Close|New|Exit|_Activate|Activate)|Document_?(?:Open|Close|New|BeforeClose|Change)|` +
		`DocumentOpen|NewDocument|Workbook_?(?:Open|Activate|BeforeClose|Close|Deactivate)|Worksheet_(?:Activate|Change|Calculate)|\w+_(?:Layout|Painted|Painting|GotFocus|MouseMove|onLoad))\b`)
	suspect = regexp.MustCompile(`(?i)\bShell\b\s*\(?|CreateObject|GetObject|WScript\.Shell|Shell\.Application|URLDownloadToFile|XMLHTTP|WinHttp|ADODB\.Stream|` +
		`powershell|mshta|rundll32|regsvr32|certutil|VirtualAlloc|RtlMoveMemory|CreateThread|CallByName|ExecuteExcel4Macro|\bwmic\b|winmgmts`)
)

// vbaProject reads a VBA project that is a file of its own.
func (f *file) vbaProject(content []byte, where string) {
	list, _ := f.streams(content)
	f.macros(list, where+" ")
}

// macros looks for VBA among the streams of a file, and reads its modules.
func (f *file) macros(list []oleStream, prefix string) {
	for _, s := range list {
		upper := strings.ToUpper(s.path)
		if !strings.HasSuffix(upper, "VBA/_VBA_PROJECT") && !strings.HasSuffix(upper, "VBA/DIR") && !strings.HasSuffix(upper, "_VBA_PROJECT_CUR/PROJECT") &&
			!strings.Contains(upper, "VBA/") {
			continue
		}
		if f.r.Macros != MacrosYes {
			f.r.Macros = MacrosYes
			f.r.sign(SignMacros, prefix+s.path, "")
		}
		f.module(s, prefix)
	}
}

// module reads the source in a module's stream. It stands after compiled code
// whose length only another stream tells; the way every source begins finds it too.
func (f *file) module(s oleStream, prefix string) {
	const before = 3 // the container's mark and a chunk's header
	i := bytes.Index(s.data, []byte("\x00Attribut"))
	if i < before {
		return
	}
	source := unpackVBA(s.data[i-before:])
	if !f.in.spend(len(source)) {
		return
	}
	text := string(source)
	for _, m := range autoexec.FindAllStringSubmatch(text, 5) {
		f.r.sign(SignAutoexec, prefix+s.path+" "+m[1], m[1])
	}
	if found := suspect.FindString(text); found != "" {
		f.r.sign(SignSuspect, prefix+s.path, found)
	}
	f.linksIn(text, prefix+s.path)
}

// unpackVBA unpacks a compressed container (MS-OVBA 2.4.1).
func unpackVBA(b []byte) (out []byte) {
	const most = 1 << 20
	if len(b) == 0 || b[0] != 1 {
		return nil
	}
	b = b[1:]
	for len(b) >= 2 && len(out) < most {
		head := le16(b, 0)
		size := int(head&0x0fff) + 3
		if head>>12&7 != 3 {
			return out
		}
		chunk := b[2:min(size, len(b))]
		b = b[min(size, len(b)):]
		if head&0x8000 == 0 {
			out = append(out, chunk...)
			continue
		}
		out = unpackChunk(out, chunk)
	}
	return out
}

// unpackChunk unpacks one chunk: flags, then letters and copies.
func unpackChunk(out, chunk []byte) []byte {
	const largest = 4096
	start := len(out)
	for len(chunk) > 0 && len(out)-start < largest {
		flags := chunk[0]
		chunk = chunk[1:]
		for bit := 0; bit < 8 && len(chunk) > 0; bit++ {
			if flags>>bit&1 == 0 {
				out = append(out, chunk[0])
				chunk = chunk[1:]
				continue
			}
			if len(chunk) < 2 {
				return out
			}
			token := int(le16(chunk, 0))
			chunk = chunk[2:]
			bits := 4 // that tell the distance: enough for all of the chunk so far
			for 1<<bits < len(out)-start {
				bits++
			}
			length, distance := token&(0xffff>>bits)+3, token>>(16-bits)+1
			if distance > len(out)-start || length > largest {
				return out
			}
			for range length {
				out = append(out, out[len(out)-distance])
			}
		}
	}
	return out
}
