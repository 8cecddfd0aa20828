package store

import "context"

// liveRebuild is how large a database may be that is rebuilt while others wait.
const liveRebuild = 1 << 30

// Rebuild implements [erasure.Tables]. Nobody writes meanwhile; reads go on.
func (s *Store) Rebuild(ctx context.Context, atAnySize bool) (large bool, err error) {
	var pages int64
	if _, err := s.readers.one(ctx, sqlf(`SELECT page_count FROM pragma_page_count`), &pages); err != nil {
		return false, err
	}
	if pages*pageSize > liveRebuild && !atAnySize {
		s.log.WarnContext(ctx, "an erasure is complete but for old copies in the slack of the database; they go at the next start", "bytes", pages*pageSize)
		return true, nil
	}
	for n := 1; n > 0; { // the words that are searched are a copy too
		if n, err = s.ReadWords(ctx); err != nil {
			return false, err
		}
	}
	s.writer.gate.Lock()
	defer s.writer.gate.Unlock()
	c, err := openConn(ctx, s.path, forWriting)
	if err != nil {
		return false, err
	}
	defer c.close()
	for _, text := range []string{
		`INSERT INTO alert_text (alert_text) VALUES ('optimize')`, `INSERT INTO case_text (case_text) VALUES ('optimize')`, `VACUUM`,
	} {
		if _, err := c.exec(text, nil); err != nil {
			return false, fault(err)
		}
	}
	found, err := c.query(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`, nil)
	if err != nil {
		return false, fault(err)
	}
	found.Next()
	return false, found.Close()
}
