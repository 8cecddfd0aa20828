package artefact

import (
	"bytes"
	"encoding/binary"
	"path"
	"strings"

	"github.com/gabriel-vasile/mimetype"
)

// Sniff returns the media type that content looks like, without parameters, and
// the usual extension of such files, with its dot.
func Sniff(content []byte) (mediaType, ext string) {
	m := mimetype.Detect(content)
	mediaType, _, _ = strings.Cut(m.String(), ";")
	if mediaType != "application/octet-stream" && mediaType != "text/plain" {
		return mediaType, m.Extension()
	}
	if f := signature(content); f == formatShortcut {
		return "application/x-ms-shortcut", ".lnk"
	} else if f == formatNote {
		return "application/onenote", ".one"
	} else if f == formatISO {
		return "application/x-iso9660-image", ".iso"
	} else if f == formatDisk {
		return "application/x-disk-image", ".img"
	} else if f == formatPDF {
		return "application/pdf", ".pdf"
	}
	return mediaType, m.Extension()
}

// format is how a file is read.
type format int

// The formats.
const (
	formatOther format = iota
	formatText
	formatMail
	formatZip
	formatGzip
	formatBzip2
	formatXz
	formatLzma
	formatTar
	format7z
	formatRar
	formatISO
	formatDisk
	formatCFB
	formatRTF
	formatPDF
	formatImage
	formatHTML
	formatSVG
	formatXML
	formatShortcut
	formatURLFile
	formatNote
	formatProgram
	formatScript
)

// kind returns the class of files that the format belongs to. Documents that
// are archives inside say so themselves when they are read.
func (f format) kind() Kind {
	switch f {
	case formatZip, formatGzip, formatBzip2, formatXz, formatLzma, formatTar, format7z, formatRar:
		return KindArchive
	case formatISO, formatDisk:
		return KindDisk
	case formatCFB, formatRTF:
		return KindOffice
	case formatPDF:
		return KindPDF
	case formatImage, formatSVG:
		return KindImage
	case formatHTML:
		return KindHTML
	case formatShortcut, formatURLFile:
		return KindShortcut
	case formatNote:
		return KindNote
	case formatProgram:
		return KindExecutable
	case formatScript:
		return KindScript
	case formatMail:
		return KindMail
	case formatText, formatXML:
		return KindText
	case formatOther:
	}
	return KindOther
}

