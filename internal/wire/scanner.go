package wire

import "strings"

// scanner reads the parts of a time. Where one is not there, nothing moves.
type scanner struct {
	s string
	i int
}

// number reads a number of least to most digits.
func (sc *scanner) number(least, most int) (n int, ok bool) {
	i := sc.i
	for i < len(sc.s) && i-sc.i < most && digit(sc.s[i]) {
		n = n*10 + int(sc.s[i]-'0')
		i++
	}
	if i-sc.i < least {
		return 0, false
	}
	sc.i = i
	return n, true
}

// one reads one of some characters.
func (sc *scanner) one(of string) bool {
	if sc.i < len(sc.s) && strings.IndexByte(of, sc.s[sc.i]) >= 0 {
		sc.i++
		return true
	}
	return false
}

func (sc *scanner) spaces() bool {
	start := sc.i
	for sc.i < len(sc.s) && sc.s[sc.i] == ' ' {
		sc.i++
	}
	return sc.i > start
}

// weekday skips the name of one.
func (sc *scanner) weekday() {
	if len(sc.s) < 5 {
		return
	}
	switch sc.s[:3] {
	case "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun":
	default:
		return
	}
	sc.i = 3
	sc.one(",")
	if !sc.spaces() {
		sc.i = 0
	}
}

// month reads the English short name of one.
func (sc *scanner) month() (n int, ok bool) {
	if len(sc.s)-sc.i < 3 {
		return 0, false
	}
	const names = "janfebmaraprmayjunjulaugsepoctnovdec"
	name := strings.ToLower(sc.s[sc.i : sc.i+3])
	at := strings.Index(names, name)
	if at < 0 || at%3 != 0 {
		return 0, false
	}
	sc.i += 3
	return at/3 + 1, true
}

// clockTime reads hh:mm:ss with a fraction after a point or comma.
func (sc *scanner) clockTime(st *stamp) bool {
	var ok [3]bool
	st.hour, ok[0] = sc.number(1, 2)
	ok[0] = ok[0] && sc.one(":")
	st.minute, ok[1] = sc.number(2, 2)
	ok[1] = ok[1] && sc.one(":")
	st.sec, ok[2] = sc.number(2, 2)
	if !ok[0] || !ok[1] || !ok[2] {
		return false
	}
	if sc.i+1 < len(sc.s) && (sc.s[sc.i] == '.' || sc.s[sc.i] == ',') && digit(sc.s[sc.i+1]) {
		sc.i++
		unit := 100_000_000
		for ; sc.i < len(sc.s) && digit(sc.s[sc.i]); sc.i++ {
			st.nsec += int(sc.s[sc.i]-'0') * unit
			unit /= 10
		}
	}
	return true
}

// yearFirst reads 2026-03-01T12:00:00 and its like.
func (sc *scanner) yearFirst(st *stamp) bool {
	start := sc.i
	ok := func() (ok bool) {
		if st.year, ok = sc.number(4, 4); !ok || !sc.one("-/") {
			return false
		}
		between := sc.s[sc.i-1 : sc.i]
		if st.month, ok = sc.number(1, 2); !ok || !sc.one(between) {
			return false
		}
		if st.day, ok = sc.number(1, 2); !ok || !sc.one("Tt :") {
			return false
		}
		sc.spaces()
		return sc.clockTime(st)
	}()
	return ok || sc.back(start, st)
}

// monthFirst reads Mar  1 2026 12:00:00 and its like. The year may be missing or come last.
func (sc *scanner) monthFirst(st *stamp) bool {
	start := sc.i
	ok := func() (ok bool) {
		if st.month, ok = sc.month(); !ok || !sc.spaces() {
			return false
		}
		if st.day, ok = sc.number(1, 2); !ok {
			return false
		}
		sc.one(",")
		if !sc.spaces() {
			return false
		}
		st.year = sc.yearHere()
		if !sc.clockTime(st) {
			return false
		}
		if st.year == 0 && sc.i < len(sc.s) && sc.s[sc.i] == ' ' {
			at := sc.i
			sc.i++
			st.year = sc.yearHere()
			// A colon right behind is of an address: 2001:db8::1.
			if st.year == 0 || sc.one(":") && !sc.spaces() && sc.i < len(sc.s) {
				sc.i, st.year = at, 0
			}
		}
		return true
	}()
	return ok || sc.back(start, st)
}

// yearHere reads a year that stands alone; zero where there is none.
func (sc *scanner) yearHere() int {
	start := sc.i
	year, ok := sc.number(4, 4)
	if !ok || year < 1990 || year > 2200 || sc.i < len(sc.s) && strings.IndexByte(" :,]\t", sc.s[sc.i]) < 0 {
		sc.i = start
		return 0
	}
	sc.spaces()
	return year
}

// dayFirst reads 01 Mar 2026 12:00:00 and 01/Mar/2026:12:00:00.
func (sc *scanner) dayFirst(st *stamp) bool {
	start := sc.i
	ok := func() (ok bool) {
		if st.day, ok = sc.number(1, 2); !ok || !sc.one(" /-") {
			return false
		}
		if st.month, ok = sc.month(); !ok || !sc.one(" /-") {
			return false
		}
		if st.year, ok = sc.number(4, 4); !ok || !sc.one(" :T,") {
			return false
		}
		sc.spaces()
		return sc.clockTime(st)
	}()
	return ok || sc.back(start, st)
}

// back forgets what was read.
func (sc *scanner) back(start int, st *stamp) bool {
	sc.i, *st = start, stamp{}
	return false
}

// offset reads Z, +01:00, +0100 or +01.
func (sc *scanner) offset(st *stamp) bool {
	start := sc.i
	if sc.one("Zz") {
		if sc.i < len(sc.s) && letter(sc.s[sc.i]) {
			sc.i = start
			return false
		}
		st.zoned = true
		return true
	}
	if !sc.one("+-") {
		return false
	}
	sign := 1
	if sc.s[sc.i-1] == '-' {
		sign = -1
	}
	hours, ok := sc.number(2, 2)
	if !ok || hours > 15 {
		sc.i = start
		return false
	}
	at := sc.i
	sc.one(":")
	minutes, ok := sc.number(2, 2)
	if !ok || minutes > 59 {
		sc.i, minutes = at, 0
	}
	st.zoned, st.offset = true, sign*(hours*60+minutes)*60
	return true
}
