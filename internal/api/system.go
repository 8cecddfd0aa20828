package api

// Version says what is running.
type Version struct {
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty" doc:"The revision of the source."`
	Go       string `json:"go,omitempty" doc:"The version of Go that built it."`
	API      string `json:"api" doc:"The version of this API."`
}

// Health says whether the server can work.
type Health struct {
	Status string `json:"status" enum:"ok"`
}

// Diagnosis is what an examination of the installation found.
type Diagnosis struct {
	// OK tells that nothing failed.
	OK     bool    `json:"ok"`
	Checks []Check `json:"checks"`
}

// The statuses of a check.
const (
	CheckOK   = "ok"
	CheckWarn = "warn"
	CheckFail = "fail"
)

// Check is one thing that was examined.
type Check struct {
	Name   string `json:"name"`
	Status string `json:"status" enum:"ok,warn,fail"`
	Detail string `json:"detail,omitempty" doc:"What was found."`
	Fix    string `json:"fix,omitempty" doc:"What to do about it."`
}
