package lab

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/harrier-soar/harrier"
)

// journalName is the file in Config.Dir that holds every change.
const journalName = "lab.jsonl"

// journal appends changes to a file, one JSON line each. A line is written
// before the request that made it is answered, so it survives the death of the
// process; it is not synced, so it may not survive the loss of power.
type journal struct{ file *os.File }

// openJournal opens the journal in dir and gives every change in it to apply.
// An incomplete last line, which a killed process may leave, is cut off.
func openJournal(dir string, apply func(record)) (*journal, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, harrier.Errorf(harrier.Invalid, "the lab cannot keep its journal in %s: %w", dir, err)
	}
	path := filepath.Join(dir, journalName)
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, harrier.Errorf(harrier.Invalid, "the lab cannot open its journal: %w", err)
	}
	if err := replay(file, apply); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &journal{file: file}, nil
}

// replay reads all complete lines and leaves the file positioned after them.
func replay(file *os.File, apply func(record)) error {
	source, err := io.ReadAll(file)
	if err != nil {
		return fmt.Errorf("read the lab's journal: %w", err)
	}
	whole := bytes.LastIndexByte(source, '\n') + 1
	records, err := decodeRecords(source[:whole])
	if err != nil {
		return harrier.Errorf(harrier.Invalid, "%s is damaged, move it away to begin anew: %w", file.Name(), err)
	}
	for _, r := range records {
		apply(r)
	}
	if err := file.Truncate(int64(whole)); err != nil {
		return fmt.Errorf("cut the lab's journal: %w", err)
	}
	_, err = file.Seek(int64(whole), io.SeekStart)
	return err
}

// decodeRecords reads the lines of a journal.
func decodeRecords(source []byte) ([]record, error) {
	var out []record
	n := 0
	for line := range bytes.Lines(source) {
		n++
		var r record
		if err := json.Unmarshal(line, &r); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		out = append(out, r)
	}
	return out, nil
}

func (j *journal) append(r record) error {
	line, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("encode a change of the lab: %w", err)
	}
	if _, err := j.file.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("write the lab's journal: %w", err)
	}
	return nil
}

func (j *journal) close() error {
	if j == nil {
		return nil
	}
	return j.file.Close()
}
