package gitrepo_test

import (
	"context"
	"crypto/ed25519"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/gitrepo"
)

func keyFor(name string) (ed25519.PrivateKey, gitrepo.Key) {
	seed := make([]byte, ed25519.SeedSize)
	copy(seed, name)
	key := ed25519.NewKeyFromSeed(seed)
	pub, _ := key.Public().(ed25519.PublicKey)
	return key, gitrepo.Key{PublicKey: pub}
}

// bench is a repository with one version, and a clone of it by the git of this machine.
type bench struct {
	t           *testing.T
	repo        *gitrepo.Repo
	own         string
	bare, clone string
}

func newBench(t *testing.T) bench {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("there is no git on this machine")
	}
	dir := t.TempDir()
	b := bench{t: t, bare: filepath.Join(dir, "content.git"), clone: filepath.Join(dir, "clone")}
	repo, err := gitrepo.Open(b.bare)
	if err != nil {
		t.Fatal(err)
	}
	key, pub := keyFor("harrier")
	b.repo, b.own = repo, pub.Fingerprint()
	entry := gitrepo.Entry{
		Version: 1, Title: "First\nversion", Author: "Ada <x>", At: time.Unix(1_800_000_000, 0),
		Files: map[string][]byte{"playbooks/a.playbook.yaml": []byte("a\n"), "organisation.yaml": []byte("harrier: 1\n"), "mappings/x/x.mapping.yaml": []byte("x\n")},
	}
	if _, err := repo.Write(key, entry); err != nil {
		t.Fatal(err)
	}
	b.run(dir, "clone", "-q", b.bare, b.clone)
	b.git("switch", "-q", "-c", "work")
	return b
}

