package imap

import (
	"context"
	"errors"

	"github.com/emersion/go-imap/v2"

	"github.com/harrier-soar/harrier/connector"
)

// quarantineFolder is where quarantined mail goes, in its own mailbox.
func quarantineFolder(env *connector.Env) string { return text(env.Settings, "quarantine_folder") }

// copyOf opens the mailbox of a copy and finds it.
func copyOf(ctx context.Context, env *connector.Env, in map[string]any) (*session, message, error) {
	id, err := parseCopyID(text(in, "message_id"))
	if err != nil {
		return nil, message{}, err
	}
	s, err := open(ctx, env, text(in, "mailbox"))
	if err != nil {
		return nil, message{}, err
	}
	m, err := s.find(ctx, id)
	if err != nil {
		s.close()
		return nil, message{}, err
	}
	return s, m, nil
}

// locate tells where a copy is now. It settles whether a move was carried out.
func locate(ctx context.Context, env *connector.Env, in map[string]any) (map[string]any, error) {
	s, m, err := copyOf(ctx, env, in)
	if failed, ok := errors.AsType[*connector.Error](err); ok && failed.Class == connector.NotFound {
		return map[string]any{"exists": false, "quarantined": false}, nil
	}
	if err != nil {
		return nil, err
	}
	defer s.close()
	out := map[string]any{"exists": true, "quarantined": false, "message_id": m.String(), "folder": m.folder, "read": m.read}
	if sameFolder(m.folder, quarantineFolder(env)) {
		out["quarantined"], out["quarantined_id"], out["read_before"] = true, m.String(), m.read
		if asked, _ := parseCopyID(text(in, "message_id")); !sameFolder(asked.folder, m.folder) {
			out["folder_before"] = asked.folder
		}
	}
	return out, nil
}

// quarantine moves a copy to the quarantine folder of its mailbox.
func quarantine(ctx context.Context, env *connector.Env, in map[string]any) (map[string]any, error) {
	s, m, err := copyOf(ctx, env, in)
	if err != nil {
		return nil, err
	}
	defer s.close()
	folder := quarantineFolder(env)
	if sameFolder(m.folder, folder) {
		return nil, connector.Errorf(connector.NotFound, "mailbox %s: the mail is in folder %s already", s.mailbox, folder)
	}
	now, err := s.move(m, folder)
	if err != nil {
		return nil, err
	}
	return map[string]any{"quarantined_id": now.String(), "folder_before": m.folder, "read_before": m.read, "folder": now.folder}, nil
}

// restore moves a copy from the quarantine folder to where it belongs.
func restore(ctx context.Context, env *connector.Env, in map[string]any) (map[string]any, error) {
	folder := text(in, "folder")
	if folder == "" || hasControls(folder) || sameFolder(folder, quarantineFolder(env)) {
		return nil, connector.Errorf(connector.Invalid, "mail cannot be restored to folder %q", folder)
	}
	s, m, err := copyOf(ctx, env, in)
	if err != nil {
		return nil, err
	}
	defer s.close()
	switch {
	case sameFolder(m.folder, folder): // somebody did it before
		return map[string]any{"message_id": m.String(), "folder": m.folder}, nil
	case !sameFolder(m.folder, quarantineFolder(env)):
		return nil, connector.Errorf(connector.NotFound, "mailbox %s: the mail is in folder %s, not in quarantine", s.mailbox, m.folder)
	}
	if read, said := in["read"].(bool); said && read != m.read {
		if err := s.mark(m, read); err != nil {
			return nil, err
		}
	}
	now, err := s.move(m, folder)
	if err != nil {
		return nil, err
	}
	return map[string]any{"message_id": now.String(), "folder": now.folder}, nil
}

// choose opens a folder to change what is in it. The number of m must still mean m there.
func (s *session) choose(m message) error {
	data, err := s.client.Select(m.folder, nil).Wait()
	if err != nil {
		return s.failed("open folder "+m.folder, err, false)
	}
	if data.UIDValidity != m.validity {
		return connector.Errorf(connector.Unavailable, "mailbox %s: folder %s was made anew at this moment", s.mailbox, m.folder)
	}
	return nil
}

// mark says that a mail was read, or was not. Doing it twice is doing it once.
func (s *session) mark(m message, read bool) error {
	if err := s.choose(m); err != nil {
		return err
	}
	op := imap.StoreFlagsDel
	if read {
		op = imap.StoreFlagsAdd
	}
	err := s.client.Store(imap.UIDSetNum(m.uid), &imap.StoreFlags{Op: op, Silent: true, Flags: []imap.Flag{imap.FlagSeen}}, nil).Close()
	if err != nil {
		return s.failed("mark a mail", err, false)
	}
	return nil
}

// move moves a mail and returns what it is called there. From MOVE on, an
// answer that does not come leaves open what happened.
func (s *session) move(m message, folder string) (copyID, error) {
	if caps := s.client.Caps(); !caps.Has(imap.CapMove) || !caps.Has(imap.CapUIDPlus) {
		// Copying and deleting would make another mail of it.
		return copyID{}, connector.Errorf(connector.Invalid, "the IMAP server lacks MOVE or UIDPLUS, without which mail cannot be moved and put back as it was")
	}
	if err := s.ensure(folder); err != nil {
		return copyID{}, err
	}
	if err := s.choose(m); err != nil {
		return copyID{}, err
	}
	data, err := s.client.Move(imap.UIDSetNum(m.uid), folder).Wait()
	if err != nil {
		return copyID{}, s.failed("move the mail to "+folder, err, true)
	}
	now := copyID{place{folder, data.UIDValidity, 0}, m.nature}
	if set, ok := data.DestUIDs.(imap.UIDSet); ok && data.UIDValidity != 0 {
		if uids, ok := set.Nums(); ok && len(uids) == 1 {
			now.uid = uids[0]
			return now, nil
		}
	}
	found, ok, err := s.findIn(folder, copyID{place{}, m.nature})
	switch {
	case err != nil:
		failed := *connector.AsError(err)
		failed.Class = connector.Unknown
		return copyID{}, &failed
	case !ok:
		return copyID{}, connector.Errorf(connector.NotFound, "mailbox %s: the mail went away before it was moved", s.mailbox)
	}
	return found.copyID, nil
}

// ensure makes a folder where there is none. Nobody is subscribed to it, so
// most programs do not show it.
func (s *session) ensure(folder string) error {
	list, err := s.folders()
	if err != nil {
		return err
	}
	for _, f := range list {
		if sameFolder(f.Mailbox, folder) {
			return nil
		}
	}
	err = s.client.Create(folder, nil).Wait()
	if refused, ok := errors.AsType[*imap.Error](err); ok && refused.Code == imap.ResponseCodeAlreadyExists {
		return nil
	}
	if err != nil {
		return s.failed("make folder "+folder, err, false)
	}
	return nil
}
