package connectors_test

import (
	"testing"

	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/internal/lab"
)

// gatewayInputs are arguments for what is about the mail gateway, at which
// old@evil.example and one link are blocked.
func (p *prepared) gatewayInputs() map[string]map[string]any {
	sender, link := map[string]any{"sender": "billing@mailer.evil.example"}, map[string]any{"url": evilLink}
	return map[string]map[string]any{
		"check": {}, "find_sender": sender, "block_sender": sender, "find_url": link, "block_url": link,
		"unblock_sender": {"sender": "old@evil.example"}, "unblock_url": {"url": "https://old.example/x"},
	}
}

func TestMimecast_blocksASenderAndUndoesIt(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, sender := range []string{"billing@mailer.evil.example", "mailer.evil.example"} {
		input := map[string]any{"sender": sender, "comment": "case 7"}
		out := s.must("mimecast.block_sender", input, "k")
		if out["blocked"] != true || out["already"] != false || !s.probe("mimecast.block_sender", input, "k") {
			t.Errorf("block %s: got %v", sender, out)
		}
		if undone := s.undo("mimecast.block_sender", input, out); undone["blocked"] != false || s.probe("mimecast.block_sender", input, "k") {
			t.Errorf("unblock %s: got %v", sender, undone)
		}
	}
	if _, err := s.do("mimecast.unblock_sender", map[string]any{"sender": "nobody@evil.example"}, "k"); err == nil || err.Class != connector.Invalid {
		t.Errorf("unblock what is not blocked: got %v, want invalid", err)
	}
	if _, err := s.do("mimecast.unblock_sender", map[string]any{"sender": "a@evil.example", "entry_id": "eNogone"}, "k"); err == nil || err.Class != connector.NotFound {
		t.Errorf("unblock by an id that is gone: got %v, want not_found", err)
	}
}

func TestMimecast_theUndoLeavesWhatWasBlockedBefore(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	sender, link := map[string]any{"sender": "evil.example"}, map[string]any{"url": "https://Shared.example/a?b=1"}
	s.must("mimecast.block_sender", sender, "k1")
	again := s.must("mimecast.block_sender", sender, "k2")
	if undone := s.undo("mimecast.block_sender", sender, again); again["already"] != true || undone["blocked"] != true || !s.probe("mimecast.block_sender", sender, "k1") {
		t.Errorf("sender: blocked again %v, undone %v", again, undone)
	}
	first := s.must("mimecast.block_url", link, "k1")
	second := s.must("mimecast.block_url", link, "k2")
	if undone := s.undo("mimecast.block_url", link, second); second["already"] != true || undone["blocked"] != true || !s.probe("mimecast.block_url", link, "k1") {
		t.Errorf("link: blocked again %v, undone %v", second, undone)
	}
	if undone := s.undo("mimecast.block_url", link, first); undone["blocked"] != false || s.probe("mimecast.block_url", link, "k1") {
		t.Errorf("link: undone %v", undone)
	}
}

func TestMimecast_blocksExactlyTheLink(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.must("mimecast.block_url", map[string]any{"url": "https://drive.example/file?id=7"}, "k")
	for link, want := range map[string]bool{
		"https://drive.example/file?id=7": true, "https://drive.example/file?id=8": false, "https://drive.example/file": false, "https://drive.example/": false,
	} {
		if got := s.must("mimecast.find_url", map[string]any{"url": link}, ""); got["blocked"] != want {
			t.Errorf("%s: got %v, want blocked %v", link, got, want)
		}
	}
	if out := s.must("mimecast.unblock_url", map[string]any{"url": "https://drive.example/other"}, "k"); out["blocked"] != false {
		t.Errorf("unblock what is not blocked: got %v", out)
	}
}

func TestMimecast_findsAPolicyOnALaterPage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	input := map[string]any{"sender": "first@evil.example"}
	s.must("mimecast.block_sender", input, "k")
	for range 103 {
		s.must("mimecast.block_sender", map[string]any{"sender": "later@evil.example"}, "k")
	}
	if !s.probe("mimecast.block_sender", input, "k") {
		t.Error("a policy on the second page was not found")
	}
}

func TestMimecast_anUnknownBlockIsSettledByItsProbe(t *testing.T) {
	t.Parallel()
	for kind, happened := range map[lab.Kind]bool{lab.ExecutedThenReset: true, lab.ExecutedThenError: true, lab.ResetBefore: false, lab.Failing: false} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			input := map[string]any{"sender": "billing@mailer.evil.example"}
			s.distrust("mimecast", lab.Rule{Kind: kind, Path: "create-policy"})
			if out, err := s.do("mimecast.block_sender", input, "k"); err == nil || err.Class != connector.Unknown {
				t.Fatalf("got %v, %v; want unknown", out, err)
			}
			if got := s.probe("mimecast.block_sender", input, "k"); got != happened {
				t.Errorf("the probe says %v, the world %v", got, happened)
			}
		})
	}
}
