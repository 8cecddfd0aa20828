package imap

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/emersion/go-imap/v2"

	"github.com/harrier-soar/harrier/connector"
)

// place is where a message is: a folder, and its number in it.
type place struct {
	folder   string
	validity uint32
	uid      imap.UID
}

// nature is what a message keeps wherever it is moved in its mailbox.
type nature struct {
	// received is the internal date in seconds since 1970, size that of the whole mail.
	received, size int64
	messageID      string
}

// copyID names one copy of a mail. Its text is the vendor's id of the copy:
// validity.uid.received.size/folder/Message-ID, the last two escaped.
type copyID struct {
	place
	nature
}

// String returns the id as text.
func (c copyID) String() string {
	return fmt.Sprintf("%d.%d.%d.%d/%s/%s", c.validity, c.uid, c.received, c.size, url.PathEscape(c.folder), url.PathEscape(c.messageID))
}

// parseCopyID reads what String wrote.
func parseCopyID(text string) (copyID, error) {
	var id copyID
	bad := func() (copyID, error) {
		return copyID{}, connector.Errorf(connector.Invalid, "%.80q is no id of a copy: give one that mail.search found", text)
	}
	parts := strings.Split(text, "/")
	if len(parts) != 3 {
		return bad()
	}
	words := strings.Split(parts[0], ".")
	if len(words) != 4 {
		return bad()
	}
	validity, err1 := strconv.ParseUint(words[0], 10, 32)
	uid, err2 := strconv.ParseUint(words[1], 10, 32)
	received, err3 := strconv.ParseInt(words[2], 10, 64)
	size, err4 := strconv.ParseInt(words[3], 10, 64)
	folder, err5 := url.PathUnescape(parts[1])
	messageID, err6 := url.PathUnescape(parts[2])
	for _, err := range []error{err1, err2, err3, err4, err5, err6} {
		if err != nil {
			return bad()
		}
	}
	if uid == 0 || folder == "" || hasControls(folder) || hasControls(messageID) {
		return bad()
	}
	id.place = place{folder, uint32(validity), imap.UID(uid)}
	id.nature = nature{received, size, messageID}
	return id, nil
}

// hasControls tells whether a text has characters that end lines or strings.
func hasControls(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f })
}
