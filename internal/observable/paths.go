package observable

import "strings"

// findPaths finds registry keys and paths of files on Windows and Unix.
func (x *scan) findPaths() {
	for at := 0; at < x.end; {
		i := strings.IndexAny(x.s[at:], `\/`)
		if i < 0 {
			return
		}
		at += i
		end := 0
		if !inside(x.urls, at) {
			if x.s[at] == '\\' {
				end = x.windowsPath(at)
			} else {
				end = x.unixPath(at)
			}
		}
		at = max(at+1, end)
	}
}

// windowsPath keeps the path or key whose first backslash stands at a place, and
// returns where it ends, 0 for none.
func (x *scan) windowsPath(at int) int {
	from, kind := x.windowsRoot(at)
	if from < 0 {
		return 0
	}
	end := x.windowsEnd(from, at)
	if end <= at+1 {
		return 0
	}
	value := x.s[from:end]
	if kind == RegistryKey {
		root, rest := strings.Trim(x.s[from:at], "<>"), x.s[at:end]
		value = strings.ToUpper(root) + rest
	}
	value = value[:2] + strings.ReplaceAll(value[2:], `\\`, `\`)
	if strings.HasPrefix(value, `\\`) && strings.Count(value, `\`) < 3 {
		return 0
	}
	x.paths = append(x.paths, span{from, end})
	x.add(Found{Type: kind, Value: value}, from, end)
	return end
}

// windowsRoot returns where the path starts whose first backslash stands at a
// place, -1 for none.
func (x *scan) windowsRoot(at int) (from int, kind Type) {
	const longest = 24
	prev := x.before(at)
	switch {
	case prev == ':' && at >= 2 && isLetter(x.s[at-2]) && !isAlnum(x.before(at-2)):
		return at - 2, FilePath
	case prev == '%':
		if i := strings.LastIndexByte(x.s[max(0, at-1-longest):at-1], '%'); i >= 0 {
			from = max(0, at-1-longest) + i
			if name := x.s[from+1 : at-1]; name != "" && strings.Trim(strings.ToLower(name), "abcdefghijklmnopqrstuvwxyz0123456789_()") == "" {
				return from, FilePath
			}
		}
		return -1, ""
	case x.after(at+1) == '\\' && isAlnum(x.after(at+2)) && (prev == 0 || strings.IndexByte(" \t\n\"'`(=<|,;", prev) >= 0):
		return at, FilePath // \\server\share
	case strings.HasPrefix(x.s[at:], `\SystemRoot\`) || strings.HasPrefix(x.s[at:], `\Device\`) || strings.HasPrefix(x.s[at:], `\??\`):
		return at, FilePath
	}
	from = at
	for from > 0 && at-from < longest && (isLetter(x.s[from-1]) || x.s[from-1] == '_' || x.s[from-1] == '>' || x.s[from-1] == '<') {
		from--
	}
	if registryRoot(strings.Trim(x.s[from:at], "<>")) {
		return from, RegistryKey
	}
	return -1, ""
}

// registryRoot reports whether a word is the root of registry keys.
func registryRoot(word string) bool {
	switch strings.ToUpper(word) {
	case "HKLM", "HKCU", "HKCR", "HKU", "HKCC", "HKPD", "HKEY_LOCAL_MACHINE", "HKEY_CURRENT_USER", "HKEY_CLASSES_ROOT", "HKEY_USERS", "HKEY_CURRENT_CONFIG", "HKEY_PERFORMANCE_DATA", "HKEY_DYN_DATA":
		return true
	}
	return false
}

// windowsEnd returns where a path ends. An element before another may hold
// spaces; the last ends at the first space, unless the path is quoted.
func (x *scan) windowsEnd(from, at int) int {
	const longest = 1024
	quote := x.before(from)
	if strings.IndexByte("\"'`", quote) < 0 {
		quote = 0
	}
	most := min(len(x.s), from+longest)
	end := at
	for end < most && x.s[end] == '\\' {
		for end < most && x.s[end] == '\\' {
			end++
		}
		word, element := elementEnd(x.s[:most], end, quote)
		if element < most && x.s[element] == '\\' {
			end = element
			continue
		}
		end = word
		if quote != 0 && element < most && x.s[element] == quote {
			end = element
		}
		break
	}
	return from + len(strings.TrimRight(x.s[from:end], ` .,;:!?'")]}\`))
}

// elementEnd returns where the first word of a path's element ends, and where
// the element would end with the words behind it.
func elementEnd(s string, at int, quote byte) (word, element int) {
	const mostWords = 6
	start, spaces := at, 0
	for ; at < len(s); at++ {
		c := s[at]
		if c == '<' {
			if i := strings.IndexAny(s[at+1:min(len(s), at+40)], "<>\\\n"); i >= 0 && s[at+1+i] == '>' {
				at += 1 + i
				continue
			}
		}
		if c == '\\' || c < ' ' || strings.IndexByte("/:*?\"<>|`", c) >= 0 || c == quote || c == ';' || strings.HasPrefix(s[at:], "”") || strings.HasPrefix(s[at:], "’") || strings.HasPrefix(s[at:], "“") {
			break
		}
		if c != ' ' {
			continue
		}
		if spaces++; spaces == 1 {
			word = at
		}
		if quote == 0 && (spaces > mostWords || hasExtension(s[start:at]) && spaces == 1) {
			return word, word
		}
		if next := s[at+1:]; registryRoot(next[:nextWord(next)]) {
			return word, word
		}
	}
	if spaces == 0 {
		word = at
	}
	return word, at
}

// nextWord returns how long the word at the start of a text is.
func nextWord(s string) int {
	n := 0
	for n < len(s) && n < 24 && (isLetter(s[n]) || s[n] == '_') {
		n++
	}
	return n
}

// hasExtension reports whether a file's name ends as files do.
func hasExtension(name string) bool {
	dot := strings.LastIndexByte(name, '.')
	return dot > 0 && fileSuffix(strings.ToLower(name[dot+1:]))
}

// unixPath keeps the path whose first slash stands at a place, and returns where
// it ends, 0 for none.
func (x *scan) unixPath(at int) int {
	from := at
	if x.before(at) == '~' {
		from--
	}
	if prev := x.before(from); prev != 0 && strings.IndexByte(" \t\r\n\"'`(=<>|,:[", prev) < 0 {
		return 0
	}
	const longest = 1024
	end := at
	for end < len(x.s) && end-at < longest {
		c := x.s[end]
		if c == ' ' && spacedElement(x.s[end+1:]) {
			end++
			continue
		}
		if c <= ' ' || c == 0x7f || strings.IndexByte("\"'`<>|,;()[]{}?*:\\", c) >= 0 {
			break
		}
		end++
	}
	if prev := x.before(from); prev == '`' || prev == '"' || prev == '\'' {
		if i := strings.IndexAny(x.s[end:min(len(x.s), from+longest)], string(prev)+"\n"); i >= 0 && x.s[end+i] == prev {
			end += i // quoted: with its spaces
		}
	}
	end = from + len(strings.TrimRight(x.s[from:end], ".,;:!?/ "))
	if end <= at || !plausiblePath(x.s[from:end]) {
		return 0
	}
	x.paths = append(x.paths, span{from, end})
	x.add(Found{Type: FilePath, Value: x.s[from:end]}, from, end)
	return end
}

// spacedElement reports whether a path goes on behind a space: with a word as
// folders of people are named, and a slash.
func spacedElement(s string) bool {
	const longest = 24
	n := 0
	for n < len(s) && n < longest && isAlnum(s[n]) {
		n++
	}
	return n > 3 && n < len(s) && isUpper(s[0]) && !isUpper(s[1]) && s[n] == '/'
}

// plausiblePath reports whether a path starts where files are kept, or ends as files do.
func plausiblePath(path string) bool {
	elements := strings.Split(path, "/")
	if len(elements) < 2 || len(elements[1]) == 0 || strings.Contains(path, "//") {
		return false
	}
	if elements[0] == "~" {
		return true
	}
	switch elements[1] {
	case "bin", "boot", "dev", "etc", "home", "lib", "lib32", "lib64", "media", "mnt", "opt", "proc", "root", "run", "sbin", "srv", "sys", "tmp", "usr", "var",
		"Library", "Users", "Applications", "System", "Volumes", "private", "cores", "sdcard", "data", "storage", "system", "vendor", "jffs", "www":
		return len(elements) > 2
	}
	return len(elements) > 2 && hasExtension(elements[len(elements)-1])
}

// fileName keeps a name that ends as files do.
func (x *scan) fileName(from, to int) {
	part := x.part(from)
	if inside(x.paths, from) {
		part = PartPath
	}
	suffix := x.s[strings.LastIndexByte(x.s[from:to], '.')+1+from : to]
	if isUpper(suffix[0]) && (x.before(from) == '/' && part == PartNone || len(suffix) == 1) || len(suffix) == 1 && to-from < 4 {
		return // Win32/Agent.SYS is a name of malware, r.o. a company's form
	}
	x.add(Found{Type: FileName, Value: x.s[from:to], Part: part}, from, to)
}

// fileSuffix reports whether names that end so are files, though some of the
// endings are top-level domains too.
func fileSuffix(s string) bool {
	switch s {
	case "exe", "dll", "sys", "scr", "cpl", "ocx", "drv", "efi", "msi", "msp", "msix", "appx", "lnk", "url", "hta", "chm", "inf", "reg", "pif", "gadget", "application",
		"bat", "cmd", "ps1", "psm1", "psd1", "vbs", "vbe", "js", "jse", "mjs", "wsf", "wsh", "sct", "py", "pyc", "pyw", "rb", "sh", "bash", "lua", "php", "php3", "php5", "phtml", "asp", "aspx", "ashx", "asmx", "jsp", "jspx", "cgi",
		"doc", "docx", "docm", "dot", "dotx", "dotm", "xls", "xlsx", "xlsm", "xlsb", "xlt", "xltm", "xlam", "xll", "csv", "ppt", "pptx", "pptm", "pps", "ppsx", "ppam", "rtf", "pdf", "odt", "ods", "odp", "onepkg", "pub", "iqy", "slk", "xps",
		"zip", "rar", "7z", "tar", "gz", "tgz", "bz2", "xz", "zst", "cab", "ace", "arj", "lzh", "iso", "img", "vhd", "vhdx", "vmdk", "dmg", "pkg", "deb", "rpm", "apk", "ipa", "jar", "war", "ear", "class", "z", "uue",
		"txt", "log", "ini", "cfg", "conf", "json", "xml", "yaml", "yml", "toml", "sql", "db", "sqlite", "dat", "bin", "tmp", "bak", "old", "dmp", "evtx", "etl", "pcap", "pcapng", "yar", "yara", "rules", "md", "adoc", "tex",
		"htm", "html", "shtml", "xhtml", "mht", "mhtml", "css", "svg", "swf", "eml", "msg", "ics", "vcf", "pst", "ost", "mbox",
		"png", "jpg", "jpeg", "gif", "bmp", "ico", "webp", "tif", "tiff", "mp3", "mp4", "avi", "mov", "wav", "mkv", "wmv", "flv",
		"so", "o", "ko", "dylib", "elf", "plist", "rs", "c", "cpp", "h", "hpp", "cs", "vb", "java", "kt", "swift", "ps", "pdb", "obj", "lib", "tlb", "mof", "pfx", "p12", "pem", "crt", "cer", "der", "p7b", "p7s", "asc", "gpg", "pgp", "ova", "node", "wasm", "xpi", "crx", "vsix", "nupkg", "whl":
		return true
	}
	return false
}
