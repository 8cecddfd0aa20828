package audit

import (
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/note"
)

// Options are what is brought to a verification from outside.
type Options struct {
	// Keys are verifier keys that are known to be right.
	Keys []string
	// Checkpoints are signed notes that were kept elsewhere.
	Checkpoints []string
}

// outside is Options once read.
type outside struct {
	keys        map[string]note.Verifier
	text        map[string]string
	checkpoints map[string][]Checkpoint
}

func (o Options) read() (outside, error) {
	out := outside{map[string]note.Verifier{}, map[string]string{}, map[string][]Checkpoint{}}
	for _, k := range o.Keys {
		v, err := Verifier(k)
		if err != nil {
			return out, err
		}
		out.keys[v.Name()], out.text[v.Name()] = v, k
	}
	for _, text := range o.Checkpoints {
		c, err := ReadCheckpoint(text)
		if err != nil {
			return out, err
		}
		out.checkpoints[c.Origin] = append(out.checkpoints[c.Origin], c)
	}
	for _, list := range out.checkpoints {
		slices.SortFunc(list, func(a, b Checkpoint) int { return int(a.Size - b.Size) })
	}
	return out, nil
}

// prover rebuilds a log's tree and compares it with its heads.
type prover struct {
	*LogReport
	key     note.Verifier // nil where there is none
	outside []Checkpoint
	// kept is the tree of the hashes that were kept, and seen that of the rows as they are.
	kept, seen tree
	// good is the size up to which a signed head holds, and since the rows after it.
	good  int64
	since []string
	// torn tells that a place is missing, so that no later head can be compared.
	torn, differs, rewritten bool
}

// newProver begins with a log. A key from outside is taken before the one that was found.
func newProver(tenant, origin, found string, o outside) *prover {
	p := &prover{LogReport: &LogReport{Tenant: tenant, Key: found}, outside: o.checkpoints[origin]}
	if v := o.keys[origin]; v != nil {
		p.key, p.Key, p.Pinned = v, o.text[origin], true
		if found != "" && found != p.Key {
			p.found(at(Forged, 0, ""), "the key that was found with the log is not the one that you trust: %s", found)
		}
		return p
	}
	if found == "" {
		return p
	}
	v, err := Verifier(found)
	if err != nil || v.Name() != origin {
		p.found(at(Forged, 0, ""), "the verifier key that was found with the log is none of its: %s", found)
		return p
	}
	p.key = v
	return p
}

// add takes the next place: the hash that was kept, and that of the row as it is.
func (p *prover) add(kept, seen Hash, row string) {
	p.differs = p.differs || kept != seen
	p.kept.add(kept)
	p.seen.add(seen)
	p.Rows++
	if p.since = append(p.since, row); len(p.since) > 1000 {
		p.since = slices.Delete(p.since, 10, 900) // the first and the last are told
	}
	for len(p.outside) > 0 && p.outside[0].Size <= p.Rows {
		p.witness(p.outside[0])
		p.outside = p.outside[1:]
	}
}

// witness compares a checkpoint from outside.
func (p *prover) witness(c Checkpoint) {
	p.Witnessed++
	if p.key != nil && c.Signed(p.key) != nil {
		p.found(at(Forged, c.Size, ""), "the checkpoint of %d rows from outside was not signed with the key of this log", c.Size)
		return
	}
	if c.Size == 0 || p.torn {
		return // an empty log is the beginning of each; what is torn was told
	}
	if r := p.kept.root(); p.Rows == c.Size && r != c.Root {
		p.found(at(Rewritten, c.Size, ""), "the first %d rows are not those that the checkpoint from outside was made of", c.Size)
	}
}

// head compares a head of the log itself, at its size.
func (p *prover) head(c Checkpoint) {
	if p.key == nil {
		return
	}
	if err := c.Signed(p.key); err != nil {
		p.found(at(Forged, c.Size, ""), "%s", err)
		return
	}
	p.Size, p.Root, p.At, p.Clock = c.Size, c.Root.String(), c.At, c.Clock
	switch {
	case p.torn:
	case p.kept.root() == c.Root:
		p.good, p.since = c.Size, nil
	case p.seen.root() == c.Root: // the rows are right, and the hashes beside them are not
		p.good, p.since = c.Size, nil
	case !p.rewritten:
		p.rewritten = true
		p.found(at(Rewritten, p.good+1, p.names()), "the rows at places %d to %d are not those that were signed: one of them was changed together with its hash",
			p.good+1, c.Size)
	}
}

// names tells the rows since the last head that holds.
func (p *prover) names() string {
	switch n := len(p.since); n {
	case 0:
		return ""
	case 1:
		return p.since[0]
	default:
		return fmt.Sprintf("%s … %s", p.since[0], p.since[n-1])
	}
}

// end tells what is missing after the last place.
func (p *prover) end() LogReport {
	for _, c := range p.outside {
		p.Witnessed++
		if p.key != nil && c.Signed(p.key) != nil {
			p.found(at(Forged, c.Size, ""), "the checkpoint of %d rows from outside was not signed with the key of this log", c.Size)
			continue
		}
		p.found(at(RolledBack, p.Rows, ""), "a checkpoint from outside was signed at %s over %d rows, and the log has %d", c.At.Format("2006-01-02 15:04:05"), c.Size, p.Rows)
	}
	return *p.LogReport
}