// signature recognises formats by their first bytes, as programs that open them do.
func signature(b []byte) format {
	starts := func(magic string) bool { return bytes.HasPrefix(b, []byte(magic)) }
	switch {
	case starts("PK\x03\x04"), starts("PK\x05\x06"), starts("PK00PK\x03\x04"), starts("PK\x01\x02"):
		return formatZip
	case starts("\x1f\x8b"):
		return formatGzip
	case starts("BZh"):
		return formatBzip2
	case starts("\xfd7zXZ\x00"):
		return formatXz
	case starts("7z\xbc\xaf\x27\x1c"):
		return format7z
	case starts("Rar!\x1a\x07"):
		return formatRar
	case starts("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
		return formatCFB
	case starts(`{\rt`):
		return formatRTF
	case starts("L\x00\x00\x00\x01\x14\x02\x00\x00\x00\x00\x00\xc0\x00\x00\x00\x00\x00\x00\x46"):
		return formatShortcut
	case starts("\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3"):
		return formatNote
	case starts("MZ"), starts("\x7fELF"), starts("\xcf\xfa\xed\xfe"), starts("\xca\xfe\xba\xbe"):
		return formatProgram
	case starts("vhdxfile"), starts("conectix"), starts("QFI\xfb"), starts("KDMV"):
		return formatDisk
	}
	return deeperSignature(b)
}

// deeperSignature recognises formats whose marks stand further inside.
func deeperSignature(b []byte) format {
	const sector, pdfWithin = 2048, 1024
	at := func(offset int, magic string) bool {
		return len(b) >= offset+len(magic) && string(b[offset:offset+len(magic)]) == magic
	}
	switch {
	case at(16*sector+1, "CD001"), at(16*sector+1, "BEA01"):
		return formatISO
	case bytes.Contains(b[:min(len(b), pdfWithin)], []byte("%PDF-")):
		return formatPDF
	case at(257, "ustar"):
		return formatTar
	case at(510, "\x55\xaa") && (at(54, "FAT") || at(82, "FAT") || at(3, "NTFS")):
		return formatDisk
	case len(b) > 512 && string(b[len(b)-512:len(b)-504]) == "conectix":
		return formatDisk
	case len(b) > 13 && b[0] == 0x5d && b[1] == 0 && b[2] == 0 && binary.LittleEndian.Uint16(b[10:]) == 0xffff:
		return formatLzma
	}
	return formatOther
}

// recognise says how a file is read: by its content first, then by its name,
// since a script is text to everybody but the program that runs it.
func recognise(name string, content []byte, mediaType string) format {
	if f := signature(content); f != formatOther {
		return f
	}
	named := byExtension(extension(name))
	switch {
	case strings.HasPrefix(mediaType, "image/svg"):
		return formatSVG
	case strings.HasPrefix(mediaType, "image/"):
		return formatImage
	case mediaType == "text/html" || mediaType == "application/xhtml+xml":
		if named == formatScript {
			return formatScript // an .hta is a page that runs as a program
		}
		return formatHTML
	case mediaType == "application/x-tar":
		return formatTar
	case strings.Contains(mediaType, "executable") || strings.Contains(mediaType, "x-sharedlib") || strings.Contains(mediaType, "mach-binary"):
		return formatProgram
	case named == formatScript || named == formatURLFile || named == formatMail || named == formatHTML || named == formatSVG:
		return named
	case named == formatProgram && extension(name) == "com":
		return formatProgram
	case strings.Contains(mediaType, "xml") || bytes.HasPrefix(bytes.TrimLeft(content[:min(len(content), 100)], "\ufeff \r\n\t"), []byte("<?xml")):
		return formatXML
	case strings.Contains(mediaType, "javascript") || mediaType == "text/x-shellscript" || mediaType == "text/x-python" || mediaType == "text/x-perl":
		return formatScript
	case bytes.HasPrefix(content, []byte("[InternetShortcut]")):
		return formatURLFile
	case strings.HasPrefix(mediaType, "text/"):
		return formatText
	}
	return formatOther
}

// extension returns the extension of a name in lower case, without its dot.
func extension(name string) string {
	return strings.ToLower(strings.TrimPrefix(path.Ext(strings.TrimRight(name, " .")), "."))
}

// byExtension returns the format that a name promises.
func byExtension(ext string) format {
	switch ext {
	case "js", "jse", "vbs", "vbe", "wsf", "wsh", "hta", "ps1", "psm1", "bat", "cmd", "sct", "wsc", "sh", "py", "reg", "scf", "inf",
		"library-ms", "search-ms", "settingcontent-ms", "application", "appref-ms":
		return formatScript
	case "exe", "scr", "com", "pif", "dll", "cpl", "msi", "jar", "xll", "apk", "sys", "ocx":
		return formatProgram
	case "lnk":
		return formatShortcut
	case "url", "website", "webloc":
		return formatURLFile
	case "eml":
		return formatMail
	case "htm", "html", "shtml", "xhtml", "mht", "mhtml":
		return formatHTML
	case "svg":
		return formatSVG
	case "zip", "docx", "xlsx", "pptx", "docm", "xlsm", "pptm":
		return formatZip
	case "7z":
		return format7z
	case "rar":
		return formatRar
	case "gz", "tgz":
		return formatGzip
	case "tar":
		return formatTar
	case "iso":
		return formatISO
	case "img", "vhd", "vhdx":
		return formatDisk
	case "pdf":
		return formatPDF
	case "doc", "xls", "ppt", "msg":
		return formatCFB
	case "rtf":
		return formatRTF
	case "png", "jpg", "jpeg", "gif", "bmp", "webp":
		return formatImage
	case "txt", "csv", "log", "md":
		return formatText
	case "one":
		return formatNote
	}
	return formatOther
}
