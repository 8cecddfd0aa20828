package lab

import (
	"net/http"
	"slices"
)

// folder is a mail folder. Well-known ones have a name that every mailbox shares.
type folder struct {
	ID     string `json:"id"`
	Known  string `json:"known"`
	Name   string `json:"name"`
	Hidden bool   `json:"hidden,omitempty"`
}

// The well-known folders that the lab uses by name.
const (
	inbox       = "inbox"
	junk        = "junkemail"
	deleted     = "deleteditems"
	sentItems   = "sentitems"
	recoverable = "recoverableitemsdeletions"
)

func folderTable(mailbox string) string { return "graph/folders/" + fold(mailbox) }

// wellKnown lists the folders of a new mailbox.
func wellKnown() []folder {
	return []folder{
		{Known: inbox, Name: "Inbox"}, {Known: "archive", Name: "Archive"}, {Known: deleted, Name: "Deleted Items"},
		{Known: "drafts", Name: "Drafts"}, {Known: junk, Name: "Junk Email"}, {Known: "outbox", Name: "Outbox"},
		{Known: sentItems, Name: "Sent Items"}, {Known: recoverable, Name: "Deletions", Hidden: true},
	}
}

// addFolders gives a mailbox its folders.
func addFolders(e *edit, mailbox string) {
	for _, f := range wellKnown() {
		f.ID = opaque("AAMkF", mailbox, f.Known)
		e.put(folderTable(mailbox), f.ID, f)
	}
}

// findFolder returns the folder with that id or well-known name.
func findFolder(e *edit, mailbox, name string) (folder, bool) {
	if f, ok := load[folder](e, folderTable(mailbox), name); ok {
		return f, true
	}
	all := list[folder](e, folderTable(mailbox))
	i := slices.IndexFunc(all, func(f folder) bool { return f.Known == fold(name) })
	if i < 0 {
		return folder{}, false
	}
	return all[i], true
}

// wire returns the folder as the service gives it, with its counts.
func (f folder) wire(mails []message) map[string]any {
	total, unread := 0, 0
	for _, m := range mails {
		if m.Folder == f.ID {
			total++
			if !m.Read {
				unread++
			}
		}
	}
	return map[string]any{
		"id": f.ID, "displayName": f.Name, "parentFolderId": opaque("AAMkF", "root"), "childFolderCount": 0,
		"unreadItemCount": unread, "totalItemCount": total, "isHidden": f.Hidden,
	}
}

func (v *graph) listFolders(w http.ResponseWriter, r *http.Request) {
	p, ok := v.page(w, r, pageLimits{standard: 10, most: 1000})
	if !ok {
		return
	}
	var items []map[string]any
	v.lab.world.view(func(e *edit) {
		var u user
		if u, ok = findUser(e, r.PathValue("user")); !ok {
			return
		}
		mails := list[message](e, mailTable(u.Mail))
		for _, f := range list[folder](e, folderTable(u.Mail)) {
			if !f.Hidden || p.query.Get("includeHiddenFolders") == "true" {
				items = append(items, f.wire(mails))
			}
		}
	})
	if !ok {
		v.noUser(w, r)
		return
	}
	v.sendPage(w, r, p, items)
}

func (v *graph) getFolder(w http.ResponseWriter, r *http.Request) {
	var item map[string]any
	known := false
	v.lab.world.view(func(e *edit) {
		var u user
		if u, known = findUser(e, r.PathValue("user")); !known {
			return
		}
		if f, ok := findFolder(e, u.Mail, r.PathValue("folder")); ok {
			item = f.wire(list[message](e, mailTable(u.Mail)))
		}
	})
	switch {
	case !known:
		v.noUser(w, r)
	case item == nil:
		v.notInStore(w)
	default:
		writeJSON(w, http.StatusOK, chosen(item, r.URL.Query().Get("$select")))
	}
}
