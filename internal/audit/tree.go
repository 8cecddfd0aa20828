package audit

import (
	"math/bits"

	"github.com/harrier-soar/harrier"
	"golang.org/x/mod/sumdb/tlog"
)

// Hash is a hash of the tree: of a row, or of two hashes below it.
type Hash = tlog.Hash

// LeafHash is the hash of a row's line.
func LeafHash(line []byte) Hash { return tlog.RecordHash(line) }

// tree is what must be kept of a Merkle tree to add to it: the roots of its
// complete subtrees, the largest first.
type tree struct {
	size  int64
	edges []Hash
}

// add appends a leaf.
func (t *tree) add(h Hash) {
	for n := t.size; n&1 == 1; n >>= 1 {
		h = tlog.NodeHash(t.edges[len(t.edges)-1], h)
		t.edges = t.edges[:len(t.edges)-1]
	}
	t.edges = append(t.edges, h)
	t.size++
}

// root is the head of the tree; that of an empty one is the zero hash.
func (t *tree) root() (h Hash) {
	for i := len(t.edges) - 1; i >= 0; i-- {
		if i == len(t.edges)-1 {
			h = t.edges[i]
			continue
		}
		h = tlog.NodeHash(t.edges[i], h)
	}
	return h
}

// clone returns a tree that can be added to without changing this one.
func (t *tree) clone() *tree { return &tree{t.size, append([]Hash(nil), t.edges...)} }

// bytes are the edges, to be kept.
func (t *tree) bytes() []byte {
	b := make([]byte, 0, len(t.edges)*tlog.HashSize)
	for _, h := range t.edges {
		b = append(b, h[:]...)
	}
	return b
}

// readTree is the reverse of bytes. Whether the hashes are right is told by the root.
func readTree(size int64, b []byte) (*tree, error) {
	if size < 0 || len(b) != bits.OnesCount64(uint64(size))*tlog.HashSize {
		return nil, harrier.Errorf(harrier.Internal, "the kept edges of an audit log of %d rows are %d bytes", size, len(b))
	}
	t := &tree{size: size}
	for ; len(b) > 0; b = b[tlog.HashSize:] {
		t.edges = append(t.edges, Hash(b[:tlog.HashSize]))
	}
	return t, nil
}
