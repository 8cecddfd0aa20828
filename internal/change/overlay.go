package change

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"
)

// Overlay is files by path that lie over those of another tree. A nil text
// hides the file beneath.
type Overlay map[string][]byte

// with returns the overlay with files laid over it.
func (o Overlay) with(files []File) Overlay {
	next := maps.Clone(o)
	if next == nil {
		next = Overlay{}
	}
	for _, f := range files {
		next[f.Path] = nil
		if !f.Remove {
			next[f.Path] = append([]byte{}, f.Text...)
		}
	}
	return next
}

// Over returns the overlay over another tree.
func (o Overlay) Over(beneath fs.FS) fs.FS { return tree{o, beneath} }

// tree is an overlay over another tree.
type tree struct {
	over    Overlay
	beneath fs.FS
}

var (
	_ fs.ReadDirFS  = tree{}
	_ fs.ReadFileFS = tree{}
)

// Open implements [fs.FS].
func (t tree) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	if text, ok := t.over[name]; ok {
		if text == nil {
			return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
		}
		return &file{entry: entry{path.Base(name), int64(len(text)), false}, Reader: bytes.NewReader(text)}, nil
	}
	if len(t.here(name)) > 0 {
		list, err := t.ReadDir(name)
		return &file{entry: entry{path.Base(name), 0, true}, list: list}, err
	}
	return t.beneath.Open(name)
}

// ReadFile implements [fs.ReadFileFS].
func (t tree) ReadFile(name string) ([]byte, error) {
	if text, ok := t.over[name]; ok && text != nil {
		return slices.Clone(text), nil
	} else if ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return fs.ReadFile(t.beneath, name)
}

// ReadDir implements [fs.ReadDirFS].
func (t tree) ReadDir(name string) ([]fs.DirEntry, error) {
	over := t.here(name)
	list, err := fs.ReadDir(t.beneath, name)
	if err != nil && (!errors.Is(err, fs.ErrNotExist) || len(over) == 0) {
		return nil, err
	}
	all := map[string]fs.DirEntry{}
	for _, e := range list {
		if text, ok := t.over[path.Join(name, e.Name())]; !ok || text != nil {
			all[e.Name()] = e
		}
	}
	maps.Copy(all, over)
	return slices.SortedFunc(maps.Values(all), func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) }), nil
}

// here returns what the overlay itself has in a directory.
func (t tree) here(dir string) map[string]fs.DirEntry {
	all := map[string]fs.DirEntry{}
	for name, text := range t.over {
		rest := name
		if dir != "." {
			var ok bool
			if rest, ok = strings.CutPrefix(name, dir+"/"); !ok {
				continue
			}
		}
		first, _, deeper := strings.Cut(rest, "/")
		if text != nil {
			all[first] = entry{first, int64(len(text)), deeper}
		}
	}
	return all
}

// entry is a file or a directory of an overlay.
type entry struct {
	name string
	size int64
	dir  bool
}

var (
	_ fs.DirEntry = entry{}
	_ fs.FileInfo = entry{}
)

// Name implements [fs.DirEntry].
func (e entry) Name() string { return e.name }

// IsDir implements [fs.DirEntry].
func (e entry) IsDir() bool { return e.dir }

// Type implements [fs.DirEntry].
func (e entry) Type() fs.FileMode { return e.Mode().Type() }

// Info implements [fs.DirEntry].
func (e entry) Info() (fs.FileInfo, error) { return e, nil }

// Size implements [fs.FileInfo].
func (e entry) Size() int64 { return e.size }

// ModTime implements [fs.FileInfo]. Versions have times, files have none.
func (e entry) ModTime() time.Time { return time.Time{} }

// Sys implements [fs.FileInfo].
func (e entry) Sys() any { return nil }

// Mode implements [fs.FileInfo].
func (e entry) Mode() fs.FileMode {
	if e.dir {
		return fs.ModeDir | 0o555
	}
	return 0o444
}

// file is an open file or directory of an overlay.
type file struct {
	entry
	*bytes.Reader
	list []fs.DirEntry
}

var _ fs.ReadDirFile = (*file)(nil)

// Stat implements [fs.File].
func (f *file) Stat() (fs.FileInfo, error) { return f.entry, nil }

// Size keeps the reader's from hiding that of the entry.
func (f *file) Size() int64 { return f.size }

// Close implements [fs.File].
func (f *file) Close() error { return nil }

// Read implements [fs.File].
func (f *file) Read(b []byte) (int, error) {
	if f.Reader == nil {
		return 0, &fs.PathError{Op: "read", Path: f.name, Err: fs.ErrInvalid}
	}
	return f.Reader.Read(b)
}

// ReadDir implements [fs.ReadDirFile].
func (f *file) ReadDir(n int) ([]fs.DirEntry, error) {
	if n <= 0 {
		list := f.list
		f.list = nil
		return list, nil
	}
	if len(f.list) == 0 {
		return nil, io.EOF
	}
	list := f.list[:min(n, len(f.list))]
	f.list = f.list[len(list):]
	return list, nil
}