// run runs git, away from what the machine's owner has configured.
func (b bench) run(dir string, args ...string) string {
	b.t.Helper()
	out, err := b.try(dir, args...)
	if err != nil {
		b.t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return out
}

func (b bench) try(dir string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(b.t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null", "GIT_AUTHOR_NAME=Eve", "GIT_AUTHOR_EMAIL=e@x.example", "GIT_COMMITTER_NAME=Eve", "GIT_COMMITTER_EMAIL=e@x.example")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (b bench) git(args ...string) string { return b.run(b.clone, args...) }

func (b bench) write(name, text string) {
	b.t.Helper()
	path := filepath.Join(b.clone, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		b.t.Fatal(err)
	}
}

// push commits all and pushes the branch.
func (b bench) push() {
	b.t.Helper()
	b.git("add", "-A")
	b.git("commit", "-q", "-m", "Work")
	b.git("push", "-q", "origin", "work")
}

// What is exported is a repository to git, and git knows its signature.
func TestWrite_makesCommitsThatGitReadsAndVerifies(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.run(b.bare, "fsck", "--strict")
	if got := b.git("show", "HEAD:playbooks/a.playbook.yaml"); got != "a\n" {
		t.Errorf("the file is %q", got)
	}
	if got := b.git("log", "-1", "--format=%s|%an|%b"); !strings.HasPrefix(got, "First version|Ada x|Harrier-Version: 1") {
		t.Errorf("the commit says %q", got)
	}
	if _, err := exec.LookPath("ssh-keygen"); err != nil {
		t.Skip("there is no ssh-keygen on this machine")
	}
	_, pub := keyFor("harrier")
	allowed := filepath.Join(b.clone, "..", "allowed")
	if err := os.WriteFile(allowed, []byte("harrier@localhost "+pub.String()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out := b.git("-c", "gpg.ssh.allowedSignersFile="+allowed, "verify-commit", "-v", "HEAD"); !strings.Contains(out, `Good "git" signature for harrier@localhost`) {
		t.Errorf("git says %s", out)
	}
}

// A branch is read with what it was made from, and with who signed it.
func TestRead_tellsWhatABranchWasMadeFromAndWhoSignedIt(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.write("playbooks/a.playbook.yaml", "b\n")
	b.push()
	tip, base, err := b.repo.Read("work", b.own)
	if err != nil || string(tip.Files["playbooks/a.playbook.yaml"]) != "b\n" || string(base.Files["playbooks/a.playbook.yaml"]) != "a\n" || base.Version != 1 || tip.Signer != "" {
		t.Fatalf("tip %v signed by %q, base %v, %v", tip.Files, tip.Signer, base.Version, err)
	}
	if _, err := exec.LookPath("ssh-keygen"); err != nil {
		t.Skip("there is no ssh-keygen on this machine")
	}
	key := filepath.Join(b.clone, "..", "eve")
	if out, err := exec.CommandContext(t.Context(), "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	b.git("-c", "gpg.format=ssh", "-c", "user.signingkey="+key, "commit", "-q", "--amend", "-S", "-m", "Signed")
	b.git("push", "-q", "-f", "origin", "work")
	public, err := os.ReadFile(key + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	signers, err := gitrepo.Signers([]byte("# ours\neve " + string(public)))
	if err != nil {
		t.Fatal(err)
	}
	if tip, _, err = b.repo.Read("work", b.own); err != nil || signers[tip.Signer] != "eve" {
		t.Errorf("signed by %q, want eve of %v; %v", tip.Signer, signers, err)
	}
}

// What a hostile repository holds is refused, and runs nothing.
func TestRead_refusesWhatIsHostile(t *testing.T) {
	t.Parallel()
	for name, do := range map[string]func(b bench){
		"a link": func(b bench) {
			if err := os.Symlink("/etc/passwd", filepath.Join(b.clone, "playbooks", "l.playbook.yaml")); err != nil {
				b.t.Fatal(err)
			}
			b.push()
		},
		"a submodule": func(b bench) {
			b.write(".gitmodules", "[submodule \"x\"]\n\tpath = x\n\turl = ext::sh -c touch% pwned\n")
			b.git("add", "-A")
			b.git("update-index", "--add", "--cacheinfo", "160000,"+strings.TrimSpace(b.git("rev-parse", "HEAD"))+",x")
			b.git("commit", "-q", "-m", "Work")
			b.git("push", "-q", "origin", "work")
		},
		"a huge file":             func(b bench) { b.write("playbooks/h.playbook.yaml", strings.Repeat("a", 2<<20)); b.push() },
		"deep folders":            func(b bench) { b.write("a/b/c/d/e/f.yaml", "x"); b.push() },
		"a name with a backslash": func(b bench) { b.write(`playbooks/..\x.playbook.yaml`, "x"); b.push() },
		"a way out": func(b bench) {
			blob := strings.TrimSpace(b.git("hash-object", "-w", "organisation.yaml"))
			tree := filepath.Join(b.clone, "tree")
			b.write("tree", "100644 ..\x00"+string(unhex(b.t, blob)))
			hash := strings.TrimSpace(b.git("hash-object", "--literally", "-t", "tree", "-w", tree))
			commit := strings.TrimSpace(b.git("commit-tree", hash, "-p", "HEAD", "-m", "out"))
			b.git("push", "-q", "-f", "origin", commit+":refs/heads/work")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			mark := filepath.Join(b.bare, "ran")
			do(b)
			for _, hook := range []string{"pre-receive", "post-receive", "post-update", "reference-transaction", "post-checkout"} {
				if err := os.MkdirAll(filepath.Join(b.bare, "hooks"), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(b.bare, "hooks", hook), []byte("#!/bin/sh\ntouch "+mark+"\n"), 0o700); err != nil {
					t.Fatal(err)
				}
			}
			tip, _, err := b.repo.Read("work", b.own)
			if harrier.KindOf(err) != harrier.Invalid {
				t.Errorf("read %d files, %v", len(tip.Files), err)
			}
			key, _ := keyFor("harrier")
			if _, err := b.repo.Write(key, gitrepo.Entry{Version: 2, Title: "x", Author: "x", At: time.Unix(1, 0), Files: map[string][]byte{"a.yaml": nil}}); err != nil {
				t.Error(err)
			}
			if _, err := os.Stat(mark); err == nil {
				t.Error("a hook ran")
			}
		})
	}
}

func unhex(t *testing.T, text string) []byte {
	t.Helper()
	out := make([]byte, len(text)/2)
	for i := range out {
		for _, c := range text[2*i : 2*i+2] {
			out[i] = out[i]<<4 | byte(strings.IndexRune("0123456789abcdef", c))
		}
	}
	return out
}

// Names of branches lead nowhere but to branches.
func TestRead_takesBranchesOnly(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, name := range []string{"live", "../../etc/passwd", "", "a..b", "-x", "work.lock", "refs/heads/../x", "ext::sh"} {
		if _, _, err := b.repo.Read(name, b.own); err == nil {
			t.Errorf("branch %q is read", name)
		}
	}
	b.run(b.bare, "symbolic-ref", "refs/heads/link", "refs/heads/live")
	if _, _, err := b.repo.Read("link", b.own); err == nil {
		t.Error("a branch that is a link is read")
	}
	b.git("checkout", "-q", "--orphan", "alone")
	b.git("commit", "-q", "-m", "Alone")
	b.git("push", "-q", "origin", "alone")
	if _, _, err := b.repo.Read("alone", b.own); harrier.KindOf(err) != harrier.Conflict {
		t.Errorf("a branch that comes from nowhere: %v", err)
	}
}

// Whoever moves Harrier's own branch is noticed before something is put on top.
func TestHead_refusesABranchThatSomebodyElseMoved(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.write("organisation.yaml", "harrier: 2\n")
	b.git("commit", "-q", "-a", "-m", "Theirs\n\nHarrier-Version: 9")
	b.git("push", "-q", "-f", "origin", "work:live")
	if _, _, err := b.repo.Head(b.own); harrier.KindOf(err) != harrier.Conflict {
		t.Errorf("the head: %v", err)
	}
}
