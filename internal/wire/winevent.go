package wire

import (
	"encoding/xml"
	"strings"
)

// winEvent reads an event of Windows as XML, as collectors render it.
func (p *parser) winEvent(s string) bool {
	start := strings.Index(s[:min(len(s), 512)], "<Event ")
	if start < 0 {
		if start = strings.Index(s[:min(len(s), 512)], "<Event>"); start < 0 {
			return false
		}
	}
	w := &winReader{p: p, out: make(map[string]any, 16), data: make(map[string]any)}
	if !w.read(s[start:]) {
		return false
	}
	if len(w.data) > 0 {
		w.out["data"] = w.data
	}
	p.out["winlog"] = w.out
	p.timeOf(w.out, "winlog", "time_created")
	return true
}

// winReader walks through the elements of one event.
type winReader struct {
	p    *parser
	out  map[string]any
	data map[string]any
	path []string
	name string // of the element of EventData that is open
	text strings.Builder
}

// read takes elements as they come, well-formed or not, until the event ends.
func (w *winReader) read(s string) bool {
	d := xml.NewDecoder(strings.NewReader(s))
	d.Strict = false
	const most = 20_000
	for range most {
		token, err := d.RawToken()
		if err != nil {
			break
		}
		switch t := token.(type) {
		case xml.StartElement:
			if w.path = append(w.path, t.Name.Local); len(w.path) > maxDepth {
				return false
			}
			w.text.Reset()
			w.open(t)
		case xml.CharData:
			w.text.Write(t)
		case xml.EndElement:
			w.shut()
			if len(w.path) == 0 {
				return len(w.out) > 0
			}
		}
	}
	w.p.note("the event's XML does not end")
	return len(w.out) > 0
}

func (w *winReader) open(e xml.StartElement) {
	attr := func(name string) string {
		for _, a := range e.Attr {
			if a.Name.Local == name {
				return a.Value
			}
		}
		return ""
	}
	switch e.Name.Local {
	case "Provider":
		w.p.put(w.out, "provider", attr("Name"))
		w.p.put(w.out, "provider_guid", attr("Guid"))
	case "TimeCreated":
		w.p.put(w.out, "time_created", attr("SystemTime"))
	case "Execution":
		w.p.put(w.out, "process_id", attr("ProcessID"))
		w.p.put(w.out, "thread_id", attr("ThreadID"))
	case "Security":
		w.p.put(w.out, "user_sid", attr("UserID"))
	case "Correlation":
		w.p.put(w.out, "activity_id", attr("ActivityID"))
	case "Data":
		w.name = attr("Name")
	}
}

// shut ends an element: its text belongs to the system's fields, to the
// event's data, or to the message.
func (w *winReader) shut() {
	if len(w.path) == 0 {
		return
	}
	element := w.path[len(w.path)-1]
	w.path = w.path[:len(w.path)-1]
	parent := ""
	if len(w.path) > 0 {
		parent = w.path[len(w.path)-1]
	}
	text := strings.TrimSpace(w.text.String())
	w.text.Reset()
	if text == "" {
		return
	}
	switch {
	case parent == "System":
		if name := winSystem(element); name != "" {
			w.p.put(w.out, name, text)
		}
	case element == "Data" && parent == "EventData":
		if w.name == "" {
			w.name = "param" + string(rune('0'+min(len(w.data)+1, 9)))
		}
		if text != "-" {
			w.p.put(w.data, w.name, text)
		}
	case element == "Message" && parent == "RenderingInfo":
		w.p.put(w.out, "message", text)
	case len(w.path) >= 2 && w.path[1] == "UserData":
		w.p.put(w.data, element, text)
	}
}

// winSystem names what a record keeps of System.
func winSystem(element string) string {
	switch element {
	case "EventID":
		return "event_id"
	case "Version":
		return "version"
	case "Level":
		return "level"
	case "Task":
		return "task"
	case "Opcode":
		return "opcode"
	case "Keywords":
		return "keywords"
	case "EventRecordID":
		return "record_id"
	case "Channel":
		return "channel"
	case "Computer":
		return "computer"
	}
	return ""
}
