package app

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/change"
)

// What is in force goes out as commits and comes back as drafts: both sides'
// changes are joined, and what both changed is named.
func TestGit_goesBothWays(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("there is no git on this machine")
	}
	c := newChanging(t, Options{})
	me := harrier.Operator()
	c.live(greetPath, greeting("one"))
	c.live("organisation.yaml", "harrier: 1\nname: Corp\nlanguage: en\n")
	st, err := c.ExportGit(t.Context(), me)
	if err != nil || st.Exported != 2 || st.Version != 2 || !strings.HasPrefix(st.Key, "ssh-ed25519 ") {
		t.Fatalf("%+v, %v", st, err)
	}
	again, err := c.ExportGit(t.Context(), me)
	if err != nil || again.Commit != st.Commit {
		t.Errorf("a second export writes again: %+v, %v", again, err)
	}
	clone := filepath.Join(t.TempDir(), "clone")
	git := func(args ...string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "git", args...)
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null", "GIT_AUTHOR_NAME=E", "GIT_AUTHOR_EMAIL=e@x.example", "GIT_COMMITTER_NAME=E", "GIT_COMMITTER_EMAIL=e@x.example")
		if args[0] != "clone" {
			cmd.Dir = clone
		}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(clone, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	git("clone", "-q", st.Path, clone)
	git("switch", "-q", "-c", "work")
	write("organisation.yaml", "harrier: 1\nname: Corp\nlanguage: de\n")
	git("commit", "-q", "-a", "-m", "Speak German")
	git("push", "-q", "origin", "work")
	c.live("organisation.yaml", "harrier: 1\nname: Corp Group\nlanguage: fr\n") // meanwhile
	c.live(greetPath, greeting("two"))
	d, err := c.ImportGit(t.Context(), me, api.ImportGit{Branch: "work"})
	if harrier.KindOf(err) != harrier.Conflict || !strings.Contains(err.Error(), "organisation.yaml") {
		t.Errorf("what both changed: %+v, %v", d.Files, err)
	}
	write("organisation.yaml", "harrier: 1\nname: Corp\nlanguage: en\n")
	write("noise.yaml", "harrier: 1\nrisk:\n  threshold: 77\n")
	git("add", "-A")
	git("commit", "-q", "-m", "Lower the threshold\n\nbecause")
	git("push", "-q", "origin", "work")
	d, err = c.ImportGit(t.Context(), me, api.ImportGit{Branch: "work"})
	if err != nil || d.State != change.Draft || d.Origin != change.Imported || d.Title != "Lower the threshold" || len(d.Files) != 1 || c.noise.now().Risk.Threshold == 77 {
		t.Fatalf("%+v, %v", d, err)
	}
	if _, err := os.Stat("/usr/bin/ssh-keygen"); err != nil {
		t.Skip("there is no ssh-keygen on this machine")
	}
	key := filepath.Join(filepath.Dir(clone), "eve")
	if out, err := exec.CommandContext(t.Context(), "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	public, err := os.ReadFile(key + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	git("-c", "gpg.format=ssh", "-c", "user.signingkey="+key, "commit", "-q", "--amend", "-S", "-m", "Signed")
	git("push", "-q", "-f", "origin", "work")
	if d, err = c.ImportGit(t.Context(), me, api.ImportGit{Branch: "work"}); err != nil || d.State != change.Draft {
		t.Fatalf("signed by nobody who counts: %+v, %v", d.Change, err)
	}
	c.live(signersFile, "eve "+string(public))
	if d, err = c.ImportGit(t.Context(), me, api.ImportGit{Branch: "work"}); err != nil || d.State != change.Live || !strings.HasPrefix(d.Reviewer, "eve") || c.noise.now().Risk.Threshold != 77 {
		t.Fatalf("signed by somebody who counts: %+v, %v", d.Change, err)
	}
}
