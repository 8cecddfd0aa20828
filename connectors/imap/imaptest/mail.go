package imaptest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"net/smtp"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Copy is one mail on the disk.
type Copy struct {
	Mailbox, Folder string
	Seen            bool
	// Received is what IMAP calls the internal date.
	Received time.Time
	// SHA256 is that of the whole file.
	SHA256 string
	// Name is that of the file, without its flags.
	Name string
	// Inode is the same where a file was moved, and another where one was written.
	Inode uint64

	path string
}

// Deliver hands a mail to Postfix by SMTP and waits until every recipient has
// one more mail with its Message-ID, wherever the rules put it.
func (s *Server) Deliver(t *testing.T, from string, to []string, mail []byte) {
	t.Helper()
	id := messageID(mail)
	before := len(s.Copies(t, id))
	if err := s.smtp(from, to, mail); err != nil {
		t.Fatalf("deliver %s: %v\n%s", id, err, s.log())
	}
	s.Await(t, id+" is delivered", func() bool { return len(s.Copies(t, id)) >= before+len(to) })
}

// smtp hands a mail over, as any server in the world does: without a log-in.
func (s *Server) smtp(from string, to []string, mail []byte) error {
	c, err := smtp.Dial(s.SMTP) //nolint:forbidigo // a server of the test, on loopback
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	if err := c.Mail(from); err != nil {
		return err
	}
	for _, a := range to {
		if err := c.Rcpt(a); err != nil {
			return err
		}
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	_, err = w.Write(mail)
	if err := errors.Join(err, w.Close()); err != nil {
		return err
	}
	return c.Quit()
}

// messageID finds the Message-ID of a mail, with its brackets.
func messageID(mail []byte) string {
	for line := range bytes.Lines(mail) {
		name, value, _ := bytes.Cut(line, []byte(":"))
		if strings.EqualFold(string(name), "Message-ID") {
			return string(bytes.TrimSpace(value))
		}
		if len(bytes.TrimSpace(line)) == 0 {
			break
		}
	}
	return ""
}

// Copies lists every mail with a Message-ID; all mails where it is empty.
func (s *Server) Copies(t *testing.T, id string) []Copy {
	t.Helper()
	var out []Copy
	for _, u := range s.Users {
		root := s.path("mail", u, "Maildir")
		_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return nil //nolint:nilerr // Dovecot moves files while we look
			}
			dir := filepath.Dir(path)
			if kind := filepath.Base(dir); kind != "cur" && kind != "new" {
				return nil
			}
			raw, err := os.ReadFile(path) //nolint:gosec // in our own folder
			info, statErr := d.Info()
			if err != nil || statErr != nil || id != "" && messageID(raw) != id {
				return nil //nolint:nilerr // it was moved while we looked
			}
			sum := sha256.Sum256(raw)
			name, flags, _ := strings.Cut(filepath.Base(path), ":2,")
			out = append(out, Copy{
				Mailbox: u, Folder: folderName(root, filepath.Dir(dir)), Seen: strings.Contains(flags, "S"),
				Received: info.ModTime().Truncate(time.Second), SHA256: hex.EncodeToString(sum[:]), Name: name, Inode: inode(info), path: path,
			})
			return nil
		})
	}
	slices.SortFunc(out, func(a, b Copy) int { return strings.Compare(a.Mailbox+a.Folder+a.Name, b.Mailbox+b.Folder+b.Name) })
	return out
}

// inode is the number of a file.
func inode(info fs.FileInfo) uint64 {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0
	}
	return stat.Ino
}

// folderName is what IMAP calls a folder of a Maildir.
func folderName(root, dir string) string {
	if dir == root {
		return "INBOX"
	}
	return strings.ReplaceAll(strings.TrimPrefix(filepath.Base(dir), "."), ".", "/")
}

// Put makes a copy on the disk what c says: its folder, its mark and when it was
// received, as if its owner had done it long ago. Do it before anybody opens the mailbox.
func (s *Server) Put(t *testing.T, c Copy) {
	t.Helper()
	dir := s.path("mail", c.Mailbox, "Maildir")
	if c.Folder != "INBOX" {
		dir = filepath.Join(dir, "."+strings.ReplaceAll(c.Folder, "/", "."))
	}
	uid, gid := account(t, mailUser)
	for _, d := range []string{dir, filepath.Join(dir, "cur"), filepath.Join(dir, "new"), filepath.Join(dir, "tmp")} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(d, uid, gid); err != nil {
			t.Fatal(err)
		}
	}
	flags := ":2,"
	if c.Seen {
		flags += "S"
	}
	to := filepath.Join(dir, "cur", c.Name+flags)
	if err := os.Rename(c.path, to); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(to, c.Received, c.Received); err != nil {
		t.Fatal(err)
	}
	// Dovecot remembers what it saw at delivery; it reads anew what it forgot.
	cached, _ := filepath.Glob(s.path("mail", c.Mailbox, "Maildir", "dovecot.index*"))
	for _, name := range cached {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
}
