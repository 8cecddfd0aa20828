package door

import (
	"crypto/sha256"
	"encoding/json"
	"hash/fnv"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// DeliverAlert takes an alert in the shape of TheHive's API from a sender that
// bears a token: the token says which source it is.
func (d *Door) DeliverAlert(w http.ResponseWriter, r *http.Request) error {
	d.hurry(w)
	known, err := d.directory.look(r.Context())
	if err != nil {
		return err
	}
	e := known.byToken[sha256.Sum256([]byte(bearer(r)))]
	if e == nil || bearer(r) == "" {
		return errStranger
	}
	return d.deliver(w, r, e)
}

// hiveAlert is what must be there of an alert of TheHive's, and what is answered.
type hiveAlert struct {
	Type        string   `json:"type"`
	Source      string   `json:"source"`
	SourceRef   string   `json:"sourceRef"`
	Title       string   `json:"title"`
	Description string   `json:"description"`
	Severity    int      `json:"severity"`
	Date        int64    `json:"date"`
	Tags        []string `json:"tags"`
	TLP         *int     `json:"tlp"`
	PAP         *int     `json:"pap"`
	Follow      *bool    `json:"follow"`
}

// hiveError is a refusal as TheHive writes it, which is what its clients read.
func hiveError(w http.ResponseWriter, kind, message string) error {
	return send(w, http.StatusBadRequest, map[string]string{"type": kind, "message": message})
}

// missing lists the fields that TheHive insists on and that are not there.
func (a hiveAlert) missing() (list []string) {
	for _, f := range [][2]string{{"type", a.Type}, {"source", a.Source}, {"sourceRef", a.SourceRef}, {"title", a.Title}, {"description", a.Description}} {
		if strings.TrimSpace(f[1]) == "" {
			list = append(list, f[0])
		}
	}
	return list
}

// takeAlert commits an alert in the shape of TheHive. Type, source and
// sourceRef together are its name: the same again is refused as TheHive does.
func (d *Door) takeAlert(w http.ResponseWriter, v *delivery) error {
	var a hiveAlert
	if err := json.Unmarshal(v.body, &a); err != nil {
		return hiveError(w, "BadRequest", "the alert is not JSON of the right form: "+err.Error())
	}
	if missing := a.missing(); len(missing) > 0 {
		return hiveError(w, "BadRequest", "these fields are missing: "+strings.Join(missing, ", "))
	}
	if a.Severity < 0 || a.Severity > 4 {
		return hiveError(w, "BadRequest", "severity must be 1, 2, 3 or 4")
	}
	name := strings.Join([]string{strconv.Quote(a.Type), strconv.Quote(a.Source), strconv.Quote(a.SourceRef)}, "/")
	v.delivery, v.kind = "thehive/"+name, typeJSON
	v.meta.Delivery = clip(v.delivery, maxID)
	got, err := d.cfg.Intake.Take(v.r.Context(), v.batch(math.MaxInt)) // one alert is one event
	switch {
	case err != nil:
		return err
	case got.Again:
		return hiveError(w, "CreateError", "Alert already exists")
	}
	return send(w, http.StatusCreated, a.created(got.Events[0], v.now))
}

// created is the answer that TheHive gives.
func (a hiveAlert) created(event harrier.EventID, now time.Time) map[string]any {
	level := func(v *int, otherwise int) int {
		if v == nil {
			return otherwise
		}
		return *v
	}
	severity, tlp, pap := a.Severity, level(a.TLP, 2), level(a.PAP, 2)
	if severity == 0 {
		severity = 2
	}
	date := a.Date
	if date == 0 {
		date = now.UnixMilli()
	}
	tags := a.Tags
	if tags == nil {
		tags = []string{}
	}
	h := fnv.New32a()
	_, _ = h.Write(event[:]) // never fails
	id := "~" + strconv.FormatUint(uint64(h.Sum32()), 10)
	return map[string]any{
		"_id": id, "id": id, "_type": "Alert", "_createdBy": "harrier", "_createdAt": now.UnixMilli(), "createdAt": now.UnixMilli(),
		"type": a.Type, "source": a.Source, "sourceRef": a.SourceRef, "title": a.Title, "description": a.Description,
		"severity": severity, "severityLabel": [...]string{"", "LOW", "MEDIUM", "HIGH", "CRITICAL"}[severity], "date": date, "tags": tags,
		"tlp": tlp, "pap": pap, "follow": a.Follow == nil || *a.Follow, "status": "New", "stage": "New",
		"observableCount": 0, "newDate": now.UnixMilli(), "harrierEvent": event,
	}
}
