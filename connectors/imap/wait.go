package imap

import (
	"context"
	"fmt"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/schema"
)

// inbox is the folder that is watched: IDLE (RFC 2177) tells of the open one only.
const inbox = "INBOX"

const (
	// maxWait is below the 29 minutes after which IDLE must be given anew, and
	// usualWait well below the half hour after which servers log us out.
	maxWait, usualWait = 28 * time.Minute, "25m"
	// logInTime is what a call may take besides waiting.
	logInTime = time.Minute
)

// wait returns when the inbox is not what a call before said, or after a while.
// Its state is what it would be told anew by, so that no mail comes unseen
// between two calls: the second compares before it waits.
func wait(ctx context.Context, env *connector.Env, in map[string]any) (map[string]any, error) {
	most, err := schema.ParseDuration(text(in, "for"))
	if err != nil || most <= 0 || most > maxWait {
		return nil, connector.Errorf(connector.Invalid, "for is %q: write a time of at most %s, for IDLE must be given anew after that", text(in, "for"), maxWait)
	}
	news := make(chan struct{}, 1)
	s, err := openTold(ctx, env, text(in, "mailbox"), &imapclient.UnilateralDataHandler{Mailbox: func(d *imapclient.UnilateralDataMailbox) {
		if d.NumMessages == nil {
			return
		}
		select {
		case news <- struct{}{}:
		default: // somebody was told already
		}
	}})
	if err != nil {
		return nil, err
	}
	defer s.close()
	state, err := s.state()
	if err != nil {
		return nil, err
	}
	before, offered := text(in, "state"), s.client.Caps().Has(imap.CapIdle)
	waiting, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	for offered && state == before && waiting.Err() == nil {
		if err = s.idle(waiting, news); err != nil {
			return nil, err
		}
		if state, err = s.state(); err != nil {
			return nil, err
		}
	}
	return map[string]any{"offered": offered, "state": state, "changed": state != before}, nil
}

// state opens the inbox and tells what was ever put in it: the next number that
// the server will give (RFC 9051 §2.3.1.1), or how many mails there are.
func (s *session) state() (string, error) {
	data, err := s.client.Select(inbox, &imap.SelectOptions{ReadOnly: true}).Wait()
	if err != nil {
		return "", s.failed("open folder "+inbox, err, false)
	}
	if data.UIDNext == 0 {
		return fmt.Sprintf("%d/%d mails", data.UIDValidity, data.NumMessages), nil
	}
	return fmt.Sprintf("%d/%d", data.UIDValidity, data.UIDNext), nil
}

// idle waits until the server tells something, or ctx ends. Where the whole
// call ends the connection does too, which the next command tells.
func (s *session) idle(ctx context.Context, news <-chan struct{}) error {
	command, err := s.client.Idle()
	if err != nil {
		return s.failed("wait for mail", err, false)
	}
	select {
	case <-news:
	case <-ctx.Done():
	case <-s.client.Closed():
		_ = command.Close() // it says only that the connection is gone
		return connector.Errorf(connector.Unavailable, "mailbox %s: the server closed the connection while we waited for mail", s.mailbox)
	}
	if err := command.Close(); err != nil {
		return s.failed("wait for mail", err, false)
	}
	if err := command.Wait(); err != nil {
		return s.failed("wait for mail", err, false)
	}
	return nil
}
